"""A daemon that dies under a living editor is replaced, and the next one knows what the editor told the first."""

from __future__ import annotations

import pytest

CANCELLED = -32802
FOLDERS = [{"uri": "file:///p", "name": "p"}]


def document(name, version=1, text="one\ntwo\n"):
    return {"uri": f"file:///{name}", "languageId": "plain", "version": version, "text": text}


def span(start_line, start, end_line, end):
    return {"start": {"line": start_line, "character": start}, "end": {"line": end_line, "character": end}}


@pytest.fixture
def replaced(peer):
    """Ends a daemon and answers ``initialize`` in the next one."""

    def replace(daemon, capabilities=None):
        daemon.die()
        following = peer.accept()
        opening = following.receive()
        assert opening["method"] == "initialize"
        following.answer(opening["id"], {"capabilities": capabilities or {}})
        return following

    return replace


def opened(daemon):
    """The documents that a new daemon is told of, after ``initialized``."""
    assert daemon.receive() == {"method": "initialized", "params": {}}
    return [daemon.receive()["params"]["textDocument"]]


def test_the_next_daemon_is_initialized_as_the_first_was_and_the_editor_sees_none_of_it(session, peer):
    client, daemon = session
    daemon.die()
    following = peer.accept()
    opening = following.receive()
    assert opening["params"] == {"rootUri": "file:///p", "workspaceFolders": FOLDERS}
    following.answer(opening["id"], {"capabilities": {"hoverProvider": True}})
    assert following.receive() == {"method": "initialized", "params": {}}
    following.notify("first")
    assert client.receive()["method"] == "first"


def test_nothing_is_said_to_the_next_daemon_before_it_answered_initialize(session, peer):
    client, daemon = session
    daemon.die()
    following = peer.accept()
    opening = following.receive()
    client.notify("early")
    following.notify("window/logMessage")
    assert client.receive()["method"] == "window/logMessage"
    following.answer(opening["id"], {"capabilities": {}})
    assert [following.receive()["method"] for _ in range(2)] == ["initialized", "early"]


def test_open_documents_are_opened_with_their_current_text_and_version(session, replaced):
    client, daemon = session
    client.notify("textDocument/didOpen", textDocument=document("a"))
    client.notify("textDocument/didOpen", textDocument=document("closed"))
    client.notify("textDocument/didClose", textDocument={"uri": "file:///closed"})
    edits = [{"text": "😋x\ny"}, {"range": span(0, 2, 0, 3), "text": "z"}]
    client.notify("textDocument/didChange", textDocument={"uri": "file:///a", "version": 7}, contentChanges=edits)
    for _ in range(4):
        daemon.receive()
    assert opened(replaced(daemon)) == [document("a", 7, "😋z\ny")]


@pytest.mark.parametrize(("encoding", "end"), [("utf-8", 4), ("utf-16", 2), ("utf-32", 1)])
def test_positions_are_read_in_the_negotiated_encoding(peer, editor, replaced, encoding, end):
    client = editor()
    daemon = peer.accept()
    client.request(0, "initialize")
    client.notify("initialized")
    daemon.receive()
    daemon.answer(0, {"capabilities": {"positionEncoding": encoding}})
    assert client.receive()["id"] == 0
    client.notify("textDocument/didOpen", textDocument=document("a", 1, "😋rest"))
    change = [{"range": span(0, 0, 0, end), "text": ""}]
    client.notify("textDocument/didChange", textDocument={"uri": "file:///a", "version": 2}, contentChanges=change)
    for _ in range(3):
        daemon.receive()
    assert opened(replaced(daemon)) == [document("a", 2, "rest")]


def test_documents_that_are_lost_twice_are_opened_twice(session, replaced):
    client, daemon = session
    client.notify("textDocument/didOpen", textDocument=document("a"))
    daemon.receive()
    following = replaced(daemon)
    assert opened(following) == [document("a")]
    assert opened(replaced(following)) == [document("a")]


def test_workspace_folders_are_those_of_now(session, peer):
    client, daemon = session
    q, r = ({"uri": f"file:///{name}", "name": name} for name in "qr")
    client.notify("workspace/didChangeWorkspaceFolders", event={"added": [q], "removed": []})
    client.notify("workspace/didChangeWorkspaceFolders", event={"added": [r], "removed": FOLDERS})
    daemon.receive(), daemon.receive()
    daemon.die()
    assert peer.accept().receive()["params"]["workspaceFolders"] == [q, r]


def test_requests_that_the_dead_daemon_owes_are_answered_and_may_be_asked_again(session, replaced):
    client, daemon = session
    client.request(5, "textDocument/hover")
    client.request("six", "workspace/executeCommand")
    client.request(7, "answered")
    for _ in range(3):
        daemon.receive()
    daemon.answer(7)
    assert client.receive()["id"] == 7
    replaced(daemon)
    answers = [client.receive() for _ in range(2)]
    assert [(answer["id"], answer["error"]["code"]) for answer in answers] == [(5, CANCELLED), ("six", CANCELLED)]
    assert answers[0]["error"]["message"] == "the daemon was restarted; ask again"


def test_an_initialize_that_the_dead_daemon_owes_is_asked_of_the_next(peer, editor):
    client = editor()
    daemon = peer.accept()
    client.request(0, "initialize")
    daemon.receive()
    daemon.die()
    following = peer.accept()
    assert following.receive() == {"id": 0, "method": "initialize", "params": {}}
    following.answer(0, {"capabilities": {}})
    assert client.receive() == {"id": 0, "result": {"capabilities": {}}}


def test_diagnostics_of_the_dead_daemon_are_taken_back(session, replaced):
    client, daemon = session
    for uri, found in (("file:///a", [1]), ("file:///b", [1]), ("file:///b", []), ("file:///c", [])):
        daemon.notify("textDocument/publishDiagnostics", uri=uri, diagnostics=found)
        client.receive()
    replaced(daemon).notify("last")
    assert client.receive()["params"] == {"uri": "file:///a", "diagnostics": []}
    assert client.receive()["method"] == "last"


def test_progress_of_the_dead_daemon_ends(session, replaced):
    client, daemon = session
    for token, kind in (("t", "begin"), (4, "begin"), (4, "end"), ("t", "report"), ("u", None)):
        daemon.notify("$/progress", token=token, value={"kind": kind} if kind else [1])
        client.receive()
    replaced(daemon).notify("last")
    ended = client.receive()["params"]
    assert (ended["token"], ended["value"]["kind"]) == ("t", "end")
    assert client.receive()["method"] == "last"


def test_questions_of_the_dead_daemon_are_withdrawn_and_their_answers_dropped(session, replaced):
    client, daemon = session
    daemon.request(1, "window/showMessageRequest")
    daemon.request(2, "window/showMessageRequest")
    client.receive(), client.receive()
    client.answer(2)
    assert daemon.receive()["id"] == 2
    following = replaced(daemon)
    assert client.receive() == {"method": "$/cancelRequest", "params": {"id": 1}}
    assert following.receive()["method"] == "initialized"
    client.answer(1, {"title": "late"})
    following.request(1, "window/showMessageRequest")
    assert client.receive()["id"] == 1
    client.answer(1, {"title": "now"})
    assert following.receive() == {"id": 1, "result": {"title": "now"}}


def test_what_the_dead_daemon_registered_is_unregistered_and_the_next_daemon_hears_nothing_of_it(session, replaced):
    client, daemon = session
    registrations = [{"id": "watch", "method": "workspace/didChangeWatchedFiles"}, {"id": "x", "method": "y"}]
    daemon.request(1, "client/registerCapability", registrations=registrations)
    daemon.request(2, "client/unregisterCapability", unregisterations=registrations[1:])
    for key in (1, 2):
        client.receive()
        client.answer(key)
        daemon.receive()
    following = replaced(daemon)
    taken_back = client.receive()
    assert (taken_back["method"], taken_back["params"]) == (
        "client/unregisterCapability",
        {"unregisterations": registrations[:1]},
    )
    client.answer(taken_back["id"])
    client.notify("next")
    assert [following.receive()["method"] for _ in range(2)] == ["initialized", "next"]


def test_what_is_said_while_there_is_no_daemon_arrives_in_order_and_once(session, peer):
    client, daemon = session
    client.notify("textDocument/didOpen", textDocument=document("a", 1, ""))
    daemon.receive()
    daemon.die()
    following = peer.accept()
    opening = following.receive()
    for version in range(2, 30):
        client.notify(
            "textDocument/didChange",
            textDocument={"uri": "file:///a", "version": version},
            contentChanges=[{"range": span(0, 0, 0, 0), "text": str(version)}],
        )
    following.answer(opening["id"], {"capabilities": {}})
    assert opened(following) == [document("a", 1, "")]
    assert [following.receive()["params"]["textDocument"]["version"] for _ in range(28)] == list(range(2, 30))


def test_half_a_message_of_a_dead_daemon_never_reaches_the_editor(session, replaced):
    client, daemon = session
    daemon.send_bytes(b'Content-Length: 900\r\n\r\n{"jsonrpc":"2.0","method":"half')
    replaced(daemon).notify("whole")
    assert client.receive()["method"] == "whole"


def test_a_daemon_that_sends_what_is_no_message_is_left_for_another(session, peer):
    _, daemon = session
    daemon.send_bytes(b"Traceback (most recent call last):\n")
    assert daemon.is_at_end()
    assert peer.accept().receive()["method"] == "initialize"


def test_after_shutdown_a_daemon_that_ends_is_not_missed(session):
    client, daemon = session
    client.request(1, "shutdown")
    daemon.receive()
    daemon.die()
    assert client.receive() == {"id": 1, "result": None}
    client.request(2, "m")
    assert client.receive()["error"]["message"] == "the server was shut down"
    client.notify("exit")
    assert (client.code(), client.said()) == (0, "")


def test_a_daemon_that_is_back_is_found_when_the_editor_says_something_and_knows_it_all(peer, editor):
    client = editor(AO_RUN="inside")
    daemon = peer.accept()
    client.request(0, "initialize")
    client.notify("initialized")
    client.notify("textDocument/didOpen", textDocument=document("a", 1, ""))
    assert daemon.receive()["id"] == 0
    daemon.answer(0, {"capabilities": {}})
    assert client.receive()["id"] == 0
    for _ in range(2):
        daemon.receive()
    peer.vanish()
    daemon.die()
    assert client.receive()["method"] == "window/showMessage"
    change = {"range": span(0, 0, 0, 0), "text": "while away"}
    client.notify("textDocument/didChange", textDocument={"uri": "file:///a", "version": 2}, contentChanges=[change])
    client.request(1, "m")
    assert client.receive()["id"] == 1
    peer.listen()
    client.request(2, "m")
    following = peer.accept()
    following.answer(following.receive()["id"], {"capabilities": {}})
    assert opened(following) == [document("a", 2, "while away")]
    assert following.receive()["id"] == 2
