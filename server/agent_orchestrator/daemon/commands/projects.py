"""Commands about projects: add, remove, trust, pause."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.due import WithdrawClaim, due
from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.rows import project_row

#: Seconds for which a project that is removed takes back what it claims at its forge.
CLAIMS_SECONDS = 20.0


async def projects(app: App, _: None, client: Client) -> t.Projects:
    """The projects that the daemon drives."""
    return t.Projects(projects=tuple(project_row(app.state, p) for p in app.state.projects.values()))


async def project_add(app: App, params: t.AddProjectParams, client: Client) -> t.Done:
    """Drive a repository."""
    folder = Path(client.cwd, params.path).expanduser()
    project = await app.load(folder, client, params.id, params.config)
    checks = ", ".join(project.settings.checks) or "none found"
    return t.Done(message=f"{project.id}: {project.settings.path}, checks: {checks}", id=project.id)


async def project_remove(app: App, params: t.ProjectParams, client: Client) -> t.Done:
    """Stop driving a repository."""
    project = app.project_of(client, params)
    busy = [s.id for s in derive.open_sessions(app.state, project.id)]
    if busy:
        raise Refused(
            f"{project.id} has sessions at work ({', '.join(busy[:3])}); `ao stop --project {project.id}` first"
        )
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CLAIMS_SECONDS):
            await app.engine.wait_for(
                lambda state: not any(_comes_to_end(state, s) for s in _claiming(state, project.id))
            )
    left = [s.claim.branch for s in _claiming(app.state, project.id) if s.claim]
    await app.engine.record(e.ProjectRemoved(app.context.now(), project.id))
    app.context.projects.pop(project.id, None)
    claims = f"; delete what it still claims at its forge: {', '.join(left)}" if left else ""
    return t.Done(message=f"{project.id} is no longer driven; its files are untouched{claims}", id=project.id)


def _claiming(state: State, project: str) -> list[Session]:
    return [s for s in derive.sessions_of(state, project) if derive.unclaims(s)]


def _comes_to_end(state: State, session: Session) -> bool:
    """Is its claim being taken back?"""
    return WithdrawClaim(session.project, session.id) in due(state)


async def runs(app: App, params: t.ProjectParams, client: Client) -> t.Runs:
    """What work in a project runs: commands and variables of its configuration, and the checks that were detected."""
    project = await app.fresh(client, params)
    driven = app.driven(project.id)
    rows = [
        t.CommandRow(key=key, command=command if isinstance(command, str) else shlex.join(command))
        for key, command in driven.commands
    ]
    return t.Runs(
        project=project.id,
        trust=project.settings.trust,
        trusted=project.trusted == project.settings.trust,
        commands=tuple(rows),
    )


async def trust(app: App, params: t.TrustParams, client: Client) -> t.Done:
    """Trust what the project's configuration runs, as it is now."""
    project = await app.fresh(client, params)
    if params.trust not in ("", project.settings.trust):
        raise Refused(f"what {project.id} runs has changed since it was shown; look at it again with `ao trust`")
    await app.engine.record(e.ProjectTrusted(app.context.now(), project.id, project.settings.trust, params.by or who()))
    # Git's own drivers were neutralised until now.
    await app.fresh(client, t.ProjectParams(project=project.id))
    return t.Done(message=f"{project.id} is trusted as it is now", id=project.id)


async def pause(app: App, params: t.PauseParams, client: Client) -> t.Done:
    """Start nothing new in a project, or in all."""
    ids = _meant(app, params, client)
    await app.engine.record(*(e.ProjectPaused(app.context.now(), id, True) for id in ids))
    names = ", ".join(ids) or "nothing"
    return t.Done(message=f"paused: {names}; what runs goes on, nothing new starts", id=ids[0] if len(ids) == 1 else "")


async def resume(app: App, params: t.PauseParams, client: Client) -> t.Done:
    """Go on in a paused project, or in all; agents that wait for a person after a usage limit go on too."""
    ids, now = _meant(app, params, client), app.context.now()
    over: list[e.Event] = [e.AgentResumed(now, agent) for agent in app.state.limits]
    over += [e.SessionRetried(now, s.id) for id in ids for s in derive.open_sessions(app.state, id) if s.lacks]
    await app.engine.record(*(e.ProjectPaused(now, id, False) for id in ids), *over)
    return t.Done(message=f"goes on: {', '.join(ids) or 'nothing'}", id=ids[0] if len(ids) == 1 else "")


def _meant(app: App, params: t.PauseParams, client: Client) -> list[str]:
    return list(app.state.projects) if params.all else [app.project_of(client, params).id]
