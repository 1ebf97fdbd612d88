"""What changes the meaning of green is never landed by itself; a person may allow it, and the gate still decides."""

from __future__ import annotations

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

CODE = "def half(a):\n    return a // 2\n"
TEST = """from half import half


def test_half():
    assert half(3) == 1.5


def test_even():
    assert half(4) == 2
"""
FILES = {"half.py": CODE, "tests/test_half.py": TEST}
TEST_PATH = "tests/test_half.py"
KEY = "tests/test_half.py::test_half"

DELETE = ["replace", TEST_PATH, "def test_half():\n    assert half(3) == 1.5\n\n\n", ""]
SKIPPED = "    import unittest\n\n    raise unittest.SkipTest\n    assert half(3)"
SKIP = ["replace", TEST_PATH, "    assert half(3)", SKIPPED]
WEAKEN = ["replace", TEST_PATH, "== 1.5", "in (1, 1.5)"]
FIX = ["replace", "half.py", "a // 2", "a / 2"]


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (DELETE, "edits existing tests: test_half"),
        (["delete", TEST_PATH], "deletes tests"),
        (SKIP, "adds a skipped test"),
        (WEAKEN, "edits existing tests: test_half"),
    ],
    ids=["deletes a test", "deletes the file", "skips a test", "weakens a test"],
)
async def test_a_fix_that_takes_the_test_away_is_held(world, step, reason):
    start = world.make(FILES)
    world.agents_do({"test_half": [[step]]})
    await world.start()
    row = await world.hunt()
    (session,) = row.sessions
    assert session.state == "waiting", world.account(row)
    assert any(reason in why for why in session.held)
    assert (world.tip(), row.green) == (start, False)


async def test_a_right_fix_that_also_edits_gate_configuration_is_held(world):
    start = world.make({**FILES, "pyproject.toml": "[tool.pytest.ini_options]\n"})
    world.agents_do({"test_half": [[FIX, ["append", "pyproject.toml", 'addopts = "-k even"\n']]]})
    await world.start()
    row = await world.hunt()
    assert row.sessions[0].held == ("pyproject.toml: changes how the checks run",)
    assert world.tip() == start


async def test_what_is_held_is_refused_with_the_command_that_allows_it(world):
    world.make(FILES)
    world.agents_do({"test_half": [[WEAKEN]]})
    await world.start()
    row = await world.hunt()
    with pytest.raises(Refused, match=r"edits existing tests: test_half.* --allow"):
        await world.call("land", t.LandParams(session=row.sessions[0].id))


async def test_allowing_it_lands_it_through_the_gate_and_records_who(world, probes, folder):
    start = world.make(FILES)
    world.agents_do({"test_half": [[DELETE]]})
    await world.start()
    held = (await world.hunt()).sessions[0]
    await world.call("land", t.LandParams(session=held.id, allow=True, by="ada"))
    await world.until(lambda state: bool(state.sessions[held.id].landing))
    (landing,) = (await world.call("queue", t.ProjectParams())).landings
    assert (landing.allowed_by, landing.commit) == ("ada", world.tip())
    assert world.commits(start) == [landing.commit]
    assert not probes.minitest()(world.repo).red
    detail = await world.call("session", t.SessionParams(session=held.id))
    assert any("ada allowed what the guard held" in line for line in detail.history)


async def test_allowing_it_does_not_land_what_is_red(world):
    start = world.make(FILES)
    breaks = ["replace", "half.py", "a // 2", "a"]
    world.agents_do({"test_half": [[DELETE, breaks]]})
    await world.start()
    held = (await world.hunt()).sessions[0]
    await world.call("land", t.LandParams(session=held.id, allow=True, by="ada"))
    state = await world.until(lambda state: bool(state.sessions[held.id].left) or state.sessions[held.id].is_held)
    # The agent's next turn is a new head, which nobody allowed.
    assert not state.sessions[held.id].landing
    assert world.tip() == start
    assert "newly red: unit tests/test_half.py::test_even" in world.told()[1]["feedback"]


async def test_a_new_test_is_free(world):
    world.make(FILES)
    more = ["append", TEST_PATH, "\n\ndef test_odd():\n    assert half(5) == 2.5\n"]
    world.agents_do({"test_half": [[FIX, more]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert "test_odd" in world.show(TEST_PATH)
