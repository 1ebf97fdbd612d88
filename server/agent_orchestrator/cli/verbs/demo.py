"""Make a small red repository and hunt in it."""

from __future__ import annotations

import argparse
import importlib

from agent_orchestrator.cli.app import App


def arguments(parser: argparse.ArgumentParser) -> None:
    """Nothing here: the demo reads its arguments itself."""
    parser.set_defaults(forwards=True)


def run(args: argparse.Namespace, app: App) -> int:
    """Hand over to the demo, which is loaded only here."""
    return int(importlib.import_module("agent_orchestrator.demo").main(args.rest))
