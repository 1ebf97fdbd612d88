"""Messages that are none: told of, and harmless to everybody else."""

from __future__ import annotations

import asyncio
import json

import pytest

PARSE_ERROR, INVALID_REQUEST = -32700, -32600


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
    assert await editor.is_well()


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
    assert await editor.is_well()
    editor.stray.clear()


URIS = [
    "", "x", "file:", "file:///", "file:///%00", "file://[", "file:///\ud800", "file:///%ff", "file:///" + "x" * 5000,
    "file:///a/../../b", "untitled:1", "http://example.org/x.py", "vscode-notebook-cell:/x#1",
]  # fmt: skip


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
    assert await editor.is_well()
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
    assert await other.is_well()


async def test_a_message_of_50_mb_is_taken_and_holds_nobody_up_for_long(red, editors):
    large, other = await editors(), await editors()
    text = ("x" * 99 + "\n") * 500_000
    large.open("large.txt", text)
    _, answer = large.ask("textDocument/codeLens", {"textDocument": {"uri": large.uri("large.txt")}})
    assert await asyncio.wait_for(other.is_well(), 10)
    assert await asyncio.wait_for(answer, 30) == []
