"""Explain every key of the configuration."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""


def run(args: argparse.Namespace, app: App) -> int:
    """Print the explanation that the configuration's own model holds."""
    from agent_orchestrator.config.help import config_help

    app.terminal.raw(config_help().rstrip("\n") + "\n")
    return DONE
