"""Answer what a session's agent asks; without an option it is asked for here."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.protocol.types import AnswerParams, AskRow, SessionParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("option", nargs="?", default="", metavar="OPTION", help="an answer it offers, allow, or deny")
    parser.add_argument("--text", default="", metavar="WORDS", help="words for the agent to go with it")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Hand the answer to the daemon; the first one wins."""
    daemon = app.daemon()
    option, ask = args.option, ""
    if not option and not args.text and app.terminal.can_ask:
        asks = daemon.call("session", SessionParams(session=args.session)).session.asks
        if not asks:
            raise Failure(f"{args.session} asks nothing")
        option, ask = _chosen(asks[0], app), asks[0].id
    return app.done(daemon.call("answer", AnswerParams(session=args.session, option=option, ask=ask, text=args.text)))


def _chosen(ask: AskRow, app: App) -> str:
    if not ask.options:
        raise Failure(f"{ask.text}: answer it in words, with `--text`")
    # Nothing is allowed by an empty line.
    default = next((o.id for o in ask.options if o.does == "deny"), ask.options[0].id)
    chosen = app.terminal.choose(ask.text, [(o.id, o.label) for o in ask.options], default)
    if chosen is None:
        raise Failure("nothing was answered")
    return chosen
