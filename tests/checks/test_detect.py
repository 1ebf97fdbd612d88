"""What is detected in a repository, and why."""

from __future__ import annotations

import json

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.plugins.check.detect import detect
from agent_orchestrator.plugins.check.detect_node import ESLINT_STYLISH, TYPESCRIPT

PLAIN = "import unittest\nclass T(unittest.TestCase): ...\n"


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        ({}, []),
        ({"pytest.ini": "[pytest]\n"}, ["pytest"]),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, ["pytest"]),
        ({"setup.cfg": "[tool:pytest]\n"}, ["pytest"]),
        ({"tests/conftest.py": ""}, ["pytest"]),
        ({"requirements-dev.txt": "pytest>=7\n", "tests/test_a.py": PLAIN}, ["pytest"]),
        ({"pyproject.toml": "[dependency-groups]\ndev=['PyTest']\n", "tests/test_a.py": PLAIN}, ["pytest"]),
        ({"test_a.py": "def test_a(): pass\n"}, ["pytest"]),
        ({"tests/test_a.py": PLAIN}, ["unittest"]),
        ({"node_modules/x/test_a.py": PLAIN, ".venv/test_a.py": PLAIN}, []),
        ({"pyproject.toml": "[tool.ruff]\n[tool.mypy]\n"}, ["ruff", "mypy"]),
        ({"ruff.toml": "", "mypy.ini": "[mypy]\n"}, ["ruff", "mypy"]),
        ({"pyproject.toml": "not = [toml"}, []),
        ({"package.json": '{"devDependencies": {"vitest": "1", "eslint": "9"}}'}, ["vitest", "eslint"]),
        ({"package.json": '{"devDependencies": {"jest": "1", "jest-junit": "1"}}'}, ["jest"]),
        ({"package.json": '{"devDependencies": {"typescript": "5"}}', "tsconfig.json": "{}"}, ["tsc"]),
        ({"package.json": "[1, 2"}, []),
    ],
)
def test_checks_are_found_by_the_files_that_are_there(tree, write, files, ids):
    write(tree, files)
    assert [check.id for check in detect(tree)] == ids


def test_every_check_says_why(tree, write):
    write(tree, {"pyproject.toml": "[tool.ruff]\n", "tests/test_a.py": PLAIN})
    assert [check.why for check in detect(tree)] == [
        "tests/test_a.py imports unittest, and nothing names pytest",
        "pyproject.toml has [tool.ruff]",
    ]


def test_no_detected_command_watches(tree, write):
    package = {"scripts": {"test": "vitest"}, "devDependencies": {"vitest": "1"}}
    write(tree, {"package.json": json.dumps(package)})
    (check,) = detect(tree)
    assert " vitest run " in check.command


def test_eslint_keeps_the_projects_arguments_but_never_fixes(tree, write):
    package = {"scripts": {"lint": "eslint src --ext .ts --fix --max-warnings 0"}, "devDependencies": {"eslint": "8"}}
    write(tree, {"package.json": json.dumps(package)})
    (check,) = detect(tree)
    assert check.command == "npx --no-install eslint src --ext .ts --max-warnings 0 --no-color"


@pytest.mark.parametrize("packaged", [True, False])
def test_detected_unittest_discovery_finds_the_tests(tree, write, run, packaged):
    code = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self): pass\n"
    write(tree, {"tests/test_a.py": code} | ({"tests/__init__.py": ""} if packaged else {}))
    (check,) = detect(tree)
    assert list(run(check.format, check.command, tree).outcomes) == ["tests/test_a.py::T::test_x"]


def test_the_output_of_eslint_is_read():
    output = b"""
/t/src/a.js
  1:7   error  'x' is assigned  no-unused-vars
  2:1   error  Bad  eqeqeq

\xe2\x9c\x96 2 problems
"""
    report = parse("regex", Inputs(output=output, exit_code=1, root="/t", pattern=ESLINT_STYLISH))
    assert [(f.key, f.line, f.column, f.message) for f in report.findings] == [
        ("no-unused-vars@src/a.js", 1, 7, "'x' is assigned"),
        ("eqeqeq@src/a.js", 2, 1, "Bad"),
    ]


def test_the_output_of_tsc_is_read():
    output = b"src/a.ts(3,5): error TS2322: Type 'string' is not assignable.\n"
    (finding,) = parse("regex", Inputs(output=output, exit_code=2, root="/t", pattern=TYPESCRIPT)).findings
    assert (finding.key, finding.line, finding.column) == ("TS2322@src/a.ts", 3, 5)
