"""``restore``: a session that is over, lost its worktree, or waits for its agent's program goes on."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.pull_claim import at_work
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Driven
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import is_ancestor, resolve
from agent_orchestrator.git.save import SAVED_PREFIX
from agent_orchestrator.git.save import restore as restore_save
from agent_orchestrator.git.worktree import Added, add
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def restore(app: App, params: t.SessionParams, client: Client) -> t.Done:
    """Bring a session back: one whose program was missing, or a stopped or left one from its saved work."""
    found = app.session(params.session, params.project)
    if not found.closed and found.lacks:
        return await _retry(app, found, client)
    if not found.closed:
        found = await _gone(app, found)
    if found.landing or not found.has_agent:
        raise Refused(f"{found.id} landed; `ao undo {found.landing}` takes it back")
    owned = [i.key for i in found.items if derive.owner(app.state, found.project, i)]
    if owned:
        raise Refused(f"another session owns {', '.join(owned)} by now")
    watched = app.state.pulls.get(found.pull)
    other = at_work(app.state, watched) if watched else None
    if other is not None and other.id != found.id:
        raise Refused(f"{other.id} works on its pull request by now")
    driven = app.driven(found.project)
    there = found.workspace == "ready" and Path(found.path).is_dir()
    if not there:
        made = await _make_again(driven, found)
        if isinstance(made, Problem):
            raise Refused(made.sentence)
    head = await resolve(driven.repo, f"refs/heads/{found.branch}") or ("", "")
    base = await resolve(driven.repo, found.base)
    changed = base is not None and head[1] != base[1]
    await app.engine.record(
        e.SessionRestored(
            app.context.now(),
            found.id,
            head[0] if changed else "",
            driven.identity(*head) if changed else "",
            # What was made again is prepared again: its files, and what `postCreate` makes.
            workspace="ready" if there else "",
        )
    )
    return t.Done(message=f"{found.id} is back at {found.path}; `ao send` starts its next turn", id=found.id)


async def _retry(app: App, found: Session, client: Client) -> t.Done:
    # With the environment of who asks: what was installed meanwhile may be on its PATH alone.
    project = await app.fresh(client, t.ProjectParams(project=found.project))
    if reason := app.lacks(app.driven(project.id), found.agent):
        raise Refused(f"{reason}; then `ao restore {found.id}`")
    await app.engine.record(e.SessionRetried(app.context.now(), found.id))
    return t.Done(message=f"{found.id} goes on", id=found.id)


async def _gone(app: App, found: Session) -> Session:
    """The session, known to have lost its worktree. Raises Refused while it has it, or can do without."""
    if found.workspace != "ready" or found.running or found.queued_at or Path(found.path).is_dir():
        raise Refused(f"{found.id} is not over")
    await app.engine.record(e.WorkspaceGone(app.context.now(), found.id))
    return app.state.sessions[found.id]


async def _make_again(driven: Driven, found: Session) -> Added | Problem:
    """Its worktree: from its newest save; where commits came after that from those; else from where it started."""
    repo, path = driven.repo, Path(found.path)
    names = await repo.git().text(
        "for-each-ref", "--format=%(refname)", f"{SAVED_PREFIX}{found.id}", "--sort=-version:refname"
    )
    tip = await resolve(repo, f"refs/heads/{found.branch}")
    if names:
        save = names.splitlines()[0]
        head = await resolve(repo, f"{save}^")
        if tip is None or head is None or tip[0] == head[0] or not await is_ancestor(repo, head[0], tip[0]):
            return await restore_save(repo, save, path, found.branch)
    return await add(repo, path, found.branch, tip[0] if tip else found.base)
