"""A person steers: stop and restore, pause and resume, a cap on tasks, one check only, a look at the plan first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent_orchestrator.engine.due import Retire
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

NAMES = ("one", "two", "three")
FILES = {
    **{f"{name}.py": f"def {name}():\n    return 0\n" for name in NAMES},
    **{
        f"tests/test_{name}.py": f"from {name} import {name}\n\n\ndef test_{name}():\n    assert {name}() == {n}\n"
        for n, name in enumerate(NAMES, 1)
    },
}
FIXES = {f"test_{name}": [[["replace", f"{name}.py", "return 0", f"return {n}"]]] for n, name in enumerate(NAMES, 1)}


async def test_a_hunt_with_a_cap_takes_no_more_tasks_than_that(world):
    start = world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    row = await world.hunt(max=1)
    assert (len(row.sessions), len(world.commits(start)), row.red_now) == (1, 1, 2), world.account(row)
    assert row.green is False


async def test_a_hunt_for_one_check_leaves_the_others_alone(world, h):
    files = {**FILES, "one.py": "import os\n\n\ndef one():\n    return 0\n"}
    start = world.make(files, checks={"unit": h.UNIT, "ruff": {"command": "ruff check --no-cache ."}})
    world.agents_do({**FIXES, "F401": [[["replace", "one.py", "import os\n\n\n", ""]]]})
    await world.start()
    row = await world.hunt(checks=("ruff",))
    assert (row.green, len(world.commits(start))) == (True, 1), world.account(row)
    assert {f.check for f in row.failures} == {"ruff"}


async def test_a_dry_run_says_what_would_be_given_to_whom_and_starts_nobody(world):
    start = world.make(FILES)
    await world.start()
    answer = await world.call("hunt", t.HuntParams(dry_run=True))
    assert sorted((r.title, r.agent, r.verdict) for r in answer.plan) == [
        (f"Fix test_{name} (tests/test_{name}.py)", "scripted", "would get an agent") for name in sorted(NAMES)
    ]
    assert (world.state.sessions, world.state.hunts, world.tip()) == ({}, {}, start)


async def test_a_second_hunt_joins_the_one_that_is_under_way(world):
    world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    first = await world.call("hunt", t.HuntParams(checkout="ff"))
    second = await world.call("hunt", t.HuntParams())
    assert (second.hunt.id, second.notices) == (first.hunt.id, (f"{first.hunt.id} is under way already",))
    assert (await world.end_of(first.hunt.id)).green


async def test_a_stopped_session_is_saved_and_removed_and_restore_brings_its_work_back(world, h):
    world.make(FILES, limits={"agents": 1})
    world.agents_do({"test_one": [[*FIXES["test_one"][0], ["write", "idea.txt", "kept\n"], ["hang"]]]})
    await world.start()
    begun = await world.call("hunt", t.HuntParams(checkout="ff", max=1))
    state = await world.until(lambda state: any(s.running for s in state.sessions.values()))
    session = next(iter(state.sessions.values()))
    await h.eventually((world.repo / ".worktrees" / session.name / "idea.txt").exists)
    await world.call("stop", t.StopParams(session=session.id))
    assert not (world.repo / ".worktrees" / session.name).exists()
    assert world.processes() == []
    row = await world.end_of(begun.hunt.id)
    assert row.sessions[0].detail == "stopped"

    await world.call("restore", t.SessionParams(session=session.id))
    assert (world.repo / ".worktrees" / session.name / "idea.txt").read_text() == "kept\n"
    await world.until(lambda state: bool(state.sessions[session.id].landing))
    assert world.show("idea.txt") == "kept"
    assert world.show("one.py") == "def one():\n    return 1"


async def test_a_left_session_keeps_its_worktree_and_goes_on_when_somebody_says_how(world):
    world.make(FILES)
    world.agents_do({**FIXES, "test_one": [[["exit", 3]], *FIXES["test_one"]]})
    await world.start()
    await world.hunt()
    session = world.session("test_one")
    assert (session.left, Path(session.path).is_dir()) == ("gives up with 3", True)

    await world.call("restore", t.SessionParams(session=session.id))
    await world.call("send", t.SendParams(session=session.id, text="it returns 1"))
    await world.until(lambda state: bool(state.sessions[session.id].landing))
    assert world.told("Fix test_one")[1]["feedback"] == "it returns 1"
    assert world.show("one.py") == "def one():\n    return 1"


async def test_stop_says_why_a_session_could_not_be_removed(world):
    world.make(FILES, limits={"agents": 1})
    world.agents_do({"test_one": [[["exit", 3]]]})
    await world.start()
    await world.hunt(max=1)
    session = next(iter(world.state.sessions.values()))

    async def disk_full(effect):
        raise OSError("no space left on device")

    world.app.engine.handlers[Retire] = disk_full
    with pytest.raises(Refused, match=r"stopped, but not removed: .*no space left on device"):
        await world.call("stop", t.StopParams(session=session.id))
    assert Path(session.path).is_dir()


async def test_a_paused_project_starts_nothing_new_until_it_is_resumed(world):
    start = world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    await world.call("pause", t.PauseParams())
    begun = await world.call("hunt", t.HuntParams(checkout="ff"))
    assert (begun.hunt.phase, world.app.engine.running, world.state.sessions) == ("paused", frozenset(), {})
    await world.call("resume", t.PauseParams())
    row = await world.end_of(begun.hunt.id)
    assert (row.green, len(world.commits(start))) == (True, 3), world.account(row)


async def test_what_changed_since_it_was_trusted_is_not_run(world, h):
    world.make(FILES)
    await world.start()
    world.configure(postCreate="touch ran")
    with pytest.raises(Refused, match="is not trusted yet"):
        await world.call("hunt", t.HuntParams(checkout="ff"))
    assert (world.state.hunts, world.app.engine.running) == ({}, frozenset())


async def test_a_failure_that_a_person_muted_gets_no_agent(world):
    world.make(FILES)
    world.agents_do(FIXES)
    await world.start()
    await world.call("hunt", t.HuntParams(dry_run=True))
    (one,) = [f for f in world.state.failures.values() if f.item.key.endswith("test_one")]
    await world.call("mute", t.MuteParams(failure=one.signature, by="ada"))
    row = await world.hunt()
    (muted,) = [f for f in row.failures if f.key.endswith("test_one")]
    assert (muted.state, muted.reason) == ("muted", "muted by ada")
    assert not any("test_one" in item for s in row.sessions for item in s.items)


async def test_a_session_that_is_stopped_while_its_agent_is_launched_leaves_none(world, monkeypatch):
    world.make(FILES)
    world.agents_do({"test_": [[["hang"]]]})
    await world.start()
    runtime = world.app.context.runtimes["process"]
    launching, go, start, stop = asyncio.Event(), asyncio.Event(), runtime.start, runtime.stop

    async def slow_start(*arguments):
        launching.set()
        await go.wait()
        return await start(*arguments)

    async def first_stop(*arguments):
        answer = await stop(*arguments)
        go.set()
        return answer

    monkeypatch.setattr(type(runtime), "start", lambda self, *arguments: slow_start(*arguments))
    monkeypatch.setattr(type(runtime), "stop", lambda self, *arguments: first_stop(*arguments))
    await world.call("hunt", t.HuntParams(checkout="never", max=1))
    await asyncio.wait_for(launching.wait(), 60)
    (session,) = world.state.sessions
    await world.call("stop", t.StopParams(session=session))
    assert world.state.sessions[session].workspace == "removed"
    assert world.processes("scripted.py") == []


async def test_the_whole_fleet_is_paused_and_goes_on(world):
    world.make(FILES)
    await world.start()
    paused = await world.call("pause", t.PauseParams(all=True))
    assert paused.message == "paused: app; what runs goes on, nothing new starts"
    assert [p.paused for p in world.state.projects.values()] == [True]
    await world.call("resume", t.PauseParams(all=True))
    assert [p.paused for p in world.state.projects.values()] == [False]
