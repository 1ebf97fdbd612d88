"""``--stdio``: a daemon that serves one editor on its standard streams beside its socket, and ends with it.

It takes the daemon's lock: where another daemon holds that, this process passes on between it and the editor.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping

from agent_orchestrator import __version__
from agent_orchestrator.daemon.hello import Client, client_environment
from agent_orchestrator.daemon.server import Upgrade
from agent_orchestrator.protocol import framing


@contextlib.asynccontextmanager
async def editor(upgrade: Upgrade, environ: Mapping[str, str], cwd: str) -> AsyncIterator[asyncio.Task[None]]:
    """Serve the editor on the standard streams; the task ends when it goes away."""
    reader, writer = await _streams()
    client = Client("lsp", cwd, client_environment(environ), __version__)

    async def serving() -> None:
        try:
            await upgrade(reader, writer, client)
        finally:
            writer.close()

    task = asyncio.create_task(serving())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _streams() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The standard streams. From now on nothing else can write to the real standard output by mistake."""
    loop = asyncio.get_running_loop()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    reader = asyncio.StreamReader(limit=framing.MAX_HELLO)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb"))
    transport, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, out)
    return reader, asyncio.StreamWriter(transport, protocol, reader, loop)
