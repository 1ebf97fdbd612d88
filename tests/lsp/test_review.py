"""Notes on what an agent changed: made on lines of its files in any editor, sent to it as one message."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.views.drafts import Draft, noted, read, template


@pytest.fixture
async def fleet(world: Any, talking: Any) -> Any:
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.py": "one = 1\ntwo = 2\nthree = 3\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    return world


@pytest.fixture
async def editor(fleet: Any, editors: Any) -> Any:
    made = await editors()
    made.answers["window/showMessageRequest"] = None
    await made.idle()
    return made


@pytest.fixture
async def session(fleet: Any, editor: Any) -> Any:
    """A session whose agent has done something and rests."""
    id = (await editor.command("ao.spawn", task="Do it.", agent="talker"))["id"]
    return (await fleet.until(lambda state: state.sessions[id].turns and not state.sessions[id].running)).sessions[id]


async def actions(editor: Any, path: Path, first: int, last: int) -> dict[str, Any]:
    """The code actions on whole lines of a file."""
    at = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
    params = {"textDocument": {"uri": path.as_uri()}, "range": at, "context": {"diagnostics": []}}
    return {one["title"]: one for one in await editor.request("textDocument/codeAction", params)}


async def test_notes_on_several_lines_reach_the_agent_as_one_message(fleet, editor, session):
    add = {"session": session.id, "path": "a.py"}
    await editor.command("ao.review.add", **add, line=1, note="Why one?")
    await editor.command("ao.review.add", **add, line=2, endLine=3, note="These are the same.")
    await editor.command("ao.review.send", session=session.id)
    state = await fleet.until(lambda state: state.sessions[session.id].messages)
    (message,) = state.sessions[session.id].messages
    assert message.text.split("\n") == [
        "> a.py:1",
        "> one = 1",
        "",
        "Why one?",
        "",
        "> a.py:2-3",
        "> two = 2",
        "> three = 3",
        "",
        "These are the same.",
    ]


async def test_a_line_of_its_file_offers_a_note_which_is_written_in_the_review(fleet, editor, session):
    file = Path(session.path) / "a.py"
    offered = await actions(editor, file, 1, 2)
    assert list(offered) == [f"Note to the agent of {session.id}"]
    await editor.run_action(offered[f"Note to the agent of {session.id}"])
    review = Path((await editor.take("window/showDocument"))["uri"].removeprefix("file://"))
    assert review.read_text().startswith("> a.py:2\n> two = 2\n")
    assert list(await actions(editor, file, 0, 1)) == [f"Note to the agent of {session.id}", "Send the notes"]


async def test_files_of_nobody_offer_no_notes(fleet, editor, session):
    assert await actions(editor, fleet.repo / "a.py", 0, 1) == {}


async def test_the_notes_after_a_review_was_sent_are_another_review(fleet, editor, session):
    for note in ("First.", "Second."):
        await editor.command("ao.review.add", session=session.id, path="a.py", line=1, note=note)
        await editor.command("ao.review.send", session=session.id)
    state = await fleet.until(lambda state: len(state.sessions[session.id].messages) == 2)
    assert [message.text.split("\n")[-1] for message in state.sessions[session.id].messages] == ["First.", "Second."]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"path": "../a.py"}, "is not in the worktree"),
        ({"path": "/etc/passwd"}, "is not in the worktree"),
        ({"line": 9}, "has no line 9"),
        ({"session": "app-nobody"}, "there is no open session"),
    ],
)
async def test_a_note_on_what_is_not_there_is_refused(fleet, editor, session, wrong, why):
    given = {"session": session.id, "path": "a.py", "line": 1, "note": "Hm.", **wrong}
    _, said = await editor.refusal("ao.review.add", [given])
    assert why in said


async def test_without_notes_nothing_is_sent(fleet, editor, session):
    _, said = await editor.refusal("ao.review.send", [{"session": session.id}])
    assert said == f"there are no notes for {session.id}"


def test_a_note_is_read_back_as_it_was_made():
    file = noted(template(Draft(session="s")), "a.py:1", ["x = 1"], "Why?")
    assert read(noted(file, "b.py:2", [], "And this?")).text == "> a.py:1\n> x = 1\n\nWhy?\n\n> b.py:2\n\nAnd this?"


async def test_notes_of_two_editors_are_sent_when_somebody_says_so(fleet, editor, editors, session):
    add = {"session": session.id, "path": "a.py"}
    other = await editors()
    other.answers["window/showMessageRequest"] = None
    for each in (editor, other, editor, other):
        await each.command("ao.review.add", **add, line=1, note="Why?")
        # Whoever hears of the file has heard of it before the next note.
        await editor.idle()
        await other.idle()
    assert fleet.state.sessions[session.id].messages == ()
    await other.command("ao.review.send", session=session.id)
    state = await fleet.until(lambda state: state.sessions[session.id].messages)
    (message,) = state.sessions[session.id].messages
    assert message.text.count("Why?") == 4


async def test_a_review_whose_file_was_removed_is_not_taken_for_the_next_one(fleet, editor, session):
    add = {"session": session.id, "path": "a.py", "line": 1}
    first = (await editor.command("ao.review.add", **add, note="First."))["path"]
    await editor.command("ao.review.send", session=session.id)
    Path(first).unlink()
    await editor.command("ao.review.add", **add, note="Second.")
    await editor.command("ao.review.send", session=session.id)
    state = await fleet.until(lambda state: len(state.sessions[session.id].messages) == 2)
    assert [message.text.split("\n")[-1] for message in state.sessions[session.id].messages] == ["First.", "Second."]


async def test_a_note_that_would_make_a_review_too_long_to_be_sent_is_refused(fleet, editor, session):
    add = {"session": session.id, "path": "a.py", "line": 1}
    file = Path((await editor.command("ao.review.add", **add, note="First."))["path"])
    before = file.read_text()
    _, why = await editor.refusal("ao.review.add", [{**add, "note": "é" * 600_000}])
    assert "too long" in why
    assert file.read_text() == before


async def test_a_review_whose_request_is_cancelled_is_sent_or_can_be_sent_again(fleet, editor, session):
    await editor.command("ao.review.add", session=session.id, path="a.py", line=1, note="Why?")
    number, answer = editor.ask(
        "workspace/executeCommand", {"command": "ao.review.send", "arguments": [{"session": session.id}]}
    )
    editor.notify("$/cancelRequest", {"id": number})
    with contextlib.suppress(Exception):
        await answer
    if not fleet.state.sessions[session.id].messages:
        with contextlib.suppress(Exception):
            await editor.command("ao.review.send", session=session.id)
    await fleet.until(lambda state: state.sessions[session.id].messages)
    assert len(fleet.state.sessions[session.id].messages) == 1


async def test_what_is_sent_is_the_review_as_its_editor_shows_it(fleet, editor, session):
    path = (await editor.command("ao.review.add", session=session.id, path="a.py", line=1, note="First."))["path"]
    uri, text = Path(path).as_uri(), Path(path).read_text()
    item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": item})
    changed = text.replace("First.", "First.\n\nAnd this, which is not saved.")
    editor.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": changed}]},
    )
    await editor.command("ao.review.send", session=session.id)
    state = await fleet.until(lambda state: state.sessions[session.id].messages)
    assert state.sessions[session.id].messages[0].text.endswith("First.\n\nAnd this, which is not saved.")
