"""Serving one client over a stream."""

from __future__ import annotations

import asyncio
from typing import Any

from agent_orchestrator.lsp.connection import Connection
from agent_orchestrator.lsp.core import Core
from agent_orchestrator.lsp.features import register
from agent_orchestrator.lsp.transport import Reader, read_messages
from agent_orchestrator.protocol.caller import Client


async def serve(core: Core, reader: Reader, writer: Any, client: Client) -> None:
    """Be a language server for one client until it says ``exit`` or goes away. Leaves no task behind."""
    connection = Connection(core, client)
    register(connection)
    connection.protocol.set_writer(writer)
    reading = asyncio.ensure_future(read_messages(reader, connection.protocol))
    connection.protocol.on_exit = lambda: reading.cancel()  # type: ignore[assignment]
    try:
        await asyncio.wait([reading])
        if not reading.cancelled():
            reading.result()
    finally:
        reading.cancel()
        await connection.end()
