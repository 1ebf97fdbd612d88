"""What an agent asks is asked in the editor, and answered there; two editors see one answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_orchestrator.lsp import toasts

ASKING = f"Do it.\nDO {json.dumps([['ask', '1', 'run', 'make install']])}"


@pytest.fixture
async def asking(world, talking, editors) -> tuple[Any, Any, str]:
    """A world, an editor, and the session of an agent that asks something."""
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "x\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    editor = await editors()
    editor.answers["window/showMessageRequest"] = None
    await editor.idle()
    session = (await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"]
    return world, editor, session


async def over(world: Any, session: str) -> Any:
    state = await world.until(lambda state: bool(state.sessions[session].turns[-1].ended_at))
    return state.sessions[session]


async def test_a_person_is_asked_with_the_agents_own_options_and_their_choice_is_the_answer(asking):
    world, editor, session = asking
    asked = await editor.take("window/showMessageRequest")
    assert asked["message"] == "Do it.: talker asks: Run make install"
    assert [action["title"] for action in asked["actions"]] == ["Yes", "No"]
    editor.send({"jsonrpc": "2.0", "id": editor.asked["window/showMessageRequest"], "result": {"title": "Yes"}})
    found = await over(world, session)
    assert [one.option for one in found.asks] == ["y"]


async def test_a_session_that_waits_for_a_person_says_for_what(asking):
    world, editor, session = asking
    await editor.take("window/showMessageRequest")
    (row,) = (await editor.command("ao.sessions"))["sessions"]
    assert (row["state"], row["detail"]) == ("waiting", "permission: Run make install")
    assert [option["label"] for option in row["asks"][0]["options"]] == ["Yes", "No"]
    await editor.command("ao.answer", session=session, option="No")
    await over(world, session)


async def test_what_was_answered_elsewhere_is_not_answered_again(asking, editors, ed):
    world, editor, session = asking
    await editor.take("window/showMessageRequest")
    other = await editors()
    other.answers["window/showMessageRequest"] = None
    await other.command("ao.answer", session=session, option="No")
    await over(world, session)
    with pytest.raises(ed.RpcError, match="asks nothing"):
        await editor.command("ao.answer", session=session, option="Yes")


async def test_an_agent_at_work_is_interrupted_and_told_otherwise(world, talking, editors):
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "x\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    editor = await editors()
    never = json.dumps([["until", "/nonexistent/file"]])
    session = (await editor.command("ao.spawn", task=f"Do it.\nDO {never}", agent="talker"))["id"]
    await world.until(lambda state: any(f.kind == "working" for f in state.sessions[session].facts))
    await editor.command("ao.interrupt", session=session)
    await world.until(lambda state: any(f.kind == "interrupted" for f in state.sessions[session].facts))
    (row,) = (await editor.command("ao.sessions"))["sessions"]
    assert (row["state"], row["detail"]) == ("waiting", "interrupted")
    await editor.command("ao.send", session=session, text="leave it")
    found = await over(world, session)
    assert [turn.summary for turn in found.turns] == ["as told"]


async def test_a_question_that_was_answered_elsewhere_is_withdrawn_and_the_next_one_is_asked(asking, editors):
    world, editor, session = asking
    await editor.take("window/showMessageRequest")
    question = editor.asked["window/showMessageRequest"]
    other = await editors()
    other.answers["window/showMessageRequest"] = None
    await other.command("ao.answer", session=session, option="No")
    await editor.until(lambda: editor.withdrawn)
    assert editor.withdrawn == [question]
    cancelled = {"code": -32800, "message": "cancelled"}
    editor.send({"jsonrpc": "2.0", "id": question, "error": cancelled})
    await over(world, session)
    again = (await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"]
    for each in (editor, other):
        assert (await each.take("window/showMessageRequest"))["message"] == "Do it.: talker asks: Run make install"
    await editor.command("ao.answer", session=again, option="No")


async def test_what_comes_up_soon_after_another_is_one_message_that_leads_to_all_of_it(asking, monkeypatch):
    world, editor, first = asking
    await editor.take("window/showMessageRequest")
    await editor.command("ao.answer", session=first, option="No")
    await over(world, first)
    monkeypatch.setattr(toasts, "TOGETHER", 5.0)
    sessions = [(await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"] for _ in range(3)]
    assert (await editor.take("window/showMessageRequest"))["message"] == "Do it.: talker asks: Run make install"
    await world.until(lambda state: all(state.sessions[id].open_asks for id in sessions))
    together = await editor.take("window/showMessageRequest")
    assert together["message"] == "2 need you: " + "; ".join(["Do it.: talker asks: Run make install"] * 2)
    assert [action["title"] for action in together["actions"]] == ["Show them"]
    for id in sessions:
        await editor.command("ao.answer", session=id, option="No")


async def test_what_was_settled_before_it_was_told_is_not_told(asking, monkeypatch):
    world, editor, first = asking
    await editor.take("window/showMessageRequest")
    monkeypatch.setattr(toasts, "TOGETHER", 1.0)
    await editor.command("ao.answer", session=first, option="No")
    await over(world, first)
    told, late = [(await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"] for _ in range(2)]
    await editor.take("window/showMessageRequest")
    await world.until(lambda state: all(state.sessions[id].open_asks for id in (told, late)))
    for id in (told, late):
        await editor.command("ao.answer", session=id, option="No")
    again = (await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"]
    assert (await editor.take("window/showMessageRequest"))["message"] == "Do it.: talker asks: Run make install"
    await editor.command("ao.answer", session=again, option="No")
