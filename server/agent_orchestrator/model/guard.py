"""The guard: which changes are never landed by themselves, because they change what "green" means.

A diff that edits existing tests, adds skips or suppressions, or touches the gate's own configuration is held for a
person. New tests are free; so are lint fixes in test files that leave test names, decorators and asserts alone.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatch

from attrs import frozen


@frozen
class Change:
    """One changed file.

    ``status`` is git's letter: A, D, M, R (renamed), T (type changed). ``additions`` number lines of the new file,
    ``deletions`` of the old one, both from 1. A mode of ``160000`` is a submodule, ``120000`` a symbolic link.
    """

    status: str
    path: str
    old_path: str = ""
    additions: tuple[tuple[int, str], ...] = ()
    deletions: tuple[tuple[int, str], ...] = ()
    old_mode: str = ""
    new_mode: str = ""


#: Files that say how the gate runs. Patterns match the file's name, or the path where they hold a slash.
GATE_FILES = (
    "agent-orchestrator.y*ml", "pytest.ini", ".pytest.ini", "tox.ini", "noxfile.py", "setup.cfg", "setup.py",
    "pyproject.toml", "conftest.py", "sitecustomize.py", "usercustomize.py", "*.pth", ".coveragerc", "ruff.toml",
    ".ruff.toml", "mypy.ini", ".mypy.ini", ".flake8", ".pylintrc", "pyrightconfig.json", "package.json",
    "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "uv.lock", "poetry.lock", "requirements*.txt", "tsconfig*.json",
    "vitest.config.*", "vitest.workspace.*", "vite.config.*", "jest.config.*", "babel.config.*", ".eslintrc*",
    ".eslintignore", "eslint.config.*", "Makefile", "makefile", "GNUmakefile", "justfile", ".worktreeinclude",
    ".gitattributes", ".gitmodules", ".github/workflows/*", ".gitlab-ci.yml", ".pre-commit-config.yaml",
)  # fmt: skip

TEST_FILES = (
    "test_*.py", "*_test.py", "tests.py", "*.test.*", "*.spec.*", "*_test.go", "*_spec.rb", "*.snap",
)  # fmt: skip
_TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "testing", "__snapshots__", "fixtures"})

#: What silences a tool or leaves a test out, by the words that a person would look for.
SILENCERS: Mapping[str, re.Pattern[str]] = {
    "a lint suppression": re.compile(
        r"#\s*(ruff\s*:\s*)?(flake8\s*:\s*)?noqa|#\s*(pylint|ruff)\s*:\s*disable|eslint-disable|biome-ignore|NOLINT|//\s*nolint"
    ),
    "a type suppression": re.compile(
        r"#\s*type:\s*ignore|#\s*(mypy|pyright|pyre|ty)\s*:\s*(ignore|disable|basic|strict=false)|"
        r"@ts-(ignore|expect-error|nocheck)"
    ),
    "a skipped test": re.compile(
        r"\bpytest\.(skip|importorskip|xfail)\b|\bmark\.(skip|skipif|xfail)\b|\bunittest\.(skip|expectedFailure)|"
        r"\bself\.skipTest\b|\braise\s+(unittest\.)?SkipTest\b|\b(it|test|describe)\.(skip|todo|only|fails)\b|"
        r"\bx(it|describe|test)\(|\bt\.Skip\(|#\[ignore|\bcollect_ignore|\b__test__\s*="
    ),
    "a coverage exclusion": re.compile(r"#\s*pragma:\s*no\s*cover|istanbul ignore|c8 ignore|v8 ignore"),
}


def is_test_file(path: str) -> bool:
    """Does the file hold tests or what tests compare with, judged by name and folder?"""
    *folders, name = path.split("/")
    return any(fnmatch(name, pattern) for pattern in TEST_FILES) or bool(_TEST_FOLDERS & set(folders))


def is_gate_file(path: str) -> bool:
    """Does the file configure how checks run?"""
    name = path.rsplit("/", 1)[-1]
    return any(fnmatch(path if "/" in pattern else name, pattern) for pattern in GATE_FILES)


def guard(
    changes: Sequence[Change], texts: Mapping[str, tuple[str, str]], lint_paths: frozenset[str]
) -> tuple[str, ...]:
    """Why this diff may not land by itself, in sentences; empty when it may.

    ``texts`` maps the path of each changed test file to (text at the base, text at the head); ``lint_paths`` are the
    files whose lint violations the task owns.
    """
    return tuple(
        dict.fromkeys(
            sentence
            for change in changes
            for sentence in (*_configuration(change), *_silencers(change), *_tests(change, texts, lint_paths))
        )
    )


def _configuration(change: Change) -> Iterable[str]:
    for path in {change.path, change.old_path or change.path}:
        if is_gate_file(path):
            yield f"{path}: changes how the checks run"


def _silencers(change: Change) -> Iterable[str]:
    for what, pattern in SILENCERS.items():
        added = [(line, text) for line, text in change.additions if pattern.search(text)]
        if len(added) > sum(1 for _, text in change.deletions if pattern.search(text)):
            yield f"{change.path}:{added[0][0]}: adds {what}: {added[0][1].strip()[:120]}"


def _tests(change: Change, texts: Mapping[str, tuple[str, str]], lint_paths: frozenset[str]) -> Iterable[str]:
    old = change.old_path or change.path
    if change.status == "A" or not (is_test_file(old) or is_test_file(change.path)):
        return
    if change.status == "D":
        yield f"{old}: deletes tests"
    elif old != change.path:
        yield f"{old}: moves tests to {change.path}"
    elif change.path not in texts:
        yield f"{change.path}: edits what tests compare with"
    elif not change.path.endswith(".py"):
        if change.deletions or change.path.endswith(".snap"):
            yield f"{change.path}: edits existing tests"
    else:
        before, after = texts[change.path]
        edited = edited_tests(before, after, lint=change.path in lint_paths)
        if edited:
            yield f"{change.path}: edits existing tests: {', '.join(edited[:5])}"


def edited_tests(before: str, after: str, *, lint: bool) -> tuple[str, ...]:
    """The names of what a change to a Python test file edits; new functions and imports are free.

    With ``lint`` only what decides a test's meaning counts: names, decorators and asserts.
    A file that can not be parsed before is judged by its names alone: a syntax error must be mendable.
    """
    new = _definitions(after, lint=lint)
    if new is None:
        return ("the file no longer parses",)
    old = _definitions(before, lint=lint)
    if old is None:
        names = Counter(re.findall(r"^\s*(?:async\s+)?def\s+(test\w*)", before, re.MULTILINE))
        after_names = Counter(re.findall(r"^\s*(?:async\s+)?def\s+(test\w*)", after, re.MULTILINE))
        return tuple((names - after_names).keys())
    edited = [name or "module level" for name, dump in old.items() if new.get(name) != dump]
    shadowed = [name for name in new if name.endswith("#2") and name not in old]
    return tuple(edited + shadowed)


def _definitions(text: str, *, lint: bool) -> dict[str, str] | None:
    """Each function of a module by qualified name, and ``""`` for what stands outside, as comparable text."""
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: dict[str, str] = {}
    outside: list[str] = []
    _collect(module.body, "", found, outside, lint=lint)
    found[""] = "\n".join(outside)
    return found


def _collect(body: Sequence[ast.stmt], prefix: str, found: dict[str, str], outside: list[str], *, lint: bool) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            name = prefix + node.name
            found[f"{name}#2" if name in found else name] = _essence(node) if lint else ast.dump(node)
        elif isinstance(node, ast.ClassDef):
            outside.extend(ast.dump(part) for part in (*node.bases, *node.keywords, *node.decorator_list))
            _collect(node.body, f"{prefix}{node.name}.", found, outside, lint=lint)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            if not lint:
                _bind(node, prefix, found)
        elif not lint or (isinstance(node, ast.Assign) and any(_named(t, "pytestmark") for t in node.targets)):
            outside.append(ast.dump(node))


def _bind(node: ast.Import | ast.ImportFrom, prefix: str, found: dict[str, str]) -> None:
    """Record what each imported name stands for: new names are free, a name that now means something else is not."""
    source = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
    for alias in node.names:
        name = f"import {prefix}{alias.asname or alias.name}"
        found[f"{name}#2" if name in found else name] = f"{source}:{alias.name}"


def _named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _essence(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    parts = [ast.dump(decorator) for decorator in node.decorator_list]
    parts += [ast.dump(part) for part in ast.walk(node) if isinstance(part, ast.Assert | ast.Return)]
    parts += [
        ast.dump(part)
        for part in ast.walk(node)
        if isinstance(part, ast.withitem) or (isinstance(part, ast.Call) and "assert" in ast.dump(part.func).lower())
    ]
    return "\n".join(parts)
