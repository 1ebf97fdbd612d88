"""What a turn did besides its task: the guard on its diff, and what it changed of what all sessions share."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen
from cattrs.preconf.json import make_converter

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.outside import look
from agent_orchestrator.engine.drive.target import LANDED_BRANCH
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.diff import changes
from agent_orchestrator.git.outside import Differing
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.shared import SharedState, diff_fingerprints, shared_fingerprint
from agent_orchestrator.model.guard import guard, is_test_file

_converter = make_converter()
_KEPT = "before.json"


@frozen
class Before:
    """How the shared parts of the repository looked before a turn."""

    shared: SharedState
    checkout: Differing = field(factory=Differing)


@frozen
class Seen:
    """``held``: why the work may not land by itself. ``notices``: what a person may want to look at."""

    held: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def was_before(folder: Path) -> bool:
    """Was it looked at before this turn already, so that it runs by now?"""
    return (folder / _KEPT).exists()


async def before(context: Context, driven: Driven, folder: Path) -> Before:
    """Look at what all agents share, before one of them runs in ``folder``; once, because after a restart it does."""
    kept = folder / _KEPT
    if kept.exists():
        return _converter.loads(kept.read_bytes(), Before)
    found = Before(await shared_fingerprint(driven.repo), await look(context, driven))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / "before.tmp"
    temporary.write_text(_converter.dumps(found))
    temporary.replace(kept)
    return found


async def after(context: Context, driven: Driven, session: Session, earlier: Before, head: str) -> Seen:
    """Compare with ``earlier``, and ask the guard about the diff from the session's base to ``head``."""
    others = [s.branch for s in context.state.sessions.values() if s.project == session.project]
    expected = {f"refs/heads/{branch}" for branch in (*others, LANDED_BRANCH, session_target(context, session))}
    shared = await shared_fingerprint(driven.repo)
    touched = tuple(diff_fingerprints(earlier.shared, shared, session.branch, expected=expected))
    held = (*(await _guard(driven, session, head) if head else ()), *touched)
    return Seen(held, touched)


def session_target(context: Context, session: Session) -> str:
    """The name of the session's target branch."""
    return context.project(session.project).settings.target


async def _guard(driven: Driven, session: Session, head: str) -> tuple[str, ...]:
    found = await changes(driven.repo, session.base, head)
    texts = {
        change.path: (
            await _text(driven.repo, session.base, change.old_path or change.path),
            await _text(driven.repo, head, change.path),
        )
        for change in found
        if is_test_file(change.path) and change.status in ("M", "T")
    }
    lint = frozenset(item.path for item in session.items if "::" not in item.key and "@" in item.key)
    return guard(found, texts, lint)


async def _text(repo: Repository, commit: str, path: str) -> str:
    answer = await repo.git().run("cat-file", "blob", f"{commit}:{path}", check=False)
    return answer.out.decode(errors="replace")
