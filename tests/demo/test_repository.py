"""The demo's repository is red exactly as it says, and what is wrong can be put right."""

from __future__ import annotations

import ast
import subprocess

import pytest

from agent_orchestrator.config.load import load
from agent_orchestrator.demo import environment
from agent_orchestrator.demo.bugs import BUGS, FLAKY, LINT, broken
from agent_orchestrator.demo.build import configuration, free_folder, sources, write

RED_TESTS = {test for bug in BUGS for test in bug.red}
RULES = {rule for bug in LINT for rule in bug.red}


def put_right(demo, *bugs):
    for bug in bugs:
        file = demo.repository / bug.path
        file.write_text(file.read_text().replace(bug.wrong, bug.right))


def test_the_repository_is_red_as_documented(demo, checks):
    failed, rules = checks(demo.repository)
    assert failed == RED_TESTS | {FLAKY}
    assert rules == RULES


def test_it_is_red_enough_to_show_something():
    assert len(RED_TESTS) >= 8
    assert len(LINT) >= 6
    assert len(RULES) == len(LINT)


def test_with_every_bug_put_right_it_is_green(demo, checks):
    checks(demo.repository)  # The flaky test fails the first time.
    put_right(demo, *BUGS, *LINT)
    assert checks(demo.repository) == (set(), set())


@pytest.mark.parametrize("bug", [*BUGS, *LINT], ids=lambda bug: bug.red[0].rpartition("::")[2])
def test_each_bug_stands_once_in_the_file_and_changes_it(bug, tmp_path):
    right = sources(tmp_path / "counter")[bug.path]
    assert right.count(bug.right) == 1
    assert right.replace(bug.right, bug.wrong) != right


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.red[0].rpartition("::")[2])
def test_each_bug_alone_turns_its_tests_red_and_no_other(bug, demo, checks):
    checks(demo.repository)
    put_right(demo, *(other for other in (*BUGS, *LINT) if other is not bug))
    assert checks(demo.repository) == (set(bug.red), set())


def test_two_bugs_stand_on_neighbouring_lines_of_one_function(tmp_path):
    first, second = BUGS[:2]
    text = broken(sources(tmp_path / "counter"))[first.path]
    lines = sorted(text[: text.index(bug.wrong)].count("\n") + 1 for bug in (first, second))
    assert first.path == second.path
    assert lines[1] - lines[0] == 1
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    assert any(node.lineno <= lines[0] and lines[1] <= node.end_lineno for node in functions)


def test_the_flaky_test_passes_when_it_is_run_again_because_of_a_file_outside_of_the_repository(demo):
    python = demo.repository / ".venv" / "bin" / "python"
    argv = [python, "-m", "pytest", "-q", FLAKY]
    assert [subprocess.run(argv, cwd=demo.repository, capture_output=True).returncode for _ in range(2)] == [1, 0]
    assert demo.counter.is_file()
    assert not demo.counter.is_relative_to(demo.repository)


def test_nothing_is_left_to_commit(demo):
    status = subprocess.run(["git", "status", "--porcelain"], cwd=demo.repository, capture_output=True, text=True)
    assert (status.returncode, status.stdout) == (0, "")


def test_the_package_is_an_editable_install_of_the_main_checkout(demo):
    python = demo.repository / ".venv" / "bin" / "python"
    code = "import cornershop, importlib.metadata as m; print(cornershop.__file__, m.version('cornershop'))"
    said = subprocess.run([python, "-c", code], cwd=demo.folder, capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(demo.repository / "src" / "cornershop" / "__init__.py"), "1.0"]


def test_the_environment_has_the_tools_and_nothing_else_of_this_one(demo):
    python = demo.repository / ".venv" / "bin" / "python"
    code = "import importlib.metadata as m; print(*sorted({d.name.lower() for d in m.distributions()}))"
    names = set(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split())
    assert names >= {"cornershop", "pytest", "ruff"}
    assert not names & {"hypothesis", "pytest-xdist", "agent-orchestrator", "rich"}


@pytest.mark.slow
def test_without_the_tools_and_a_network_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "TOOLS", ("no-such-tool-anywhere",))
    for name in ("PIP_NO_INDEX", "PIP_DISABLE_PIP_VERSION_CHECK"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(environment.NoTools, match=r"pip could not install .* and run it again"):
        environment.make(tmp_path, "cornershop", "1.0")


def test_the_configuration_loads_without_a_word(tmp_path):
    file = tmp_path / "agent-orchestrator.yaml"
    write(file, configuration())
    loaded = load(file, environ={"HOME": str(tmp_path)})
    assert [str(diagnostic) for diagnostic in loaded.diagnostics] == []
    assert list(loaded.config.projects["cornershop"].checks) == ["tests", "lint"]


def test_each_demo_gets_a_folder_of_its_own(tmp_path):
    first = free_folder(tmp_path)
    first.mkdir()
    assert (first.name, free_folder(tmp_path).name) == ("ao-demo-1", "ao-demo-2")
