"""Operators on calls: arguments exchanged, added, dropped; an expression wrapped or unwrapped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Edit
from .scope import Scope

_WRAPPERS = ("list", "tuple", "sorted", "set", "len", "abs", "int", "str", "iter", "reversed", "bool")


def arguments(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Two arguments exchanged; an unused parameter or dead store passed on; one argument dropped."""
    if not isinstance(node, ast.Call):
        return
    plain = [one for one in node.args if not isinstance(one, (ast.Starred, ast.GeneratorExp))]
    for index, left in enumerate(plain):
        for right in plain[index + 1 :]:
            (start, middle), (other, end) = scope.source.span(left), scope.source.span(right)
            text = scope.text(right) + scope.source.slice(middle, other) + scope.text(left)
            yield scope.draft_at(start, end, text, "exchange arguments", 0.5, line=node.lineno)
    yield from _added(scope, node)
    yield from _dropped(scope, node)
    for one in node.args:
        if isinstance(one, ast.Starred):
            yield scope.draft(one, scope.text(one.value), "star dropped", 0.35)
        elif isinstance(one, (ast.Name, ast.Attribute)):
            yield scope.draft(one, f"*{scope.text(one)}", "star added", 0.12)


def _added(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    end = scope.source.span(node)[1] - 1
    before = scope.source.data[:end].rstrip()
    comma = "" if before.endswith((b"(", b",")) else ", "
    generator = len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp)
    if generator or scope.function is None:
        return
    keywords = {one.arg for one in node.keywords}
    for name in sorted(scope.unread):
        if not node.keywords:
            yield scope.draft_at(end, end, f"{comma}{name}", "pass on an unused name", 0.75, line=node.lineno)
        if name not in keywords:
            yield scope.draft_at(end, end, f"{comma}{name}={name}", "pass on an unused name", 0.75, line=node.lineno)
    if not node.keywords:
        for name in sorted({*scope.params, *scope.locals} - scope.unread - {"self", "cls"}):
            yield scope.draft_at(end, end, f"{comma}{name}", "add an argument", 0.12, line=node.lineno)
    called = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
    if called in ("sorted", "sort", "min", "max", "groupby", "nlargest", "nsmallest"):
        if "key" in scope.params and "key" not in keywords:
            yield scope.draft_at(end, end, f"{comma}key=key", "pass on a name", 0.6, line=node.lineno)
        if called in ("sorted", "sort") and "reverse" not in keywords:
            yield scope.draft_at(end, end, f"{comma}reverse=True", "reverse", 0.4, line=node.lineno)


def _dropped(scope: Scope, node: ast.Call) -> Iterator[Edit]:
    everything: list[ast.AST] = [*node.args, *node.keywords]
    for index, one in enumerate(everything):
        start, end = scope.source.span(one)
        if index + 1 < len(everything):
            end = scope.source.span(everything[index + 1])[0]
        elif index:
            start = scope.source.span(everything[index - 1])[1]
        hinted = isinstance(one, ast.keyword) and one.arg in scope.shared.hinted
        if len(everything) > 1 or hinted:
            prior = 0.8 if hinted else 0.2
            yield scope.draft_at(start, end, "", "drop an argument", prior, deleting=not hinted, line=node.lineno)


def unwrapped(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """The first argument, or the object of a method, instead of a call."""
    if isinstance(node, ast.Call) and not isinstance(scope.parent(node), ast.Expr):
        if node.args and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp)):
            yield scope.draft(node, scope.atom(node.args[0]), "unwrap", 0.18, deleting=True)
        if isinstance(node.func, ast.Attribute):
            yield scope.draft(node, scope.atom(node.func.value), "drop a method call", 0.18, deleting=True)


def wrapped(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """An expression inside a call of a common builtin, or called itself."""
    parent = scope.parent(node)
    if not isinstance(node, (ast.Name, ast.Attribute, ast.Call, ast.Subscript)) or not isinstance(
        getattr(node, "ctx", ast.Load()), ast.Load
    ):
        return
    if not isinstance(parent, (ast.Return, ast.Assign, ast.Call, ast.For, ast.Compare, ast.BinOp, ast.comprehension)):
        return
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    text = scope.text(node)
    for wrapper in _WRAPPERS:
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == wrapper):
            yield scope.draft(node, f"{wrapper}({text})", "wrap", 0.12)
    if isinstance(node, ast.Attribute):
        yield scope.draft(node, f"{text}()", "call", 0.2)
    elif isinstance(node, ast.Call) and not node.args and not node.keywords:
        yield scope.draft(node, scope.text(node.func), "do not call", 0.2)
