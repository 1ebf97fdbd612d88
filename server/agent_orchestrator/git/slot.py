"""Slots: scratch worktrees outside the repository that hold exactly one commit's tree and that no agent touches."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from .lock import HELD_NAME, is_held, repo_lock
from .problem import Problem
from .repository import Repository
from .runner import GitError
from .worktree import forget

_REASON = "a slot in which agent-orchestrator proves commits"
_SECONDS = 600.0
#: Folders of installed dependencies that stay in a slot between gates.
DEPENDENCIES = (".venv", "node_modules")


async def prepare(repo: Repository, slot: Path, commit: str, keep: Sequence[str] = ()) -> bool | Problem:
    """Make ``slot`` hold exactly the tree of ``commit``; True when it was made anew, False when it was reused.

    ``keep`` are patterns (as in .gitignore) of untracked files that may stay. A slot that can not be brought into shape
    is made again: everything in it is ours.
    """
    try:
        if slot.is_dir() and await _reuse(repo, slot, commit, keep):
            return False
        await discard(repo, slot)
        slot.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        async with repo_lock(repo.common_dir):
            await repo.git().run(
                *("worktree", "add", "--lock", "--reason", _REASON, "--detach", "--no-checkout"), str(slot), commit
            )
        git = repo.at(slot)
        if git is None or git.git_dir is None:
            return Problem(f"the slot {slot} vanished while it was made; try again.")
        await git.run("reset", "--hard", "-q", commit, held=git.git_dir / HELD_NAME, timeout=_SECONDS)
    except (GitError, OSError) as error:
        return Problem(f"the slot {slot} could not be made: {error}")
    return True


async def _reuse(repo: Repository, slot: Path, commit: str, keep: Sequence[str]) -> bool:
    git = repo.at(slot)
    if git is None or git.git_dir is None or is_held(git.git_dir / HELD_NAME):
        return False
    (git.git_dir / "index.lock").unlink(missing_ok=True)
    # A check may have replaced the pointer file; git itself is told where everything is.
    excludes = [f"--exclude={pattern}" for pattern in (*DEPENDENCIES, *keep)]
    for arguments in (("reset", "--hard", "-q", commit), ("clean", "-ffdxq", *excludes)):
        answer = await git.run(*arguments, check=False, held=git.git_dir / HELD_NAME, timeout=_SECONDS)
        if answer.code != 0:
            return False
    return True


async def discard(repo: Repository, slot: Path) -> None:
    """Remove a slot's files and git's record of it. Raises GitError or OSError."""
    if slot.exists():
        shutil.rmtree(slot)
    if repo.at(slot) is not None:
        async with repo_lock(repo.common_dir):
            await forget(repo, slot)
