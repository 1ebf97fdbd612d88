"""Serve an editor over standard input and output."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import Failure


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""


def run(args: argparse.Namespace, app: App) -> int:
    """Refuse."""
    raise Failure("the language server is not built yet")
