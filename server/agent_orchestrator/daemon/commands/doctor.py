"""``doctor``: what the daemon lacks and what is wrong, with advice. Nothing is changed.

All that is run are the programs of agents in trusted projects, for their version, and those that have the tokens for
their forges.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator

from agent_orchestrator import __version__
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.doctor_forges import forges
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.daemon.probing import remark
from agent_orchestrator.engine.drive.context import Driven, plugin_of
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.plugins.agent.program import program_words
from agent_orchestrator.plugins.agent.tried import TRIED
from agent_orchestrator.protocol import types as t

#: What it takes to use an agent, by its plugin.
_TOKENS = "model tokens on your account"
_COST = {
    "autofix": "free: it searches for the fix, without a model",
    "acp": "what your own program takes",
    "command": "what your own program takes",
}


async def doctor(app: App, params: t.ProjectParams, client: Client) -> t.Doctor:
    """Look at the daemon, the programs that it needs, and the projects."""
    return t.Doctor(
        findings=(
            *_daemon(app),
            *_programs(client),
            *await _ready(app),
            *_projects(app, params.project),
            *await forges(app, params.project),
        ),
        agents=_agents(app, params.project),
    )


async def _ready(app: App) -> list[t.FindingRow]:
    """The agents that could be used, once each; of the others only those that a configuration names."""
    chosen: dict[str, tuple[Driven, t.AgentRow]] = {}
    for project, driven in app.context.projects.items():
        for row in _agents(app, project):
            if row.name in driven.agents or not row.lacks:
                chosen.setdefault(row.name, (driven, row))
    return list(await asyncio.gather(*(_agent(app, driven, row) for driven, row in chosen.values())))


async def _agent(app: App, driven: Driven, row: t.AgentRow) -> t.FindingRow:
    what = f"agent {row.name}"
    if row.lacks:
        return t.FindingRow(level="warn", what=what, found=row.lacks, advice="see docs/agents.md")
    tried, config = TRIED.get(plugin_of(driven, row.name)), driven.agents.get(row.name)
    project = app.state.projects.get(driven.id)
    if tried is None or project is None or project.trusted != project.settings.trust:
        return t.FindingRow(level="ok", what=what, found=f"ready, {row.cost}")
    env = {**base_env(driven), **(config.env if config else {})}
    version = await app.versions.of(program_words(config.command if config else None, tried.program), env)
    words = ", ".join(part for part in (f"ready: {tried.program} {version}".rstrip(), row.cost) if part)
    advice = remark(version, tried)
    return t.FindingRow(level="warn" if advice else "ok", what=what, found=words, advice=advice)


def _agents(app: App, project: str) -> tuple[t.AgentRow, ...]:
    driven = app.context.projects.get(project)
    if driven is None:
        return ()
    return tuple(
        t.AgentRow(name=name, cost=_COST.get(plugin_of(driven, name), _TOKENS), lacks=lacks)
        for name, lacks in app.agents(driven).items()
    )


def _daemon(app: App) -> Iterator[t.FindingRow]:
    yield t.FindingRow(level="ok", what="daemon", found=f"version {__version__}, process {os.getpid()}")
    log = f"its log is in {app.context.places.state}"
    if app.engine.read_only:
        advice = "make room, then `ao daemon restart`"
        yield t.FindingRow(level="fail", what="journal", found=app.engine.read_only, advice=advice)
    for problem in app.state.problems.values():
        yield t.FindingRow(level="warn", what="daemon", found=problem.message, advice=log)


def _programs(client: Client) -> Iterator[t.FindingRow]:
    for name, level, advice in (
        ("git", "fail", "install git 2.38 or newer"),
        ("tmux", "warn", "install tmux to attach to sessions; without it they run as processes"),
    ):
        found = shutil.which(name, path=client.env.get("PATH"))
        if found:
            yield t.FindingRow(level="ok", what=name, found=found)
        else:
            yield t.FindingRow(level=level, what=name, found="not found", advice=advice)


def _projects(app: App, only: str) -> Iterator[t.FindingRow]:
    for project in app.state.projects.values():
        if only and project.id != only:
            continue
        what = f"project {project.id}"
        if project.problem:
            yield t.FindingRow(level="fail", what=what, found=project.problem, advice="mend it, or remove the project")
        elif project.trusted != project.settings.trust:
            yield t.FindingRow(level="warn", what=what, found="not trusted: nothing runs", advice="`ao trust`")
        elif (driven := app.context.projects.get(project.id)) and (reason := app.lacks(driven, project.settings.agent)):
            yield t.FindingRow(level="warn", what=what, found=reason, advice="choose another agent, or install it")
        else:
            yield t.FindingRow(level="ok", what=what, found=project.settings.path)
