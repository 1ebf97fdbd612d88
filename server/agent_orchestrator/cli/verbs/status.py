"""Show all sessions, or one in detail."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_project, add_session
from agent_orchestrator.cli.project import chosen
from agent_orchestrator.cli.render.sessions import session_detail, session_list


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser, nargs="?", what="the session; without one, all of them")
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the session's facts, failures and history, or one row per session."""
    daemon = app.daemon()
    if args.session:
        from agent_orchestrator.protocol.types import SessionParams

        detail = daemon.call("session", SessionParams(session=args.session, project=args.project))
        app.show(detail, lambda width: session_detail(detail, app.now(), width))
        return DONE
    params = {**chosen(args.project, app)._asdict(), "all": False} if args.project else {}
    answer = daemon.call("sessions", params, light=True)
    app.show(answer, lambda width: session_list(answer.sessions, app.now(), width, answer.notices))
    return DONE
