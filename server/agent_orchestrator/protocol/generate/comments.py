"""What the source says about fields and constants: the ``#:`` comments above them, and docstrings, as Markdown."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from functools import cache
from types import ModuleType

_ROLE = re.compile(r":\w+:`~?(?:[\w.]*\.)?(\w+)`")


@cache
def doc_comments(module: ModuleType) -> Mapping[str, str]:
    """The ``#:`` comments of a module, by ``NAME`` for its own constants and ``Class.name`` for fields."""
    source = inspect.getsource(module)
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        inner, prefix = (node.body, f"{node.name}.") if isinstance(node, ast.ClassDef) else ([node], "")
        for assignment in inner:
            if (name := _assigned(assignment)) and (text := _above(lines, assignment.lineno)):
                found[prefix + name] = text
    return found


def docstring(cls: type) -> str:
    """A class's docstring."""
    return prose(inspect.getdoc(cls) or "")


def prose(text: str) -> str:
    """Text of a docstring or comment as Markdown: roles lose their module, double backquotes become single ones."""
    return _ROLE.sub(r"`\1`", text).replace("``", "`")


def _assigned(node: ast.stmt) -> str:
    targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets if isinstance(node, ast.Assign) else []
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")


def _above(lines: list[str], lineno: int) -> str:
    """The comment that ends in the line above; ``lineno`` counts from 1."""
    end = start = lineno - 1
    while start and lines[start - 1].lstrip().startswith("#:"):
        start -= 1
    return prose(" ".join(line.strip().removeprefix("#:").strip() for line in lines[start:end]))
