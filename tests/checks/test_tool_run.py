"""Real runs of ruff, mypy and unittest, as the checks run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.model.report import Kind, Outcome

UNITTEST = """
import unittest

def helper():
    raise LookupError("gone")

class T(unittest.TestCase):
    def test_ok(self): print("... ok")
    def test_doc(self):
        '''A line of words.'''
    def test_fail(self): self.assertEqual(1, 2)
    def test_error(self): helper()
    @unittest.skip("why")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_surprise(self): pass
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertEqual(i, 1)

class Broken(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("boom")
    def test_a(self): pass
"""


def test_ruff_tells_rule_place_and_whether_it_can_fix(tree, write, run):
    write(tree, {"src/a.py": "import os\n"})
    report = run("ruff", "ruff check", tree)
    (finding,) = report.findings
    assert (finding.key, finding.line, finding.column, finding.fixable) == ("F401@src/a.py", 1, 8, True)
    assert report.complete


def test_a_clean_tree_is_complete_and_green_for_ruff(tree, write, run):
    write(tree, {"a.py": "x = 1\n"})
    report = run("ruff", "ruff check --output-format=concise", tree)
    assert (report.findings, report.complete) == ((), True)


def test_ruff_never_fixes_while_it_checks(tree, write, run):
    write(tree, {"ruff.toml": "fix = true\n", "a.py": "import os\n"})
    run("ruff", "ruff check --fix .", tree)
    assert (tree / "a.py").read_text() == "import os\n"


def test_a_syntax_error_is_top_for_its_file_in_ruff(tree, write, run):
    write(tree, {"a.py": "def f(:\n"})
    assert {(f.key, f.kind) for f in run("ruff", "ruff check", tree).findings} == {("a.py", Kind.TOP)}


def test_a_wrong_ruff_configuration_is_top_for_the_check(tree, write, run):
    write(tree, {"ruff.toml": "nonsense = 1\n", "a.py": ""})
    report = run("ruff", "ruff check", tree)
    assert [(f.key, f.kind) for f in report.findings] == [("", Kind.TOP)]


def test_ruff_behind_make_writes_the_report(tree, write, run):
    write(tree, {"Makefile": "lint:\n\truff check\n", "a.py": "import os\n"})
    assert [f.key for f in run("ruff", "make lint", tree).findings] == ["F401@a.py"]


MYPY = """def f(x: int) -> str:
    return x

class A:
    def m(self) -> int: return 1
class B(A):
    def m(self) -> str: return ''
"""


@pytest.mark.parametrize("options", ["", " --output json", " --show-error-end", " --pretty"])
def test_mypy_in_every_form_gives_the_same_findings(tree, write, run, options):
    write(tree, {"a.py": MYPY})
    report = run("mypy", f"mypy{options} a.py", tree)
    told = [(f.key, f.line, f.column) for f in report.findings]
    assert told == [("return-value@a.py", 2, 12), ("override@a.py", 7, 5)]
    assert report.complete


def test_mypy_notes_are_output_of_their_error(tree, write, run):
    write(tree, {"a.py": "from typing import List\ndef f(x: List[float]) -> None: ...\ny: List[int] = []\nf(y)\n"})
    (finding,) = run("mypy", "mypy a.py", tree).findings
    assert "invariant" in finding.output


def test_a_syntax_error_stops_mypy_and_is_top_for_the_check(tree, write, run):
    write(tree, {"a.py": "def f(:\n"})
    assert {(f.key, f.kind, f.path) for f in run("mypy", "mypy a.py", tree).findings} == {("", Kind.TOP, "a.py")}


@pytest.mark.parametrize("version", ["this", "3.8", "3.13"])
def test_unittest_text_gives_outcomes_and_findings(tree, write, run, version):
    python = _interpreter(version)
    write(tree, {"tests/test_u.py": UNITTEST, "tests/test_imp.py": "import nothing_here\n"})
    report = run("unittest", "{python} -m unittest discover -s tests", tree, **({"python": python} if python else {}))
    name = "tests/test_u.py::T::"
    assert dict(report.outcomes) == {
        name + "test_ok": Outcome.PASS,
        name + "test_doc": Outcome.PASS,
        name + "test_fail": Outcome.FAIL,
        name + "test_error": Outcome.FAIL,
        name + "test_skip": Outcome.SKIP,
        name + "test_expected": Outcome.SKIP,
        name + "test_surprise": Outcome.FAIL,
        name + "test_sub": Outcome.FAIL,
    }
    assert {f.key for f in report.findings if f.kind is Kind.TOP} == {"tests/test_imp.py", "tests/test_u.py"}
    error = next(f for f in report.findings if f.key == name + "test_error")
    assert (error.rule, error.message, [frame.function for frame in error.frames]) == (
        "LookupError",
        "LookupError: gone",
        ["test_error", "helper"],
    )
    assert (report.complete, report.problems) == (True, ())


def _interpreter(version: str) -> str | None:
    if version == "this":
        return None
    found = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    if not found:
        pytest.skip(f"Python {version} is not installed on this machine")
    return str(found[0])


def test_no_unittest_tests_are_not_green(tree, run):
    report = run("unittest", "{python} -m unittest discover", tree)
    assert [(f.key, f.kind) for f in report.findings] == [("", Kind.TOP)]
    assert not report.complete


def test_a_python_error_before_any_report_is_located(tree, write, run):
    write(tree, {"gate.py": "def main():\n    raise SystemError('x')\nmain()\n"})
    (finding,) = run("junit", "{python} gate.py", tree).findings
    assert (finding.key, finding.kind, finding.path, finding.line) == ("", Kind.TOP, "gate.py", 2)
