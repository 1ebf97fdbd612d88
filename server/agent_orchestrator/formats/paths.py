"""Paths and test keys as a report names them, in the form that is equal on every machine."""

from __future__ import annotations

import posixpath
import re
from urllib.parse import unquote

from agent_orchestrator.formats.text import one_line

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{6,16}\b")
_INSTALLED = frozenset({"site-packages", "dist-packages", "node_modules", ".venv", "venv", ".tox", ".nox", ".direnv"})
_STANDARD_LIBRARY = re.compile(r"/lib(?:64)?/python\d(?:\.\d+)?/|/lib/pypy\d")
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "__tests__", "spec", "specs", "e2e"})
_TEST_FILE = re.compile(r"^(?:test_.*|.*_test|.*_tests|tests|conftest)\.py$|\.(?:test|spec)\.[cm]?[jt]sx?$")


def in_tree(path: str, root: str, base: str = "") -> str:
    """``path`` relative to ``root``, with ``/``; absolute and normalised when it lies outside, empty when it is empty.

    A relative ``path`` starts at ``root/base``. ``file:`` URIs are decoded. Purely textual: symbolic links are the
    caller's business.
    """
    text = one_line(path)
    if text.startswith("file:"):
        text = "/" + unquote(text.removeprefix("file:")).lstrip("/")
        text = one_line(text)
    if not text:
        return ""
    absolute = posixpath.normpath("/" + posixpath.join(root, base, text).lstrip("/"))
    top = posixpath.normpath("/" + root.lstrip("/")).rstrip("/")
    if absolute.startswith(top + "/"):
        return absolute[len(top) + 1 :]
    return "." if absolute == top else absolute


def is_outside(path: str) -> bool:
    """Whether a path from :func:`in_tree` lies outside the tree."""
    return path.startswith("/")


def is_installed(path: str) -> bool:
    """Whether ``path`` belongs to an installed package or to the standard library, by its folders."""
    return not _INSTALLED.isdisjoint(path.split("/")) or bool(_STANDARD_LIBRARY.search(path))


def is_test_path(path: str) -> bool:
    """Whether ``path`` is test code by the naming rules of pytest, unittest, vitest and jest."""
    *folders, name = path.split("/")
    return bool(_TEST_FILE.search(name)) or not _TEST_FOLDERS.isdisjoint(folders)


def mask(text: str, root: str) -> str:
    """``text`` cleaned, with the tree's root written ``$W`` and memory addresses ``0x``."""
    masked = one_line(text)
    if root not in ("", "/"):
        masked = masked.replace(root, "$W")
    return _ADDRESS.sub("0x", masked)


def test_key(file: str, qualname: str, root: str) -> str:
    """``file::qualname[params]`` (see ``Finding.key``), or the bare name when no file is known."""
    name = mask(qualname, root)
    return f"{file}::{name}" if file else name


def lint_key(rule: str, path: str) -> str:
    """``RULE@path``."""
    return f"{rule}@{path}"


def function_of(key: str) -> str:
    """The key of the test function that ``key`` is one parameter set of; other keys come back as they are.

    Only Python writes parameters in brackets; in a JavaScript test name a bracket is part of the name.
    """
    file, separator, name = key.partition("::")
    if separator and file.endswith(".py") and name.endswith("]"):
        return f"{file}::{name.partition('[')[0]}"
    return key
