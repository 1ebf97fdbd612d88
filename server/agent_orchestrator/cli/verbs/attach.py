"""Attach this terminal to a session."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_session
from agent_orchestrator.protocol.types import SessionParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Become the command that the daemon answers."""
    answer = app.daemon().call("attach", SessionParams(session=args.session))
    if not app.terminal.can_ask:
        raise Failure("attach needs a terminal; `ao logs -f` follows a session without one")
    try:
        app.execute(answer.argv, {**app.environ, **answer.env})
    except OSError as error:
        raise Failure(f"{answer.argv[0]} can not be run: {error.strerror or error}; `ao doctor` says more") from None
