"""Real pytest sessions, run as the check runs them."""

from __future__ import annotations

import ast
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from agent_orchestrator.model.report import Kind, Outcome
from agent_orchestrator.plugins.check import pytest as tool
from agent_orchestrator.plugins.check.environment import environment
from agent_orchestrator.plugins.check.tool import LISTING_DIR

PYTEST = "{python} -m pytest"
MIXED = """
import pytest

def helper(n):
    raise KeyError(n)

def test_passes(): pass

@pytest.mark.parametrize("n", [1, 2])
def test_even(n): assert n % 2 == 0

def test_raises(): helper("x")

@pytest.mark.skip
def test_skipped(): pass

@pytest.mark.xfail
def test_expected(): assert 0

@pytest.mark.xfail(strict=True)
def test_strict(): pass

class TestClass:
    def test_method(self): pass

@pytest.fixture
def broken(): raise OSError("no disk")

def test_setup(broken): pass
"""


@pytest.fixture
def mixed(tree: Path, write, run):
    write(tree, {"tests/test_m.py": MIXED})
    return run("pytest", PYTEST, tree)


def test_each_test_has_the_outcome_pytest_means(mixed):
    assert dict(mixed.outcomes) == {
        "tests/test_m.py::test_passes": Outcome.PASS,
        "tests/test_m.py::test_even[1]": Outcome.FAIL,
        "tests/test_m.py::test_even[2]": Outcome.PASS,
        "tests/test_m.py::test_raises": Outcome.FAIL,
        "tests/test_m.py::test_skipped": Outcome.SKIP,
        "tests/test_m.py::test_expected": Outcome.SKIP,
        "tests/test_m.py::test_strict": Outcome.FAIL,
        "tests/test_m.py::TestClass::test_method": Outcome.PASS,
        "tests/test_m.py::test_setup": Outcome.FAIL,
    }


def test_a_whole_session_is_complete(mixed):
    assert (mixed.complete, mixed.problems, mixed.listed) == (True, (), True)


def test_a_finding_tells_exception_message_and_frames(mixed):
    finding = next(f for f in mixed.findings if f.key.endswith("test_raises"))
    assert (finding.rule, finding.message, finding.path, finding.line) == (
        "KeyError",
        "KeyError: 'x'",
        "tests/test_m.py",
        5,
    )
    assert [frame.function for frame in finding.frames] == ["test_raises", "helper"]


def test_the_junit_report_alone_gives_the_same_keys_messages_and_rules(tree, write, run, monkeypatch, mixed):
    monkeypatch.setattr(tool, "LISTING_DIR", str(tree.parent))
    write(tree.parent, {"ao_listing.py": ""})
    alone = run("pytest", PYTEST, tree)
    assert not alone.listed
    assert alone.outcomes == mixed.outcomes

    def told(report):
        return {(f.key, f.kind, f.rule, f.message) for f in report.findings if "strict" not in f.key}

    assert told(alone) == told(mixed)


def test_a_collection_error_is_top_for_its_file_and_the_rest_runs(tree, write, run):
    write(tree, {"test_bad.py": "import nothing_of_this_name\n", "test_good.py": "def test_a(): pass\n"})
    report = run("pytest", PYTEST, tree)
    (finding,) = report.findings
    assert (finding.key, finding.kind, finding.rule, finding.line) == (
        "test_bad.py",
        Kind.TOP,
        "ModuleNotFoundError",
        1,
    )
    assert report.outcomes == {"test_good.py::test_a": Outcome.PASS}
    assert report.complete


def test_a_syntax_error_is_located(tree, write, run):
    write(tree, {"test_bad.py": "x = 1\ndef f(:\n"})
    (finding,) = run("pytest", PYTEST, tree).findings
    assert (finding.key, finding.rule, finding.line) == ("test_bad.py", "SyntaxError", 2)


def test_a_broken_conftest_is_top_for_the_check(tree, write, run):
    write(tree, {"conftest.py": "raise ValueError('oh')\n", "test_a.py": "def test_a(): pass\n"})
    report = run("pytest", PYTEST, tree)
    assert [(f.key, f.kind, f.path) for f in report.findings] == [("", Kind.TOP, "conftest.py")]
    assert not report.complete


def test_no_tests_are_not_green(tree, run):
    report = run("pytest", PYTEST, tree)
    assert [(f.key, f.kind) for f in report.findings] == [("", Kind.TOP)]
    assert not report.complete


def test_exit_first_in_the_configuration_is_taken_back(tree, write, run):
    write(
        tree,
        {"pytest.ini": "[pytest]\naddopts = -x --ff\n", "test_a.py": "def test_a(): assert 0\ndef test_b(): pass\n"},
    )
    report = run("pytest", PYTEST, tree)
    assert report.complete
    assert len(report.outcomes) == 2


def test_a_project_without_the_cache_plugin_and_with_strict_configuration_runs(tree, write, run):
    write(
        tree,
        {"pytest.ini": "[pytest]\naddopts = -p no:cacheprovider --strict-config\n", "t/test_a.py": "def test_a(): 0\n"},
    )
    assert run("pytest", PYTEST, tree).complete


def test_a_session_that_stops_early_is_incomplete(tree, write, run):
    write(tree, {"Makefile": "test:\n\tpytest -x\n", "test_a.py": "def test_a(): assert 0\ndef test_b(): pass\n"})
    report = run("pytest", "make test", tree)
    assert not report.complete
    assert "stopping after 1 failures" in report.problems[0]


def test_a_wrapper_gets_our_options_through_the_environment(tree, write, run):
    write(tree, {"Makefile": "test:\n\tpytest\n", "test_a.py": "def test_a(): pass\n"})
    report = run("pytest", "make test", tree, env={"PYTEST_ADDOPTS": "-q"})
    assert report.listed
    assert report.outcomes == {"test_a.py::test_a": Outcome.PASS}


def test_a_wrapper_that_hides_the_exit_status_is_incomplete(tree, write, run):
    write(tree, {"test_a.py": "def test_a(): assert 0\n"})
    report = run("pytest", "pytest || true", tree)
    assert not report.complete
    assert "exited with 0" in report.problems[0]


def test_a_process_that_dies_is_top_and_incomplete(tree, write, run):
    write(tree, {"test_a.py": "import os\ndef test_a(): os._exit(7)\n"})
    report = run("pytest", PYTEST, tree)
    assert [(f.key, f.kind) for f in report.findings] == [("", Kind.TOP)]
    assert not report.complete


def test_keys_are_relative_to_the_tree_even_where_pytest_has_another_root(tree, write, run):
    write(tree, {"sub/pytest.ini": "[pytest]\n", "sub/test_a.py": "def test_a(): pass\n"})
    report = run("pytest", f"{PYTEST} sub", tree)
    assert list(report.outcomes) == ["sub/test_a.py::test_a"]
    assert report.files == {"sub/test_a.py::test_a": "sub/test_a.py"}


def test_the_root_and_addresses_are_masked_in_parameters(tree, write, run):
    code = """
import os, pytest
@pytest.mark.parametrize("p", [os.getcwd() + "/x", "<object at 0x7f0011223344>"])
def test_a(p): pass
"""
    write(tree, {"test_a.py": code})
    assert set(run("pytest", PYTEST, tree).outcomes) == {
        "test_a.py::test_a[$W/x]",
        "test_a.py::test_a[<object at 0x>]",
    }


def test_workers_of_xdist_send_their_part(tree, write, run):
    write(tree, {"tests/test_m.py": MIXED, "test_bad.py": "import nothing_of_this_name\n"})
    report = run("pytest", f"{PYTEST} -p xdist -n 2", tree)
    assert (report.complete, report.problems, report.listed) == (True, (), True)
    assert len(report.outcomes) == 9
    finding = next(f for f in report.findings if f.key.endswith("test_raises"))
    assert (finding.rule, [frame.function for frame in finding.frames]) == ("KeyError", ["test_raises", "helper"])


@pytest.fixture
def editable(tmp_path: Path, write) -> tuple[Path, Path]:
    """(main checkout, tree): src layout, and the main checkout's .venv holds an editable install of it."""
    main, tree = tmp_path / "main", tmp_path / "slot"
    test = "import pkg\ndef test_value(): assert pkg.VALUE == 2\n"
    write(main, {"src/pkg/__init__.py": "VALUE = 1\n", "test_a.py": test})
    write(tree, {"src/pkg/__init__.py": "VALUE = 2\n", "test_a.py": test})
    venv.create(main / ".venv", symlinks=True)
    (site,) = main.glob(".venv/lib/python*/site-packages")
    tools = Path(pytest.__file__).parent.parent
    write(site, {"_pkg.pth": f"{main / 'src'}\n", "tools.pth": f"{tools}\n"})
    return main, tree


@pytest.mark.parametrize("options", ["", " -p xdist -n 1"])
def test_a_module_of_another_checkout_is_told(editable, run, options):
    main, tree = editable
    python = str(main / ".venv/bin/python")
    report = run("pytest", PYTEST + options, tree, foreign=(str(main),), python=python)
    assert report.outside == (str(main / "src/pkg/__init__.py"),)
    assert report.outcomes == {"test_a.py::test_value": Outcome.FAIL}


def test_the_environment_of_a_tree_makes_it_test_its_own_code(editable, run):
    main, tree = editable
    env = environment(main, tree, {})
    report = run("pytest", PYTEST, tree, foreign=(str(main),), python=env.python, pythonpath=env.pythonpath)
    assert (report.outside, report.listed, report.complete) == ((), True, True)
    assert report.outcomes == {"test_a.py::test_value": Outcome.PASS}


def test_a_tree_inside_another_checkout_is_not_foreign_to_itself(tmp_path, write, run):
    tree = tmp_path / "main" / ".worktrees" / "w"
    write(tree, {"helper.py": "", "test_a.py": "import helper\ndef test_a(): pass\n"})
    report = run("pytest", PYTEST, tree, foreign=(str(tmp_path / "main"),))
    assert (report.outside, report.complete) == ((), True)


def test_the_plugin_compiles_for_the_oldest_python_it_promises():
    source = Path(LISTING_DIR, "ao_listing.py").read_text()
    assert ast.parse(source, feature_version=(3, 8))


def test_the_plugin_folder_holds_nothing_else_that_could_be_imported():
    assert [path.name for path in Path(LISTING_DIR).glob("*.py")] == ["ao_listing.py"]


def test_no_listing_is_made_unless_asked(tree, write, environ):
    write(tree, {"test_a.py": "def test_a(): pass\n"})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "ao_listing"]
    done = subprocess.run(command, cwd=tree, env=environ | {"PYTHONPATH": LISTING_DIR}, capture_output=True, timeout=60)
    assert (done.returncode, sorted(path.name for path in tree.glob("*.json"))) == (0, [])
