"""Programs that are asked something and answer at once: no run directory, no holder, nothing kept."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence

#: Seconds that a program has to answer, and bytes of an answer: whoever says more was asked something else.
PATIENCE, MOST = 10.0, 64 * 1024


async def asked(argv: Sequence[str], env: Mapping[str, str], *, patience: float = PATIENCE) -> bytes | None:
    """What a program prints, run in ``/`` with nothing to read.

    None where it is not there, fails, takes too long, or says more than :data:`MOST` bytes. It gets a process group of
    its own, which is ended with it.
    """
    # A pipe of our own: asyncio's is waited for with the program, and whoever left its group may keep that open.
    ours, theirs = os.pipe()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(ours, "rb", 0))
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd="/",
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=theirs,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        pipe.close()
        return None
    finally:
        os.close(theirs)
    said = b""
    try:
        async with asyncio.timeout(patience):
            while len(said) <= MOST and (part := await reader.read(MOST)):
                said += part
            return said if len(said) <= MOST and await process.wait() == 0 else None
    except TimeoutError:
        return None
    finally:
        # Also when nobody wants to know any more, and what it left behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        pipe.close()
        await process.wait()
