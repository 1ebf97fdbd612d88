"""``putBack``: undo what changed in the user's checkout while an agent ran."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import checkout_lock
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.git.outside import KEPT_PREFIX, Changed
from agent_orchestrator.git.outside import put_back as put_file_back
from agent_orchestrator.git.runner import Git, GitError
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def put_back(app: App, params: t.SessionParams, client: Client) -> t.Done:
    """Write the contents from before the agent ran; a file that changed again since is left alone, and named."""
    found = app.session(params.session, params.project)
    if not found.outside:
        raise Refused(f"nothing in the checkout changed while {found.id} ran, or it is put back already")
    driven = app.driven(found.project)
    git = driven.repo.at(driven.main)
    if git is None:
        raise Refused(f"{driven.main} is no checkout any more")
    problems, done = list[str](), list[str]()
    async with app.context.lock(checkout_lock(driven.id)):
        for file in found.outside:
            problem = await _put_back(git, driven.main, Changed(file.path, file.before, file.after))
            (problems if problem else done).append(problem or file.path)
    if done:
        await app.engine.record(e.OutsidePutBack(app.context.now(), found.id, tuple(done), who()))
    kept = f"both contents are kept under {KEPT_PREFIX}{found.id}/"
    if problems:
        raise Refused(f"put back: {', '.join(done) or 'nothing'}; not: {'; '.join(problems)}; {kept}")
    return t.Done(message=f"put back: {', '.join(done)}; {kept}", id=found.id)


async def _put_back(git: Git, top: Path, file: Changed) -> str:
    """Why a file was not put back, in a sentence: what goes wrong with one does not keep the others from it."""
    try:
        return await put_file_back(git, top, file)
    except (OSError, GitError) as error:
        return f"{file.path}: {error}"
