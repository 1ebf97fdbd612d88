"""The server against good, bad and vanishing clients. After each of them it answers the next one."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.daemon import rpc
from agent_orchestrator.daemon.server import foreign, peer_uid
from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol.framing import MAX_HELLO, frame


async def test_a_hello_is_answered_with_version_and_process(scene):
    assert await (await scene.connect()).greet() == {"ao": 1, "version": "0.1.0", "pid": os.getpid()}


async def test_a_handler_sees_who_asks_with_a_filtered_environment(scene):
    raw = await scene.greeted(client="lsp", cwd="/w", version="9", env={"A": "1", "TMUX": "x", "GIT_DIR": "y"})
    await raw.ask("daemon")
    client = scene.clients[0]
    assert (client.kind, client.cwd, client.version, dict(client.env)) == ("lsp", "/w", "9", {"A": "1"})


async def test_the_socket_and_its_folder_are_the_users_alone(scene):
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (scene.path, scene.path.parent)]
    assert modes == [0o600, 0o700]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"not json\n", "no line of JSON"),
        (b"[1]\n", "must be a JSON object"),
        (b'{"ao": 2}\n', "speaks protocol 1"),
        (b'{"ao": true}\n', "speaks protocol 1"),
        (b"[" * 100_000 + b"\n", "no line of JSON"),
        (b"\xff\xfe\x00\n", "no line of JSON"),
        (b"x" * (MAX_HELLO + 2), "longer than"),
    ],
)
async def test_a_bad_hello_is_refused_with_a_sentence(scene, line, said):
    raw = await scene.connect()
    raw.writer.write(line)
    assert said in (await raw.line())["error"]
    assert await scene.answers()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"client": "CLI!"}, "`client`"),
        ({"client": 7}, "`client`"),
        ({"cwd": "relative"}, "`cwd`"),
        ({"cwd": "/a\0b"}, "`cwd`"),
        ({"version": ""}, "`version`"),
        ({"env": ["PATH"]}, "`env`"),
        ({"env": {"PATH": 1}}, "`env`"),
        ({"env": {"A=B": "x"}}, "`env`"),
        ({"env": {"A": "x\0y"}}, "`env`"),
    ],
)
async def test_a_hello_of_wrong_values_names_the_key(scene, changed, said):
    assert said in (await (await scene.connect()).greet(**changed))["error"]


async def test_a_client_that_never_says_hello_is_sent_away(stage):
    scene = await stage(hello_deadline=0.05)
    raw = await scene.connect()
    raw.writer.write(b'{"ao": 1, ')
    assert (await raw.line(), await raw.at_end()) == ({"error": "no hello came within 0.05 s"}, True)


async def test_a_slow_client_keeps_no_other_waiting(scene):
    await scene.connect()
    assert await scene.answers()


async def test_a_client_that_leaves_before_its_hello_is_forgotten(scene):
    for line in (b"", b'{"ao"'):
        raw = await scene.connect()
        raw.writer.write(line)
        raw.writer.close()
    assert await scene.answers()


@pytest.mark.parametrize(
    ("method", "params", "code", "said"),
    [
        ("nope", {}, framing.METHOD_NOT_FOUND, "`nope`"),
        ("sessions", {}, framing.METHOD_NOT_FOUND, "`sessions`"),
        ("stop", {}, framing.REFUSED, "the session is busy; wait for its turn to end"),
        ("land", {}, framing.INTERNAL_ERROR, "LookupError: no such row"),
        ("hunt", {"max": "many"}, framing.INVALID_PARAMS, "hunt: `max` must be a whole number, not 'many'"),
        ("hunt", {"dryRun": "no"}, framing.INVALID_PARAMS, "hunt: `dryRun` must be true or false, not 'no'"),
        ("hunt", {"checks": "ruff"}, framing.INVALID_PARAMS, "hunt: `checks` must be a list, not 'ruff'"),
        ("hunt", {"dry_run": True}, framing.INVALID_PARAMS, "did you mean `dryRun`?"),
        ("huntState", {}, framing.INVALID_PARAMS, "huntState: `hunt` is missing"),
        ("daemon", {"x": 1}, framing.INVALID_PARAMS, "takes no parameters"),
        ("prompt", {"session": "bytes"}, framing.INTERNAL_ERROR, "can not be sent"),
    ],
)
async def test_what_goes_wrong_has_a_code_and_a_sentence_and_the_connection_lives_on(scene, method, params, code, said):
    raw = await scene.greeted()
    error = (await raw.ask(method, **params))["error"]
    assert (error["code"], said in error["message"]) == (code, True), error
    assert (await raw.ask("daemon", 2))["result"]["revision"] == 7


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", framing.PARSE_ERROR),
        (b"\xff\xfe", framing.PARSE_ERROR),
        (b"[" * 200_000, framing.PARSE_ERROR),
        (b"9" * 10_000, framing.PARSE_ERROR),
        (b"[]", framing.INVALID_REQUEST),
        (b"3", framing.INVALID_REQUEST),
        (b'{"id": 1}', framing.INVALID_REQUEST),
        (b'{"id": 1, "method": 7}', framing.INVALID_REQUEST),
        (b'{"id": [1], "method": "daemon"}', framing.INVALID_REQUEST),
        (b'{"id": null, "method": "daemon"}', framing.INVALID_REQUEST),
        (b'{"id": true, "method": "daemon"}', framing.INVALID_REQUEST),
        (b'{"id": 1, "method": "daemon", "params": [1]}', framing.INVALID_PARAMS),
    ],
)
async def test_a_well_framed_message_of_nonsense_gets_an_error_and_the_connection_lives_on(scene, body, code):
    raw = await scene.greeted()
    raw.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    assert (await raw.receive())["error"]["code"] == code
    assert (await raw.ask("daemon", 2))["result"]["revision"] == 7


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: many\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 99999999999\r\n\r\n",
        b"Length: 3\r\n\r\n",
        b"\r\n\r\n",
        b"X: " + b"y" * 10_000 + b"\r\n\r\n",
        b"z" * (3 * MAX_HELLO),
    ],
)
async def test_bytes_that_are_no_header_end_this_connection_only(scene, header):
    raw = await scene.greeted()
    raw.writer.write(header)
    assert (await raw.receive())["error"]["code"] == framing.PARSE_ERROR
    assert await raw.at_end()
    assert await scene.answers()


async def test_a_body_of_50_mb_is_read_to_its_end_and_refused(scene):
    raw = await scene.greeted()
    raw.writer.write(frame({"id": 1, "method": "send", "params": {"text": "x" * 50_000_000}}))
    assert "at most" in (await raw.receive())["error"]["message"]
    assert (await raw.ask("daemon", 2))["result"]["revision"] == 7


async def test_answers_to_us_and_unknown_notifications_are_ignored(scene):
    raw = await scene.greeted()
    raw.writer.write(frame({"jsonrpc": "2.0", "id": 4, "result": None}))
    raw.send("textDocument/didOpen")
    raw.send("land")
    assert (await raw.ask("daemon"))["id"] == 1


async def test_100_requests_of_one_connection_run_at_the_same_time(scene):
    raw = await scene.greeted()
    raw.send("huntState", "slow", hunt="h")
    for number in range(100):
        raw.send("hunt", number, project="p", max=number)
    answers = [await raw.receive() for _ in range(100)]
    assert {(a["id"], a["result"]["text"]) for a in answers} == {(n, f"p {n}") for n in range(100)}


async def test_100_connections_are_served_at_the_same_time(scene):
    assert await asyncio.gather(*(scene.answers() for _ in range(100))) == [True] * 100


async def test_more_requests_than_may_run_are_refused(scene, monkeypatch):
    monkeypatch.setattr(rpc, "MAX_RUNNING", 2)
    raw = await scene.greeted()
    for number in (1, 2, 3):
        raw.send("huntState", number, hunt="h")
    refused = await raw.receive()
    assert (refused["id"], refused["error"]["code"]) == (3, framing.INVALID_REQUEST)


async def test_an_id_that_still_runs_can_not_be_used_again(scene):
    raw = await scene.greeted()
    raw.send("huntState", 1, hunt="h")
    assert (await raw.ask("daemon", 1))["error"]["code"] == framing.INVALID_REQUEST


async def test_a_cancelled_request_is_cancelled_and_answered(scene, until_async):
    raw = await scene.greeted()
    raw.send("huntState", "a", hunt="h")
    await until_async(lambda: scene.waiting)
    raw.send("$/cancelRequest", id="a")
    answer = await raw.receive()
    assert (answer["id"], answer["error"]["code"], scene.cancelled) == ("a", framing.REQUEST_CANCELLED, 1)


async def test_a_request_that_is_cancelled_before_it_began_is_answered(scene):
    raw = await scene.greeted()
    cancel = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}}
    ask = {"jsonrpc": "2.0", "id": 1, "method": "huntState", "params": {"hunt": "h"}}
    raw.writer.write(frame(ask) + frame(cancel))
    assert (await raw.receive())["error"]["code"] == framing.REQUEST_CANCELLED


@pytest.mark.parametrize("request_id", [None, [1], {"a": 1}, 99])
async def test_cancelling_what_does_not_run_does_nothing(scene, request_id):
    raw = await scene.greeted()
    raw.send("$/cancelRequest", id=request_id)
    assert (await raw.ask("daemon"))["result"]["revision"] == 7


async def test_requests_of_a_client_that_vanishes_are_cancelled(scene, until_async):
    raw = await scene.greeted()
    raw.send("huntState", 1, hunt="h")
    await until_async(lambda: scene.waiting)
    raw.writer.transport.abort()
    await until_async(lambda: scene.cancelled)
    assert await scene.answers()


async def test_a_client_that_vanishes_inside_a_message_is_forgotten(scene):
    raw = await scene.greeted()
    raw.writer.write(b"Content-Length: 500\r\n\r\n{")
    raw.writer.close()
    assert await scene.answers()


async def test_a_name_that_is_no_utf_8_survives_an_answer(scene):
    assert (await (await scene.greeted()).ask("prompt", session="s"))["result"]["text"] == "caf\udce9"


async def test_a_kind_of_client_can_take_the_stream_over_after_the_hello(stage):
    async def shout(reader, writer, client):
        writer.write((await reader.readline()).upper())

    raw = await (await stage(upgrade={"lsp": shout})).connect()
    raw.writer.write(
        json.dumps({"ao": 1, "client": "lsp", "version": "1", "cwd": "/", "env": {}}).encode() + b"\nhey\n"
    )
    await raw.line()
    assert (await raw.reader.readline(), await raw.at_end()) == (b"HEY\n", True)


async def test_a_take_over_that_fails_ends_its_connection_only(stage):
    async def fail(reader, writer, client):
        raise RuntimeError("no editor today")

    scene = await stage(upgrade={"lsp": fail})
    assert await (await scene.greeted(client="lsp")).at_end()
    assert await scene.answers()


async def test_a_socket_that_vanishes_is_bound_again_without_a_client(stage, until_async):
    scene = await stage(look_every=0.01)
    old = await scene.greeted()
    scene.path.unlink()
    await until_async(scene.path.exists)
    assert (await scene.answers(), (await old.ask("daemon"))["result"]["revision"]) == (True, 7)


async def test_a_file_in_the_sockets_place_is_replaced(scene, until_async):
    scene.path.unlink()
    scene.path.write_text("in the way")
    scene.server.check()
    await until_async(scene.path.is_socket)
    assert await scene.answers()


async def test_a_folder_that_became_unsafe_is_said_once_and_the_connections_go_on(scene, until_async, caplog):
    raw = await scene.greeted()
    scene.path.unlink()
    scene.path.parent.chmod(0o755)
    for _ in range(2):
        scene.server.check()
        await until_async(lambda: scene.server._rebinding.done())
    scene.path.parent.chmod(0o700)
    said = [record.getMessage() for record in caplog.records if "chmod 700" in record.getMessage()]
    assert (len(said), (await raw.ask("daemon"))["result"]["revision"]) == (1, 7)


async def test_closing_lets_a_running_answer_out(scene, until_async):
    raw = await scene.greeted()
    raw.send("logs", 1, session="s")
    await until_async(lambda: scene.waiting)
    closing = asyncio.create_task(scene.server.close(grace=10.0))
    await until_async(lambda: not scene.path.exists())
    scene.release.set()
    assert (await raw.receive())["result"]["text"] == "late"
    await closing


async def test_closing_ends_what_does_not_end_by_itself(scene, until_async):
    raw = await scene.greeted()
    raw.send("huntState", 1, hunt="h")
    await until_async(lambda: scene.waiting)
    await scene.server.close(grace=0.0)
    assert (scene.cancelled, await raw.at_end()) == (1, True)


async def test_closing_leaves_what_another_put_in_the_sockets_place(scene):
    scene.path.unlink()
    scene.path.write_text("another's")
    await scene.server.close()
    assert scene.path.read_text() == "another's"


async def test_a_handler_of_an_unknown_method_is_refused_at_once(paths):
    from agent_orchestrator.daemon.hello import HelloInfo
    from agent_orchestrator.daemon.server import serve

    with pytest.raises(ValueError, match="fly"):
        await serve(paths.socket, {"fly": None}, HelloInfo("1", 1))


@pytest.mark.parametrize(
    ("uid", "refused"),
    [(None, False), (os.geteuid(), False), (os.geteuid() + 1, True)],
    ids=["unknown", "own", "other"],
)
def test_only_the_same_user_may_connect(uid, refused):
    assert bool(foreign(uid)) is refused


async def test_a_peer_of_another_user_is_told_and_sent_away(scene, monkeypatch):
    monkeypatch.setattr("agent_orchestrator.daemon.server.peer_uid", lambda connection: os.geteuid() + 1)
    raw = await scene.connect()
    assert ("belongs to user" in (await raw.line())["error"], await raw.at_end()) == (True, True)


def test_the_kernel_tells_the_user_at_the_other_end():
    import socket

    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer_uid(ours) == os.geteuid()


@given(st.lists(st.binary(max_size=300) | st.sampled_from([b"\r\n\r\n", b"Content-Length: 2\r\n\r\n{}"]), max_size=6))
@settings(max_examples=60, deadline=None)
def test_whatever_bytes_follow_the_hello_the_next_client_is_served(scene_class, chunks):
    async def run(path):
        scene = await scene_class(path).open()
        try:
            raw = await scene.greeted()
            for chunk in chunks:
                raw.writer.write(chunk)
            raw.writer.close()
            assert await scene.answers()
        finally:
            await scene.close()

    with tempfile.TemporaryDirectory(prefix="ao-t-", dir="/tmp") as folder:
        asyncio.run(run(Path(folder) / "s"))
