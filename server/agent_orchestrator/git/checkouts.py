"""Worktrees as they are: which exist, what is checked out in them, and what is going on there."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen

_OPERATIONS = (
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase or `git am`"),
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("sequencer", "a sequence of cherry-picks or reverts"),
    ("BISECT_LOG", "a bisect"),
    ("index.lock", "another git command (index.lock exists)"),
)


@frozen
class Worktree:
    """One entry of ``git worktree list``. ``branch`` is a short name, ``None`` when detached or bare."""

    path: Path
    head: str = ""
    branch: str | None = None
    bare: bool = False


def parse_worktrees(listing: str) -> list[Worktree]:
    """Parse ``git worktree list --porcelain -z``; the main worktree comes first."""
    found = []
    for block in listing.split("\0\0"):
        facts = {key: value for key, _, value in (line.partition(" ") for line in block.split("\0"))}
        if "worktree" in facts:
            branch = facts.get("branch", "").removeprefix("refs/heads/") or None
            found.append(Worktree(Path(facts["worktree"]), facts.get("HEAD", ""), branch, "bare" in facts))
    return found


def admin_dir(common_dir: Path, worktree: Path, main_worktree: Path | None) -> Path | None:
    """The git directory of a worktree, from the repository's records and not from the worktree's own ``.git`` file.

    A session can write that file, and in a nested worktree without it git would find the *main* checkout.
    """
    wanted = os.path.realpath(worktree)
    if main_worktree is not None and wanted == os.path.realpath(main_worktree):
        return common_dir
    for path, record in git_dirs(common_dir, None):
        if os.path.realpath(path) == wanted:
            return record
    return None


def recorded_path(record: Path) -> Path | None:
    """The worktree that ``$GIT_COMMON_DIR/worktrees/<id>`` belongs to (gitrepository-layout: ``gitdir``)."""
    try:
        target = (record / "gitdir").read_text(errors="surrogateescape").strip()
    except OSError:
        return None
    return (record / target).parent if target else None


def in_progress(git_dir: Path) -> str | None:
    """What goes on in the worktree with this git directory (``a rebase`` …), or ``None``."""
    return next((name for entry, name in _OPERATIONS if (git_dir / entry).exists()), None)


def branches_in_use(git_dir: Path) -> set[str]:
    """Short names of the branches that an operation in this worktree will move when it ends.

    A branch that is being rebased shows as a detached HEAD; its name is in ``rebase-merge/head-name``.
    """
    files = ("rebase-merge/head-name", "rebase-apply/head-name", "rebase-merge/update-refs", "BISECT_START")
    lines = [line for name in files for line in _lines(git_dir / name)]
    return {line.removeprefix("refs/heads/") for line in lines}


def branch_at(git_dir: Path) -> str | None:
    """Short name of the branch that ``HEAD`` of this worktree names, ``None`` when it is detached or not there."""
    head = git_dir / "HEAD"
    try:
        # `core.preferSymlinkRefs` makes it a link.
        name = os.readlink(head) if head.is_symlink() else head.read_text(errors="surrogateescape").strip()
    except OSError:
        return None
    name = name.removeprefix("ref:").strip()
    return name.removeprefix("refs/heads/") if name.startswith("refs/heads/") else None


def git_dirs(common_dir: Path, main_worktree: Path | None) -> list[tuple[Path, Path]]:
    """Every worktree with its git directory (gitrepository-layout: ``worktrees``), the main one first."""
    found = [(main_worktree, common_dir)] if main_worktree is not None else []
    records = common_dir / "worktrees"
    for record in sorted(records.iterdir()) if records.is_dir() else []:
        path = recorded_path(record)
        if path is not None:
            found.append((path, record))
    return found


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return []
