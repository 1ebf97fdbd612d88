"""Serve an editor over standard input and output."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--standalone", action="store_true", help="serve in this process, without the shared daemon")
    parser.add_argument("--stdio", action="store_true", help="taken and ignored: some editors add it to every server")


def run(args: argparse.Namespace, app: App) -> int:
    """Pass on between the editor and the daemon, or become the server."""
    if not args.standalone:
        from agent_orchestrator.forward import main

        return main()
    from agent_orchestrator.cli.starter import daemon_command

    argv = (*daemon_command(), "--stdio")
    try:
        app.execute(argv, app.environ)
    except OSError as error:
        raise Failure(f"{argv[0]} can not be run: {error.strerror or error}") from None
