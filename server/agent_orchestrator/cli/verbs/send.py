"""Say something to a session's agent; `-` reads the text from standard input."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.protocol.types import SendParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("text", nargs="+", metavar="TEXT", help="the text, or - for standard input")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Hand the text to the daemon, which delivers it with the agent's next turn."""
    daemon = app.daemon()
    text = app.terminal.stdin.read() if args.text == ["-"] else " ".join(args.text)
    if not text.strip():
        raise Failure("there is nothing to send: the text is empty")
    return app.done(daemon.call("send", SendParams(session=args.session, text=text)))
