"""The daemon's own state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.lines import Line, Lines, line, wrap
from agent_orchestrator.cli.render.words import duration

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import DaemonState


def daemon_page(state: DaemonState, now: float, width: int | None) -> Lines:
    """Who runs, since when, what it does, and what is wrong."""
    lived = duration(now - state.started_at)
    lines: list[Line] = [
        line(("✓ the daemon runs", "good"), f"  version {state.version}, process {state.pid}"),
        *wrap(f"for {lived}, state in {state.state_dir}", width, first=(("  ", ""),), indent="  "),
    ]
    for running in state.running:
        lines += wrap(running, width, first=(("  ● ", "busy"),), indent="    ")
    for problem in state.problems:
        lines += wrap(problem, width, first=(("  ! ", "warn"),), indent="    ")
    return tuple(lines)
