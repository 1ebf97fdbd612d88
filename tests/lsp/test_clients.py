"""Clients that go away, that do not answer, that can do little or say that they can do everything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

CANCELLED = -32800

FOREVER = {"checks": {"slow": {"command": ["sleep", "1000"], "on": ["manual"]}}}


@pytest.fixture
async def slow(world):
    """A repository whose one check goes on for ever; the daemon drives it."""
    world.make({"x.py": "x = 1\n"}, **FOREVER)
    await world.start()
    return world


async def running_check(world, h):
    await h.eventually(lambda: world.processes("sleep"))


async def test_a_client_that_vanishes_ends_its_check(slow, editors, h):
    editor, other = await editors(), await editors()
    editor.ask("workspace/executeCommand", {"command": "ao.check"})
    await running_check(slow, h)
    editor.vanish()
    await editor.gone()
    await h.eventually(lambda: not slow.processes("sleep"), 20)
    assert await other.is_well()


async def test_a_client_that_vanishes_while_it_is_asked_leaves_nothing(red, editors):
    editor, other = await editors(), await editors()
    await editor.command("ao.check")
    await editor.idle()
    editor.answers["window/showMessageRequest"] = None
    editor.ask("workspace/executeCommand", {"command": "ao.hunt", "arguments": [{}]})
    await editor.take("window/showMessageRequest")
    editor.vanish()
    await editor.gone()
    assert await other.is_well()
    assert red.state.hunts == {}


async def test_cancelling_a_check_ends_its_process(ed, slow, editors, h):
    editor = await editors()
    number, answer = editor.ask("workspace/executeCommand", {"command": "ao.check"})
    await running_check(slow, h)
    editor.notify("$/cancelRequest", {"id": number})
    with pytest.raises(ed.RpcError) as caught:
        await asyncio.wait_for(answer, 30)
    assert caught.value.code == CANCELLED
    await h.eventually(lambda: not slow.processes("sleep"), 20)


async def test_a_check_is_cancelled_by_its_progress(ed, slow, editors, h):
    editor = await editors()
    _, answer = editor.ask("workspace/executeCommand", {"command": "ao.check", "workDoneToken": "mine"})
    await running_check(slow, h)
    editor.notify("window/workDoneProgress/cancel", {"token": "mine"})
    with pytest.raises(ed.RpcError, match="the check was cancelled"):
        await asyncio.wait_for(answer, 30)
    assert [value["kind"] for value in editor.progress["mine"]] == ["begin", "end"]
    await h.eventually(lambda: not slow.processes("sleep"), 20)


async def test_a_check_that_an_occasion_started_is_cancelled_by_its_progress(world, editors, h):
    world.make({"x.py": "x = 1\n"}, checks={"slow": {"command": ["sleep", "1000"], "on": ["start"]}})
    await world.start()
    editor = await editors()
    await running_check(world, h)
    (token,) = await editor.until(lambda: editor.progress)
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    await h.eventually(lambda: not world.processes("sleep"), 20)


async def test_a_check_that_is_cancelled_while_the_client_owes_an_answer_ends(ed, slow, editors, h):
    editor = await editors()
    editor.answers["window/workDoneProgress/create"] = None
    number, answer = editor.ask("workspace/executeCommand", {"command": "ao.check"})
    await running_check(slow, h)
    editor.notify("$/cancelRequest", {"id": number})
    with pytest.raises(ed.RpcError):
        await asyncio.wait_for(answer, 30)
    await h.eventually(lambda: not slow.processes("sleep"), 20)


async def test_a_client_that_cancels_everything_gets_one_answer_for_each(editor):
    waiting = []
    for command in ("ao.check", "ao.projects", "ao.doctor", "ao.sessions") * 5:
        number, answer = editor.ask("workspace/executeCommand", {"command": command})
        editor.notify("$/cancelRequest", {"id": number})
        editor.notify("$/cancelRequest", {"id": number})
        waiting.append(answer)
    answers = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 60)
    assert len(answers) == 20
    assert await editor.is_well()


async def test_a_client_that_never_answers_holds_nothing_up(untrusted, editors):
    editor = await editors(start=False)
    editor.answers = {}
    await editor.start()
    assert (await editor.take("window/showMessageRequest"))["actions"]
    assert await asyncio.wait_for(editor.idle(), 30) >= 0
    assert await editor.is_well()


async def test_a_client_without_any_capability_is_shown_what_is_wrong(red, editors):
    editor = await editors(capabilities={})
    await editor.command("ao.check")
    await editor.idle()
    (found,) = editor.shown("tests/test_half.py")
    assert sorted(found) == ["code", "message", "range", "severity", "source"]
    assert editor.progress == {}


EVERYTHING: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-32", "utf-8", "utf-16"], "markdown": {"parser": "marked"}},
    "workspace": {
        "workspaceFolders": True,
        "applyEdit": True,
        "configuration": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True, "relativePatternSupport": True},
        "diagnostics": {"refreshSupport": True},
        "codeLens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
        "semanticTokens": {"refreshSupport": True},
        "executeCommand": {"dynamicRegistration": True},
    },
    "textDocument": {
        "synchronization": {"dynamicRegistration": True, "willSave": True, "willSaveWaitUntil": True, "didSave": True},
        "publishDiagnostics": {
            "relatedInformation": True,
            "tagSupport": {"valueSet": [1, 2]},
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
        },
        "diagnostic": {"dynamicRegistration": True, "relatedDocumentSupport": True},
        "codeAction": {"dynamicRegistration": True, "isPreferredSupport": True, "dataSupport": True},
        "codeLens": {"dynamicRegistration": True},
        "inlayHint": {"dynamicRegistration": True},
    },
    "window": {"workDoneProgress": True, "showMessage": {}, "showDocument": {"support": True}},
    "experimental": {"anything": [1, {"x": None}]},
}


async def test_a_client_that_says_it_can_do_everything_is_shown_what_is_wrong_once(red, editors):
    editor = await editors(capabilities=EVERYTHING)
    await editor.command("ao.check")
    await editor.idle()
    assert len(editor.shown("tests/test_half.py")) == 1
    assert "diagnosticProvider" not in editor.capabilities
    # It is also told that there are other lenses and hints.
    for method in ("workspace/codeLens/refresh", "workspace/inlayHint/refresh"):
        await editor.take(method)


ASTRAL = 'from half import half\n\n\ndef test_half():\n    assert "😀ß" and half(3) == 1.5\n'


async def test_each_client_has_its_own_encoding(world, editors, h):
    # A linter that says a column: of the code point after two characters of four and two bytes.
    said = "x.txt:1:4: bad thing"
    pattern = {"regexp": r"^(.+?):(\d+):(\d+): (.+)$", "file": 1, "line": 2, "column": 3, "message": 4}
    world.make({"x.txt": '"😀ßbad"\n'}, checks={"words": {"command": ["echo", said], "format": [pattern]}})
    await world.start()
    opened = {
        name: await editors(capabilities={"general": {"positionEncodings": [name]}})
        for name in ("utf-8", "utf-16", "utf-32")
    }
    columns = {}
    for name, editor in opened.items():
        await editor.idle()
        (found,) = await editor.until(lambda editor=editor: editor.shown("x.txt"))
        columns[name] = found["range"]["start"]["character"]
        assert editor.capabilities["positionEncoding"] == name
    assert columns == {"utf-8": 7, "utf-16": 4, "utf-32": 3}
