"""Fixes that hold land, one commit each, and every commit of the target is less red than the one before."""

from __future__ import annotations

import pytest

CALC = "def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a + b\n\n\ndef neg(a):\n    return a\n"
TESTS = """from calc import add, mul, neg


def test_add():
    assert add(2, 3) == 5


def test_mul():
    assert mul(2, 3) == 6


def test_neg():
    assert neg(2) == -2


def test_zero():
    assert add(0, 0) == 0
"""
FILES = {"calc.py": CALC, "tests/test_calc.py": TESTS}
FIX_ADD = ["replace", "calc.py", "return a - b", "return a + b  # sum"]
FIX_MUL = ["replace", "calc.py", "mul(a, b):\n    return a + b", "mul(a, b):\n    return a * b"]
FIX_NEG = ["replace", "calc.py", "    return a\n", "    return -a\n"]
FIXES = {"test_add": [[FIX_ADD]], "test_mul": [[FIX_MUL]], "test_neg": [[FIX_NEG]]}


def states(row):
    return {f.key.partition("::")[2]: f.state for f in row.failures}


async def test_every_fixable_failure_lands_and_main_is_green(world, probes, folder):
    start = world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    row = await world.hunt()
    assert (row.green, row.reason) == (True, "done"), world.account(row)
    assert states(row) == dict.fromkeys(("test_add", "test_mul", "test_neg"), "fixed")
    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), probes.minitest(), folder / "clone")
    assert [len(s.red) for s in seen] == [3, 2, 1, 0]
    assert not world.state.problems


async def test_a_landed_session_leaves_no_worktree_and_no_branch(world, h):
    world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    await world.hunt()
    await world.settled()
    assert h.git(world.repo, "for-each-ref", "--format=%(refname)", "refs/heads") == "refs/heads/main"
    assert not list((world.repo / ".worktrees").glob("*"))


@pytest.mark.slow
async def test_pytest_and_ruff_go_green_together(world, h, probes, folder):
    files = {
        "calc.py": (
            "import os\nimport sys\n\n\ndef add(a, b):\n    return a - b\n\n\ndef is_none(a):\n    return a == None\n"
        ),
        "tests/test_calc.py": "from calc import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n",
        "pyproject.toml": '[tool.ruff.lint]\nselect = ["E", "F"]\n',
    }
    checks = {"pytest": {"command": "pytest -q"}, "ruff": {"command": "ruff check --no-cache ."}}
    start = world.make(files, checks=checks, env=h.LEAN)
    world.agents_do(
        {
            "test_add": [[FIX_ADD]],
            "F401@calc.py": [[["replace", "calc.py", "import os\nimport sys\n\n\n", ""]]],
            "E711@calc.py": [[["replace", "calc.py", "a == None", "a is None"]]],
        }
    )
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert sorted((f.rule, f.state) for f in row.failures if f.check == "ruff") == [
        ("E711", "fixed"),
        ("F401", "fixed"),
        ("F401", "fixed"),
    ]
    # Two unused imports of one file are one task: its count must reach 0.
    assert len(row.landings) == 3
    alone = probes.both(probes.pytest(), probes.ruff)
    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), alone, folder / "clone")
    assert (sum(seen[0].red.values()), len(seen[-1].red)) == (4, 0)


async def test_fixes_that_collide_in_one_line_land_one_after_the_other(world, probes, folder):
    pair = "def pair(a, b):\n    return a - b, a + b\n"
    tests = (
        "from pair import pair\n\n\ndef test_first():\n    assert pair(2, 3)[0] == 5\n\n\n"
        "def test_second():\n    assert pair(2, 3)[1] == 6\n"
    )
    start = world.make({"pair.py": pair, "tests/test_pair.py": tests})
    world.agents_do(
        {
            "test_first": [[["replace", "pair.py", "a - b,", "b + a,"]]],
            "test_second": [[["replace", "pair.py", ", a + b", ", a * b"]]],
        }
    )
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert states(row) == {"test_first": "fixed", "test_second": "fixed"}
    assert sorted(s.attempt for s in row.sessions) == [1, 2]
    (again,) = [task for task in world.told() if task["attempt"] == 2]
    assert again["feedback"].startswith("Your work does not merge with what landed meanwhile, in pair.py.")
    assert "What landed since" in again["feedback"]
    probes.every_commit_shrinks(world.repo, start, world.tip(), probes.minitest(), folder / "clone")


async def test_a_fix_that_breaks_another_test_goes_back_with_the_evidence(world):
    world.make(FILES)
    wrong = ["replace", "calc.py", "return a - b", "return a + b + (a == 0)"]
    right = ["replace", "calc.py", " + (a == 0)", ""]
    world.agents_do({**FIXES, "test_add": [[wrong], [right]]})
    await world.start()
    row = await world.hunt()
    assert states(row)["test_add"] == "fixed"
    first, again = world.told("Fix test_add")
    assert (first["feedback"], again["attempt"]) == ("", 2)
    assert "newly red: unit tests/test_calc.py::test_zero" in again["feedback"]
    assert "AssertionError" in again["feedback"]


async def test_a_flaky_failure_gets_no_agent(world, folder, probes):
    count = folder / "count"
    flaky = (
        f"\n\ndef test_sometimes():\n    with open({str(count)!r}, 'a+') as file:\n"
        "        file.write('x')\n        file.seek(0)\n        assert len(file.read()) % 2 == 0\n"
    )
    start = world.make({**FILES, "tests/test_flaky.py": flaky.lstrip()})
    world.agents_do(FIXES)
    await world.start()
    row = await world.hunt()
    assert states(row) | {"test_sometimes": ""} == dict.fromkeys(("test_add", "test_mul", "test_neg"), "fixed") | {
        "test_sometimes": ""
    }, world.account(row)
    (one,) = [f for f in row.failures if f.key.endswith("test_sometimes")]
    assert (one.state, one.session) == ("flaky", "")
    assert "times alone and in its file on the same commit" in one.reason
    assert not any("test_sometimes" in item for s in row.sessions for item in s.items)

    def alone(tree):
        return probes.minitest()(tree).without({"tests/test_flaky.py::test_sometimes"})

    probes.every_commit_shrinks(world.repo, start, world.tip(), alone, folder / "clone")


async def test_mending_a_collection_error_uncovers_failures_that_are_fixed_next(world, probes, folder):
    start = world.make({"calc.py": CALC.replace("def neg(a):", "def neg(a:"), "tests/test_calc.py": TESTS})
    world.agents_do({"SyntaxError@": [[["replace", "calc.py", "def neg(a:", "def neg(a):"]]], **FIXES})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert (row.red_at_start, len(row.landings)) == (1, 4)
    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), probes.minitest(), folder / "clone")
    assert [(len(s.unknown), len(s.red)) for s in seen] == [(1, 0), (0, 3), (0, 2), (0, 1), (0, 0)]


@pytest.mark.parametrize(("strategy", "parents"), [("squash", 1), ("merge", 2), ("rebase", 1)])
async def test_a_landing_has_the_shape_of_its_strategy(world, h, strategy, parents):
    start = world.make(FILES, landing={"strategy": strategy})
    world.agents_do({**FIXES, "test_mul": [[["exit", 3]]], "test_neg": [[["exit", 3]]]})
    await world.start()
    row = await world.hunt()
    tip = world.tip()
    assert h.git(world.repo, "rev-list", "--parents", "-1", tip).split()[1:][:1] == [start]
    assert len(h.git(world.repo, "rev-list", "--parents", "-1", tip).split()) == 1 + parents
    assert world.commits(start) == [tip]
    trailers = h.git(world.repo, "log", "-1", "--format=%(trailers:only)", tip)
    assert f"AO-Landing: {row.landings[0].id}" in trailers


async def test_a_rebase_of_two_turns_is_one_merge_of_the_rebased_commits(world, h):
    start = world.make(FILES, landing={"strategy": "rebase"})
    wrong = ["replace", "calc.py", "return a - b", "return a + b + 1"]
    world.agents_do({"test_add": [[wrong], [["replace", "calc.py", " + 1", ""]]], "_": [[["exit", 3]]]})
    await world.start()
    await world.hunt(checks=("unit",))
    (tip,) = world.commits(start)
    first, second = h.git(world.repo, "rev-list", "--parents", "-1", tip).split()[1:]
    assert first == start
    assert h.git(world.repo, "rev-list", "--count", f"{start}..{second}") == "2"
