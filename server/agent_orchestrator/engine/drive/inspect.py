"""What a turn did besides its task: the guard on its diff, changed git files, writes outside of the worktree."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen
from cattrs.preconf.json import make_converter

from agent_orchestrator.engine.drive.context import Context, Driven, checkout_lock
from agent_orchestrator.engine.drive.target import LANDED_BRANCH
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.diff import changes
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.shared import SharedState, diff_fingerprints, shared_fingerprint
from agent_orchestrator.model.guard import guard, is_test_file

_converter = make_converter()


@frozen
class Before:
    """How the shared parts of the repository looked before a turn."""

    shared: SharedState
    status: frozenset[str]


@frozen
class Seen:
    """``held``: why the work may not land by itself. ``notices``: what a person may want to look at."""

    held: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


async def before(context: Context, driven: Driven, folder: Path) -> Before:
    """Look at what all agents share, before one of them runs in ``folder``; once, because after a restart it does."""
    kept = folder / "before.json"
    if kept.exists():
        return _converter.loads(kept.read_bytes(), Before)
    found = Before(await shared_fingerprint(driven.repo), await _status(context, driven))
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
    outside = sorted(await _status(context, driven) - earlier.status)
    notices = touched
    if outside:
        names = ", ".join(line[3:] for line in outside[:5])
        notices = (*notices, f"files in {driven.main} changed while the agent ran: {names}")
    held = (*(await _guard(driven, session, head) if head else ()), *touched)
    return Seen(held, notices)


def session_target(context: Context, session: Session) -> str:
    """The name of the session's target branch."""
    return context.project(session.project).settings.target


async def _status(context: Context, driven: Driven) -> frozenset[str]:
    """Changed and untracked files of the user's checkout, with a stamp, so that a second change shows too."""
    git = driven.repo.at(driven.main)
    if git is None:
        return frozenset()
    # In the middle of our own fast-forward its files would look like somebody's changes.
    async with context.lock(checkout_lock(driven.id)):
        answer = await git.run("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all", check=False)
    return frozenset(f"{entry[:3]}{entry[3:]}{_stamp(driven.main / entry[3:])}" for entry in answer.fields())


def _stamp(path: Path) -> str:
    try:
        return f" (at {path.lstat().st_mtime_ns})" if path.is_file() else ""
    except OSError:
        return ""


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
