"""Operators on names: the other one of a pair, another local, a misspelt one, another exception."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..source import Edit
from .scope import BUILTINS, Scope, close_names

_FAMILIES = (
    "keys values items", "min max", "nlargest nsmallest", "append extend add insert appendleft", "any all",
    "lower upper title capitalize casefold swapcase", "strip lstrip rstrip", "startswith endswith", "left right",
    "start stop end", "first last", "index find rindex rfind", "split rsplit splitlines partition rpartition",
    "sorted reversed list", "get pop setdefault", "add discard remove update clear",
    "union intersection difference symmetric_difference", "bisect_left bisect_right bisect insort_left insort_right",
    "head tail", "prev next previous", "ceil floor trunc round", "int float round str", "row col column", "x y z",
    "width height", "pop popleft popitem", "isdigit isalpha isalnum isdecimal isnumeric isspace", "islower isupper",
    "ljust rjust center zfill", "list tuple set dict frozenset", "sum len max min", "takewhile dropwhile filterfalse",
    "before after", "lo hi", "low high", "lower_bound upper_bound", "read write", "years months days",
    "hours minutes seconds", "search match fullmatch findall", "sub subn", "load loads", "dump dumps",
    "issubclass isinstance", "getattr hasattr", "chain zip product", "parent child children", "args kwargs",
    "key value", "src dst", "old new", "inf nan",
)  # fmt: skip
_EXCEPTIONS = ("ValueError", "TypeError", "KeyError", "IndexError", "AttributeError", "LookupError", "Exception")


def _relatives() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for family in _FAMILIES:
        members = family.split()
        for member in members:
            found.setdefault(member, []).extend(other for other in members if other != member)
    return {name: tuple(dict.fromkeys(others)) for name, others in found.items()}


_RELATIVES = _relatives()


def relatives(name: str) -> Iterator[str]:
    """Yield names that stand for the counterpart of ``name``, also inside compound names (``left_edge``)."""
    yield from _RELATIVES.get(name, ())
    words = name.split("_")
    if len(words) > 1:
        for index, word in enumerate(words):
            for other in _RELATIVES.get(word, ()):
                yield "_".join([*words[:index], other, *words[index + 1 :]])


def pairs(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """The counterpart of a function, method or variable name."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        known = scope.shared.attributes | scope.own_attributes
        end = scope.source.span(node)[1]
        for rank, other in enumerate(relatives(node.attr)):
            prior = 0.8 if rank == 0 or other in known else 0.5
            yield scope.draft_at(end - len(node.attr.encode()), end, other, "counterpart name", prior, line=node.lineno)
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        usable = {*scope.params, *scope.locals} | scope.shared.module_names | BUILTINS
        for other in relatives(node.id):
            if other in usable:
                yield scope.draft(node, other, "counterpart name", 0.8)


def attributes(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """A misspelt attribute, or another attribute of ``self``."""
    if not isinstance(node, ast.Attribute):
        return
    end = scope.source.span(node)[1]
    place = (end - len(node.attr.encode()), end)
    on_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
    hinted = node.attr in scope.shared.hinted
    pool = scope.own_attributes if on_self else scope.shared.attributes | _METHODS
    for other in close_names(node.attr, pool, 0.5 if hinted else 0.8):
        yield scope.draft_at(*place, other, "misspelt attribute", 1.0 if hinted else 0.35, line=node.lineno)
    if on_self:
        for other in sorted(scope.own_attributes - {node.attr}):
            yield scope.draft_at(*place, other, "other attribute", 0.4 if hinted else 0.1, line=node.lineno)


_METHODS = frozenset(
    name for kind in (str, bytes, list, dict, set, tuple, int) for name in dir(kind) if not name.startswith("_")
)


def variables(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Another local or parameter, first of all one that nothing reads; a misspelt name."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    usable = {*scope.params, *scope.locals}
    hinted = node.id in scope.shared.hinted
    if hinted:
        for other in close_names(node.id, frozenset(usable | scope.shared.module_names | BUILTINS), 0.5):
            yield scope.draft(node, other, "misspelt name", 1.0)
    if node.id in usable or hinted:
        for other in sorted(usable - {node.id, "self", "cls"}):
            yield scope.draft(node, other, "other variable", 0.7 if other in scope.unread else 0.22)
        if node.id in scope.own_attributes and "self" in scope.params:
            yield scope.draft(node, f"self.{node.id}", "own attribute", 0.3)
    parent = scope.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node and node.id in scope.shared.module_names:
        for other in close_names(node.id, scope.shared.module_names, 0.7):
            yield scope.draft(node, other, "similar function", 0.35)


def exceptions(scope: Scope, node: ast.AST) -> Iterator[Edit]:
    """Another exception raised or caught."""
    name: ast.AST | None = None
    if isinstance(node, ast.Raise):
        name = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    elif isinstance(node, ast.ExceptHandler):
        name = node.type
    if isinstance(name, ast.Name):
        for other in sorted({*_EXCEPTIONS, *scope.shared.exceptions} - {name.id}):
            yield scope.draft(name, other, "exception", 0.35)
