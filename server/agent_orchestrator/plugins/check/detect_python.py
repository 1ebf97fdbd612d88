"""pytest, unittest, ruff and mypy, by the files they are configured in and the tests that are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from agent_orchestrator.plugins.check.project_files import (
    Table,
    at,
    files,
    python_dependencies,
    read_ini,
    read_text,
    read_toml,
    table,
)
from agent_orchestrator.ports.check import Detected

_TEST_FILE = re.compile(r"^(?:test_.*|.*_test|tests)\.py$")
_PYTEST_IMPORT = re.compile(r"^\s*(?:import|from) pytest\b", re.MULTILINE)
_PLAIN_TEST = re.compile(r"^(?:async )?def test_", re.MULTILINE)
_UNITTEST_IMPORT = re.compile(r"^\s*(?:import|from) (?:unittest|django\.test)\b", re.MULTILINE)
_READ = 200


def detect_python(root: Path) -> Iterator[Detected]:
    """The Python checks of the tree at ``root``."""
    pyproject = read_toml(root / "pyproject.toml")
    dependencies = python_dependencies(root, pyproject)
    tests = [path for path in files(root) if _TEST_FILE.match(path.name)]
    if why := _why_pytest(root, pyproject, dependencies, tests):
        yield Detected("pytest", "{python} -m pytest", "pytest", why)
    elif found := next((path for path in tests[:_READ] if _UNITTEST_IMPORT.search(read_text(path))), None):
        why = f"{found.relative_to(root)} imports unittest, and nothing names pytest"
        yield Detected("unittest", f"{{python}} -m unittest discover{_start(root, found)}", "unittest", why)
    if why := _why_ruff(root, pyproject, dependencies):
        yield Detected("ruff", "ruff check", "ruff", why)
    if why := _why_mypy(root, pyproject):
        yield Detected("mypy", f"mypy{_mypy_target(root, pyproject)}", "mypy", why)


def _why_pytest(root: Path, pyproject: Table, dependencies: frozenset[str], tests: list[Path]) -> str:
    for name in ("pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml"):
        if (root / name).is_file():
            return f"there is {name}"
    if "pytest" in table(pyproject.get("tool")):
        return "pyproject.toml has [tool.pytest]"
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if read_ini(root / name).has_section(section):
            return f"{name} has [{section}]"
    for folder in (".", "tests", "test"):
        if (root / folder / "conftest.py").is_file():
            return f"there is {Path(folder, 'conftest.py')}"
    if not tests:
        return ""
    if "pytest" in dependencies:
        return f"the dependencies name pytest, and there is {tests[0].relative_to(root)}"
    for path in tests[:_READ]:
        text = read_text(path)
        if _PYTEST_IMPORT.search(text) or _PLAIN_TEST.search(text):
            return f"{path.relative_to(root)} is written for pytest"
    return ""


def _start(root: Path, test: Path) -> str:
    """Discovery only enters packages, so tests in a folder that is none need it as their start directory."""
    folder = test.parent.relative_to(root)
    chain = [folder, *folder.parents][:-1]
    if all((root / part / "__init__.py").is_file() for part in chain):
        return "" if test.name.startswith("test") else f" -p '*{test.name[-8:]}'"
    return f" -s {chain[-1] if not (root / chain[-1] / '__init__.py').is_file() else folder}"


def _why_ruff(root: Path, pyproject: Table, dependencies: frozenset[str]) -> str:
    for name in ("ruff.toml", ".ruff.toml"):
        if (root / name).is_file():
            return f"there is {name}"
    if at(pyproject, "tool", "ruff") is not None:
        return "pyproject.toml has [tool.ruff]"
    return "the dependencies name ruff" if "ruff" in dependencies else ""


def _why_mypy(root: Path, pyproject: Table) -> str:
    for name in ("mypy.ini", ".mypy.ini"):
        if (root / name).is_file():
            return f"there is {name}"
    if at(pyproject, "tool", "mypy") is not None:
        return "pyproject.toml has [tool.mypy]"
    return "setup.cfg has [mypy]" if read_ini(root / "setup.cfg").has_section("mypy") else ""


def _mypy_target(root: Path, pyproject: Table) -> str:
    """Nothing where the configuration says what to check, else ``src`` or the whole tree."""
    configured = table(at(pyproject, "tool", "mypy"))
    inis = [read_ini(root / name) for name in ("mypy.ini", ".mypy.ini", "setup.cfg")]
    keys = ("files", "packages", "modules")
    if any(key in configured for key in keys) or any(ini.has_option("mypy", key) for ini in inis for key in keys):
        return ""
    return " src" if (root / "src").is_dir() else " ."
