"""The agent's pure parts: edits, localisation, operators, choice, earlier attempts, which tests are meant."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

AGENT = Path(__file__).resolve().parents[2] / "server" / "agent_orchestrator" / "plugins" / "agent" / "autofix"


@pytest.mark.parametrize("file", sorted(AGENT.rglob("*.py")), ids=lambda file: file.stem)
def test_the_agent_speaks_python_3_9(file):
    assert ast.parse(file.read_text(), feature_version=(3, 9)).body


def test_offsets_count_utf_8_bytes(agent):
    source = agent("source").parse_source("a.py", "s = 'äö'; t = x\n".encode())
    node = source.tree.body[1].value

    assert source.data[slice(*source.span(node))] == b"x"


@pytest.mark.parametrize("data", [b"def (", b"\xff\xfe", b"# -*- coding: latin-1 -*-\ns = '\xe4'\n", b"a\r\nb\r\n"])
def test_what_can_not_be_spliced_by_byte_is_left_alone(agent, data):
    assert agent("source").parse_source("a.py", data) is None


@pytest.mark.parametrize(
    "path",
    [
        "tests/helper.py",
        "test_a.py",
        "pkg/a_test.py",
        "conftest.py",
        "pkg/conftest.py",
        "setup.py",
        "a.toml",
        "../a.py",
    ],
)
def test_tests_and_configuration_are_no_program(agent, path):
    assert not agent("localise").is_program(path)


def test_lines_that_only_the_red_test_runs_are_the_most_suspicious(agent):
    result, localise = agent("suite").Result, agent("localise")
    red = result("t::a", "fail", lines={"m.py": [1, 2]})
    green = result("t::b", "pass", lines={"m.py": [1, 3]})

    lines = localise.suspicion([red], [green]).lines["m.py"]

    assert (lines[2], round(lines[1], 3), lines.get(3)) == (1.0, 0.707, None)


def test_the_last_program_frame_is_raised(agent):
    result, localise = agent("suite").Result, agent("localise")
    red = result("t::a", "fail", lines={"m.py": [1, 2]}, frames=[("t.py", 9, "a"), ("m.py", 2, "f")])

    assert localise.suspicion([red], []).lines["m.py"] == {1: 1.0, 2: 1.6}


def _texts(agent, source, line=2):
    """Return the file's text under every candidate, for a fault suspected in one line."""
    module, localise = agent("source"), agent("localise")
    suspects = localise.Suspicion({"m.py": {line: 1.0}}, frozenset())

    def under(root):
        (root / "m.py").write_text(source)
        found = agent("candidates").candidates(root, suspects, [])
        return [module.splice(source.encode(), one.edit).decode() for one in found]

    return under


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("return a < b", "return a <= b"),
        ("return a + b", "return a - b"),
        ("return a[1:]", "return a[:]"),
        ("return a and b", "return a or b"),
        ("return not a", "return a"),
        ("return f(a, b)", "return f(b, a)"),
        ("return a.keys()", "return a.values()"),
        ("return a if b else c", "return c if b else a"),
        ("return sorted(a)", "return sorted(a, b)"),
        ("return a[i]", "return a[i - 1]"),
        ("return min(a)", "return max(a)"),
        ("return True", "return False"),
        ("raise TypeError(a)", "raise ValueError(a)"),
        ("(a) - (b)", "(a) + (b)"),
        ("return 'ä' < a", "return 'ä' > a"),
    ],
)
def test_a_simple_expression_fault_has_its_repair_among_the_candidates(agent, tmp_path, wrong, right):
    head = "def g(a, b, c, i):\n    "

    assert f"{head}{right}\n" in _texts(agent, f"{head}{wrong}\n")(tmp_path)


def test_functions_that_remove_files_are_left_alone(agent, tmp_path):
    source = "import shutil\ndef g(a, b): return shutil.rmtree(a if b else a)\n"

    assert _texts(agent, source)(tmp_path) == []


def _plausible(agent, *, score=1.0, gained=(), partial=False, deleting=False, text="x"):
    edit = agent("source").Edit("m.py", 0, 1, text, deleting=deleting)
    candidate = agent("candidates").Candidate(edit, score, True, "f")
    return agent("choose").Plausible(candidate, gained, partial)


def test_the_choice_prefers_more_green_then_whole_then_not_deleting_then_score(agent):
    best = [
        _plausible(agent, score=0.1, gained=("t",), partial=True, deleting=True),
        _plausible(agent, score=0.2),
        _plausible(agent, score=0.9, deleting=True),
        _plausible(agent, score=0.9, partial=True),
    ]

    assert agent("choose").ordered(best[::-1]) == best


def test_many_rivals_make_confidence_low(agent):
    found = [_plausible(agent, text=str(number)) for number in range(7)]

    assert agent("choose").confidence(found[0], found) == "low"


def test_an_earlier_patch_is_recognised_from_a_quoted_diff(agent):
    diff = "No.\n--- a/m.py\n+++ b/m.py\n@@ -1,2 +1,2 @@\n def f(a):\n-    return a < 1\n+    return a > 1\n"
    previous, source = agent("previous"), agent("source")
    before = b"def f(a):\n    return a < 1\n"
    at = before.index(b"<")

    earlier = previous.Previous(previous.changes_in(diff))

    assert [earlier.has(source.Edit("m.py", at, at + 1, sign), before) for sign in (">", "==")] == [True, False]


def test_an_edit_of_an_earlier_attempt_is_taken_back(agent, project):
    def git(*arguments):
        identity = ("-c", "user.name=A", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *arguments], cwd=project.root, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    project.write("m.py", "def f(a):\n    return a < 1\n")
    git("add", ".")
    git("commit", "-qm", "base")
    git("checkout", "-qb", "ao/t")
    project.write("m.py", "def f(a):\n    return a > 1\n")
    git("commit", "-qam", "attempt")
    task = agent("task").Task("t", "t", 2, "", (), base="main")

    assert agent("previous").previous_attempts(project.root, task).restored == {
        "m.py": b"def f(a):\n    return a < 1\n"
    }


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("tests/test_a.py::test_x[1]", ["tests/test_a.py::test_x[1]"]),
        ("tests/test_a.py::test_x", ["tests/test_a.py::test_x[1]", "tests/test_a.py::test_x[0x7f]"]),
        ("tests/test_a.py::test_x[0x]", ["tests/test_a.py::test_x[0x7f]"]),
        ("tests.test_a.T.test_y", ["tests/test_a.py::T::test_y"]),
        ("test_a.T.test_y", ["tests/test_a.py::T::test_y"]),
        ("tests/test_a.py::test_z", []),
    ],
)
def test_a_key_means_these_tests(agent, key, meant):
    ids = ["tests/test_a.py::test_x[1]", "tests/test_a.py::test_x[0x7f]", "tests/test_a.py::T::test_y"]

    assert agent("selection").matching(key, ids, Path("/w")) == meant


def test_options_for_reports_and_parallel_runs_are_left_out(agent, tmp_path, monkeypatch):
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    argv = "python -m pytest -x -q -n 4 --cov=pkg --junitxml={report} -p listing -k fast --import-mode=importlib tests"

    arguments = agent("selection").pytest_arguments(argv.split(), tmp_path)

    assert arguments[:4] == ("-k", "fast", "--import-mode=importlib", "tests")


@pytest.mark.parametrize("text", ["[]", "3", '"x"', "{"])
def test_a_task_that_is_no_object_is_refused(agent, text):
    with pytest.raises(ValueError):
        agent("task").parse_task(text)


def test_values_of_a_wrong_type_count_as_absent(agent):
    task = agent("task").parse_task(
        '{"id": 3, "attempt": "x", "failures": [7, {"kind": [], "test": "t"}], "checks": []}'
    )

    assert (task.id, task.attempt, [one.kind for one in task.failures]) == ("", 1, ["test"])
