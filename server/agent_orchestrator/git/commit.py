"""Committing what an agent left behind, by plumbing: no hooks run."""

from __future__ import annotations

from pathlib import Path

from .checkouts import in_progress
from .lock import drop_stale_index_lock
from .problem import Problem
from .repository import Identity, Repository
from .runner import Git, GitError
from .snapshot import list_paths, read_head, stage


async def commit_all(
    repo: Repository, worktree: Path, message: str, identity: Identity, *, branch: str | None = None
) -> str | Problem | None:
    """Commit everything in ``worktree`` that is not ignored; the commit, or ``None`` when there is nothing to commit.

    Repositories inside the worktree are left out. With ``branch``, HEAD must be on it. Refuses during a merge, rebase
    or the like; what a killed git left locked is unlocked. The branch moves by compare-and-swap.
    """
    git = repo.at(worktree)
    if git is None or git.git_dir is None or not worktree.is_dir():
        return Problem(f"{worktree} is not a worktree of {repo.common_dir}, or it was removed by hand.")
    drop_stale_index_lock(worktree, git.git_dir)
    operation = in_progress(git.git_dir)
    if operation is not None:
        return Problem(f"{worktree} is in the middle of {operation}; finish or abort it, then commit.")
    try:
        return await _commit(git, worktree, message, identity, branch)
    except GitError as error:
        return Problem(f"the work in {worktree} could not be committed: {error}")


async def _commit(
    git: Git, worktree: Path, message: str, identity: Identity, branch: str | None
) -> str | Problem | None:
    head, head_tree, current = await read_head(git)
    if branch is not None and current != branch:
        return Problem(
            f"{worktree} is on {current or 'a detached HEAD'} and not on {branch}; check {branch} out there."
        )
    listing = await list_paths(git, worktree, {})
    paths = [path for path in (*listing.changed, *listing.untracked) if path not in listing.nested]
    await stage(git, paths, env={}, fsync=True)
    tree = await git.text("write-tree")
    if tree == head_tree:
        return None
    parents = ["-p", head] if head else []
    made = await git.run(*("commit-tree", tree, *parents), input=message.encode(), env=identity.env(), fsync=True)
    subject = message.partition("\n")[0]
    await git.run("update-ref", "-m", f"commit: {subject}", "HEAD", made.text, head or "0" * len(tree), fsync=True)
    return made.text
