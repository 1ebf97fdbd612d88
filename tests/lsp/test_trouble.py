"""Requests at the wrong time, at places that are none, and commands with wrong parameters: each is answered."""

from __future__ import annotations

import asyncio

import pytest

NOT_INITIALIZED, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS, REFUSED = -32002, -32600, -32601, -32602, -32001


async def test_what_comes_before_initialize_is_refused_and_initialize_still_works(red, editors):
    editor = await editors(start=False)
    command = {"command": "ao.check", "arguments": []}
    errors = [await editor.error_of(m, p) for m, p in [("ao/idle", None), ("workspace/executeCommand", command)]]
    document = {"uri": "file:///x", "languageId": "", "version": 1, "text": ""}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    await editor.start()
    assert [error.code for error in errors] == [NOT_INITIALIZED, NOT_INITIALIZED]
    assert await editor.is_well()


async def test_a_second_initialize_is_refused_and_changes_nothing(editor):
    again = {"processId": None, "rootUri": None, "capabilities": {}}
    assert (await editor.error_of("initialize", again)).code == INVALID_REQUEST
    assert await editor.is_well()


async def test_a_second_initialized_changes_nothing(editor):
    editor.notify("initialized", {})
    await asyncio.wait_for(editor.idle(), 30)


async def test_what_comes_after_shutdown_is_refused(editor):
    await editor.request("shutdown", None)
    assert (await editor.error_of("ao/idle", None)).code == INVALID_REQUEST
    editor.notify("exit", None)
    await editor.gone()


async def test_exit_alone_ends_the_connection_and_nothing_else(red, editors):
    first, second = await editors(), await editors()
    first.notify("exit", None)
    await first.gone()
    assert await second.is_well()


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
async def test_wrong_parameters_are_refused_with_a_sentence(editor, command, arguments, sentence):
    assert await editor.refusal(command, arguments) == (INVALID_PARAMS, sentence)


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
        ("ao.hunt", {"failures": ["nothing"], "checkout": "never"}, "there is no failure 'nothing'"),
        ("ao.hunt", {"agent": "nobody", "checkout": "never"}, "nobody"),
        ("ao.undo", {"landing": "nothing"}, "nothing"),
    ],
)
async def test_what_is_not_there_is_refused_with_a_sentence(editor, command, params, said):
    code, sentence = await editor.refusal(command, [params])
    assert code == REFUSED
    assert said in sentence


async def test_own_requests_refuse_wrong_parameters(editor):
    wrong = [
        await editor.error_of("ao/sessions", {"al-l": True}),
        await editor.error_of("ao/sessions", {"type_name": "1"}),
        await editor.error_of("ao/sessions", [1]),
        await editor.error_of("ao/failures", {"project": 5}),
    ]
    assert [error.code for error in wrong] == [INVALID_PARAMS] * 4
    assert "`al-l` is no parameter" in str(wrong[0])


async def test_a_request_without_parameters_may_leave_them_out(editor):
    _, waiting = editor.ask("ao/idle", None)
    await waiting
    editor.send({"jsonrpc": "2.0", "id": "own", "method": "ao/idle"})
    await editor.until(lambda: editor.stray)
    assert "result" in editor.stray.pop()


async def test_an_unknown_method_is_no_method(editor):
    codes = [(await editor.error_of(method, {})).code for method in ("textDocument/nothing", "", "$/x")]
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
    ],
)
async def test_parameters_of_a_wrong_type_are_answered(editor, method, params):
    assert (await editor.error_of(method, params)).code in (INVALID_PARAMS, -32603)


async def test_an_action_that_is_not_ours_is_resolved_to_itself(editor):
    for data in (None, 5, "x", [], {}, {"command": 5}):
        assert (await editor.request("codeAction/resolve", {"title": "x", "data": data}))["title"] == "x"
