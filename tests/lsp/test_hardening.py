"""Every hole of pygls that is mended: our protocol has it not, and plain pygls has it still.

When the second half of a pair fails, pygls was mended and the override that the hole is named in can go.
"""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import Any

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer

from agent_orchestrator.lsp.protocol import make_server
from agent_orchestrator.lsp.transport import read_messages

INITIALIZE = {"processId": None, "rootUri": None, "capabilities": {}}
URI = "file:///x.py"


class Peer:
    """A client at a server in memory. ``sent`` is what the server wrote."""

    def __init__(self, server: LanguageServer, plain: bool) -> None:
        self.server, self.protocol, self.plain = server, server.protocol, plain
        self.sent: list[dict[str, Any]] = []
        self.closed = False
        self.written_when_closed = 0
        self.command = "never ran"
        self.reader = asyncio.StreamReader()
        self.protocol.set_writer(self)
        self._register()
        if plain:
            reading = run_async(threading.Event(), self.reader, self.protocol, None, server.report_server_error)
        else:
            reading = read_messages(self.reader, self.protocol)
        self.reading = asyncio.ensure_future(reading)

    def _register(self) -> None:
        async def slow(*arguments: Any) -> None:
            self.command = "runs"
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.command = "cancelled"
                raise

        async def ask(params: Any) -> Any:
            question = lsp.ShowMessageRequestParams(type=lsp.MessageType.Info, message="?")
            try:
                return await self.protocol.send_request_async(lsp.WINDOW_SHOW_MESSAGE_REQUEST, question)
            except JsonRpcException:
                return "no answer"

        def refuse(params: Any) -> None:
            raise JsonRpcException(message="no", code=-32001)

        def fault(params: Any) -> None:
            raise RuntimeError("a fault")

        self.server.feature("test/ask")(ask)
        self.server.feature("test/refuse")(refuse)
        self.server.feature("test/fault")(fault)
        self.server.feature("test/echo")(lambda params: params if isinstance(params, dict) else params._asdict())
        if self.plain:
            self.server.command("slow")(slow)
            return
        self.protocol.execute = slow
        self.protocol.adjust = lambda capabilities: None
        self.protocol.on_exit = lambda: None

    # The writer that the server has

    def write(self, data: bytes) -> None:
        self.written_when_closed += self.closed
        self.sent.append(json.loads(data.partition(b"\r\n\r\n")[2]))

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    # The client

    async def say(self, method: str, params: Any, id: int | None = None) -> Any:
        """Send a message; the answer, None: there was none."""
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        return await self.send(message if id is None else {**message, "id": id})

    async def send(self, message: Any) -> Any:
        answer = await self.raw(json.dumps(message).encode())
        return answer if isinstance(message, dict) and "id" in message else None

    async def raw(self, body: bytes, header: bytes = b"Content-Length: %d\r\n\r\n") -> Any:
        """Send a body; the newest message that answers something."""
        before = len(self.sent)
        self.reader.feed_data(header % len(body) + body)
        await self.settle()
        answers = [m for m in self.sent[before:] if "method" not in m]
        return answers[-1] if answers else None

    async def settle(self) -> None:
        """Everything here runs in the loop and waits for nothing: some rounds of it are enough."""
        for _ in range(30):
            await asyncio.sleep(0)

    async def ready(self) -> Peer:
        await self.say("initialize", INITIALIZE, 0)
        document = {"uri": URI, "languageId": "python", "version": 1, "text": "a\n"}
        await self.say("textDocument/didOpen", {"textDocument": document})
        return self

    def asked(self) -> list[dict[str, Any]]:
        """The server's requests."""
        return [m for m in self.sent if "method" in m and "id" in m]

    def popups(self) -> list[dict[str, Any]]:
        return [m for m in self.sent if m.get("method") == "window/showMessage"]


@pytest.fixture
async def peers():
    made = []

    def make(plain):
        server = LanguageServer("plain", "1") if plain else make_server("ours", "1")
        made.append(Peer(server, plain))
        return made[-1]

    yield make
    for peer in made:
        peer.reader.feed_eof()
        for future in peer.protocol._request_futures.values():
            future.cancel()
        await asyncio.gather(peer.reading, return_exceptions=True)


async def futures_of_notifications_are_kept(peer):
    change = {"textDocument": {"uri": URI, "version": 2}, "contentChanges": []}
    await peer.ready()
    for _ in range(100):
        await peer.say("textDocument/didChange", change)
    return len(peer.protocol._request_futures) >= 100


async def an_answer_that_nobody_waits_for_is_shown_as_a_fault(peer):
    await peer.ready()
    await peer.say("test/ask", {}, 1)
    await peer.say("$/cancelRequest", {"id": 1})
    await peer.send({"jsonrpc": "2.0", "id": peer.asked()[0]["id"], "result": None})
    return bool(peer.popups())


async def result_types_of_failed_questions_are_kept(peer):
    await peer.ready()
    await peer.say("test/ask", {}, 1)
    error = {"code": 1, "message": "no"}
    await peer.send({"jsonrpc": "2.0", "id": peer.asked()[0]["id"], "error": error})
    return bool(peer.protocol._result_types)


async def an_answer_of_a_wrong_type_is_waited_for_for_ever(peer):
    await peer.ready()
    await peer.say("test/ask", {}, 1)
    await peer.send({"jsonrpc": "2.0", "id": peer.asked()[0]["id"], "result": 5})
    return not [m for m in peer.sent if m.get("id") == 1]


async def an_answer_to_a_request_of_ones_own_is_a_fault(peer):
    await peer.ready()
    await peer.say("test/ask", {}, 1)
    await peer.send({"jsonrpc": "2.0", "id": 1, "result": 1})
    return bool(peer.popups()) or peer.reading.done()


async def a_cancelled_command_runs_on(peer):
    await peer.ready()
    await peer.say("workspace/executeCommand", {"command": "slow"}, 1)
    await peer.say("$/cancelRequest", {"id": 1})
    return peer.command == "runs"


async def shutdown_fails_while_a_command_runs(peer):
    await peer.ready()
    await peer.say("workspace/executeCommand", {"command": "slow"}, 1)
    await peer.say("shutdown", None, 2)
    (answer,) = [m for m in peer.sent if m.get("id") == 2]
    return "error" in answer


async def exit_ends_the_process(peer):
    await peer.ready()
    try:
        peer.protocol.handle_message(lsp.ExitNotification())
    except SystemExit:
        return True
    return False


async def what_comes_before_initialize_has_another_answer_than_the_specification_says(peer):
    return (await peer.say("test/echo", {}, 1)).get("error", {}).get("code") != lsp.ErrorCodes.ServerNotInitialized


async def a_second_initialize_begins_anew(peer):
    await peer.ready()
    return "result" in await peer.say("initialize", INITIALIZE, 1)


async def what_comes_after_shutdown_is_not_answered(peer):
    await peer.ready()
    await peer.say("shutdown", None, 1)
    return await peer.say("test/echo", {}, 2) is None


async def a_refusal_is_logged_as_a_fault(peer):
    records = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = records.append
    logger = logging.getLogger("pygls")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR)
    try:
        await peer.ready()
        await peer.say("test/refuse", {}, 1)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return bool(records)


async def a_client_that_is_gone_is_written_to(peer):
    await peer.ready()
    peer.close()
    await peer.say("test/echo", {}, 1)
    return peer.written_when_closed > 0


async def a_fault_is_shown_to_the_person(peer):
    await peer.ready()
    await peer.say("test/fault", {})
    return bool(peer.popups())


async def parameters_of_a_wrong_type_are_not_answered(peer):
    await peer.ready()
    return await peer.say("textDocument/hover", {"textDocument": 5}, 1) is None


async def what_is_no_json_is_not_answered(peer):
    await peer.ready()
    return await peer.raw(b"{not json") is None


async def what_is_no_object_is_not_answered(peer):
    await peer.ready()
    return await peer.raw(b"[1, 2]") is None


async def an_object_that_looks_like_a_message_inside_of_one_is_taken_for_one(peer):
    await peer.ready()
    arguments = [{"jsonrpc": "2.0"}]
    await peer.say("workspace/executeCommand", {"command": "slow", "arguments": arguments}, 1)
    return peer.command == "never ran"


async def a_header_in_lower_case_is_not_read(peer):
    await peer.ready()
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "test/echo", "params": {"a": 1}}).encode()
    return await peer.raw(body, b"content-length: %d\r\n\r\n") is None


async def an_own_request_without_parameters_is_not_answered(peer):
    await peer.ready()
    return await peer.send({"jsonrpc": "2.0", "id": 1, "method": "test/refuse"}) is None


async def names_of_own_parameters_are_lost(peer):
    await peer.ready()
    return (await peer.say("test/echo", {"a-b": 1}, 1))["result"] != {"a-b": 1}


HOLES = (
    futures_of_notifications_are_kept,
    an_answer_that_nobody_waits_for_is_shown_as_a_fault,
    result_types_of_failed_questions_are_kept,
    an_answer_of_a_wrong_type_is_waited_for_for_ever,
    an_answer_to_a_request_of_ones_own_is_a_fault,
    a_cancelled_command_runs_on,
    shutdown_fails_while_a_command_runs,
    exit_ends_the_process,
    what_comes_before_initialize_has_another_answer_than_the_specification_says,
    a_second_initialize_begins_anew,
    what_comes_after_shutdown_is_not_answered,
    a_refusal_is_logged_as_a_fault,
    a_client_that_is_gone_is_written_to,
    a_fault_is_shown_to_the_person,
    parameters_of_a_wrong_type_are_not_answered,
    what_is_no_json_is_not_answered,
    what_is_no_object_is_not_answered,
    an_object_that_looks_like_a_message_inside_of_one_is_taken_for_one,
    a_header_in_lower_case_is_not_read,
    an_own_request_without_parameters_is_not_answered,
    names_of_own_parameters_are_lost,
)
each_hole = pytest.mark.parametrize("hole", HOLES, ids=lambda hole: hole.__name__)


@each_hole
async def test_our_server_has_not_the_hole(peers, hole):
    assert not await hole(peers(plain=False))


@each_hole
async def test_plain_pygls_has_the_hole(peers, hole):
    assert await hole(peers(plain=True))


async def test_a_cancel_of_what_is_no_id_changes_nothing(peers):
    peer = peers(plain=False)
    await peer.ready()
    # Python looks nothing up in an empty dictionary.
    await peer.say("workspace/executeCommand", {"command": "slow"}, 1)
    peer.protocol._handle_cancel_notification([[1], {}])
    await peer.say("$/cancelRequest", {"id": [[float("inf")], {}]})
    assert not peer.reading.done()
    await peer.say("$/cancelRequest", {"id": 1})
