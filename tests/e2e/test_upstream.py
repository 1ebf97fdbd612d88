"""The target's upstream: looked at before work starts, pushed to where that is asked for."""

from __future__ import annotations

import subprocess

import pytest

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
PLAN = {"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]}


@pytest.fixture
async def tracked(world, h, folder):
    """A repository whose main follows a bare one, and a function that starts it with more configuration."""
    there = folder / "upstream.git"
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", there], check=True)

    async def start(**config):
        world.make(FILES, **config)
        h.git(world.repo, "remote", "add", "origin", str(there))
        h.git(world.repo, "push", "-q", "-u", "origin", "main")
        world.agents_do(PLAN)
        await world.start()
        return there

    return start


async def test_a_landing_is_pushed_where_the_configuration_says_so(world, h, tracked):
    there = await tracked(landing={"push": True})
    row = await world.hunt()
    await world.until(lambda state: all(x.pushed_at for x in state.landings.values()))
    assert row.green
    assert h.git(there, "rev-parse", "main") == world.tip()


async def test_nothing_is_pushed_by_default(world, h, tracked):
    there = await tracked()
    start = world.tip()
    await world.hunt()
    await world.settled()
    assert h.git(there, "rev-parse", "main") == start


async def test_a_push_that_is_refused_is_said_and_nothing_is_forced(world, h, tracked, folder):
    there = await tracked(landing={"push": True})
    other = folder / "other"
    subprocess.run(["git", "clone", "-q", there, other], check=True)
    h.git(other, "config", "user.name", "Other")
    h.git(other, "config", "user.email", "other@example.org")
    theirs = h.commit(other, {"theirs.txt": "x\n"})
    h.git(other, "push", "-q", "origin", "main")
    await world.hunt()
    state = await world.until(lambda s: any(x.push_problem for x in s.landings.values()))
    assert "pushing to origin failed" in next(iter(state.landings.values())).push_problem
    assert h.git(there, "rev-parse", "main") == theirs


async def test_a_target_behind_its_upstream_is_said(world, h, tracked, folder):
    there = await tracked()
    other = folder / "other"
    subprocess.run(["git", "clone", "-q", there, other], check=True)
    h.git(other, "config", "user.name", "Other")
    h.git(other, "config", "user.email", "other@example.org")
    h.commit(other, {"theirs.txt": "x\n"})
    h.git(other, "push", "-q", "origin", "main")
    row = await world.hunt()
    assert "main is 1 commits behind origin/main; pull it first" in row.problems[0]


async def test_an_upstream_that_can_not_be_reached_is_no_obstacle(world, h, tracked, folder):
    there = await tracked()
    there.rename(folder / "gone.git")
    row = await world.hunt()
    assert row.green
    assert row.problems[0].startswith("origin could not be fetched")
