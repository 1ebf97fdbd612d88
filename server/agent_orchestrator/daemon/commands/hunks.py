"""``hunkTake`` and ``hunkDrop``: of what a session changed, one hunk is wanted now, or not at all."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands import keep
from agent_orchestrator.daemon.commands.changes import commits_of
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.drive.context import checkout_lock
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.hunks import Hunk, apply, hunks
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def take(app: App, params: t.HunkParams, client: Client) -> t.Done:
    """Make the change in the files of the user's checkout, where they asked for it; nothing is committed there."""
    found = app.session(params.session, params.project)
    hunk = await _hunk(app, found, params)
    driven = app.driven(found.project)
    git = driven.repo.at(driven.main)
    if git is None:
        raise Refused(f"{driven.main} is no checkout any more")
    async with app.context.lock(checkout_lock(driven.id)):
        problem = await apply(git, hunk)
    if isinstance(problem, Problem):
        raise Refused(f"hunk {params.hunk} of {params.path} was not taken into {driven.main}: {problem.sentence}")
    return t.Done(message=f"hunk {params.hunk} of {params.path} is in {driven.main}, not committed", id=found.id)


async def drop(app: App, params: t.HunkParams, client: Client) -> t.Done:
    """Take the change out of a session that rests; what is left of its work is proven anew."""
    async with keep.resting(app, params) as found:
        hunk = await _hunk(app, found, params)
        git = app.driven(found.project).repo.at(Path(found.path))
        if git is None:
            raise Refused(f"{found.path} is no worktree any more; `ao restore {found.id}` makes it again")
        problem = await apply(git, hunk, reverse=True)
        if isinstance(problem, Problem):
            raise Refused(f"hunk {params.hunk} of {params.path} was not dropped: {problem.sentence}")
        try:
            return await keep.take(app, found)
        except Refused:
            # What is refused changes nothing, and no agent has seen it.
            await apply(git, hunk)
            raise


async def _hunk(app: App, found: Session, params: t.HunkParams) -> Hunk:
    base, head = commits_of(app, found)
    all_of_it = await hunks(app.driven(found.project).repo, base, head, params.path) if head else ()
    if not all_of_it:
        raise Refused(f"{found.id} changed no lines of {params.path}")
    if not 1 <= params.hunk <= len(all_of_it):
        raise Refused(f"{params.path} has the hunks 1 to {len(all_of_it)} in `ao diff {found.id}`")
    return all_of_it[params.hunk - 1]
