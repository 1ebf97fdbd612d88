"""Print what the agent of a session's newest turn was told, or will be: the first time all, later what is new."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.protocol.types import SessionParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the text as it is."""
    answer = app.daemon().call("prompt", SessionParams(session=args.session))
    if app.terminal.json:
        app.show(answer, lambda width: ())
    else:
        app.terminal.raw(sanitize(answer.text))
    return DONE
