"""Print a completion script: `ao completion bash >> ~/.bashrc`, `ao completion zsh > ~/.zsh/completions/_ao`."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import DONE


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    parser.add_argument("shell", choices=("bash", "zsh"), help="the shell")


def run(args: argparse.Namespace, app: App) -> int:
    """Print the script for the commands as they are."""
    from agent_orchestrator.cli.completion import script

    app.terminal.raw(script(args.shell))
    return DONE
