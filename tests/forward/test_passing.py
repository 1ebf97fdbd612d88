"""What passes between an editor and a daemon that lives, and how both ends end."""

from __future__ import annotations

import json
import os
import signal
import socket

import pytest

BODIES = [
    b'{"jsonrpc":"2.0","id":1,"method":"m"}',
    b' { "method" : "n",\n\t"jsonrpc": "2.0", "params": ["\xe2\x82\xac", "\\ud800"] } ',
    b'{"jsonrpc":"2.0","id":"1","result":1.0e2}',
    b"[]",
    b"not JSON \xff",
    b"",
    b"1" * 100_000,
]


def framed(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_a_message_arrives_byte_for_byte(session, body):
    client, daemon = session
    client.send_bytes(framed(body))
    assert daemon.body() == body


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_what_the_daemon_says_arrives_byte_for_byte(session, body):
    client, daemon = session
    daemon.send_bytes(framed(body))
    assert client.body() == body


def test_a_header_in_another_spelling_arrives_in_the_common_one(session):
    client, daemon = session
    client.send_bytes(b"content-type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length:2\r\n\r\n{}")
    assert (daemon.line(), daemon.line()) == (b"Content-Length: 2\r\n", b"\r\n")


def test_a_message_that_comes_in_pieces_is_passed_on_when_it_is_whole(session):
    client, daemon = session
    for byte in framed(BODIES[0]):
        client.send_bytes(bytes([byte]))
    assert daemon.body() == BODIES[0]


def test_a_message_of_many_megabytes_passes(session):
    client, daemon = session
    body = b'{"jsonrpc":"2.0","method":"n","params":"%b"}' % (b"x" * 20 * 1024 * 1024)
    daemon.send_bytes(framed(body))
    assert client.body() == body


def test_the_hello_brings_the_editors_environment_and_folder(peer, editor, tmp_path):
    client = editor(EDITORS_OWN="1")
    hello = peer.accept().hello
    assert (hello["client"], hello["cwd"], hello["env"]["EDITORS_OWN"]) == ("lsp", str(tmp_path), "1")
    client.hang_up()


def test_an_argument_that_editors_add_is_taken(peer, editor):
    editor("--stdio")
    assert peer.accept().hello["client"] == "lsp"


def test_what_is_said_before_the_daemon_answers_arrives_in_order(peer, editor):
    client = editor()
    for number in range(50):
        client.notify("n", number=number)
    daemon = peer.accept()
    for number in range(50, 100):
        client.notify("n", number=number)
    assert [daemon.receive()["params"]["number"] for _ in range(100)] == list(range(100))


@pytest.mark.parametrize(("shut_down", "code"), [(True, 0), (False, 1)])
def test_exit_ends_with_0_after_shutdown_and_with_1_without(session, shut_down, code):
    client, daemon = session
    if shut_down:
        client.request(1, "shutdown")
        assert daemon.receive()["method"] == "shutdown"
        daemon.answer(1)
        assert client.receive() == {"id": 1, "result": None}
    client.notify("exit")
    assert daemon.receive()["method"] == "exit"
    daemon.die()
    assert client.code() == code


def test_the_end_of_the_editors_pipe_ends_the_connection_and_the_process(session):
    client, daemon = session
    client.hang_up()
    assert daemon.is_at_end()
    daemon.die()
    assert (client.code(), client.said()) == (0, "")


def test_what_the_daemon_says_at_the_end_of_the_editors_pipe_still_arrives(session):
    client, daemon = session
    client.request(1, "m")
    client.hang_up()
    assert daemon.receive()["id"] == 1
    assert daemon.is_at_end()
    daemon.answer(1, "late")
    assert client.receive() == {"id": 1, "result": "late"}


def test_a_daemon_that_does_not_hang_up_keeps_no_process_of_an_editor_that_did(session):
    client, _ = session
    client.hang_up()
    assert client.code() == 0


def test_an_editor_that_said_nothing_need_not_wait_for_a_daemon(peer, editor):
    client = editor()
    client.hang_up()
    assert client.code() == 0


def test_all_that_an_editor_said_before_it_hung_up_reaches_a_daemon_that_is_slow_to_answer(peer, editor):
    client = editor()
    client.request(1, "initialize")
    client.hang_up()
    daemon = peer.accept()
    assert daemon.receive()["method"] == "initialize"
    daemon.die()


def test_an_editor_that_reads_no_more_has_gone(session):
    client, daemon = session
    client.process.stdout.close()
    daemon.notify("n")
    assert daemon.is_at_end()
    assert client.code() == 0


def test_a_full_pipe_in_one_direction_does_not_stop_the_other(session):
    client, daemon = session
    daemon.stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * 1024 * 1024)
    daemon.send_bytes(framed(b"1" * 1024 * 1024))  # More than the editor's pipe holds, and it does not read.
    client.notify("n")
    assert daemon.receive()["method"] == "n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"hello\n", "no header"),
        (b"Content-Length: two\r\n\r\n{}", "must be a number"),
        (b"Content-Length: 99999999999\r\n\r\n", "a number up to"),
        (b"Content-Type: x\r\n\r\n{}", "no Content-Length"),
        (b"\r\n", "no Content-Length"),
        (b"X: " + b"y" * 9000, "no header"),
    ],
)
def test_what_is_no_message_ends_the_process_with_a_sentence(session, data, why):
    client, _ = session
    client.send_bytes(data)
    assert client.code() == 1
    assert [why in line for line in client.said().splitlines()] == [True]


def test_a_message_that_is_cut_off_ends_the_process_with_a_sentence(session):
    client, _ = session
    client.send_bytes(b"Content-Length: 20\r\n\r\n{}")
    client.hang_up()
    assert (client.code(), "2 of a message's 20 bytes" in client.said()) == (1, True)


def test_an_interrupted_process_says_nothing(session):
    client, _ = session
    os.kill(client.process.pid, signal.SIGINT)
    assert (client.code(), client.said()) == (130, "")


def test_two_editors_have_connections_of_their_own(peer, editor):
    clients = [editor(), editor()]
    for number, client in enumerate(clients):
        client.request(number, "initialize")
    for daemon in (peer.accept(), peer.accept()):
        daemon.answer(json.loads(daemon.body())["id"], "yours")
    assert [client.receive()["id"] for client in clients] == [0, 1]
