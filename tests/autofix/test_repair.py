"""What the agent does with red tests, each in a real project with a real pytest."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

CLAMP = """\
def clamp(value, low, high):
    if value < low:
        return low
    if value < high:
        return high
    return value
"""
CLAMP_TESTS = """\
from shop import clamp

def test_below(): assert clamp(-1, 0, 10) == 0
def test_inside(): assert clamp(5, 0, 10) == 5
def test_above(): assert clamp(50, 0, 10) == 10
"""


def test_a_wrong_comparison_is_turned_round(project):
    project.write("shop.py", CLAMP)
    project.write("tests/test_shop.py", CLAMP_TESTS)

    turn = project.repair("tests/test_shop.py::test_above")

    assert (turn.code, project.read("shop.py")) == (0, CLAMP.replace("value < high", "value > high")), turn.output


def test_the_report_calls_its_edit_plausible_and_names_what_turned_green(project):
    project.write("shop.py", CLAMP)
    project.write("tests/test_shop.py", CLAMP_TESTS)

    report = project.repair("tests/test_shop.py::test_above").report

    assert {name: report.get(name) for name in ("plausible", "file", "line", "turned_green", "tests_run")} == {
        "plausible": True,
        "file": "shop.py",
        "line": 4,
        "turned_green": ["tests/test_shop.py::test_above", "tests/test_shop.py::test_inside"],
        "tests_run": 3,
    }


def test_an_off_by_one_is_mended(project):
    project.write(
        "windows.py",
        "def windows(items, size):\n    return [items[i : i + size] for i in range(len(items) - size)]\n",
    )
    project.write(
        "test_windows.py",
        "from windows import windows\n\n"
        "def test_pairs(): assert windows([1, 2, 3], 2) == [[1, 2], [2, 3]]\n"
        "def test_whole(): assert windows([1, 2], 2) == [[1, 2]]\n"
        "def test_none(): assert windows([1], 3) == []\n",
    )

    turn = project.repair("test_windows.py::test_pairs")

    namespace: dict = {}
    exec(project.read("windows.py"), namespace)
    assert namespace["windows"]([1, 2, 3, 4], 3) == [[1, 2, 3], [2, 3, 4]], turn.output


def test_of_two_bugs_in_one_function_only_the_one_behind_the_task_is_touched(project):
    source = "def price(count, each, rate):\n    net = count + each\n    tax = net - rate\n    return net, tax\n"
    project.write("shop.py", source)
    project.write(
        "test_shop.py",
        "from shop import price\n\n"
        "def test_net(): assert price(3, 5, 2)[0] == 15\n"
        "def test_net_of_none(): assert price(0, 7, 2)[0] == 0\n"
        "def test_tax(): assert price(0, 0, 2)[1] == 2\n",
    )

    turn = project.repair("test_shop.py::test_net", "test_shop.py::test_net_of_none")

    assert project.read("shop.py") == source.replace("count + each", "count * each"), turn.output


def test_a_module_level_constant_is_mended_though_it_needs_a_fresh_import(project):
    project.write("shop.py", "LIMIT = 9\nTABLE = [LIMIT] * 3\n\n\ndef limits():\n    return list(TABLE)\n")
    project.write("test_shop.py", "import shop\n\ndef test_limits(): assert shop.limits() == [10, 10, 10]\n")

    turn = project.repair("test_shop.py::test_limits")

    assert "LIMIT = 10" in project.read("shop.py"), turn.output


def test_a_candidate_that_never_ends_does_not_hang_the_search(project):
    source = "def count(limit):\n    n = 0\n    while n < limit:\n        n += 1\n    return n - 1\n"
    project.write("counting.py", source)
    project.write("test_counting.py", "from counting import count\n\ndef test_count(): assert count(7) == 7\n")

    turn = project.repair("test_counting.py::test_count")

    assert turn.code == 0, turn.output


def test_an_endless_loop_that_is_the_bug_itself_is_mended(project):
    project.write("counting.py", "def count(limit):\n    n = 0\n    while n < limit:\n        n -= 1\n    return n\n")
    project.write(
        "test_counting.py",
        "from counting import count\n\ndef test_count(): assert count(7) == 7\ndef test_zero(): assert count(0) == 0\n",
    )

    turn = project.repair("test_counting.py::test_count")

    assert "n += 1" in project.read("counting.py"), turn.output


def test_nothing_but_the_edited_file_changes(project):
    project.write("shop.py", CLAMP)
    project.write("tests/test_shop.py", CLAMP_TESTS + "\ndef test_writes(): open('left-behind', 'w').close()\n")
    before = project.contents()

    project.repair("tests/test_shop.py::test_above")

    after = project.contents()
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == {"shop.py"}


def test_a_fault_in_a_test_is_left_alone(project):
    project.write("shop.py", "def double(n):\n    return n * 2\n")
    project.write("tests/conftest.py", "import pytest\n\n@pytest.fixture\ndef four(): return 5\n")
    project.write("tests/test_shop.py", "def test_helper(four): assert four == 4\n")
    before = project.contents()

    turn = project.repair("tests/test_shop.py::test_helper")

    assert (turn.code, turn.report["reason"], project.contents()) == (3, "nothing-found", before)


def test_the_second_attempt_differs_from_the_first(project):
    project.write("shop.py", CLAMP)
    project.write("tests/test_shop.py", CLAMP_TESTS)
    first = project.repair("tests/test_shop.py::test_above")
    mended = project.read("shop.py")
    project.write("shop.py", CLAMP)

    project.repair("tests/test_shop.py::test_above", attempt=2, feedback=f"It did not hold:\n{first.report['edit']}")

    assert project.read("shop.py") != mended


def test_plain_unittest_ids_are_understood(project):
    project.write("shop.py", CLAMP)
    project.write(
        "tests/test_shop.py",
        "import unittest\nfrom shop import clamp\n\nclass Clamp(unittest.TestCase):\n"
        "    def test_above(self): self.assertEqual(clamp(50, 0, 10), 10)\n"
        "    def test_inside(self): self.assertEqual(clamp(5, 0, 10), 5)\n",
    )

    turn = project.repair("tests.test_shop.Clamp.test_above")

    assert turn.code == 0, turn.output
