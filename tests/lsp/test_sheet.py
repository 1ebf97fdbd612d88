"""The sessions document: what an editor without an extension shows of the fleet, and does with it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.daemon.sheet import keep_sheet
from agent_orchestrator.daemon.viewed import Viewed

ASKING = f"Do it.\nDO {json.dumps([['ask', '1', 'run', 'make install']])}"
HELIX = {"clientInfo": {"name": "helix"}}


class Page:
    """The document as one editor has it."""

    def __init__(self, editor: Any, uri: str, text: str, ed: Any) -> None:
        self.editor, self.uri, self.text, self._ed = editor, uri, text, ed
        document = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
        editor.notify("textDocument/didOpen", {"textDocument": document})

    @property
    def document(self) -> dict[str, Any]:
        return {"textDocument": {"uri": self.uri}}

    def line(self, session: str) -> int:
        """The line of a session."""
        return next(n for n, line in enumerate(self.text.split("\n")) if line.startswith(f"- {session} "))

    def at(self, session: str) -> dict[str, Any]:
        return {**self.document, "position": {"line": self.line(session), "character": 3}}

    def take(self, text: str) -> None:
        """The editor shows another text."""
        self.text = text
        changes = [{"text": text}]
        self.editor.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": self.uri, "version": 2}, "contentChanges": changes},
        )

    async def actions(self, session: str) -> dict[str, Any]:
        """The code actions of a session's line, by title."""
        at = {"line": self.line(session), "character": 0}
        params = {**self.document, "range": {"start": at, "end": at}, "context": {"diagnostics": []}}
        return {one["title"]: one for one in await self.editor.request("textDocument/codeAction", params)}


@pytest.fixture
async def fleet(world: Any, talking: Any) -> Any:
    """A repository with an agent that asks, and the daemon's task that writes the document."""
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "x\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    keeping = asyncio.create_task(keep_sheet(world.app))
    yield world
    keeping.cancel()


@pytest.fixture
def path(fleet: Any) -> Path:
    """Where the document lies."""
    return Path(Viewed(fleet.app).sheet)


async def asks(fleet: Any, editor: Any) -> str:
    """A session that waits for an answer."""
    editor.answers["window/showMessageRequest"] = None
    await editor.idle()
    session: str = (await editor.command("ao.spawn", task=ASKING, agent="talker"))["id"]
    await editor.take("window/showMessageRequest")
    return session


async def written(path: Path, words: str) -> str:
    """The document on disk, once it has these words."""
    async with asyncio.timeout(30):
        while True:
            if path.exists() and words in (text := path.read_text()):
                return text
            await asyncio.sleep(0.02)


async def test_it_is_a_file_that_says_who_needs_somebody(fleet, editors, path):
    session = await asks(fleet, await editors())
    text = await written(path, "permission")
    assert text.splitlines()[2:7] == [
        "1 need you",
        "",
        "## Needs you (1)",
        "",
        f"- {session}  permission: Run make install  Do it.  ao/{session}",
    ]
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_an_agent_asks_is_answered_on_its_line(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    actions = await page.actions(session)
    assert list(actions)[:2] == ["Yes: Run make install", "No: Run make install"]
    await editor.run_action(actions["Yes: Run make install"])
    state = await fleet.until(lambda state: bool(state.sessions[session].turns[-1].ended_at))
    assert [one.option for one in state.sessions[session].asks] == ["y"]


async def test_its_lenses_are_its_code_actions(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    lenses = await editor.request("textDocument/codeLens", page.document)
    assert [lens["command"]["title"] for lens in lenses] == list(await page.actions(session))
    assert {lens["range"]["start"]["line"] for lens in lenses} == {page.line(session)}
    titles = {lens["command"]["title"] for lens in lenses}
    assert {"Attach", "Show what it changed", "Show its log", "Stop"} <= titles


async def test_a_session_that_needs_somebody_is_a_diagnostic_as_long_as_it_does(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    (found,) = await editor.until(lambda: editor.diagnostics.get(page.uri))
    assert (found["message"], found["severity"]) == (f"{session}: permission: Run make install", 2)
    assert found["range"] == {
        "start": {"line": page.line(session), "character": 2},
        "end": {"line": page.line(session), "character": 2 + len(session)},
    }
    await editor.command("ao.answer", session=session, option="No")
    await editor.until(lambda: editor.diagnostics[page.uri] == [])


async def test_a_hover_gives_the_facts_with_their_sources(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    said = (await editor.request("textDocument/hover", page.at(session)))["contents"]["value"]
    assert f"**{session}** Do it." in said
    assert "accepted" in said
    assert "(channel)" in said
    heading = {**page.document, "position": {"line": 0, "character": 0}}
    assert await editor.request("textDocument/hover", heading) is None


async def test_its_definition_is_its_log_and_its_worktree(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    found = [one["uri"] for one in await editor.request("textDocument/definition", page.at(session))]
    assert Path(fleet.state.sessions[session].path).as_uri() in found
    assert any(uri.endswith("log") or "transcript" in uri for uri in found), found


async def test_its_headings_are_symbols_and_folds(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    (group,) = await editor.request("textDocument/documentSymbol", page.document)
    assert (group["name"], [child["name"] for child in group["children"]]) == ("Needs you (1)", [session])
    (fold,) = await editor.request("textDocument/foldingRange", page.document)
    assert (fold["startLine"], fold["endLine"]) == (4, page.line(session))


async def test_other_files_have_none_of_it(fleet, editors):
    editor = await editors()
    await editor.idle()
    document = {"textDocument": {"uri": editor.open("a.txt")}}
    at = {**document, "position": {"line": 0, "character": 0}}
    assert await editor.request("textDocument/hover", at) is None
    assert await editor.request("textDocument/definition", at) == []
    assert await editor.request("textDocument/documentSymbol", document) == []
    assert await editor.request("textDocument/foldingRange", document) == []


async def test_a_document_of_the_server_has_its_diagnostics_under_its_own_name(fleet, editors, ed, path):
    editor = await editors()
    session = await asks(fleet, editor)
    page = Page(editor, "ao://sessions", await written(path, "permission"), ed)
    (found,) = await editor.until(lambda: editor.diagnostics.get(page.uri))
    assert found["message"] == f"{session}: permission: Run make install"
    await editor.command("ao.answer", session=session, option="No")
    await editor.until(lambda: editor.diagnostics[page.uri] == [])


async def test_a_document_that_is_closed_has_no_diagnostics_that_grow_old(fleet, editors, ed, path):
    editor = await editors()
    await asks(fleet, editor)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    await editor.until(lambda: editor.diagnostics.get(page.uri))
    editor.notify("textDocument/didClose", {"textDocument": {"uri": page.uri}})
    await editor.until(lambda: editor.diagnostics[page.uri] == [])


async def test_a_client_that_shows_documents_of_a_server_is_told_to_ask_again(fleet, editors, ed, path):
    content = {"textDocumentContent": {}}
    capabilities = {**ed.CAPABILITIES, "workspace": {**ed.CAPABILITIES["workspace"], **content}}
    editor = await editors(capabilities=capabilities)
    editor.answers["workspace/textDocumentContent/refresh"] = {}
    assert editor.capabilities["workspace"]["textDocumentContent"] == {"schemes": ["ao"]}

    async def text() -> str:
        return str((await editor.request("workspace/textDocumentContent", {"uri": "ao://sessions"}))["text"])

    page = Page(editor, "ao://sessions", await text(), ed)
    session = await asks(fleet, editor)
    assert (await editor.take("workspace/textDocumentContent/refresh"))["uri"] == "ao://sessions"
    await fleet.until(lambda state: bool(state.sessions[session].open_asks))
    page.take(await text())
    await editor.run_action((await page.actions(session))["No: Run make install"])
    await fleet.until(lambda state: bool(state.sessions[session].turns[-1].ended_at))
    await editor.idle()
    editor.messages = [one for one in editor.messages if one[0] != "workspace/textDocumentContent/refresh"]


async def test_a_client_that_reads_no_file_again_has_its_copy_edited(fleet, editors, ed, path):
    capabilities = {**ed.CAPABILITIES, "workspace": {**ed.CAPABILITIES["workspace"], "applyEdit": True}}
    editor = await editors(capabilities=capabilities, **HELIX)
    page = Page(editor, path.as_uri(), await written(path, "No sessions"), ed)

    def applied(params: Any) -> dict[str, Any]:
        (edits,) = params["edit"]["changes"].values()
        page.take(_edited(page.text, edits))
        return {"applied": True}

    editor.answers["workspace/applyEdit"] = applied
    session = await asks(fleet, editor)
    await editor.until(lambda: f"- {session}  permission" in page.text)
    assert page.text == await written(path, "permission")
    await editor.command("ao.answer", session=session, option="No")
    await fleet.until(lambda state: bool(state.sessions[session].turns[-1].ended_at))
    await editor.idle()
    editor.messages = [one for one in editor.messages if one[0] != "workspace/applyEdit"]


def _edited(text: str, edits: list[dict[str, Any]]) -> str:
    (edit,) = edits
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    begin, end = (starts[p["line"]] + p["character"] for p in (edit["range"]["start"], edit["range"]["end"]))
    return text[:begin] + edit["newText"] + text[end:]


async def test_it_is_opened_by_a_command(fleet, editors, path):
    editor = await editors()
    await editor.idle()
    assert (await editor.command("ao.showSessions"))["path"] == str(path)
    assert (await editor.take("window/showDocument"))["uri"] == path.as_uri()


async def test_an_editor_that_has_nothing_but_the_document_is_told_as_well(fleet, editors, ed, path):
    session = await asks(fleet, await editors())
    editor = await editors(path.parent)
    page = Page(editor, path.as_uri(), await written(path, "permission"), ed)
    (found,) = await editor.until(lambda: editor.diagnostics.get(page.uri))
    assert found["message"] == f"{session}: permission: Run make install"
