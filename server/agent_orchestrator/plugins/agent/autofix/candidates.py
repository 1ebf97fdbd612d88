"""The queue of candidate edits: every operator on every suspicious node, the most promising first."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .hotswap import Definition
from .localise import Suspicion, is_program, name_bonus
from .operators import calls, names, statements, tokens, values
from .operators.scope import Operator, Scope, Shared, scope_of, shared_facts
from .source import Edit, Source, read_source

#: Every right edit that was ever chosen stood far in front of this place.
QUEUE = 1500
_PER_STATEMENT = 160
#: What runs at import is seldom at fault and costs ten times as much to try.
_AT_IMPORT = 0.35

_OPERATORS: tuple[Operator, ...] = (
    tokens.compare, tokens.arithmetic, tokens.augmented, tokens.boolean, tokens.negation, tokens.sign,
    tokens.conditional, values.number, values.truth, values.string, values.off_by_one, values.slices,
    names.pairs, names.attributes, names.variables, names.exceptions, calls.arguments, calls.unwrapped, calls.wrapped,
    statements.jumps, statements.returns, statements.guards, statements.dropped, statements.copied,
)  # fmt: skip
#: Functions that call one of these are left alone: run with a changed path, they could do harm.
_DANGEROUS = {
    "remove", "unlink", "rmtree", "rmdir", "removedirs", "system", "Popen", "check_call", "check_output", "kill",
    "killpg", "execv", "execve", "execvp", "spawnv", "move", "truncate", "connect", "bind", "sendto",
}  # fmt: skip
_DANGEROUS_OWNERS = {"os", "shutil", "subprocess", "socket", "pathlib", "path", "self"}


@dataclass(frozen=True)
class Candidate:
    """An edit and its place in the order: ``score`` = suspicion × name × prior; ``hot`` when code can be swapped in."""

    edit: Edit
    score: float
    hot: bool
    function: str


def candidates(root: Path, suspects: Suspicion, errors: Sequence[str]) -> list[Candidate]:
    """Return at most :data:`QUEUE` candidates for the tree at ``root``, best first.

    ``errors`` are the messages of the red tests; names in quotes there are hints.
    """
    hinted = frozenset(word for error in errors for word in re.findall(r"['\"`](\w+)['\"`(]", error[:500]))
    found: dict[tuple[str, int, int, str], Candidate] = {}
    for path in suspects.lines:
        source = read_source(root, path) if is_program(path) and not _escapes(root, path) else None
        if source is None:
            continue
        for candidate in _of_file(shared_facts(source, hinted), suspects):
            edit = candidate.edit
            key = (edit.path, edit.start, edit.end, edit.text)
            if key not in found or found[key].score < candidate.score:
                found[key] = candidate
    order = sorted(found.values(), key=lambda one: (-one.score, one.edit.path, one.edit.start, one.edit.text))
    return order[:QUEUE]


def _escapes(root: Path, path: str) -> bool:
    """Return whether a link leads out of the tree."""
    return root.resolve() not in (root / path).resolve().parents


def _of_file(shared: Shared, suspects: Suspicion) -> Iterator[Candidate]:
    source = shared.source
    referenced: dict[str, float] = {}
    for function in _functions(source.tree):
        heat = _heat(function, source, suspects)
        if not heat or _is_dangerous(function):
            continue
        bonus = max(name_bonus(suspects, function.name), _class_bonus(shared, function, suspects))
        scope = scope_of(shared, function)
        for statement, score in heat.items():
            yield from _of_nodes(scope, _nodes(statement), score * bonus, hot=True)
        top = max(heat.values()) * bonus
        yield from _of_nodes(scope, _default_nodes(function), top * _AT_IMPORT, hot=False)
        for node in ast.walk(function):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
            referenced[name] = max(referenced.get(name, 0.0), top)
    module = scope_of(shared, None)
    # Backwards, so that a constant which serves only to make another one is reached through it.
    for statement, bound in reversed(list(_constants(source.tree))):
        score = max((referenced.get(name, 0.0) for name in bound), default=0.0)
        if score:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name):
                    referenced[node.id] = max(referenced.get(node.id, 0.0), score * 0.9)
            yield from _of_nodes(module, _nodes(statement), score * _AT_IMPORT, hot=False)


def _of_nodes(scope: Scope, nodes: Iterator[ast.AST], score: float, *, hot: bool) -> Iterator[Candidate]:
    name = scope.function.name if scope.function is not None else ""
    made = [edit for node in nodes for operator in _OPERATORS for edit in operator(scope, node)]
    # A long statement must not fill the queue alone.
    for edit in sorted(made, key=lambda one: -one.prior)[:_PER_STATEMENT]:
        if scope.source.slice(edit.start, edit.end) != edit.text:
            yield Candidate(edit, score * edit.prior, hot, name)


def _functions(tree: ast.AST) -> Iterator[Definition]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _own_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a function, without those of functions inside it."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for name in ("body", "orelse", "finalbody"):
            yield from _own_statements(getattr(statement, name, []))
        for handler in getattr(statement, "handlers", []):
            yield from _own_statements(handler.body)


def _heat(function: Definition, source: Source, suspects: Suspicion) -> Mapping[ast.stmt, float]:
    """Return the suspicion of each statement of a function, from the lines of its head."""
    heat: dict[ast.stmt, float] = {}
    for statement in _own_statements(function.body):
        body = getattr(statement, "body", None)
        last = statement.end_lineno or statement.lineno
        if isinstance(body, list) and body:
            last = max(statement.lineno, body[0].lineno - 1)
        score = suspects.of(source.path, statement.lineno, last)
        if score:
            heat[statement] = score
    return heat


def _nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield a statement and the expressions of its head, but no statements inside it."""
    yield statement
    waiting: list[ast.AST] = [
        child
        for child in ast.iter_child_nodes(statement)
        if not isinstance(child, (ast.stmt, ast.ExceptHandler, ast.arguments))
    ]
    if isinstance(statement, ast.Try):
        for handler in statement.handlers:
            yield handler
            waiting += [handler.type] if handler.type is not None else []
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr_context)]


def _default_nodes(function: Definition) -> Iterator[ast.AST]:
    defaults = [one for one in (*function.args.defaults, *function.args.kw_defaults) if one is not None]
    for root in (*defaults, *function.decorator_list):
        yield from ast.walk(root)


def _constants(tree: ast.Module) -> Iterator[tuple[ast.stmt, list[str]]]:
    """Yield module-level and class-level assignments with the names they bind."""
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    for body in bodies:
        for statement in body:
            if isinstance(statement, (ast.Assign, ast.AnnAssign)):
                yield (
                    statement,
                    [
                        one.id
                        for one in ast.walk(statement)
                        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
                    ],
                )


def _class_bonus(shared: Shared, function: Definition, suspects: Suspicion) -> float:
    above = shared.parents.get(function)
    return 1.2 if isinstance(above, ast.ClassDef) and name_bonus(suspects, above.name) > 1 else 1.0


def _is_dangerous(function: Definition) -> bool:
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _DANGEROUS:
            owner = node.func.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if node.func.attr in ("rmtree", "Popen", "unlink", "rmdir") or name in _DANGEROUS_OWNERS - {"self"}:
                return True
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "subprocess":
            return True
    return False
