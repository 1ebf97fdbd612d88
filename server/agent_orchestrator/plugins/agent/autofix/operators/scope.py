"""What an operator may look at: the file, the function around a node, and the names it can use there."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..hotswap import Definition
from ..source import Edit, Source

BUILTINS = frozenset(dir(builtins))
_ATOMS = (
    ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript, ast.List, ast.Dict, ast.Set,
    ast.ListComp, ast.DictComp, ast.SetComp, ast.JoinedStr,
)  # fmt: skip
#: Parents in which a looser expression needs no parentheses.
_ROOMY = (
    ast.Call, ast.keyword, ast.Subscript, ast.Slice, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Assign, ast.AugAssign,
    ast.AnnAssign, ast.Return, ast.If, ast.While, ast.Expr, ast.Assert, ast.For, ast.arguments,
)  # fmt: skip


@dataclass(frozen=True)
class Shared:
    """Facts of a whole file: the parent of each node, names by use, literals, and words from the red tests' errors."""

    source: Source
    parents: Mapping[ast.AST, ast.AST]
    module_names: frozenset[str]
    attributes: frozenset[str]
    strings: frozenset[str]
    exceptions: frozenset[str]
    hinted: frozenset[str]


@dataclass(frozen=True)
class Scope:
    """A function in its file; ``function`` is ``None`` for statements that run at import."""

    shared: Shared
    function: Definition | None
    params: tuple[str, ...]
    locals: frozenset[str]
    unread: frozenset[str]
    own_attributes: frozenset[str]

    @property
    def source(self) -> Source:
        """The file."""
        return self.shared.source

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return the node above, if any."""
        return self.shared.parents.get(node)

    def text(self, node: ast.AST) -> str:
        """Return the source text of a node."""
        return self.source.text(node)

    def atom(self, node: ast.AST) -> str:
        """Return the text of a node, in parentheses where it could bind too loosely."""
        text = self.text(node)
        return (
            text if isinstance(node, _ATOMS) or (text.startswith("(") and isinstance(node, ast.Tuple)) else f"({text})"
        )

    def loose(self, node: ast.AST, text: str) -> str:
        """Return ``text``, which is to stand for ``node``, in parentheses if its place needs them."""
        return text if isinstance(self.parent(node), _ROOMY) else f"({text})"

    def draft(self, node: ast.AST, text: str, operator: str, prior: float, *, deleting: bool = False) -> Edit:
        """Return the edit that replaces a whole node."""
        start, end = self.source.span(node)
        return self.draft_at(start, end, text, operator, prior, deleting=deleting, line=getattr(node, "lineno", 0))

    def draft_at(
        self, start: int, end: int, text: str, operator: str, prior: float, *, deleting: bool = False, line: int = 0
    ) -> Edit:
        """Return the edit that replaces a range of bytes."""
        return Edit(self.source.path, start, end, text, operator, prior, deleting, line)

    def token(self, left: ast.AST, right: ast.AST, token: str) -> tuple[int, int] | None:
        """Return the byte range of the operator ``token`` between two nodes; ``None`` when a comment is in between."""
        start, end = self.source.span(left)[1], self.source.span(right)[0]
        gap = self.source.data[start:end]
        words = rb"\s+".join(re.escape(word) for word in token.encode().split())
        found = None if b"#" in gap else re.search(words, gap)
        return (start + found.start(), start + found.end()) if found else None


Operator = Callable[[Scope, ast.AST], Iterator[Edit]]


def shared_facts(source: Source, hinted: frozenset[str]) -> Shared:
    """Collect the facts of a file in one walk."""
    parents: dict[ast.AST, ast.AST] = {}
    module_names: set[str] = set()
    attributes: set[str] = set()
    strings: set[str] = set()
    exceptions: set[str] = set()
    for node in ast.walk(source.tree):
        for child in ast.iter_child_nodes(node):
            parents[child] = node
        if isinstance(node, ast.Attribute):
            attributes.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 40:
            strings.add(node.value)
        elif isinstance(node, ast.Raise) and node.exc is not None:
            call = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            if isinstance(call, ast.Name):
                exceptions.add(call.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            attributes.add(node.name)
    for statement in source.tree.body:
        module_names.update(_bound(statement))
    return Shared(
        source,
        parents,
        frozenset(module_names),
        frozenset(attributes),
        frozenset(strings),
        frozenset(exceptions),
        hinted,
    )


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield statement.name
    elif isinstance(statement, (ast.Import, ast.ImportFrom)):
        for alias in statement.names:
            yield (alias.asname or alias.name).split(".")[0]
    else:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def parameters(function: Definition | ast.Lambda) -> tuple[str, ...]:
    """Return the names of all parameters, in order."""
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    stars = [star for star in (arguments.vararg, arguments.kwarg) if star is not None]
    return tuple(argument.arg for argument in (*plain, *stars))


def scope_of(shared: Shared, function: Definition | None) -> Scope:
    """Return the scope of a function, or of the module for ``None``."""
    if function is None:
        return Scope(shared, None, (), frozenset(), frozenset(), frozenset())
    stored: set[str] = set()
    read: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            (stored if isinstance(node.ctx, ast.Store) else read).add(node.id)
    params = parameters(function)
    above = shared.parents.get(function)
    own: set[str] = set()
    if isinstance(above, ast.ClassDef) and params:
        own = {
            node.attr
            for node in ast.walk(above)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        }
        own.update(one.name for one in above.body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)))
    unread = {name for name in (*params, *stored) if name not in read and name not in ("self", "cls", "_")}
    return Scope(shared, function, params, frozenset(stored) - set(params), frozenset(unread), frozenset(own))


def close_names(name: str, pool: frozenset[str], cutoff: float) -> list[str]:
    """Return names of the pool that look like ``name``, best first, at most four."""
    return [one for one in difflib.get_close_matches(name, sorted(pool), 5, cutoff) if one != name][:4]
