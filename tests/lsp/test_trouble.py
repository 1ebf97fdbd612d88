"""Bad input and trouble: whatever a client does, each request is answered, and the others notice nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.protocol import types as t

NOT_INITIALIZED, PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32002, -32700, -32600, -32601, -32602
CANCELLED, REFUSED = -32800, -32001

FOREVER = {"checks": {"slow": {"command": ["sleep", "1000"], "on": ["manual"]}}}


async def error_of(ed, editor, method, params):
    """The error that a request is answered with."""
    with pytest.raises(ed.RpcError) as caught:
        await editor.request(method, params)
    return caught.value


async def refusal(ed, editor, command, arguments):
    """(code, sentence) with which a command is answered."""
    error = await error_of(ed, editor, "workspace/executeCommand", {"command": command, "arguments": arguments})
    return error.code, str(error)


async def is_well(editor):
    """Does the server answer?"""
    return await editor.command("ao.projects")


# Before, between and after


async def test_what_comes_before_initialize_is_refused_and_initialize_still_works(ed, red, editors):
    editor = await editors(start=False)
    command = {"command": "ao.check", "arguments": []}
    errors = [await error_of(ed, editor, m, p) for m, p in [("ao/idle", None), ("workspace/executeCommand", command)]]
    editor.notify("textDocument/didOpen", {"textDocument": {"uri": "file:///x", "languageId": "", "version": 1, "text": ""}})
    await editor.start()
    assert [error.code for error in errors] == [NOT_INITIALIZED, NOT_INITIALIZED]
    assert await is_well(editor)


async def test_a_second_initialize_is_refused_and_changes_nothing(ed, editor):
    assert (await error_of(ed, editor, "initialize", {"processId": None, "rootUri": None, "capabilities": {}})).code == (
        INVALID_REQUEST
    )
    assert await is_well(editor)


async def test_a_second_initialized_changes_nothing(editor):
    editor.notify("initialized", {})
    await asyncio.wait_for(editor.idle(), 30)


async def test_what_comes_after_shutdown_is_refused(ed, editor):
    await editor.request("shutdown", None)
    assert (await error_of(ed, editor, "ao/idle", None)).code == INVALID_REQUEST
    editor.notify("exit", None)
    await editor.gone()


async def test_exit_alone_ends_the_connection_and_nothing_else(red, editors):
    first, second = await editors(), await editors()
    first.notify("exit", None)
    await first.gone()
    assert await is_well(second)


# Positions


def at(*positions):
    return [{"line": line, "character": character} for line, character in positions]


@pytest.mark.parametrize(
    ("start", "end"),
    [((99999, 0), (99999, 9)), ((4, 99999), (4, 99999)), ((5, 3), (1, 2)), ((0, 0), (2**31 - 1, 2**31 - 1))],
)
async def test_any_range_is_answered(editor, start, end):
    editor.open("tests/test_half.py")
    document = {"uri": editor.uri("tests/test_half.py")}
    first, last = at(start, end)
    given = {"textDocument": document, "range": {"start": first, "end": last}}
    for method, more in (("codeAction", {"context": {"diagnostics": []}}), ("inlayHint", {}), ("codeLens", {})):
        assert isinstance(await editor.request(f"textDocument/{method}", {**given, **more}), list)


async def test_an_action_is_offered_for_a_reversed_range(editor):
    await editor.command("ao.check")
    await editor.idle()
    first, last = at((5, 3), (1, 2))
    document = {"uri": editor.uri("tests/test_half.py")}
    params = {"textDocument": document, "range": {"start": first, "end": last}, "context": {"diagnostics": []}}
    assert "Fix with agent" in [a["title"] for a in await editor.request("textDocument/codeAction", params)]


# Commands


@pytest.mark.parametrize(
    ("command", "arguments", "sentence"),
    [
        ("ao.nothing", None, "there is no command `ao.nothing`"),
        ("", None, "there is no command ``"),
        ("ao.check", [5], "ao.check takes an object of parameters, found int"),
        ("ao.check", ["unit"], "ao.check takes an object of parameters, found str"),
        ("ao.check", [[]], "ao.check takes an object of parameters, found list"),
        ("ao.check", [{}, {}], "ao.check takes one object of parameters, found 2 arguments"),
        ("ao.check", [{"chekcs": []}], "ao.check: `chekcs` is no parameter of this method; did you mean `checks`?"),
        ("ao.check", [{"checks": "unit"}], "ao.check: `checks` must be a list, not 'unit'"),
        ("ao.check", [{"checks": [5]}], "ao.check: `checks` has an item 0 that must be a string, not 5"),
        ("ao.mute", [{"failure": "x", "muted": "no"}], "ao.mute: `muted` must be true or false, not 'no'"),
        ("ao.hunt", [{"max": 1.5}], "ao.hunt: `max` must be a whole number, not 1.5"),
        ("ao.send", [{"session": {}, "text": ""}], "ao.send: `text` is missing"),
        ("ao.session", [], "ao.session: `session` is missing"),
        ("ao.projects", [{"x": 1}], "ao.projects takes no parameters, found `x`"),
    ],
)
async def test_wrong_parameters_are_refused_with_a_sentence(ed, editor, command, arguments, sentence):
    assert await refusal(ed, editor, command, arguments) == (INVALID_PARAMS, sentence)


@pytest.mark.parametrize("arguments", [None, [], [None], [{}]], ids=str)
async def test_no_arguments_are_the_defaults(editor, arguments):
    assert await editor.request("workspace/executeCommand", {"command": "ao.sessions", "arguments": arguments})


async def test_arguments_may_be_left_out(editor):
    assert await editor.request("workspace/executeCommand", {"command": "ao.sessions"})


@pytest.mark.parametrize(
    ("command", "params", "said"),
    [
        ("ao.fixWith", {"failures": ["x"], "project": "nowhere"}, "there is no project 'nowhere'"),
        ("ao.check", {"project": "nowhere"}, "there is no project 'nowhere'"),
        ("ao.showLog", {"session": "nobody"}, "there is no session 'nobody'"),
        ("ao.showDiff", {"session": "../../x"}, "there is no session '../../x'"),
        ("ao.hunt", {"failures": ["nothing"]}, "there is no failure 'nothing'"),
        ("ao.hunt", {"agent": "nobody"}, "nobody"),
        ("ao.undo", {"landing": "nothing"}, "nothing"),
    ],
)
async def test_what_is_not_there_is_refused_with_a_sentence(ed, editor, command, params, said):
    code, sentence = await refusal(ed, editor, command, [params])
    assert code == REFUSED
    assert said in sentence


async def test_own_requests_refuse_wrong_parameters(ed, editor):
    wrong = [
        await error_of(ed, editor, "ao/sessions", {"al-l": True}),
        await error_of(ed, editor, "ao/sessions", {"type_name": "1"}),
        await error_of(ed, editor, "ao/sessions", [1]),
        await error_of(ed, editor, "ao/failures", {"project": 5}),
    ]
    assert [error.code for error in wrong] == [INVALID_PARAMS] * 4
    assert "`al-l` is no parameter" in str(wrong[0])


async def test_a_request_without_parameters_may_leave_them_out(editor):
    _, waiting = editor.ask("ao/idle", None)
    await waiting
    editor.send({"jsonrpc": "2.0", "id": "own", "method": "ao/idle"})
    await editor.until(lambda: editor.stray)
    assert "result" in editor.stray.pop()


async def test_an_unknown_method_is_no_method(ed, editor):
    codes = [(await error_of(ed, editor, method, {})).code for method in ("textDocument/nothing", "", "$/x")]
    assert codes == [NO_METHOD] * 3


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/codeAction", None),
        ("textDocument/codeAction", {"textDocument": 5}),
        ("textDocument/codeAction", []),
        ("textDocument/inlayHint", {"textDocument": {"uri": "file:///x"}, "range": "all"}),
        ("workspace/executeCommand", {"command": "ao.check", "arguments": "all"}),
        ("workspace/executeCommand", {}),
        ("codeAction/resolve", {"title": []}),
    ],
)
async def test_parameters_of_a_wrong_type_are_answered(ed, editor, method, params):
    assert (await error_of(ed, editor, method, params)).code in (INVALID_PARAMS, -32603)


async def test_an_action_that_is_not_ours_is_resolved_to_itself(editor):
    for data in (None, 5, "x", [], {}, {"command": 5}):
        assert (await editor.request("codeAction/resolve", {"title": "x", "data": data}))["title"] == "x"


# Bytes


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{not json", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b"5", INVALID_REQUEST),
        (b"null", INVALID_REQUEST),
        (b'"text"', INVALID_REQUEST),
        (b"{}", INVALID_REQUEST),
        (b'{"id": 1, "method": "ao/idle"}', INVALID_REQUEST),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ao/idle"}', INVALID_REQUEST),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_body_that_is_no_message_is_answered(editor, body, code):
    editor.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    await editor.until(lambda: editor.stray)
    assert editor.stray.pop()["error"]["code"] == code
    assert await is_well(editor)


ODD = [
    {"id": None, "method": "ao/idle"},
    {"id": [], "method": "ao/idle"},
    {"id": {}, "method": "shutdown"},
    {"id": 1.5, "method": "ao/idle"},
    {"id": True, "method": "ao/idle"},
    {"id": "x", "method": 5},
    {"id": "x", "method": []},
    {"method": None},
    {"id": "nobody asked", "result": 1},
    {"id": "nobody asked", "error": {"code": 1, "message": "x"}},
    {"id": [], "result": 1},
    {"id": {}, "error": 5},
    {"id": "x"},
    {"method": "$/cancelRequest", "params": {"id": []}},
    {"method": "$/cancelRequest", "params": {"id": "nobody"}},
    {"method": "$/cancelRequest"},
    {"method": "textDocument/didOpen", "params": {}},
    {"method": "textDocument/didChange", "params": {"textDocument": {"uri": "file:///not/open", "version": 1},
                                                    "contentChanges": [{"text": "x"}]}},
    {"method": "textDocument/didClose", "params": {"textDocument": {"uri": "file:///not/open"}}},
    {"method": "textDocument/didSave", "params": {"textDocument": {"uri": "file:///not/open"}}},
    {"method": "window/workDoneProgress/cancel", "params": {"token": "nobody"}},
    {"method": "workspace/didChangeWorkspaceFolders", "params": {"event": {"added": [], "removed": []}}},
    {"method": "ao/nothing", "params": 5},
]  # fmt: skip


@pytest.mark.parametrize("message", ODD, ids=lambda message: json.dumps(message)[:50])
async def test_an_odd_message_harms_nobody(editor, message):
    editor.send({"jsonrpc": "2.0", **message})
    assert await is_well(editor)
    editor.stray.clear()


URIS = ["", "x", "file:", "file:///", "file:///%00", "file://[", "file:///\ud800", "file:///%ff", "untitled:1",
        "file:///" + "x" * 5000, "file:///a/../../b", "http://example.org/x.py", "vscode-notebook-cell:/x#1"]  # fmt: skip


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: ascii(uri)[:30])
async def test_any_uri_may_be_opened_edited_saved_asked_about_and_closed(editor, uri, caplog):
    document = {"uri": uri, "version": 2}
    editor.notify("textDocument/didOpen", {"textDocument": {**document, "languageId": "x", "text": "a\n"}})
    editor.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": "b\n"}]})
    editor.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
    assert await editor.request("textDocument/codeLens", {"textDocument": {"uri": uri}}) == []
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    editor.notify(
        "workspace/didChangeWorkspaceFolders", {"event": {"added": [{"uri": uri, "name": ""}], "removed": []}}
    )
    assert await is_well(editor)
    assert [r for r in caplog.records if r.levelname == "ERROR"] == []


@pytest.mark.parametrize(
    "header",
    [
        b"Garbage\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"\r\n\r\n",
        b"x" * 3_000_000 + b"\r\n\r\n",
    ],
    ids=lambda header: str(header)[:40],
)
async def test_a_broken_header_is_told_of_and_ends_its_connection_alone(red, editors, header):
    broken, other = await editors(), await editors()
    await broken.idle()
    broken.raw(header)
    await broken.gone()
    assert broken.stray.pop()["error"]["code"] == PARSE_ERROR
    assert await is_well(other)


async def test_a_message_of_50_mb_is_taken_and_holds_nobody_up_for_long(red, editors):
    large, other = await editors(), await editors()
    text = ("x" * 99 + "\n") * 500_000
    large.open("large.txt", text)
    _, answer = large.ask("textDocument/codeLens", {"textDocument": {"uri": large.uri("large.txt")}})
    assert await asyncio.wait_for(is_well(other), 10)
    assert await asyncio.wait_for(answer, 30) == []


# Clients that go away, or do not answer


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
    assert await is_well(other)


async def test_a_client_that_vanishes_while_it_is_asked_leaves_nothing(red, editors):
    editor, other = await editors(), await editors()
    await editor.command("ao.check")
    await editor.idle()
    editor.answers["window/showMessageRequest"] = None
    editor.ask("workspace/executeCommand", {"command": "ao.hunt", "arguments": [{}]})
    await editor.take("window/showMessageRequest")
    editor.vanish()
    await editor.gone()
    assert await is_well(other)
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
    assert await is_well(editor)


async def test_a_client_that_never_answers_holds_nothing_up(untrusted, editors):
    editor = await editors(start=False)
    editor.answers = {}
    await editor.start()
    assert (await editor.take("window/showMessageRequest"))["actions"]
    assert await asyncio.wait_for(editor.idle(), 30) >= 0
    assert await is_well(editor)


# Clients that say little, or everything


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


# Folders


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


async def test_in_an_agents_worktree_nothing_of_the_project_is_shown_and_commands_name_it(
    red, editors, worktree, tmp_path
):
    from pathlib import Path

    editor = await editors(Path(worktree.path))
    (Path(worktree.path) / "agent-orchestrator.yaml").write_text("projects: {evil: {path: ., checks: {x: {command: [x]}}}}")
    settings = red.state.projects["app"].settings
    assert (await editor.command("ao.check"))["project"] == "app"
    editor.save("agent-orchestrator.yaml")
    await is_well(editor)
    assert editor.published == []
    assert list(red.state.projects) == ["app"]
    assert red.state.projects["app"].settings == settings


# The project's file, and trust


async def test_a_broken_configuration_is_shown_while_it_is_broken(red, editors):
    editor = await editors()
    name = "agent-orchestrator.yaml"
    text = (red.repo / name).read_text()
    editor.open(name, text, "yaml")
    lines = text.count("\n")
    editor.edit(name, (0, 0), (0, 0), "colour: red\n")
    (found,) = await editor.until(lambda: editor.shown(name))
    assert (found["source"], found["range"]["start"]["line"]) == ("ao", 0)
    editor.edit(name, (0, 0), (0, 0), "# first\n", 3)
    await editor.until(lambda: editor.shown(name)[0]["range"]["start"]["line"] == 1)
    editor.edit(name, (1, 0), (2, 0), "", 4)
    await editor.until(lambda: editor.shown(name) == [])
    editor.edit(name, (lines, 0), (lines + 1, 0), "  : : [\n", 5)
    await editor.until(lambda: editor.shown(name))
    assert await is_well(editor)


async def test_a_configuration_that_is_broken_on_disk_does_not_end_the_project(red, editors):
    editor = await editors()
    name = "agent-orchestrator.yaml"
    good = (red.repo / name).read_text()
    (red.repo / name).write_text("projects: [")
    editor.open(name, "projects: [", "yaml")
    editor.save(name)
    await editor.until(lambda: editor.shown(name))
    (red.repo / name).write_text(good)
    editor.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": editor.uri(name), "version": 2}, "contentChanges": [{"text": good}]},
    )
    editor.save(name)
    await editor.until(lambda: not editor.shown(name))
    await editor.idle()
    assert (await editor.command("ao.check"))["project"] == "app"
    editor.messages.clear()


@pytest.fixture
async def untrusted(world, h):
    """A repository that nobody trusted as it is now."""
    world.make({"x.py": "x = 1\n"}, checks={"words": {"command": ["touch", "ran"], "on": ["start", "save"]}})
    await world.start()
    project = world.state.projects["app"]
    world.app.engine.state = evolve(
        world.state, projects={"app": evolve(project, trusted="something else")}
    )
    return world


async def test_the_question_of_trust_is_asked_once_and_its_answer_runs_the_checks(untrusted, editors):
    editor = await editors(
        workspaceFolders=[{"uri": p.as_uri(), "name": "x"} for p in (untrusted.repo, untrusted.repo / "..")]
    )
    editor.open("x.py")
    editor.notify("textDocument/didClose", {"textDocument": {"uri": editor.uri("x.py")}})
    editor.open("x.py")
    editor.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    asked = await editor.take("window/showMessageRequest")
    assert [action["title"] for action in asked["actions"]] == ["Trust and run"]
    await untrusted.until(lambda s: s.projects["app"].trusted == s.projects["app"].settings.trust)
    await editor.idle()
    assert editor.messages == []


async def test_nothing_runs_before_it_is_trusted(ed, untrusted, editors):
    editor = await editors()
    await editor.take("window/showMessageRequest")
    editor.save("x.py")
    code, sentence = await refusal(ed, editor, "ao.check", [])
    assert code == REFUSED
    assert "is not trusted yet" in sentence
    await editor.idle()
    assert not (untrusted.repo / "ran").exists()


async def test_trust_is_given_to_what_was_asked_about(untrusted, editors):
    editor = await editors(start=False)
    held = []
    editor.answers["window/showMessageRequest"] = None
    await editor.start()
    asked = await editor.take("window/showMessageRequest")
    assert asked, held
    action = next(iter(asked["actions"]))
    untrusted.configure(checks={"words": {"command": ["touch", "other"], "on": ["start"]}})
    number = editor.asked["window/showMessageRequest"]
    editor.send({"jsonrpc": "2.0", "id": number, "result": action})
    said = await editor.take("window/showMessage")
    assert "has changed since it was shown" in said["message"]
    await editor.take("window/showMessageRequest")
    assert not (untrusted.repo / "other").exists()


@pytest.mark.parametrize("command", ["ao.check", "ao.hunt", "ao.trust", "ao.spawn", "ao.land", "ao.fixWith"])
async def test_in_a_workspace_that_the_editor_does_not_trust_nothing_runs(ed, red, editors, command):
    editor = await editors(initializationOptions={"workspaceTrusted": False})
    given = {"ao.spawn": {"task": "x"}, "ao.fixWith": {"failures": []}}.get(command, {})
    code, sentence = await refusal(ed, editor, command, [given])
    assert (code, sentence) == (REFUSED, "the editor does not trust this workspace: nothing is run from it")
    assert await editor.command("ao.sessions")


async def test_a_workspace_that_the_editor_does_not_trust_is_not_asked_about(untrusted, editors):
    editor = await editors(initializationOptions={"workspaceTrusted": False})
    editor.save("x.py")
    await editor.idle()
    assert editor.messages == []
