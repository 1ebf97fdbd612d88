"""Operators on operators: comparison, arithmetic, boolean, negation, sign, conditional expressions."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Edit
from .scope import Scope

COMPARE = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
    ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_OTHER_COMPARE = {
    "<": (("<=", 0.9), (">", 0.6), (">=", 0.6), ("!=", 0.3), ("==", 0.2)),
    "<=": (("<", 0.9), (">=", 0.6), (">", 0.6), ("==", 0.3)),
    ">": ((">=", 0.9), ("<", 0.6), ("<=", 0.6), ("!=", 0.3), ("==", 0.2)),
    ">=": ((">", 0.9), ("<=", 0.6), ("<", 0.6), ("==", 0.3)),
    "==": (("!=", 0.7), ("<=", 0.4), (">=", 0.4), ("<", 0.2), (">", 0.2), ("in", 0.15), ("is", 0.1)),
    "!=": (("==", 0.7), (">", 0.35), ("<", 0.35), ("not in", 0.15), ("is not", 0.1)),
    "is": (("is not", 0.8), ("==", 0.4)),
    "is not": (("is", 0.8), ("!=", 0.4)),
    "in": (("not in", 0.8), ("==", 0.2)),
    "not in": (("in", 0.8), ("!=", 0.2)),
}
_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>",
}  # fmt: skip
_OTHER_BINARY = {
    "+": (("-", 0.8), ("*", 0.3), ("|", 0.1)),
    "-": (("+", 0.8), ("*", 0.2), ("/", 0.2), ("%", 0.15)),
    "*": (("/", 0.5), ("+", 0.5), ("**", 0.4), ("//", 0.4), ("-", 0.15)),
    "/": (("//", 0.7), ("*", 0.6), ("%", 0.3)),
    "//": (("/", 0.7), ("%", 0.5), ("*", 0.5)),
    "%": (("//", 0.6), ("/", 0.4), ("*", 0.3), ("+", 0.1)),
    "**": (("*", 0.7), ("//", 0.1)),
    "&": (("|", 0.7), ("^", 0.4), ("-", 0.2)),
    "|": (("&", 0.7), ("^", 0.4), ("+", 0.1)),
    "^": (("|", 0.6), ("&", 0.6)),
    "<<": ((">>", 0.8), ("*", 0.1)),
    ">>": (("<<", 0.8), ("//", 0.1)),
}
_SYMMETRIC = {"*", "&", "|", "^"}


def compare(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Another relation; the two sides exchanged."""
    if not isinstance(node, ast.Compare):
        return
    sides = [node.left, *node.comparators]
    for index, relation in enumerate(node.ops):
        token = COMPARE[type(relation)]
        place = scope.token(sides[index], sides[index + 1], token)
        if place is not None:
            for other, prior in _OTHER_COMPARE[token]:
                yield scope.draft_at(*place, other, "comparison", prior, line=node.lineno)
    if len(node.ops) == 1 and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        yield _exchanged(scope, sides[0], sides[1], "exchange the sides", 0.3)


def _exchanged(scope: Scope, left: ast.AST, right: ast.AST, operator: str, prior: float) -> Edit:
    (start, middle), (other, end) = scope.source.span(left), scope.source.span(right)
    text = scope.atom(right) + scope.source.slice(middle, other) + scope.atom(left)
    return scope.draft_at(start, end, text, operator, prior, line=getattr(left, "lineno", 0))


def arithmetic(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Another arithmetic operator; operands exchanged; one operand dropped."""
    if not isinstance(node, ast.BinOp):
        return
    token = _BINARY.get(type(node.op))
    place = scope.token(node.left, node.right, token) if token else None
    if token is None or place is None:
        return
    if not (token == "%" and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str)):
        for other, prior in _OTHER_BINARY[token]:
            yield scope.draft_at(*place, other, "arithmetic operator", prior, line=node.lineno)
        if token not in _SYMMETRIC:
            yield _exchanged(scope, node.left, node.right, "exchange the operands", 0.3 if token == "+" else 0.5)
    plain = isinstance(node.right, ast.Constant)
    yield scope.draft(node, scope.atom(node.left), "drop an operand", 0.45 if plain else 0.25, deleting=not plain)
    yield scope.draft(node, scope.atom(node.right), "drop an operand", 0.2, deleting=True)


def augmented(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Another augmented assignment; a plain one instead; an augmented one instead of a plain one."""
    if isinstance(node, ast.AugAssign) and type(node.op) in _BINARY:
        token = _BINARY[type(node.op)]
        place = scope.token(node.target, node.value, f"{token}=")
        if place is not None:
            for other, prior in _OTHER_BINARY[token]:
                yield scope.draft_at(*place, f"{other}=", "arithmetic operator", prior, line=node.lineno)
            yield scope.draft_at(*place, "=", "plain assignment", 0.3, line=node.lineno)
    elif (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], (ast.Name, ast.Attribute))
    ):
        place = scope.token(node.targets[0], node.value, "=")
        if place is not None:
            for other in ("+=", "-=", "|="):
                yield scope.draft_at(*place, other, "augmented assignment", 0.2, line=node.lineno)


def boolean(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """``and`` for ``or`` and back; one operand dropped."""
    if not isinstance(node, ast.BoolOp):
        return
    token, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    for left, right in list(zip(node.values, node.values[1:])):  # noqa: B905
        place = scope.token(left, right, token)
        if place is not None:
            yield scope.draft_at(*place, other, "boolean operator", 0.8, line=node.lineno)
    for dropped in node.values:
        kept = [scope.atom(value) for value in node.values if value is not dropped]
        text = f" {token} ".join(kept)
        text = scope.loose(node, text) if len(kept) > 1 else text
        yield scope.draft(node, text, "drop a condition", 0.3, deleting=True)


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
        yield node.test
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.comprehension):
        yield from node.ifs
    elif isinstance(node, (ast.Return, ast.Assign, ast.keyword)) and node.value is not None and _asks(node.value):
        yield node.value


def _asks(node: ast.expr) -> bool:
    if isinstance(node, (ast.Compare, ast.BoolOp, ast.UnaryOp)):
        return True
    name = getattr(getattr(node, "func", None), "id", "") or getattr(getattr(node, "func", None), "attr", "")
    return name.startswith(("is", "has", "any", "all", "callable", "bool"))


def negation(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A condition negated or no longer negated; a test for ``None`` instead of one for truth, and back."""
    for condition in _conditions(node):
        inner = condition.operand if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not) else None
        if inner is not None:
            yield scope.draft(condition, scope.atom(inner), "negation", 0.7)
            if isinstance(inner, (ast.Name, ast.Attribute)):
                yield scope.draft(condition, f"{scope.text(inner)} is None", "test for None", 0.45)
        elif not isinstance(condition, ast.Compare) or len(condition.ops) > 1:
            text = f"not {scope.atom(condition)}"
            yield scope.draft(condition, text if not isinstance(node, ast.BoolOp) else f"({text})", "negation", 0.65)
            if isinstance(condition, (ast.Name, ast.Attribute)):
                yield scope.draft(condition, f"{scope.text(condition)} is not None", "test for None", 0.45)
        if isinstance(node, (ast.If, ast.IfExp)):
            for constant in ("True", "False"):
                yield scope.draft(condition, constant, "constant condition", 0.1, deleting=True)


def sign(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A minus sign dropped or added."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd, ast.Invert)):
        yield scope.draft(node, scope.atom(node.operand), "sign", 0.55)
    parent = scope.parent(node)
    numeric = isinstance(parent, (ast.BinOp, ast.Compare, ast.Return, ast.Subscript, ast.Slice, ast.Call))
    if isinstance(node, (ast.Name, ast.Attribute)) and numeric and not _is_function(parent, node):
        yield scope.draft(node, f"-{scope.text(node)}", "sign", 0.2)


def _is_function(parent: ast.AST | None, node: ast.AST) -> bool:
    return (isinstance(parent, ast.Call) and parent.func is node) or (
        isinstance(parent, ast.Subscript) and parent.value is node
    )


def conditional(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """The branches of a conditional expression exchanged, or only one of them."""
    if isinstance(node, ast.IfExp):
        body, test, other = scope.atom(node.body), scope.text(node.test), scope.atom(node.orelse)
        yield scope.draft(node, f"{other} if {test} else {body}", "exchange the branches", 0.7)
        for kept in (body, other):
            yield scope.draft(node, kept, "one branch only", 0.15, deleting=True)
