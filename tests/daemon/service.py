"""A daemon with small handlers of its own, run as a process: everything but the composition is the real one."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[2] / "server"))

from agent_orchestrator.daemon.__main__ import main


async def serve(paths: Any, listen: Any) -> None:
    from agent_orchestrator.protocol import types as t

    if (paths.state / "broken").exists():
        raise RuntimeError("the journal is on fire")
    ended = asyncio.Event()

    async def daemon(params: Any, client: Any) -> t.DaemonState:
        return t.DaemonState(
            version="0", pid=os.getpid(), started_at=0.0, revision=0, state_dir=str(paths.state), running=(client.cwd,)
        )

    async def shutdown(params: Any, client: Any) -> t.Done:
        ended.set()
        return t.Done(message="ending")

    async def prompt(params: Any, client: Any) -> t.Text:
        return t.Text(text=json.dumps({"client": dict(client.env), "own": dict(os.environ), "cwd": os.getcwd()}))

    async def logs(params: Any, client: Any) -> t.LogChunk:
        await asyncio.Event().wait()
        raise AssertionError

    server = await listen({"daemon": daemon, "shutdown": shutdown, "prompt": prompt, "logs": logs}, {})
    try:
        await ended.wait()
    finally:
        await server.close()


if __name__ == "__main__":
    sys.exit(main(serve=serve))
