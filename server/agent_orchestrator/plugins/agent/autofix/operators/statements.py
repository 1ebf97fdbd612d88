"""Operators on statements: a missing return, guard or assignment put in; jumps exchanged; a statement dropped."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Edit
from .scope import BUILTINS, Scope


def _indent(scope: Scope, statement: ast.stmt) -> str | None:
    """Return the white space in front of a statement; ``None`` when something else is on its line."""
    start = scope.source.span(statement)[0]
    line = scope.source.slice(scope.source.starts[statement.lineno - 1], start)
    return line if not line.strip() else None


def _before(scope: Scope, statement: ast.stmt, text: str, operator: str, prior: float) -> Iterator[Edit]:
    indent = _indent(scope, statement)
    if indent is not None:
        start = scope.source.span(statement)[0]
        lines = text.replace("\n", f"\n{indent}")
        yield scope.draft_at(start, start, f"{lines}\n{indent}", operator, prior, line=statement.lineno)


def _after(scope: Scope, statement: ast.stmt, text: str, operator: str, prior: float) -> Iterator[Edit]:
    indent = _indent(scope, statement)
    if indent is not None:
        end = scope.source.span(statement)[1]
        rest = scope.source.data[end : scope.source.starts[(statement.end_lineno or 1)]]
        if not rest.strip():
            yield scope.draft_at(end, end, f"\n{indent}{text}", operator, prior, line=statement.lineno)


def jumps(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """``break`` for ``continue`` and back; ``yield from`` for ``yield``; a value raised or returned."""
    if isinstance(node, ast.Break):
        yield scope.draft(node, "continue", "jump", 0.6)
    elif isinstance(node, ast.Continue):
        yield scope.draft(node, "break", "jump", 0.6)
    elif isinstance(node, ast.Yield) and node.value is not None:
        yield scope.draft(node, f"yield from {scope.text(node.value)}", "yield", 0.35)
    elif isinstance(node, ast.YieldFrom):
        yield scope.draft(node, f"yield {scope.text(node.value)}", "yield", 0.35)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        name = getattr(node.value.func, "id", "")
        raising = name.endswith(("Error", "Exception"))
        yield (
            scope.draft(node, f"raise {scope.text(node)}", "raise", 0.9)
            if raising
            else scope.draft(node, f"return {scope.text(node)}", "return", 0.3)
        )


def returns(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A missing ``return`` at the end of a function; another local returned."""
    function = scope.function
    if isinstance(node, ast.Return) and scope.params[:1] == ("self",) and node.value is not None:
        yield scope.draft(node, "return self", "return self", 0.1, deleting=True)
    if function is None or not isinstance(node, ast.stmt) or function.body[-1] is not node:
        return
    if isinstance(node, (ast.Return, ast.Raise)):
        return
    valued = [one for one in ast.walk(function) if isinstance(one, ast.Return) and one.value is not None]
    for name in sorted(scope.locals):
        yield from _after(scope, node, f"return {name}", "missing return", 0.5 if name in scope.unread else 0.35)
    if scope.params[:1] == ("self",):
        yield from _after(scope, node, "return self", "missing return", 0.2)
    if valued:
        for text in ("True", "False", "[]", "0", "''", *scope.params):
            yield from _after(scope, node, f"return {text}", "missing return", 0.15)


def guards(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A default for a parameter that may be ``None``; a constructor's argument stored; an early return."""
    function = scope.function
    if function is None or not isinstance(node, ast.stmt) or node is not _first(function):
        return
    compared = {
        side.left.id
        for side in ast.walk(function)
        if isinstance(side, ast.Compare)
        and isinstance(side.left, ast.Name)
        and isinstance(side.ops[0], (ast.Is, ast.IsNot))
    }
    for name in _defaulting_to_none(function):
        if name not in compared:
            for value in ("[]", "{}", "()", "0", "1", "''", "set()"):
                yield from _before(scope, node, f"if {name} is None:\n    {name} = {value}", "default for None", 0.4)
    if function.name == "__init__":
        for name in sorted(scope.unread & set(scope.params)):
            for attribute in (name, f"_{name}"):
                yield from _before(scope, node, f"self.{attribute} = {name}", "store an argument", 0.7)
    for name in scope.params:
        if name not in ("self", "cls"):
            yield from _before(scope, node, f"{name} = list({name})", "make a list", 0.12)
            for value in (name, "None", "False", "True", "0", "''", "[]"):
                yield from _before(scope, node, f"if not {name}:\n    return {value}", "early return", 0.08)


def _first(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
    body = function.body
    documented = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant) and len(body) > 1
    return body[1] if documented else body[0]


def _defaulting_to_none(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    pairs = [*zip(plain[len(plain) - len(arguments.defaults) :], arguments.defaults)]  # noqa: B905
    pairs += [(one, default) for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults) if default]  # noqa: B905
    for argument, default in pairs:
        if isinstance(default, ast.Constant) and default.value is None:
            yield argument.arg


def dropped(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A statement replaced by ``pass``."""
    simple = (ast.Expr, ast.Assign, ast.AugAssign, ast.Raise, ast.If, ast.Continue, ast.Break)
    documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    if isinstance(node, simple) and not documentation and not (isinstance(node, ast.If) and node.orelse):
        yield scope.draft(node, "pass", "drop a statement", 0.12, deleting=True)


def copied(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A statement of a neighbouring function that this one lacks, where all its names mean something here."""
    function = scope.function
    above = scope.parent(function) if function is not None else None
    if function is None or not isinstance(node, ast.stmt) or not isinstance(above, (ast.ClassDef, ast.Module)):
        return
    if node not in function.body:
        return
    usable = {*scope.params, *scope.locals} | scope.shared.module_names | BUILTINS
    present = scope.text(function)
    seen: set[str] = set()
    for neighbour in above.body:
        if neighbour is function or not isinstance(neighbour, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for statement in neighbour.body:
            text = scope.text(statement)
            if not _portable(statement, usable) or text in present or text in seen or len(seen) > 25:
                continue
            seen.add(text)
            indent = _indent(scope, statement)
            if indent is not None:
                plain = text.replace(f"\n{indent}", "\n")
                yield from _before(scope, node, plain, "copy a statement", 0.1)
                if node is function.body[-1] and not isinstance(node, (ast.Return, ast.Raise)) and "\n" not in plain:
                    yield from _after(scope, node, plain, "copy a statement", 0.1)


def _portable(statement: ast.stmt, usable: set[str] | frozenset[str]) -> bool:
    if not isinstance(statement, (ast.Expr, ast.Assign, ast.AugAssign, ast.If)):
        return False
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False
    short = (statement.end_lineno or 0) - statement.lineno < 3
    return short and all(node.id in usable for node in ast.walk(statement) if isinstance(node, ast.Name))
