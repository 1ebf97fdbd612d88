"""Tests run under a candidate edit, in a fork with swapped code or with a fresh import, see exactly that edit."""

from __future__ import annotations

import os
import time

import pytest

SOURCE = "def clamp(value, high):\n    if value < high:\n        return high\n    return value\n"
TEST = "tests/test_shop.py::test_above"
TESTS = "from shop import clamp\n\ndef test_above(): assert clamp(50, 10) == 10\n"


@pytest.fixture
def bench(project, agent, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    project.write("shop.py", SOURCE)
    project.write("tests/test_shop.py", TESTS)
    runner = agent("selection").runner_for((), "pytest", tmp_path)

    def make():
        module = agent("bench")
        box = module.copied(project.root, tmp_path / "copy", {})
        return module.Bench(project.root, tmp_path, {}, box, runner, time.monotonic(), 60.0)

    return make


@pytest.fixture
def worker(agent, bench):
    """Start a worker in a mode over a fresh copy; it ends with the test."""
    started = []

    def start(mode):
        made = bench()
        environment = made.box.environment(dict(os.environ))
        environment.pop("PYTHONPATH", None)
        one = agent("client").Worker(made.box, environment, mode, made.runner, 40.0)
        started.append(one)
        return one, made.box.tree

    yield start
    for one in started:
        one.__exit__()


def _edit(agent, old, new, source=SOURCE):
    start = source.encode().index(old.encode())
    return agent("source").Edit("shop.py", start, start + len(old.encode()), new, line=2)


def test_a_swapped_edit_takes_effect(agent, worker):
    hot, _ = worker("hot")

    assert hot.run([[TEST]], _edit(agent, "value < high", "value > high")).outcome(TEST) == "pass"


def test_an_edit_leaves_no_trace_in_the_next_run(agent, worker):
    hot, _ = worker("hot")
    hot.run([[TEST]], _edit(agent, "value < high", "value > high"))

    assert hot.run([[TEST]]).outcome(TEST) == "fail"


def test_an_edit_of_a_default_can_not_be_swapped_in(agent, project, worker):
    source = SOURCE.replace("high):", "high=10):")
    hot, tree = worker("hot")
    (tree / "shop.py").write_text(source)

    assert hot.run([[TEST]], _edit(agent, "=10", "=11", source)).end == "cold"


def test_edits_of_one_size_in_one_second_are_each_really_run(agent, worker):
    cold, tree = worker("cold")
    on_disk = agent("search").on_disk
    seen = []
    for relation in ("value > high", "value = high", "value > high", "value < high"):
        with on_disk(tree, _edit(agent, "value < high", relation)):
            os.utime(tree / "shop.py", (1_000_000_000, 1_000_000_000))
            seen.append(cold.run([[TEST]], wall=30.0).outcome(TEST))

    assert seen == ["pass", "absent", "pass", "fail"]


def test_no_bytecode_is_written(project, worker):
    hot, tree = worker("hot")
    hot.run([[TEST]])

    assert not list(tree.rglob("*.pyc"))


def test_a_candidate_that_sleeps_for_ever_ends_with_its_time(agent, worker):
    hot, _ = worker("hot")

    run = hot.run([[TEST]], _edit(agent, "return high", "import time; time.sleep(99)"), wall=1.0)
    slept = hot.run([[TEST]], _edit(agent, "if value < high:", "import time; time.sleep(99)\n    if 1:"), wall=1.0)

    assert (run.end, slept.end) == ("ok", "time")


def test_a_candidate_that_loops_for_ever_fails_its_test(agent, worker):
    hot, _ = worker("hot")

    run = hot.run([[TEST]], _edit(agent, "if value < high:", "while True: pass\n    if 1:"), cpu=0.5, wall=20.0)

    assert (run.end, run.outcome(TEST)) == ("ok", "fail")


def test_a_candidate_that_ends_the_process_is_noticed(agent, worker):
    hot, _ = worker("hot")

    run = hot.run([[TEST]], _edit(agent, "if value < high:", "import os; os._exit(0)\n    if 1:"))

    assert (run.end, run.outcome(TEST)) == ("died", "absent")


def test_the_network_is_out_of_reach(project, worker):
    project.write(
        "tests/test_shop.py",
        "import socket\n\ndef test_above():\n    socket.create_connection(('192.0.2.1', 80), timeout=1)\n",
    )
    hot, _ = worker("hot")

    assert "no network" in hot.run([[TEST]]).results[TEST].error


def test_home_and_temporary_files_are_the_copys_own(project, worker):
    project.write(
        "tests/test_shop.py",
        "import os, tempfile\n\n"
        "def test_above():\n    assert False, os.environ['HOME'] + ' ' + tempfile.gettempdir()\n",
    )
    hot, tree = worker("hot")

    error = hot.run([[TEST]]).results[TEST].error
    assert f"{tree.parent / 'home'} {tree.parent / 'tmp'}" in error


def test_a_trace_names_the_lines_a_test_ran(worker):
    hot, _ = worker("hot")

    assert hot.run([[TEST]], trace=True).results[TEST].lines["shop.py"] == [2, 4]


def test_subtests_that_fail_make_the_test_red(project, worker):
    project.write(
        "tests/test_shop.py",
        "import unittest\n\nclass T(unittest.TestCase):\n    def test_above(self):\n"
        "        with self.subTest(1): self.assertTrue(False)\n        with self.subTest(2): self.assertTrue(True)\n",
    )
    hot, _ = worker("hot")
    test = "tests/test_shop.py::T::test_above"

    assert hot.run([[test]]).outcome(test) == "fail"


def test_without_pytest_the_tests_run_by_unittest(agent, bench, project):
    project.write("tests/__init__.py", "")
    project.write(
        "tests/test_shop.py",
        "import unittest\nfrom shop import clamp\n\nclass T(unittest.TestCase):\n"
        "    def test_above(self): self.assertEqual(clamp(50, 10), 10)\n",
    )
    made = bench()
    client = agent("client")
    test = "tests/test_shop.py::T::test_above"
    with client.Worker(made.box, made.environment, "hot", client.Runner("unittest", (".",)), 40.0) as hot:
        before = hot.run([[test]]).outcome(test)
        after = hot.run([[test]], _edit(agent, "value < high", "value > high")).outcome(test)

    assert (before, after) == ("fail", "pass")
