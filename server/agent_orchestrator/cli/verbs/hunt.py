"""Find what is red in the target, give each failure to an agent, prove the fixes, land them."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE, INTERRUPTED, RED, USAGE, Failure
from agent_orchestrator.cli.follow import follow
from agent_orchestrator.cli.parser import add_json, add_project
from agent_orchestrator.cli.project import Chosen, chosen, driven, require_trust, row_of
from agent_orchestrator.cli.render.checks import plan_page
from agent_orchestrator.cli.render.lines import Lines, noticed, wrap
from agent_orchestrator.cli.render.progress import red
from agent_orchestrator.cli.render.report import report
from agent_orchestrator.cli.render.words import count
from agent_orchestrator.protocol.types import HuntParams, HuntRow, HuntState


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("--check", action="append", default=[], metavar="C", help="only this check; may be repeated")
    parser.add_argument(
        "--failure", action="append", default=[], metavar="F", help="only this failure (id of `ao check --json`)"
    )
    parser.add_argument("--agent", default="", metavar="A", help="the agent; default: as configured, else autofix")
    parser.add_argument("--max", type=int, default=0, metavar="N", help="at most this many sessions; default: no cap")
    parser.add_argument("--wait", action="store_true", help="show progress until the end, then the report")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")
    parser.add_argument(
        "--checkout", choices=("ff", "never"), default="", help="whether landings fast-forward your checkout"
    )
    add_project(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Start the hunt; with ``--wait`` the exit code says whether something red is left."""
    if args.max < 0:
        raise Failure(f"--max takes a number from 0 on, not {args.max}")
    choice = chosen(args.project, app)
    daemon = app.daemon(start=True)
    row = driven(app, daemon, choice)
    require_trust(app, daemon, row)
    checkout = args.checkout or ("" if args.dry_run else _ask_checkout(app, daemon, row.id))
    state: HuntState = daemon.call("hunt", _params(args, row.id, checkout, app))
    if args.dry_run:
        app.show(state, lambda width: _with_notices(state, plan_page(state.plan, width), width))
        return DONE
    if state.hunt is None:
        app.show(state, lambda width: _with_notices(state, (), width))
        return USAGE
    return _wait(app, daemon, state) if args.wait else _started(app, state, state.hunt)


def _params(args: argparse.Namespace, project: str, checkout: str, app: App) -> HuntParams:
    return HuntParams(
        project=project,
        checks=tuple(args.check),
        failures=tuple(args.failure),
        agent=args.agent,
        max=args.max,
        checkout=checkout,
        dry_run=args.dry_run,
        interactive=app.terminal.can_ask,
    )


def _ask_checkout(app: App, daemon: Connection, project: str) -> str:
    """The person's answer where nothing is configured or remembered and a person is there; else empty."""
    if not app.terminal.can_ask:
        return ""
    # The daemon has just read the configuration again; an earlier row may be older than that.
    row = row_of(daemon.call("projects").projects, Chosen(project=project))
    if row is None or row.checkout != "ask":
        return ""
    question = f"Fast-forward your checkout {row.path} to what lands? (no: it lands on the branch ao/landed)"
    return "ff" if app.terminal.ask(question, default=True) else "never"


def _wait(app: App, daemon: Connection, state: HuntState) -> int:
    for notice in state.notices:
        app.terminal.note(notice)
    try:
        ended, hunt = follow(app, daemon, state)
    except KeyboardInterrupt:
        project = state.hunt.project if state.hunt else ""
        app.terminal.failed(
            "interrupted; the hunt goes on in the daemon. `ao list` and `ao queue` show it, "
            f"`ao pause --project {project}` starts nothing new, `ao stop --project {project}` stops its sessions"
        )
        return INTERRUPTED
    app.show(ended, lambda width: _with_notices(ended, report(hunt, width), width))
    return DONE if hunt.green else RED


def _started(app: App, state: HuntState, hunt: HuntRow) -> int:
    so_far = f"{hunt.phase or 'started'}, {red(hunt)}, {count(len(hunt.sessions), 'session')}"
    text = f"Hunt {hunt.id} in {hunt.project}: {so_far}. `ao list` and `ao queue` show how it goes on."
    app.show(state, lambda width: _with_notices(state, wrap(text, width), width))
    return DONE


def _with_notices(state: HuntState, page: Lines, width: int | None) -> Lines:
    return (*noticed(state.notices, width), *page)
