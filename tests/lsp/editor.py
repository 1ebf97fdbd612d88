"""A small editor: it opens documents, sends edits, answers what it is asked, and keeps what it is shown.

State (diagnostics, ``ao/changed``, progress) is kept; a message that is for a person must be taken by the test, or the
test fails.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.lsp.serve import serve
from agent_orchestrator.protocol.caller import Client

PATIENCE = 60.0

#: What a modern editor says that it can do.
CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"workspaceFolders": True},
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "dataSupport": True, "codeDescriptionSupport": True},
        "codeAction": {"dataSupport": True, "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
    },
    "window": {"workDoneProgress": True, "showMessage": {}, "showDocument": {"support": True}},
}


class RpcError(Exception):
    """An error answer."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class Editor:
    """One editor. Its server runs in this process, or is reached through the streams given."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self.diagnostics: dict[str, list[dict[str, Any]]] = {}
        self.published: list[str] = []
        self.changed: list[dict[str, Any]] = []
        self.progress: dict[Any, list[dict[str, Any]]] = {}
        self.messages: list[tuple[str, Any]] = []
        #: Method → the answer to a server's request, or a function of its parameters; None there: never answered.
        self.answers: dict[str, Any] = {
            "window/workDoneProgress/create": {},
            "window/showMessageRequest": lambda params: {},
            "window/showDocument": {"success": True},
        }
        #: Method → the id of the server's newest request of it.
        self.asked: dict[str, Any] = {}
        self.capabilities: dict[str, Any] = {}
        self.stray: list[dict[str, Any]] = []
        #: The ids of the server's requests that it took back.
        self.withdrawn: list[Any] = []
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._news = asyncio.Condition()
        self._serving: asyncio.Task[None] | None = None
        self.closed = False

    async def connect(self, core: Viewed, client: Client) -> None:
        """Start a server on a pair of sockets in this process."""
        mine, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=theirs, limit=1 << 20)

        async def serving() -> None:
            try:
                await serve(core, reader, writer, client)
            finally:
                writer.close()

        self._serving = asyncio.create_task(serving())
        self.use(*await asyncio.open_connection(sock=mine))

    def use(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk over these streams."""
        self.reader, self.writer = reader, writer
        self._reading = asyncio.create_task(self._read())

    async def start(self, capabilities: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """Initialize with the root as the one folder."""
        folders = [{"uri": self.root.as_uri(), "name": self.root.name}] if self.root else []
        given = {
            "processId": None,
            "rootUri": self.root.as_uri() if self.root else None,
            "workspaceFolders": folders,
            "capabilities": CAPABILITIES if capabilities is None else capabilities,
            **params,
        }
        self.capabilities = (await self.request("initialize", given))["capabilities"]
        self.notify("initialized", {})
        return self.capabilities

    async def stop(self) -> None:
        """Shut down and exit, as an editor does that is closed."""
        await self.request("shutdown", None)
        self.notify("exit", None)
        await self.gone()

    async def gone(self) -> None:
        """Wait until the server has ended the connection."""
        if self._serving is not None:
            await asyncio.wait_for(self._serving, PATIENCE)
        await asyncio.wait_for(self._reading, PATIENCE)
        self.writer.close()
        self.closed = True

    def vanish(self) -> None:
        """Go away without a word."""
        self.writer.transport.abort()

    # Messages

    async def request(self, method: str, params: Any, *, timeout: float = PATIENCE) -> Any:
        """The result; RpcError for an error."""
        return await asyncio.wait_for(self.ask(method, params)[1], timeout)

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Any]]:
        """Send a request; its id and the answer to come."""
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number, future

    def notify(self, method: str, params: Any) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def send(self, message: Any) -> None:
        """Send a message, well-formed or not."""
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def raw(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)

    async def command(self, command: str, **params: Any) -> Any:
        """Run a command with one object of parameters."""
        return await self.request("workspace/executeCommand", {"command": command, "arguments": [params]})

    async def error_of(self, method: str, params: Any) -> RpcError:
        """The error that a request is answered with."""
        try:
            answer = await self.request(method, params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} was answered with {answer}")

    async def refusal(self, command: str, arguments: Any) -> tuple[int, str]:
        """(code, sentence) with which a command is answered."""
        error = await self.error_of("workspace/executeCommand", {"command": command, "arguments": arguments})
        return error.code, str(error)

    async def is_well(self) -> bool:
        """Does the server answer?"""
        return "projects" in await self.command("ao.projects")

    async def idle(self) -> int:
        """Wait until nothing is under way and everything was sent."""
        return int((await self.request("ao/idle", None))["revision"])

    async def until(self, condition: Callable[[], Any]) -> Any:
        """What ``condition`` gives as soon as that is true after some message."""
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(condition)
        return condition()

    async def take(self, method: str) -> Any:
        """The parameters of the oldest message of that method which no test has taken."""
        await self.until(lambda: any(name == method for name, _ in self.messages))
        found = next(entry for entry in self.messages if entry[0] == method)
        self.messages.remove(found)
        return found[1]

    # Documents

    def uri(self, name: str) -> str:
        """The URI of a file below the root."""
        assert self.root is not None
        return (self.root / name).as_uri()

    def open(self, name: str, text: str | None = None, language: str = "python") -> str:
        """Open a document; its URI."""
        assert self.root is not None
        text = (self.root / name).read_text() if text is None else text
        document = {"uri": self.uri(name), "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self.uri(name)

    def edit(self, name: str, start: tuple[int, int], end: tuple[int, int], text: str, version: int = 2) -> None:
        """Replace a range."""
        positions = {
            "start": {"line": start[0], "character": start[1]},
            "end": {"line": end[0], "character": end[1]},
        }
        document = {"uri": self.uri(name), "version": version}
        change = {"range": positions, "text": text}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def save(self, name: str) -> None:
        """Say that a document was saved."""
        self.notify("textDocument/didSave", {"textDocument": {"uri": self.uri(name)}})

    def shown(self, name: str) -> list[dict[str, Any]]:
        """The diagnostics of a file."""
        return self.diagnostics.get(self.uri(name), [])

    async def actions(self, name: str, line: int, diagnostics: Any = ()) -> dict[str, dict[str, Any]]:
        """The code actions at a line, by title."""
        at = {"line": line, "character": 0}
        params = {
            "textDocument": {"uri": self.uri(name)},
            "range": {"start": at, "end": at},
            "context": {"diagnostics": list(diagnostics)},
        }
        return {a["title"]: a for a in await self.request("textDocument/codeAction", params) or ()}

    async def run_action(self, action: dict[str, Any]) -> Any:
        """Run an action's command as an editor does."""
        command = action["command"]
        params = {"command": command["command"], "arguments": command["arguments"]}
        return await self.request("workspace/executeCommand", params)

    # Reading

    async def _read(self) -> None:
        try:
            while True:
                header = await self.reader.readuntil(b"\r\n\r\n")
                length = int(header.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                self._receive(json.loads(await self.reader.readexactly(length)))
                async with self._news:
                    self._news.notify_all()
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self._waiting.values():
                if not future.done():
                    future.cancel()

    def _receive(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            future = self._waiting.pop(message.get("id"), None)
            if future is None or future.done():
                self.stray.append(message)
            elif "error" in message:
                future.set_exception(RpcError(message["error"]))
            else:
                future.set_result(message["result"])
        elif "id" in message:
            self._asked(message)
        elif method == "$/cancelRequest":
            self.withdrawn.append(message["params"]["id"])
        elif method == "textDocument/publishDiagnostics":
            self.published.append(message["params"]["uri"])
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method == "ao/changed":
            self.changed.append(message["params"])
        elif method == "$/progress":
            self.progress.setdefault(message["params"]["token"], []).append(message["params"]["value"])
        else:
            self.messages.append((method, message["params"]))

    def _asked(self, message: dict[str, Any]) -> None:
        method, params = message["method"], message.get("params")
        self.asked[method] = message["id"]
        if method != "window/workDoneProgress/create":
            self.messages.append((method, params))
        answer = self.answers.get(method)
        if answer is not None:
            result = answer(params) if callable(answer) else answer
            self.send({"jsonrpc": "2.0", "id": message["id"], "result": result or None})
