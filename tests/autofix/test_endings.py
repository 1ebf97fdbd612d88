"""Every way in which a turn ends without an edit says so by its exit code and a reason, and changes nothing."""

from __future__ import annotations

import subprocess
import time

import psutil
import pytest

RED = "import shop\n\ndef test_it(): assert shop.answer() == 42\n"


@pytest.fixture
def unchanged(project):
    """Assert at the end that the project is as it was when the test called this."""
    before: list[dict[str, bytes]] = []
    yield lambda: before.append(project.contents())
    assert before == [project.contents()]


def test_free_text_is_refused_in_one_sentence(project):
    turn = project.turn([], prompt="Write a parser")

    assert (turn.code, turn.report["reason"]) == (4, "free-text")


def test_failures_of_a_wrong_type_are_no_failures(project):
    assert project.turn("not a list of failures").code == 4


def test_a_missing_task_file_is_misuse(project):
    turn = project.run(project.home / "no-such-task.json")

    assert (turn.code, "no-such-task.json" in turn.output) == (2, True)


def test_a_green_target_is_said_to_be_green(project, unchanged):
    project.write("shop.py", "def answer():\n    return 42\n")
    project.write("test_shop.py", RED)
    unchanged()

    turn = project.repair("test_shop.py::test_it")

    assert (turn.code, turn.report["reason"]) == (3, "already-green")


def test_a_flaky_target_is_refused(project, unchanged):
    counter = project.home / "counter"
    project.write("shop.py", "def answer():\n    return 41\n")
    project.write(
        "test_shop.py",
        f"import pathlib\n\ndef test_it():\n    file = pathlib.Path({str(counter)!r})\n"
        "    count = int(file.read_text()) if file.exists() else 0\n    file.write_text(str(count + 1))\n"
        "    assert count % 2\n",
    )
    unchanged()

    turn = project.repair("test_shop.py::test_it")

    assert (turn.code, turn.report["reason"]) == (3, "flaky")


def test_a_broken_conftest_can_not_be_collected(project, unchanged):
    project.write("conftest.py", "import nothing_of_this_name\n")
    project.write("test_shop.py", "def test_it(): assert False\n")
    unchanged()

    turn = project.repair("test_shop.py::test_it")

    assert (turn.code, turn.report["reason"]) == (3, "can-not-collect")


def test_the_message_for_a_broken_conftest_says_what_broke(project):
    project.write("conftest.py", "import nothing_of_this_name\n")
    project.write("test_shop.py", "def test_it(): assert False\n")

    turn = project.repair("test_shop.py::test_it")

    assert "nothing_of_this_name" in turn.report["message"]


def test_a_scope_that_could_not_be_judged_is_refused(project, unchanged):
    project.write("test_shop.py", "def test_it(: pass\n")
    unchanged()

    turn = project.turn([{"check": "pytest", "kind": "top", "file": "test_shop.py"}])

    assert (turn.code, turn.report["reason"]) == (3, "can-not-collect")


def test_an_unknown_test_is_named(project, unchanged):
    project.write("test_shop.py", "def test_it(): pass\n")
    unchanged()

    turn = project.repair("test_shop.py::test_other")

    assert (turn.code, turn.report["reason"]) == (3, "no-such-test")


def test_a_project_without_python_is_not_for_this_agent(project):
    project.write("index.test.js", "test('x', () => {})\n")

    turn = project.repair("index.test.js::x")

    assert (turn.code, turn.report["reason"]) == (3, "not-python")


def test_what_would_have_to_be_invented_is_not_found(project, unchanged):
    project.write("shop.py", "def answer():\n    return 'a'\n")
    project.write("test_shop.py", "import shop\n\ndef test_it(): assert shop.answer() == {'k': [8, 9, 17]}\n")
    unchanged()

    turn = project.repair("test_shop.py::test_it")

    assert (turn.code, turn.report["reason"]) == (3, "nothing-found")


def test_a_fix_that_breaks_a_green_test_is_no_fix(project, unchanged):
    project.write("shop.py", "def answer():\n    return 41\n")
    project.write("test_shop.py", RED + "def test_old(): assert shop.answer() == 41\n")
    unchanged()

    turn = project.repair("test_shop.py::test_it")

    assert (turn.code, turn.report["reason"]) == (3, "nothing-found")


def test_a_terminated_turn_leaves_no_process_and_no_copy(project, program, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    project.write("test_shop.py", "import time\n\ndef test_it():\n    time.sleep(60)\n    assert False\n")
    task = project.home / "task.json"
    task.write_text('{"failures": [{"kind": "test", "check": "pytest", "test": "test_shop.py::test_it"}]}')
    environment = project.environment(AO_TASK_FILE=str(task), TMPDIR=str(temporary))
    turn = subprocess.Popen(program, cwd=project.root, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while not (started := psutil.Process(turn.pid).children(recursive=True)) and time.monotonic() < deadline:
        turn.poll()
    turn.terminate()
    turn.wait(timeout=30)
    _, alive = psutil.wait_procs(started, timeout=10)

    assert (len(started) > 0, alive, list(temporary.iterdir())) == (True, [], [])
