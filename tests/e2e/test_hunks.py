"""Of what an agent changed, a person takes one change into their checkout, or leaves one out of what lands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.git.hunks import apply
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

LINES = [f"line {number}\n" for number in range(1, 31)]
FIRST, LAST = "".join(["first\n", *LINES[1:]]), "".join([*LINES[:-1], "last\n"])
BOTH = "".join(["first\n", *LINES[1:-1], "last\n"])
OK = "def test_ok():\n    assert True\n"


@pytest.fixture
async def session(world: Any, h: Any) -> Any:
    """A session that is held, because it deletes a test, and changed two places of a file."""
    world.make({"a.txt": "".join(LINES), "tests/test_ok.py": OK}, landing={"checkout": "ff"})
    world.agents_do({"do": [[["write", "a.txt", BOTH], ["delete", "tests/test_ok.py"]], []]})
    await world.start()
    id = (await world.call("new", t.NewParams(task="do", agent="scripted"))).id
    await world.until(lambda state: state.sessions[id].is_held)
    await h.eventually(lambda: not world.app.engine.running)
    return world.state.sessions[id]


async def change(world: Any, method: str, session: Any, hunk: int, path: str = "a.txt") -> Any:
    return await world.call(method, t.HunkParams(session=session.id, path=path, hunk=hunk))


async def test_a_change_is_taken_into_the_checkout_and_nothing_else(world, h, session):
    head = h.git(world.repo, "rev-parse", "HEAD")
    await change(world, "hunkTake", session, 2)
    assert (world.repo / "a.txt").read_text() == LAST
    assert h.git(world.repo, "rev-parse", "HEAD") == head
    assert world.state.sessions[session.id].head == session.head


async def test_what_was_taken_already_does_not_fit_and_changes_nothing(world, session):
    await change(world, "hunkTake", session, 2)
    with pytest.raises(Refused, match=r"hunk 2 of a\.txt was not taken into .*: it does not fit"):
        await change(world, "hunkTake", session, 2)
    assert (world.repo / "a.txt").read_text() == LAST


async def test_what_is_dropped_does_not_land(world, session):
    await change(world, "hunkDrop", session, 2)
    await change(world, "hunkDrop", session, 1, "tests/test_ok.py")
    await world.call("land", t.LandParams(session=session.id, allow=True))
    await world.until(lambda state: bool(state.sessions[session.id].landing), 30.0)
    assert world.show("a.txt") == FIRST.rstrip()
    assert world.show("tests/test_ok.py") == OK.rstrip()


@pytest.mark.parametrize(
    ("hunk", "path", "why"),
    [(3, "a.txt", "has the hunks 1 to 2"), (0, "a.txt", "has the hunks 1 to 2"), (1, "b.txt", "changed no lines of")],
)
async def test_a_change_that_is_not_there_is_refused(world, session, hunk, path, why):
    with pytest.raises(Refused, match=why):
        await change(world, "hunkTake", session, hunk, path)


async def test_of_what_landed_the_changes_are_those_that_landed(world, h, session):
    await change(world, "hunkDrop", session, 1, "tests/test_ok.py")
    # Somebody else makes the first of the two meanwhile.
    (world.repo / "a.txt").write_text(FIRST)
    h.git(world.repo, "commit", "-qam", "the same")
    await world.call("land", t.LandParams(session=session.id, allow=True))
    await world.until(lambda state: bool(state.sessions[session.id].landing), 30.0)
    await h.eventually(lambda: (world.repo / "a.txt").read_text() == BOTH)
    (world.repo / "a.txt").write_text(FIRST)
    await change(world, "hunkTake", session, 1)
    assert (world.repo / "a.txt").read_text() == BOTH


async def test_what_can_not_be_kept_is_not_dropped(world, h, session):
    # Its work is taken from its branch alone.
    h.git(session.path, "checkout", "-q", "-b", "elsewhere")
    with pytest.raises(Refused, match="and not on"):
        await change(world, "hunkDrop", session, 2)
    assert (Path(session.path) / "a.txt").read_text() == BOTH


async def test_a_session_that_goes_on_meanwhile_keeps_the_change(world, session, monkeypatch):
    async def apply_and_go_on(*arguments: Any, **options: Any) -> Any:
        done = await apply(*arguments, **options)
        await world.call("send", t.SendParams(session=session.id, text="go on"))
        await world.until(lambda state: len(state.sessions[session.id].turns) == 2)
        monkeypatch.undo()
        return done

    monkeypatch.setattr("agent_orchestrator.daemon.commands.hunks.apply", apply_and_go_on)
    with pytest.raises(Refused, match="is at work"):
        await change(world, "hunkDrop", session, 2)
    await world.until(lambda state: not state.sessions[session.id].running, 30.0)
    assert (Path(session.path) / "a.txt").read_text() == BOTH
