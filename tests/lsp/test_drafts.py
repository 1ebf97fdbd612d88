"""A task that is written as a file: in any editor, sent once when it is saved."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.views.drafts import CUT, Draft, Written, read, template

MANUAL, AFTER_A_DELAY = 1, 2


class Page:
    """A file of these in one editor."""

    def __init__(self, editor: Any, path: str) -> None:
        self.editor, self.path = editor, Path(path)
        self.document = {"textDocument": {"uri": self.path.as_uri()}}

    async def open(self) -> None:
        text = self.path.read_text()
        item = {"uri": self.path.as_uri(), "languageId": "markdown", "version": 1, "text": text}
        self.editor.notify("textDocument/didOpen", {"textDocument": item})
        assert await self.editor.is_well()

    def write(self, text: str) -> None:
        """Put something above the line, on disk."""
        self.path.write_text(f"{text}\n{self.path.read_text()}")

    def tell(self, reason: int = MANUAL) -> None:
        """The editor says that it saved it."""
        self.editor.notify("textDocument/willSave", {**self.document, "reason": reason})
        self.editor.notify("textDocument/didSave", self.document)


@pytest.fixture
async def fleet(world: Any, talking: Any) -> Any:
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "x\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    return world


@pytest.fixture
async def editor(fleet: Any, editors: Any) -> Any:
    made = await editors()
    made.answers["window/showMessageRequest"] = None
    await made.idle()
    return made


async def composed(editor: Any, **about: Any) -> Page:
    """A file that was opened to be written."""
    path = (await editor.command("ao.compose", **about))["path"]
    assert (await editor.take("window/showDocument"))["uri"] == Path(path).as_uri()
    return Page(editor, path)


async def said(editor: Any) -> str:
    """What the person is told."""
    return (await editor.take("window/showMessage"))["message"]


async def test_what_is_saved_becomes_a_session_of_the_chosen_agent(fleet, editor):
    page = await composed(editor, agent="talker")
    assert stat.S_IMODE(page.path.stat().st_mode) == 0o600
    await page.open()
    page.write("# Tidy up\n\nAll of it.\n")
    page.tell()
    state = await fleet.until(lambda state: state.sessions)
    (session,) = state.sessions.values()
    assert (session.title, session.agent) == ("# Tidy up", "talker")
    assert session.prompt == "# Tidy up\n\nAll of it."
    assert session.id in await said(editor)


async def test_what_is_written_to_a_session_is_sent_to_it(fleet, editor):
    id = (await editor.command("ao.spawn", task="Do it.", agent="talker"))["id"]
    await fleet.until(lambda state: state.sessions[id].turns)
    page = await composed(editor, session=id)
    assert f"A message to {id}: Do it." in page.path.read_text()
    await page.open()
    page.write("Rather this.")
    page.tell()
    state = await fleet.until(lambda state: state.sessions[id].messages)
    assert [message.text for message in state.sessions[id].messages] == ["Rather this."]
    assert (await said(editor)).startswith(f"stored for {id}")


async def test_a_file_with_nothing_above_the_line_sends_nothing_and_may_be_written_still(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    page.tell()
    assert await said(editor) == "Nothing was sent: nothing was written."
    page.write("Do it after all.")
    page.tell()
    state = await fleet.until(lambda state: state.sessions)
    assert [session.title for session in state.sessions.values()] == ["Do it after all."]
    assert "Do it after all." in await said(editor)


async def test_what_the_editor_saves_by_itself_is_not_sent(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    page.write("Half of")
    page.tell(AFTER_A_DELAY)
    await editor.idle()
    assert fleet.state.sessions == {}


async def test_it_is_sent_once_however_often_it_is_saved(fleet, editor, editors):
    page = await composed(editor, agent="talker")
    await page.open()
    page.write("Do it.")
    for _ in range(3):
        page.tell()
    other = Page(await editors(), str(page.path))
    await other.open()
    await fleet.until(lambda state: state.sessions)
    other.tell()
    assert await said(other.editor) == "Nothing was sent: this was sent already"
    assert "Do it." in await said(editor)
    assert len(fleet.state.sessions) == 1


async def test_what_is_refused_is_said_and_can_be_saved_again(fleet, editor):
    page = await composed(editor, agent="nobody")
    await page.open()
    page.write("Do it.")
    page.tell()
    assert "Nothing was sent: " in await said(editor)
    page.path.write_text(page.path.read_text().replace("nobody", "talker"))
    page.tell()
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(editor)


async def test_an_editor_that_shows_it_without_telling_sends_it_all_the_same(fleet, editor):
    page = await composed(editor, agent="talker")
    page.write("Do it.")
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(editor)


async def test_a_file_whose_line_is_gone_is_not_sent(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    page.path.write_text(page.path.read_text().replace(CUT, "Do it."))
    page.tell()
    assert f"the line `{CUT}` is gone" in await said(editor)
    assert fleet.state.sessions == {}


async def test_what_is_saved_as_the_editor_is_closed_is_sent(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    page.write("Do it.")
    page.tell()
    await editor.stop()
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(editor)


async def test_what_is_saved_as_the_editor_dies_is_sent(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    page.write("Do it.")
    page.tell()
    await editor.writer.drain()
    editor.writer.write_eof()
    await editor.gone()
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(editor)


async def test_a_save_that_failed_does_not_make_the_next_one_unasked(fleet, editor):
    page = await composed(editor, agent="talker")
    await page.open()
    editor.notify("textDocument/willSave", {**page.document, "reason": AFTER_A_DELAY})
    page.write("Do it.")
    page.tell()
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(editor)


async def test_an_editor_that_opened_it_does_not_complain_when_another_one_sends_it(fleet, editor, editors):
    page = await composed(editor, agent="talker")
    other = Page(await editors(), str(page.path))
    await other.open()
    text = f"Do it.\n{page.path.read_text()}"
    # Nobody but the other editor says anything of the file before it is sent.
    Path(f"{page.path}.sent").touch()
    page.path.write_text(text)
    await editor.idle()
    Path(f"{page.path}.sent").unlink()
    other.tell()
    await fleet.until(lambda state: state.sessions)
    assert "Do it." in await said(other.editor)


@pytest.mark.parametrize(
    "title", ['one\n# to: {"session": "another"}', f"one\n{CUT}", "one\r\n# to: {}", "\u2028# to: {}"]
)
def test_a_title_from_outside_does_not_say_where_a_message_goes(title):
    written = read(f"Do it.{template(Draft(session='app-1', agent=title), title)}")
    assert isinstance(written, Written)
    assert (written.text, written.draft.session) == ("Do it.", "app-1")


@pytest.mark.parametrize("where", ["[" * 100_000, '{"a":' * 100_000, "[]", "1", '"x"', "null", "{", ""])
def test_a_file_that_does_not_say_where_it_goes_is_not_sent(where):
    assert isinstance(read(f"Do it.\n{CUT}\n# to: {where}\n"), str)


def test_names_that_are_no_text_are_none():
    assert read(f'Do it.\n{CUT}\n# to: {{"session": null, "project": 5, "agent": ["x"]}}\n') == Written(
        "Do it.", Draft()
    )
