"""Programs that are asked something and answer at once: no run directory, no holder, nothing kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

#: Seconds that a program has to answer, and bytes of its answer that are read.
PATIENCE, MOST = 10.0, 64 * 1024


async def asked(argv: Sequence[str], env: Mapping[str, str], *, patience: float = PATIENCE) -> bytes | None:
    """What a program prints, run in ``/`` with nothing to read; None where it is not there, fails, or takes too long.

    It gets a process group of its own, which is ended with it.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd="/",
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        async with asyncio.timeout(patience):
            said, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        return None
    return said[:MOST] if process.returncode == 0 else None
