"""An agent's turns: what it is told, how a turn ends, and when its task is left."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.protocol import types as t

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
GREEN = {**FILES, "half.py": "def half(a):\n    return a / 2\n"}
FIX = ["replace", "half.py", "a // 2", "a / 2"]


async def only(world, row):
    (session,) = row.sessions
    return session


async def test_an_agent_is_told_its_failures_and_how_to_run_them_again(world):
    world.make(FILES)
    world.agents_do({"test_half": [[FIX]]})
    await world.start()
    row = await world.hunt()
    (task,) = world.told()
    (failure,) = task["failures"]
    assert (task["id"], task["attempt"], task["feedback"]) == (row.sessions[0].id, 1, "")
    assert (failure["check"], failure["test"], failure["rule"]) == (
        "unit", "tests/test_half.py::test_half", "AssertionError",
    )  # fmt: skip
    assert (failure["file"], failure["line"]) == ("tests/test_half.py", 5)
    assert failure["rerun"][-1] == "tests/test_half.py::test_half"
    assert "AssertionError" in task["prompt"]


async def test_an_agent_that_never_ends_runs_out_of_time_and_is_left(world):
    start = world.make(FILES, limits={"attempts": 1, "minutes": {"turn": 0.01}})
    world.agents_do({"test_half": [[["hang"]]]})
    await world.start()
    session = await only(world, await world.hunt())
    assert session.detail.startswith("left: left after 1 attempts: the agent failed")
    assert "ran out of time (`limits.minutes.turn`)" in session.detail
    assert (world.tip(), world.processes()) == (start, [])


async def test_an_agent_that_fails_is_tried_again_and_left_after_its_attempts(world):
    world.make(FILES, limits={"attempts": 2})
    world.agents_do({"test_half": [[["say", "out of ideas"], ["exit", 7]]]})
    await world.start()
    row = await world.hunt()
    session = await only(world, row)
    assert session.attempt == 2
    assert session.detail == "left: left after 2 attempts: the agent failed (7): gives up with 7"
    assert [task["feedback"] for task in world.told()] == ["", "the agent failed (7): gives up with 7"]
    assert (row.failures[0].state, row.green) == ("left", False)


async def test_work_of_an_agent_that_failed_is_judged_all_the_same_by_the_gate_alone(world):
    world.make(FILES, limits={"attempts": 1})
    world.agents_do({"test_half": [[FIX, ["exit", 7]]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)


async def test_an_agent_that_can_not_do_it_is_not_asked_again(world):
    world.make(FILES)
    world.agents_do({"test_half": [[["exit", 3]]]})
    await world.start()
    session = await only(world, await world.hunt())
    assert (session.attempt, session.detail) == (1, "left: gives up with 3")


async def test_a_fix_that_does_not_hold_comes_back_with_what_is_still_red(world):
    world.make(FILES)
    wrong, right = ["replace", "half.py", "a // 2", "a // 3"], ["replace", "half.py", "// 3", "/ 2"]
    world.agents_do({"test_half": [[wrong], [right]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    feedback = world.told()[1]["feedback"]
    assert feedback.startswith("still red: unit tests/test_half.py::test_half")
    assert "## What became of your last turn" in world.told()[1]["prompt"]


async def test_what_a_person_sends_is_the_next_turns_feedback(world):
    world.make(FILES, limits={"attempts": 3})
    world.agents_do({"test_half": [[["exit", 3]]]})
    await world.start()
    begun = await world.call("hunt", t.HuntParams(checkout="ff"))
    state = await world.until(lambda state: any(s.running for s in state.sessions.values()))
    (id,) = state.sessions
    sent = await world.call("send", t.SendParams(session=id, text="try / instead\x1b[2J"))
    world.agents_do({"test_half": [[["exit", 3]], [FIX]]})
    row = await world.end_of(begun.hunt.id)
    assert row.green, world.account(row)
    assert [task["feedback"] for task in world.told()] == ["", "try / instead"]
    (message,) = world.state.sessions[id].messages
    assert (message.id, message.turn) == (sent.id, 2)


async def test_a_free_task_lands_when_it_breaks_nothing(world, h):
    start = world.make(GREEN)
    world.agents_do({"Write a note": [[["write", "NOTE.md", "hello\n"]]]})
    await world.start()
    await world.call("hunt", t.HuntParams(checkout="ff"))
    done = await world.call("new", t.NewParams(task="Write a note\n\nA friendly one."))
    await world.until(lambda state: bool(state.sessions[done.id].landing))
    assert world.show("NOTE.md") == "hello"
    assert h.git(world.repo, "log", "-1", "--format=%s") == "Write a note"
    assert len(world.commits(start)) == 1


async def test_two_tasks_of_one_title_are_two_sessions(world):
    world.make(GREEN)
    world.agents_do({"Write": [[["exit", 3]]]})
    await world.start()
    ids = [(await world.call("new", t.NewParams(task="Write a note"))).id for _ in range(2)]
    assert ids == ["app-write-a-note", "app-write-a-note-2"]
    await world.until(lambda state: all(state.sessions[i].turns for i in ids))


async def test_an_agent_that_writes_outside_of_its_worktree_is_noticed(world, h):
    world.make(FILES)
    outside = str(Path(world.repo) / "dropped.txt")
    world.agents_do({"test_half": [[FIX, ["write", outside, "here I was\n"]]]})
    await world.start()
    session = await only(world, await world.hunt())
    assert any("dropped.txt" in notice for notice in session.notices)
