"""Print what a session changed."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.cli.render.diff import diff_page
from agent_orchestrator.protocol.types import DiffParams


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the diff, in colours only on a terminal."""
    answer = app.daemon().call("diff", DiffParams(session=args.session, documents=False))
    app.show(answer, lambda width: diff_page(answer.text))
    return DONE
