"""Allow what a project's configuration runs, as it is now. A later change of it asks again."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, USAGE, Failure
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen, driven, offer_trust
from agent_orchestrator.protocol.types import TrustParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_project(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Show what would be run and ask, or (``--yes``) take it as answered."""
    choice = chosen(args.project, app)
    daemon = app.daemon(start=True)
    row = driven(app, daemon, choice)
    if args.yes:
        return app.done(daemon.call("trust", TrustParams(project=row.id, by=app.user)))
    if app.terminal.json:
        raise Failure("nobody can be asked with --json; say --yes once you know what would be run")
    # A project that is trusted is asked for again: its configuration may have changed since the daemon read it.
    if offer_trust(app, daemon, row):
        return DONE
    if not app.terminal.can_ask:
        raise Failure(f"nobody is there to ask; `ao trust --project {row.id} --yes` trusts what is listed above")
    app.terminal.line(f"{row.id}: nothing more is trusted than before.")
    return USAGE
