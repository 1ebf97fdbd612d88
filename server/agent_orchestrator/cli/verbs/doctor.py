"""Look at what the machine has, and say what to mend. Exit code 2 when something keeps it from working."""

from __future__ import annotations

import argparse

import attrs

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.examine import EXAMINATIONS
from agent_orchestrator.cli.exits import DONE, USAGE
from agent_orchestrator.cli.parser import add_json
from agent_orchestrator.cli.render.doctor import doctor_page


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """One line per finding."""
    findings = tuple(finding for examine in EXAMINATIONS for finding in examine(app))
    if app.terminal.json:
        app.terminal.document({"findings": [attrs.asdict(finding) for finding in findings]})
    else:
        app.terminal.page(doctor_page(findings, app.terminal.width))
    return USAGE if any(finding.level == "fail" for finding in findings) else DONE
