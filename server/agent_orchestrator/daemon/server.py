"""The daemon's socket: who may connect, the hello, and what becomes of the connection after it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from agent_orchestrator.daemon.hello import Client, HelloInfo, read_hello
from agent_orchestrator.daemon.rpc import Conversation, Handler
from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol.methods import METHODS
from agent_orchestrator.protocol.paths import NEW, make_private

log = logging.getLogger(__name__)

#: Takes the stream over after the hello, for a kind of client that speaks something else; it need not close the writer.
Upgrade = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Client], Awaitable[None]]

#: Seconds in which a client must have said hello.
HELLO_DEADLINE = 10.0
#: Seconds between two looks at the socket's path, one stat each.
LOOK_EVERY = 30.0
#: Seconds that running requests get to send their answers when the server closes.
GRACE = 1.0

_BACKLOG = 512


async def serve(
    socket_path: Path,
    handlers: Mapping[str, Handler],
    info: HelloInfo,
    upgrade: Mapping[str, Upgrade] | None = None,
    *,
    hello_deadline: float = HELLO_DEADLINE,
    look_every: float = LOOK_EVERY,
) -> Server:
    """Listen on ``socket_path``, replacing what is there: only the holder of the daemon's lock may call this.

    ``handlers`` are by method name, each of :data:`METHODS`; ``upgrade`` is by kind of client. Raises OSError when the
    socket can not be bound and ValueError for a handler of an unknown method.
    """
    if unknown := sorted(set(handlers) - set(METHODS)):
        raise ValueError(f"handlers of methods that protocol/methods.py does not have: {', '.join(unknown)}")
    server = Server(socket_path, handlers, info, upgrade or {}, hello_deadline)
    await server.bind()
    server.watch(look_every)
    return server


class Server:
    """A listening socket and its connections."""

    def __init__(
        self,
        path: Path,
        handlers: Mapping[str, Handler],
        info: HelloInfo,
        upgrade: Mapping[str, Upgrade],
        hello_deadline: float,
    ) -> None:
        """Use :func:`serve`."""
        self.path = path
        self._handlers = handlers
        self._info = info
        self._upgrade = upgrade
        self._hello_deadline = hello_deadline
        self._listening: asyncio.Server | None = None
        self._identity: tuple[int, int] | None = None
        self._trouble = ""
        self._closed = False
        self._watching: asyncio.Task[None] | None = None
        self._rebinding: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._conversations: set[Conversation] = set()

    async def bind(self) -> None:
        """Listen on a fresh socket at the path. Connections that are there go on."""
        if problem := make_private(self.path.parent):
            raise OSError(problem)
        listening, identity = await asyncio.to_thread(_listen, self.path)
        before, self._identity = self._listening, identity
        self._listening = await asyncio.start_unix_server(self._accept, sock=listening, limit=framing.MAX_HELLO)
        if before is not None:
            before.close()

    def watch(self, every: float) -> None:
        """Look at the path now and then, for nobody tells when a runtime folder is emptied."""
        self._watching = asyncio.create_task(self._look(every), name="ao-socket-watch")

    def check(self) -> None:
        """Bind again if the socket is gone from its path. One stat: call it whenever there is a doubt."""
        if self._closed or _identity(self.path) == self._identity:
            return
        if self._rebinding is None or self._rebinding.done():
            self._rebinding = asyncio.create_task(self._rebind(), name="ao-socket-rebind")

    async def close(self, grace: float = GRACE) -> None:
        """Take the socket away, let running requests end for up to ``grace`` seconds, and end every connection."""
        self._closed = True
        for task in (self._watching, self._rebinding):
            if task is not None:
                task.cancel()
        if self._identity is not None and _identity(self.path) == self._identity:
            self.path.unlink(missing_ok=True)
        if self._listening is not None:
            self._listening.close()
        await asyncio.gather(*(conversation.settle(grace) for conversation in self._conversations))
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _look(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            self.check()

    async def _rebind(self) -> None:
        try:
            await self.bind()
        except OSError as error:
            if str(error) != self._trouble:
                log.warning("the socket is gone and can not be bound again: %s", error)
            self._trouble = str(error)
        else:
            self._trouble = ""
            log.warning("the socket %s was gone and is bound again", self.path)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.check()
        task = asyncio.create_task(self._serve(reader, writer), name="ao-connection")
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            client = await self._greet(reader, writer)
            if client is None:
                return
            if take_over := self._upgrade.get(client.kind):
                await take_over(reader, writer, client)
            else:
                await self._converse(reader, writer, client)
        except (ConnectionError, asyncio.IncompleteReadError, TimeoutError) as error:
            log.debug("a connection ended: %s", error)
        except Exception:
            log.exception("a connection failed")
        finally:
            writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Client | None:
        said = foreign(peer_uid(writer.get_extra_info("socket"))) or await self._hello(reader)
        if isinstance(said, str):
            log.info("a connection was refused: %s", said)
            writer.write(framing.encode({"error": said}) + b"\n")
        else:
            writer.write(framing.encode(self._info.reply()) + b"\n")
        await writer.drain()
        return None if isinstance(said, str) else said

    async def _hello(self, reader: asyncio.StreamReader) -> Client | str:
        try:
            async with asyncio.timeout(self._hello_deadline):
                return read_hello(await reader.readuntil(b"\n"))
        except asyncio.LimitOverrunError:
            return f"the hello is longer than {framing.MAX_HELLO} bytes; make the environment smaller"
        except TimeoutError:
            return f"no hello came within {self._hello_deadline:g} s"

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: Client) -> None:
        conversation = Conversation(reader, writer, client, self._handlers)
        self._conversations.add(conversation)
        try:
            await conversation.run()
        finally:
            self._conversations.discard(conversation)


def foreign(uid: int | None) -> str:
    """Why a peer of that user may not connect; empty for our own, or where the system does not say (0700 folder)."""
    if uid is None or uid == os.geteuid():
        return ""
    return f"this daemon belongs to user {os.geteuid()}, the client to user {uid}"


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end: ``SO_PEERCRED`` of unix(7), ``LOCAL_PEERCRED`` of macOS's and the BSDs' unix(4)."""
    if hasattr(socket, "SO_PEERCRED"):
        ucred = struct.Struct("3i")  # pid, uid, gid
        return int(ucred.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, ucred.size))[1])
    if sys.platform == "darwin":
        xucred = struct.Struct("2I")  # cr_version, cr_uid; level SOL_LOCAL is 0, LOCAL_PEERCRED 1
        return int(xucred.unpack(connection.getsockopt(0, 1, 76)[: xucred.size])[1])
    return None


def _listen(path: Path) -> tuple[socket.socket, tuple[int, int]]:
    """A listening socket at ``path`` (0600). Renamed into place, so that nobody ever finds one that does not listen."""
    fresh = Path(f"{path}{NEW}")
    fresh.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.bind(str(fresh))
        fresh.chmod(0o600)
        listening.listen(_BACKLOG)
        found = fresh.stat()
        fresh.rename(path)
    except OSError:
        listening.close()
        raise
    return listening, (found.st_dev, found.st_ino)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
