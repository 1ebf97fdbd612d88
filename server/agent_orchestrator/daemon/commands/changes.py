"""``diff``: what a session changed, as a patch, as a list of files, and as documents of both sides."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from agent_orchestrator.daemon import shown
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.contents import Differs, contents, differing
from agent_orchestrator.git.diff import diff_text
from agent_orchestrator.protocol import types as t

#: Characters of a diff that are given out.
DIFF_CAP = 1_000_000
#: Files that documents are made of, bytes of each, and bytes of all of them.
_FILES, _BYTES, _TOGETHER = 500, 4 * 1024 * 1024, 64 * 1024 * 1024


async def diff(app: App, params: t.DiffParams, client: Client) -> t.Diff:
    """What a session changed, committed at the end of its last turn."""
    found = app.session(params.session, params.project)
    base, head = commits_of(app, found)
    if not head:
        return t.Diff(text="", base=base)
    repo = app.driven(found.project).repo
    files = await differing(repo, base, head)
    text = await diff_text(repo, base, head, DIFF_CAP)
    if params.documents:
        live = Path(found.path) if found.workspace == "ready" and not found.landing else None
        rows = await _documents(app, found, files, (base, head), live)
    else:
        rows = tuple(t.ChangedFile(path=f.path, status=_status(f)) for f in files)
    return t.Diff(text=text, base=base, head=head, files=rows)


def commits_of(app: App, found: Session) -> tuple[str, str]:
    """Between which two commits a session's changes are: what landed, else its work; no second one: nothing yet."""
    if landing := app.state.landings.get(found.landing):
        return landing.base, landing.commit
    return found.base, found.head or (found.turn.saved if found.turn else "")


async def _documents(
    app: App, found: Session, files: tuple[Differs, ...], commits: tuple[str, str], live: Path | None
) -> tuple[t.ChangedFile, ...]:
    ids = [id for f in files[:_FILES] for id in (f.before, f.after) if id]
    read = await contents(app.driven(found.project).repo, ids, _BYTES, _TOGETHER) if ids else {}

    def document(commit: str, path: str, id: str) -> str:
        return shown.write_version(app, commit, path, read[id]) if id in read else ""

    def rows() -> tuple[t.ChangedFile, ...]:
        made = []
        for f in files:
            base, head = (document(commit, f.path, id) for commit, id in zip(commits, (f.before, f.after), strict=True))
            # The worktree's own file can be edited.
            if head and live is not None and _is_own(live, f.path):
                head = str(live / f.path)
            made.append(t.ChangedFile(path=f.path, status=_status(f), base=base, head=head))
        shown.forget_old(app)
        return tuple(made)

    return await asyncio.to_thread(rows)


def _is_own(folder: Path, path: str) -> bool:
    """Is it a file in the folder, and none elsewhere that a link of an agent leads to?"""
    return (folder / path).is_file() and os.path.realpath(folder / path) == os.path.join(os.path.realpath(folder), path)


def _status(file: Differs) -> str:
    if not file.before:
        return "added"
    return "changed" if file.after else "deleted"
