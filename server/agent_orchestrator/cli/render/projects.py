"""Projects, and what one of them would run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, line, wrap

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import CommandRow, ProjectRow

_COLUMNS = (
    Column("PROJECT"),
    Column("STATE", "end"),
    Column("TARGET", "end"),
    Column("SESSIONS"),
    Column("RED"),
    Column("PATH", "start"),
)


def project_list(projects: Sequence[ProjectRow], width: int | None) -> Lines:
    """One row per project, then the sentences of those that can not be driven."""
    if not projects:
        return (line(("No projects. `ao start` in a repository adds it.", "dim")),)
    lines: list[Line] = list(
        grid(
            _COLUMNS,
            [
                ((p.id, "strong"), _state(p), p.target, str(p.sessions), str(p.open_failures), (p.path, "dim"))
                for p in projects
            ],
            width,
        )
    )
    for project in projects:
        if project.problem:
            lines += wrap(project.problem, width, first=((f"✗ {project.id}: ", "bad"),), indent="  ")
    return tuple(lines)


def _state(project: ProjectRow) -> Span:
    if project.problem:
        return "✗ problem", "bad"
    if not project.trusted:
        return "! not trusted", "warn"
    if project.paused:
        return "■ paused", "dim"
    return "✓ ready", "good"


def trust_page(project: ProjectRow, commands: Sequence[CommandRow], width: int | None) -> Lines:
    """What a person is asked to trust: each command with the key that holds it, nothing shortened."""
    lines: list[Line] = [*wrap(f"Working on {project.id} runs, with your rights, in {project.path}:", width)]
    for row in commands:
        lines += wrap(row.command, width, first=((f"  {row.key}: ", "dim"),), indent="      ", style="strong")
    lines += wrap("and the tests, tools and git filters that the repository itself holds.", width)
    return tuple(lines)
