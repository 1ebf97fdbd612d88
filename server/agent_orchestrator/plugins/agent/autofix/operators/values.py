"""Operators on values: constants, off-by-one, indices and slices."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Edit
from .scope import Scope, close_names


def number(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A number one more or less, 0, 1, −1, negated, doubled."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
        return
    value = node.value
    wanted: dict[str, float] = {}
    if isinstance(value, int):
        wanted = {str(value + 1): 0.7, str(value - 1): 0.7, "0": 0.55, "1": 0.55, str(-value): 0.45, "-1": 0.4}
        wanted.update({"2": 0.25, str(value * 10): 0.15, str(value + 2): 0.15})
        if value > 9 and value % 10 == 0:
            wanted[str(value // 10)] = 0.15
        wanted["None"] = 0.15
    else:
        wanted = {repr(value + 1): 0.5, repr(value - 1): 0.5, "0.0": 0.4, "1.0": 0.4, repr(-value): 0.4}
        wanted.update({repr(value * 10): 0.2, repr(value / 10): 0.2, repr(value * 2): 0.15, repr(value / 2): 0.15})
    for text, prior in wanted.items():
        if text != scope.text(node):
            parent = scope.parent(node)
            signed = text.startswith("-") and isinstance(parent, (ast.BinOp, ast.UnaryOp, ast.Attribute))
            yield scope.draft(node, f"({text})" if signed else text, "number", prior)


def truth(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """``True`` for ``False`` and back; ``None`` for a plain value and back."""
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield scope.draft(node, str(not node.value), "truth value", 0.8)
        yield scope.draft(node, "None", "truth value", 0.3)
    elif node.value is None and not isinstance(scope.parent(node), ast.Compare):
        for text in ("False", "True", "0", "''", "[]", "{}", "()"):
            yield scope.draft(node, text, "value for None", 0.2)


def string(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A string that the file has elsewhere in a similar form; the empty one; one space; the other case."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return
    if isinstance(scope.parent(node), (ast.Expr, ast.JoinedStr, ast.FormattedValue)) or len(node.value) > 60:
        return
    value = node.value
    wanted = dict.fromkeys(close_names(value, scope.shared.strings, 0.6), 0.35)
    wanted.update({"": 0.25, " ": 0.15, value.strip(): 0.3, value.lower(): 0.25, value.upper(): 0.25})
    if 0 < len(value) <= 3:
        wanted.update({one: 0.15 for one in sorted(scope.shared.strings) if 0 < len(one) <= 3})
    for text, prior in wanted.items():
        if text != value:
            yield scope.draft(node, repr(text), "string", prior)


def off_by_one(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """``± 1`` on an expression that is an index, a bound, an argument of ``range`` or a side of a comparison."""
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.BinOp)):
        return
    parent = scope.parent(node)
    counted = (
        isinstance(parent, ast.Slice)
        or (isinstance(parent, ast.Subscript) and parent.slice is node)
        or (isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and node in parent.args
        and parent.func.id in ("range", "islice", "min", "max", "enumerate"))
    )  # fmt: skip
    compared = isinstance(parent, ast.Compare) and isinstance(parent.ops[0], (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq))
    returned = isinstance(parent, (ast.Return, ast.Assign, ast.Call)) and isinstance(
        node, (ast.Name, ast.Call, ast.BinOp)
    )
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    prior = 0.5 if counted else 0.3 if compared else 0.18 if returned else 0.0
    if prior:
        inner = scope.text(node) if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) else scope.atom(node)
        for change in ("+ 1", "- 1"):
            yield scope.draft(node, scope.loose(node, f"{inner} {change}"), "off by one", prior)


def slices(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A bound of a slice dropped, added, or its sign changed; a step of −1."""
    if not isinstance(node, ast.Subscript):
        return
    if not isinstance(node.slice, ast.Slice):
        if isinstance(node.slice, (ast.Constant, ast.UnaryOp)):
            for index, prior in (("0", 0.5), ("-1", 0.5), ("1", 0.4)):
                if scope.text(node.slice) != index:
                    yield scope.draft(node.slice, index, "index", prior)
        return
    bounds = node.slice
    parts = [scope.text(part) if part is not None else "" for part in (bounds.lower, bounds.upper, bounds.step)]
    lower, upper, step = parts
    wanted: dict[tuple[str, str, str], float] = {}
    if lower:
        wanted["", upper, step] = 0.35
        wanted["", lower, step] = 0.4
    else:
        wanted["1", upper, step] = 0.4
        wanted["-1", upper, step] = 0.15
    if upper:
        wanted[lower, "", step] = 0.35
        wanted[upper, "", step] = 0.4
    else:
        wanted[lower, "-1", step] = 0.4
    if lower and upper:
        wanted[upper, lower, step] = 0.3
    wanted[lower, upper, "" if step else "-1"] = 0.25
    wanted["", "", ""] = 0.1
    start, end = scope.source.span(bounds)
    for (first, last, stride), prior in wanted.items():
        text = f"{first}:{last}" + (f":{stride}" if stride else "")
        if text != scope.source.slice(start, end):
            yield scope.draft_at(start, end, text, "slice", prior, line=node.lineno)
