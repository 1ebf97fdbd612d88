"""What a turn did besides its task: the guard on its diff, changed git files, writes outside of the worktree."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen
from cattrs.preconf.json import make_converter

from agent_orchestrator.engine.drive.context import Context, Driven, checkout_lock
from agent_orchestrator.engine.drive.target import LANDED_BRANCH
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.diff import changes
from agent_orchestrator.git.outside import Changed, Differing, changed, differing
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.shared import SharedState, diff_fingerprints, shared_fingerprint
from agent_orchestrator.model.guard import guard, is_test_file

_converter = make_converter()


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
    #: Files of the user's checkout that changed meanwhile.
    outside: tuple[Changed, ...] = ()


async def before(context: Context, driven: Driven, folder: Path) -> Before:
    """Look at what all agents share, before one of them runs in ``folder``; once, because after a restart it does."""
    kept = folder / "before.json"
    if kept.exists():
        return _converter.loads(kept.read_bytes(), Before)
    found = Before(await shared_fingerprint(driven.repo), await _checkout(context, driven))
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
    outside = await _outside(context, driven, earlier.checkout)
    notices = touched
    if outside:
        names = ", ".join(file.path for file in outside[:5]) + (f" and {len(outside) - 5} more" * (len(outside) > 5))
        advice = f"If that was not you: `ao put-back {session.id}`"
        notices = (*notices, f"files in {driven.main} changed while the agent ran: {names}. {advice}")
    held = (*(await _guard(driven, session, head) if head else ()), *touched)
    return Seen(held, notices, outside)


def session_target(context: Context, session: Session) -> str:
    """The name of the session's target branch."""
    return context.project(session.project).settings.target


async def _checkout(context: Context, driven: Driven) -> Differing:
    """What differs in the user's checkout from its commit, by content."""
    git = driven.repo.at(driven.main)
    if git is None:
        return Differing()
    # In the middle of our own fast-forward its files would look like somebody's changes.
    async with context.lock(checkout_lock(driven.id)):
        return await differing(git, driven.main)


async def _outside(context: Context, driven: Driven, earlier: Differing) -> tuple[Changed, ...]:
    git = driven.repo.at(driven.main)
    # One that a version before wrote does not say.
    return () if git is None or not earlier.head else await changed(git, earlier, await _checkout(context, driven))


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
