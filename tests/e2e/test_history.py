"""What landed can be taken back, and what comes back is known again."""

from __future__ import annotations

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {
    "half.py": "def half(a):\n    return a // 2\n\n\ndef twice(a):\n    return a + 2\n",
    "tests/test_numbers.py": (
        "from half import half, twice\n\n\ndef test_half():\n    assert half(3) == 1.5\n\n\n"
        "def test_twice():\n    assert twice(3) == 6\n"
    ),
}
FIX_HALF = ["replace", "half.py", "a // 2", "a / 2"]
FIX_TWICE = ["replace", "half.py", "a + 2", "a * 2"]
PLAN = {"test_half": [[FIX_HALF]], "test_twice": [[FIX_TWICE]]}


def landing_of(row, part):
    (found,) = [x for x in row.landings if part in x.title]
    return found


async def undo(world, landing):
    done = await world.call("undo", t.UndoParams(landing=landing))
    await world.until(lambda state: bool(state.sessions[done.id].landing or state.sessions[done.id].left))
    return world.state.sessions[done.id]


@pytest.fixture
async def green(world):
    world.start_commit = world.make(FILES)
    world.agents_do(PLAN)
    await world.start()
    world.row = await world.hunt()
    assert world.row.green, world.account(world.row)
    return world


async def test_an_undo_lands_through_the_gate_and_reopens_the_failure(green, probes):
    landing = landing_of(green.row, "test_half")
    before = green.tip()
    session = await undo(green, landing.id)
    assert session.landing, session.left
    assert green.commits(before) == [green.state.landings[session.landing].commit]
    assert set(probes.minitest()(green.repo).red) == {"tests/test_numbers.py::test_half"}
    (failure,) = [f for f in green.state.failures.values() if f.item.key.endswith("test_half")]
    assert (failure.settled, failure.reopened, failure.landing) == ("", 1, landing.id)
    undone = green.state.landings[session.landing]
    assert undone.undoes == landing.id
    assert f"{green.state.runs}" == "{}"


async def test_a_landing_is_taken_back_once(green):
    landing = landing_of(green.row, "test_half")
    await undo(green, landing.commit[:10])
    with pytest.raises(Refused, match="was taken back already"):
        await undo(green, landing.id)


async def test_an_undo_that_would_break_what_landed_on_it_is_left(green, h):
    landing = landing_of(green.row, "test_half")
    code = green.show("half.py") + "\n\n\ndef quarter(a):\n    return half(a) / 2\n"
    test = green.show("tests/test_numbers.py") + "\n\n\ndef test_quarter():\n    from half import quarter\n\n"
    tip = h.commit(green.repo, {"half.py": code, "tests/test_numbers.py": test + "    assert quarter(3) == 0.75\n"})
    session = await undo(green, landing.id)
    assert "newly red: unit tests/test_numbers.py::test_quarter" in session.left
    assert green.tip() == tip


async def test_a_failure_that_returns_is_reopened_and_names_the_landing_that_had_fixed_it(green, h):
    landing = landing_of(green.row, "test_half")
    h.commit(green.repo, {"half.py": green.show("half.py").replace("a / 2", "a // 2") + "\n"})
    green.agents_do({"test_half": [[["exit", 3]]]})
    row = await green.hunt()
    (failure,) = [f for f in row.failures if f.key.endswith("test_half")]
    assert (failure.reopened, failure.landing, failure.commit) == (1, landing.id, landing.commit)
    assert failure.state == "left"


async def test_the_fix_of_a_returned_failure_lands_as_the_first_did(green, h):
    broken = h.commit(green.repo, {"half.py": green.show("half.py").replace("a / 2", "a // 2") + "\n"})
    row = await green.hunt()
    assert row.green, green.account(row)
    (again,) = row.landings
    assert green.commits(broken) == [again.commit]
    (failure,) = [f for f in row.failures if f.key.endswith("test_half")]
    assert (failure.state, failure.reopened, failure.landing) == ("fixed", 1, again.id)


async def test_a_failure_that_the_user_fixed_is_closed_without_an_agent(world, h):
    world.make(FILES)
    world.agents_do({"test_half": [[["exit", 3]]], "test_twice": [[FIX_TWICE]]})
    await world.start()
    await world.hunt()
    told = len(world.told())
    h.commit(world.repo, {"half.py": world.show("half.py").replace("a // 2", "a / 2") + "\n"})
    row = await world.hunt()
    assert row.green, world.account(row)
    (failure,) = [f for f in world.state.failures.values() if f.item.key.endswith("test_half")]
    assert (failure.settled, failure.landing) == ("gone", "")
    assert len(world.told()) == told
