"""``python -m agent_orchestrator.daemon [--foreground | --stdio]``: the lock, a process of its own, then all else.

Also runs as a script (``python -P -E …/daemon/__main__.py``): a client starts it so, because then neither the client's
folder nor its ``PYTHON*`` variables decide what is imported.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from typing import Any

    from agent_orchestrator.daemon.rpc import Handler
    from agent_orchestrator.daemon.server import Server, Upgrade
    from agent_orchestrator.protocol.paths import Paths

    Listen = Callable[[Mapping[str, Handler], Mapping[str, Upgrade]], Awaitable[Server]]
    Serve = Callable[[Paths, Listen], Awaitable[None]]


def main(argv: Sequence[str] | None = None, serve: Serve | None = None) -> int:
    """Be the daemon until it ends; returns the exit status.

    0 also when another daemon lives, 1 when this one could not start or failed, 2 for a wrong argument. ``serve``
    stands in for :func:`agent_orchestrator.daemon.compose.serve`, which is imported only in the process that stays.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if unknown := [argument for argument in arguments if argument not in ("--foreground", "--stdio")]:
        print(f"ao daemon: unknown argument {unknown[0]!r}; there are --foreground and --stdio", file=sys.stderr)
        return 2
    from agent_orchestrator import __version__
    from agent_orchestrator.daemon.lock import acquire, nudge
    from agent_orchestrator.daemon.spawn import detach, own_environment
    from agent_orchestrator.protocol.lockfile import Holder
    from agent_orchestrator.protocol.paths import make_private, paths_of

    paths = paths_of(os.environ)
    if problem := make_private(paths.state) or make_private(paths.runtime):
        print(f"ao daemon: {problem}", file=sys.stderr)
        return 1
    lock = acquire(paths.lock)
    if lock is None and "--stdio" in arguments:
        from agent_orchestrator.forward import main as forward

        return forward()
    if lock is None:
        holder = nudge(paths.lock)
        print(f"ao daemon: process {holder.pid if holder else 'unknown'} is the daemon already", file=sys.stderr)
        return 0
    environ = dict(os.environ) if "--stdio" in arguments else None
    tell = None if arguments else detach(paths.log, lock.descriptor)
    lock.say(Holder(os.getpid(), __version__, paths.socket_file))
    # The same folders for whatever this process starts, and nothing else of who happened to start it.
    kept = {**own_environment(os.environ), "AO_STATE_DIR": str(paths.state), "AO_RUNTIME_DIR": str(paths.runtime)}
    os.environ.clear()
    os.environ.update(kept)
    return _run(paths, tell, serve, environ)


def _run(paths: Paths, tell: Callable[[], None] | None, serve: Serve | None, environ: Mapping[str, str] | None) -> int:
    import asyncio
    import logging

    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    log = logging.getLogger("agent_orchestrator.daemon")
    try:
        asyncio.run(_serve(paths, tell, serve, environ))
    except (asyncio.CancelledError, KeyboardInterrupt):
        log.info("ended by a signal")
    except Exception:
        log.exception("the daemon failed")
        return 1
    return 0


async def _serve(
    paths: Paths, tell: Callable[[], None] | None, serve: Serve | None, environ: Mapping[str, str] | None
) -> None:
    import asyncio
    import contextlib
    import signal

    from agent_orchestrator import __version__
    from agent_orchestrator.daemon import server
    from agent_orchestrator.daemon.hello import HelloInfo

    loop = asyncio.get_running_loop()
    task: asyncio.Task[Any] | None = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    # A closing terminal is no reason to end; `ao daemon stop` is.
    loop.add_signal_handler(signal.SIGHUP, lambda: None)

    async def listen(handlers: Mapping[str, Handler], upgrade: Mapping[str, Upgrade]) -> Server:
        listening = await server.serve(paths.socket, handlers, HelloInfo(__version__, os.getpid()), upgrade)
        # Another process could not connect and says so, see `lock.nudge`.
        loop.add_signal_handler(signal.SIGURG, listening.check)
        if tell is not None:
            tell()
        if environ is not None:
            from agent_orchestrator.daemon.standalone import editor

            served = await leaving.enter_async_context(editor(upgrade["lsp"], environ, os.getcwd()))
            served.add_done_callback(lambda _: task.cancel())
        return listening

    async with contextlib.AsyncExitStack() as leaving:
        await (serve or _composed())(paths, listen)


def _composed() -> Serve:
    from agent_orchestrator.daemon.bytecode import importing

    with importing("daemon"):
        from agent_orchestrator.daemon.compose import serve
    return serve


if __name__ == "__main__":
    if not __package__:
        # Last, so that nothing beside the package can shadow the standard library.
        sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    sys.exit(main())
