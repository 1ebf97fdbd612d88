"""How commands are completed and narrowed."""

from __future__ import annotations

import re

import pytest

from agent_orchestrator.formats import FORMATS
from agent_orchestrator.plugins.check.builtin import BuiltinTools
from agent_orchestrator.plugins.check.junit import name_pattern
from agent_orchestrator.plugins.check.tool import as_argv, prepare_plain
from agent_orchestrator.plugins.check.tools import TOOLS, rerun
from agent_orchestrator.ports.check import Selection, Where

WHERE = Where(report="/r/x y", tree="/t", python="/v/bin/python")
KEYS = ("tests/test_a.py::T::test_x", "tests/test_a.py::test_y[1]")


def test_a_plain_text_is_split_and_a_shell_text_is_not():
    assert as_argv("pytest -k 'a b'") == ("pytest", "-k", "a b")
    assert as_argv("cd sub && pytest") == ("sh", "-c", "cd sub && pytest")
    assert as_argv("! grep -r TODO src") == ("sh", "-c", "! grep -r TODO src")
    assert as_argv("exit 1") == ("sh", "-c", "exit 1")


def test_placeholders_are_quoted_in_a_text_and_plain_in_words():
    assert prepare_plain("tool > {report}", WHERE).argv == ("sh", "-c", "tool > '/r/x y'")
    assert prepare_plain(("{python}", "--out={report}"), WHERE).argv == ("/v/bin/python", "--out=/r/x y")


def test_a_command_that_names_no_report_is_read_from_its_output():
    assert prepare_plain("tool", WHERE).report is None


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pytest -x tests -k 'not slow' --lf --tb short", ("pytest", "-k", "not slow", "--tb", "short", *KEYS)),
        ("{python} -m pytest -m fast a b", ("{python}", "-m", "pytest", "-m", "fast", *KEYS)),
        ("uv run pytest -q", ("uv", "run", "pytest", "-q", *KEYS)),
        ("make test", "make test"),
    ],
)
def test_pytest_runs_node_ids_in_place_of_its_paths(command, expected):
    assert rerun(TOOLS["pytest"], command, Selection(KEYS)) == expected


def test_pytest_runs_whole_files():
    selection = Selection(KEYS, ("tests/test_a.py",), whole_files=True)
    assert rerun(TOOLS["pytest"], "pytest", selection) == ("pytest", "tests/test_a.py")


def test_a_masked_id_runs_its_function():
    selection = Selection(("a.py::test_x[$W/f]", "a.py::test_x[<A at 0x>]", "a.py::test_x[two words]"))
    assert rerun(TOOLS["pytest"], "pytest", selection) == ("pytest", "a.py::test_x")


def test_unittest_runs_dotted_names():
    selection = Selection(("tests/test_a.py::T::test_x",))
    command = "python3 -m unittest discover"
    assert rerun(TOOLS["unittest"], command, selection) == ("python3", "-m", "unittest", "tests.test_a.T.test_x")


def test_unittest_with_a_start_directory_narrows_its_discovery(tree, write, run):
    code = "import unittest\nclass T(unittest.TestCase):\n  def test_x(self): pass\n  def test_y(self): pass\n"
    write(tree, {"tests/test_a.py": code, "tests/test_b.py": code})
    command = "{python} -m unittest discover -s tests"
    key = "tests/test_a.py::T::test_x"
    assert list(run("unittest", rerun(TOOLS["unittest"], command, Selection((key,))), tree).outcomes) == [key]
    whole = rerun(TOOLS["unittest"], command, Selection((key,), ("tests/test_a.py",), whole_files=True))
    assert set(run("unittest", whole, tree).outcomes) == {key, "tests/test_a.py::T::test_y"}


def test_vitest_gets_the_file_and_the_escaped_full_name():
    selection = Selection(("src/a.test.ts::math > adds (1 + 1)",))
    command = rerun(TOOLS["junit"], "npx vitest run", selection)
    assert command[:-1] == ("npx", "vitest", "run", "src/a.test.ts", "-t")
    assert re.search(command[-1], "math adds (1 + 1)")


def test_several_names_become_one_pattern():
    assert name_pattern(("a.js::x", "a.js::y.z")) == r"(?:x|y\.z)$"


def test_the_users_own_template_comes_first():
    assert rerun(TOOLS["pytest"], "make test", Selection(KEYS), "tox -- {tests}") == (
        "tox -- tests/test_a.py::T::test_x 'tests/test_a.py::test_y[1]'"
    )
    words = rerun(TOOLS["pytest"], "make test", Selection(KEYS), ("t", "{files}", "{test}"))
    assert words == ("t", "tests/test_a.py", KEYS[0])


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("cargo test --workspace", "cargo"),
        ("./mvnw -q verify", "maven"),
        ("go test -json ./...", "go-json"),
        ("go test ./...", None),
        ("cargo nextest run --message-format junit {report}", "junit"),
        ("make check", None),
    ],
)
def test_a_format_is_told_from_the_program_where_it_says_enough(command: str, expected: str | None):
    assert BuiltinTools().format_of(command) == expected


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_is_a_tool_that_can_be_run(format_name: str):
    assert TOOLS[format_name].format == format_name
