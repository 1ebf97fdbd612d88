"""Folders that are opened and closed, by links and in an agent's worktree, and files outside of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.lsp.folders import Folders
from agent_orchestrator.protocol import types as t


def at(*positions):
    return [{"line": line, "character": character} for line, character in positions]


def folders(*, added=(), removed=()):
    def items(paths):
        return [{"uri": path.as_uri(), "name": path.name} for path in paths]

    return {"event": {"added": items(added), "removed": items(removed)}}


async def test_a_folder_that_is_opened_later_is_shown_until_it_is_closed(red, editors):
    editor = await editors(start=False)
    await editor.start(rootUri=None, workspaceFolders=[])
    await editor.command("ao.check", project="app")
    await editor.idle()
    assert editor.published == []
    editor.notify("workspace/didChangeWorkspaceFolders", folders(added=[red.repo]))
    await editor.until(lambda: editor.shown("tests/test_half.py"))
    await editor.idle()
    editor.notify("workspace/didChangeWorkspaceFolders", folders(removed=[red.repo]))
    await editor.until(lambda: not editor.shown("tests/test_half.py"))


async def test_a_folder_that_is_opened_by_a_link_keeps_the_clients_spelling_and_is_taken_back_by_it(red, editors):
    link = red.folder / "link"
    link.symlink_to(red.repo)
    editor = await editors(link)
    await editor.command("ao.check")
    await editor.until(lambda: editor.shown("tests/test_half.py"))
    editor.notify("workspace/didChangeWorkspaceFolders", folders(removed=[link]))
    await editor.until(lambda: not editor.shown("tests/test_half.py"))
    assert all(uri.startswith(link.as_uri()) for uri in editor.published)


async def test_a_document_that_is_opened_by_another_name_has_its_diagnostics_there(red, editors):
    link = red.folder / "link"
    link.symlink_to(red.repo)
    editor = await editors()
    await editor.command("ao.check")
    await editor.until(lambda: editor.shown("tests/test_half.py"))
    uri = (link / "tests/test_half.py").as_uri()
    text = (red.repo / "tests/test_half.py").read_text()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    await editor.until(lambda: editor.diagnostics.get(uri) and not editor.shown("tests/test_half.py"))
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await editor.until(lambda: not editor.diagnostics[uri] and editor.shown("tests/test_half.py"))


async def test_files_outside_of_every_project_have_nothing(red, editors, tmp_path):
    editor = await editors()
    (tmp_path / "x.py").write_text("x\n")
    uri = (tmp_path / "x.py").as_uri()
    editor.notify(
        "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": "x\n"}}
    )
    place = dict(zip(("start", "end"), at((0, 0), (0, 1)), strict=True))
    foreign = {"range": place, "message": "x", "source": "other"}
    params = {"textDocument": {"uri": uri}, "range": place, "context": {"diagnostics": [foreign]}}
    assert await editor.request("textDocument/codeAction", params) == []
    assert await editor.request("textDocument/codeLens", {"textDocument": {"uri": uri}}) == []


@pytest.fixture
async def worktree(red):
    """The worktree of an agent that thinks for ever."""
    red.agents_do({"": [[["hang"]]]})
    await red.call("hunt", t.HuntParams(checkout="never"))
    state = await red.until(lambda s: any(x.running for x in s.sessions.values()))
    (session,) = state.sessions.values()
    yield session
    await red.call("stop", t.StopParams(session=session.id))


async def test_in_an_agents_worktree_nothing_of_the_project_is_shown_and_commands_name_it(red, editors, worktree):
    editor = await editors(Path(worktree.path))
    evil = "projects: {evil: {path: ., checks: {x: {command: [x]}}}}"
    (Path(worktree.path) / "agent-orchestrator.yaml").write_text(evil)
    settings = red.state.projects["app"].settings
    assert (await editor.command("ao.check"))["project"] == "app"
    editor.save("agent-orchestrator.yaml")
    await editor.is_well()
    assert editor.published == []
    assert list(red.state.projects) == ["app"]
    assert red.state.projects["app"].settings == settings


@pytest.mark.parametrize(
    ("name", "written"),
    [("\udcff", "%FF"), ("a\nb", "a%0Ab"), ("é 😀#?%", "%C3%A9%20%F0%9F%98%80%23%3F%25"), ("-a'\"", "-a%27%22")],
)
def test_a_file_has_an_address_whatever_it_is_called(name, written):
    opened = Folders()
    assert opened.uri(f"/tmp/{name}") == f"file:///tmp/{written}"
    opened.add("file:///tmp")
    assert opened.uri(f"/tmp/{name}") == f"file:///tmp/{written}"
