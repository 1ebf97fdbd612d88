"""Put an edited function into a running process by swapping ``__code__``, without importing its module again.

This skips what runs at import (decorators, defaults, class attributes, tables), so it refuses edits outside of function
bodies; those need a fresh import.
"""

from __future__ import annotations
import __future__

import ast
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import CodeType, FunctionType
from typing import Union

from .source import Edit, Source, parse_source, splice

Definition = Union[ast.FunctionDef, ast.AsyncFunctionDef]  # noqa: UP007
#: (resolved file, first line, name) of a code object → the functions that run it.
Functions = Mapping[tuple[str, int, str], list[FunctionType]]

_FUTURES = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


class CanNotSwap(Exception):
    """The edit takes effect only at import, or no live function runs the edited code."""


def live_functions(root: Path) -> Functions:
    """Return the functions of this process whose code lies under ``root``.

    Must run before anything calls ``gc.freeze``, which hides objects from ``gc.get_objects``.
    """
    found: dict[tuple[str, int, str], list[FunctionType]] = {}
    prefix = f"{root}/"
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType) and thing.__code__.co_filename.startswith(prefix):
            code = thing.__code__
            found.setdefault((code.co_filename, code.co_firstlineno, code.co_name), []).append(thing)
    return found


def enclosing_function(tree: ast.Module, source: Source, edit: Edit) -> Definition | None:
    """Return the outermost function whose body holds the edit."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            start, end = source.span(node.body[0])[0], source.span(node)[1]
            if start <= edit.start and edit.end <= end:
                return node
    return None


def _future_flags(tree: ast.Module) -> int:
    names = (
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    )
    flags = 0
    for name in names:
        flags |= _FUTURES.get(name, 0)
    return flags


def _compile_statement(text: bytes, line: int, filename: str, flags: int) -> CodeType:
    """Compile one top-level statement so that it keeps its line numbers."""
    code: CodeType = compile(b"\n" * (line - 1) + text, filename, "exec", flags=flags, dont_inherit=True)
    return code


def _codes(code: CodeType, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], CodeType]]:
    seen: dict[str, int] = {}
    for const in code.co_consts:
        if isinstance(const, CodeType):
            seen[const.co_name] = seen.get(const.co_name, 0) + 1
            here = (*path, f"{const.co_name}#{seen[const.co_name]}")
            yield here, const
            yield from _codes(const, here)


def swap(root: Path, edit: Edit, functions: Functions, data: bytes) -> None:
    """Make the edit in this process. ``data`` is the file as it was imported.

    Raises :class:`CanNotSwap` when that is impossible and ``SyntaxError`` when the edit is not Python.
    """
    source = parse_source(edit.path, data)
    if source is None:
        raise CanNotSwap(f"{edit.path} can not be parsed")
    definition = enclosing_function(source.tree, source, edit)
    top = next((node for node in source.tree.body if _holds(source, node, edit)), None)
    if definition is None or top is None:
        raise CanNotSwap(f"{edit.path}:{edit.line} runs at import")
    first = min((top.lineno, *(one.lineno for one in getattr(top, "decorator_list", ()))))
    start, end = source.starts[first - 1], source.span(top)[1]
    filename, flags = str(root / edit.path), _future_flags(source.tree)
    edited = splice(data, edit)[start : end + len(edit.text.encode("utf-8")) - (edit.end - edit.start)]
    new = dict(_codes(_compile_statement(edited, first, filename, flags)))
    swapped = 0
    for path, code in _codes(_compile_statement(data[start:end], first, filename, flags)):
        replacement = new.get(path)
        if replacement is None or replacement == code:
            continue
        for function in functions.get((filename, code.co_firstlineno, code.co_name), ()):
            if function.__code__.co_freevars != replacement.co_freevars:
                raise CanNotSwap(f"{edit.path}:{edit.line} changes what the function closes over")
            function.__code__ = replacement
            swapped += 1
    if not swapped:
        raise CanNotSwap(f"no live function runs {edit.path}:{edit.line}")


def _holds(source: Source, node: ast.stmt, edit: Edit) -> bool:
    start, end = source.span(node)
    return start <= edit.start and edit.end <= end
