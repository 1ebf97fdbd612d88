"""``keep``: what a person changed in a session's worktree becomes part of its work, and is proven like the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.commit import commit_all
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import identity, is_ancestor, resolve
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


def check(app: App, found: Session) -> None:
    """Refuse to change the work of a session that is over, at work or about to land."""
    if found.closed or found.workspace != "ready":
        raise Refused(f"{found.id} has no worktree; `ao restore {found.id}` brings back one that was stopped or left")
    if found.running or found.queued_at or found.again:
        raise Refused(f"the agent of {found.id} is at work; keep it when its turn is over, or stop it before")
    pending = derive.pending_landing(app.state, found.project)
    if pending is not None and pending.session == found.id:
        raise Refused(f"{found.id} is about to land as it is")


@asynccontextmanager
async def resting(app: App, params: t.SessionParams) -> AsyncIterator[Session]:
    """A session that rests; no agent begins in its worktree meanwhile. Raises Refused."""
    found = app.session(params.session, params.project)
    check(app, found)
    async with app.context.lock(f"session:{found.id}"):
        found = app.state.sessions[found.id]
        check(app, found)
        yield found


async def keep(app: App, params: t.SessionParams, client: Client) -> t.Done:
    """Commit what is in the worktree of a session that rests, and take its branch as it is for its work."""
    async with resting(app, params) as found:
        return await take(app, found)


async def take(app: App, found: Session) -> t.Done:
    """Keep, where the session is known to rest. Raises Refused, also when it goes on before that is recorded."""
    driven = app.driven(found.project)
    message = f"{found.title}\n\nAO-Session: {found.id}\n"
    author = await identity(driven.repo)
    made = await commit_all(driven.repo, Path(found.path), message, author, branch=found.branch)
    if isinstance(made, Problem):
        raise Refused(made.sentence)
    tip, base = await resolve(driven.repo, f"refs/heads/{found.branch}"), await resolve(driven.repo, found.base)
    if tip is None or base is None or not await is_ancestor(driven.repo, found.base, tip[0]):
        raise Refused(f"{found.branch} no longer grows from {found.base[:12]}, where {found.id} began")
    if tip[0] == found.head and not found.unfinished:
        return t.Done(message=f"{found.id} has nothing new in {found.path}", id=found.id)
    changed = tip[1] != base[1]
    head = (tip[0], driven.identity(*tip)) if changed else ("", "")
    check(app, app.state.sessions[found.id])
    await app.engine.record(e.SessionRestored(app.context.now(), found.id, *head))
    what = f"is at {tip[0][:7]} and is proven anew" if changed else "has nothing left to land"
    return t.Done(message=f"{found.id} {what}", id=found.id)
