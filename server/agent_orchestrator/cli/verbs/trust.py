"""Allow what a project's configuration runs, as it is now. A later change of it asks again."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE, USAGE, Failure
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import chosen, driven, offer_trust, runs_of, trust
from agent_orchestrator.cli.render.projects import trust_page


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
    runs = runs_of(daemon, row.id)
    if args.yes:
        if not app.terminal.json:
            app.terminal.page(trust_page(row, runs.commands, app.terminal.width))
        return app.done(trust(app, daemon, runs))
    if app.terminal.json:
        raise Failure("nobody can be asked with --json; say --yes once you know what would be run")
    if runs.trusted:
        app.terminal.page(trust_page(row, runs.commands, app.terminal.width))
        app.terminal.line(f"{row.id} is trusted as it is now.")
        return DONE
    if offer_trust(app, daemon, row, runs):
        return DONE
    if not app.terminal.can_ask:
        raise Failure(f"nobody is there to ask; `ao trust --project {row.id} --yes` trusts what is listed above")
    app.terminal.line(f"{row.id}: nothing more is trusted than before.")
    return USAGE
