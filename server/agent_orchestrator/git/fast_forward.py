"""Fast-forwarding the user's checkout: the only way it is ever touched, and it *is* the swap of its branch.

Invariant: nothing of the user's is overwritten. Where there is doubt, the landing waits and says why.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection, Sequence
from pathlib import Path

from agent_orchestrator.model.guard import Change

from .checkouts import in_progress
from .diff import touched
from .land import LANDED_PREFIX, LINK_PREFIX, Landed, Superseded, Waits, mark_landed, transaction
from .lock import HELD_NAME
from .repository import Repository, is_ancestor, resolve
from .runner import Git, GitError

_GITLINK = "160000"
_SECONDS = 600.0

_MAX_ASKED = 500
_STATUS = ("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=all")

_MERGE = (
    *("-c", "merge.autoStash=false", "-c", "merge.verifySignatures=false"),
    # Explicit options win over `branch.<name>.mergeOptions`.
    *("merge", "-q", "--ff-only", "--no-overwrite-ignore", "--no-squash", "--no-stat", "--no-autostash"),
)


async def fast_forward(
    repo: Repository,
    worktree: Path,
    target_ref: str,
    base: str,
    new: str,
    landing_id: str,
    unsaved: Sequence[Path | str] = (),
) -> Landed | Superseded | Waits:
    """Move ``worktree``, which has ``target_ref`` checked out, from ``base`` to ``new`` by ``git merge --ff-only``.

    ``unsaved`` are files open with unsaved changes (absolute, or relative to the worktree). Then makes
    ``refs/ao/landed/<landing_id>`` and drops the link's pin. Never raises: what stands in the way now is Waits.
    """
    git = repo.at(worktree)
    if git is None or git.git_dir is None:
        return Waits(f"{worktree} is not a worktree of {repo.common_dir}")
    try:
        obstacle = await _obstacle(repo, git, worktree, target_ref, base, new, unsaved)
        if obstacle is not None:
            return obstacle
        answer = await git.run(*_MERGE, new, check=False, fsync=True, held=git.git_dir / HELD_NAME, timeout=_SECONDS)
        if answer.code == 0:
            marked = transaction(
                f"verify {target_ref} {new}",
                f"create {LANDED_PREFIX}{landing_id} {new}",
                f"delete {LINK_PREFIX}{landing_id}",
            )
            if (await git.run("update-ref", "--stdin", input=marked, check=False, fsync=True)).code == 0:
                return Landed(new)
        return await _verdict(repo, worktree, target_ref, base, new, landing_id, answer.err)
    except GitError as error:
        return Waits(f"the checkout {worktree} could not be moved: {error}")


async def _obstacle(
    repo: Repository, git: Git, worktree: Path, target_ref: str, base: str, new: str, unsaved: Sequence[Path | str]
) -> Superseded | Waits | None:
    assert git.git_dir is not None
    operation = in_progress(git.git_dir)
    if operation is not None:
        return Waits(f"{worktree} is in the middle of {operation}")
    head, changed = await asyncio.gather(
        git.run("rev-parse", "HEAD", "--symbolic-full-name", "HEAD", check=False), touched(repo, base, new)
    )
    commit, _, name = head.text.partition("\n")
    if name != target_ref:
        return Waits(f"{worktree} is on {'a detached HEAD' if name == 'HEAD' else name} and not on {target_ref}")
    # --ff-only would also accept a HEAD that was rewound below base.
    if commit != base:
        return Superseded(commit)
    paths = [change.path for change in changed]
    refusal = _unsaved(worktree, paths, unsaved) or _submodule(changed) or await _sparse(git, worktree, paths)
    dirty, large = await asyncio.gather(_dirty(git, worktree, paths), _large_files(git, paths))
    return refusal or dirty or large


def _unsaved(worktree: Path, paths: Collection[str], unsaved: Sequence[Path | str]) -> Waits | None:
    open_files = {os.path.relpath(os.path.realpath(worktree / file), os.path.realpath(worktree)) for file in unsaved}
    found = sorted(open_files & set(paths))
    return Waits(f"{worktree / found[0]} has unsaved changes in an editor") if found else None


async def _dirty(git: Git, worktree: Path, paths: Sequence[str]) -> Waits | None:
    """A touched path with staged or unstaged changes; asking for few paths spares git a look at every file."""
    asked = paths if len(paths) <= _MAX_ASKED else ()
    status = await git.run(*_STATUS, "--", *asked)
    found = sorted({entry[3:] for entry in status.fields()} & set(paths))
    return Waits(f"{worktree / found[0]} has uncommitted changes; commit or stash them") if found else None


def _submodule(changed: Collection[Change]) -> Waits | None:
    for change in changed:
        if _GITLINK in (change.old_mode, change.new_mode) or change.path == ".gitmodules":
            return Waits(f"the submodule entry {change.path} changes; fast-forward this checkout yourself")
    return None


async def _sparse(git: Git, worktree: Path, paths: Sequence[str]) -> Waits | None:
    """A path that a sparse checkout leaves out, or that appears in a folder it leaves out."""
    assert git.git_dir is not None
    if not (git.git_dir / "info" / "sparse-checkout").exists():
        return None
    if (await git.run("config", "--type=bool", "--get", "core.sparseCheckout", check=False)).text != "true":
        return None
    left_out = {entry[2:] for entry in (await git.run("ls-files", "-z", "-t")).fields() if entry[0] == "S"}
    for path in paths:
        if path in left_out or not (worktree / path).parent.is_dir():
            return Waits(f"{path} is outside this sparse checkout; fast-forward it yourself")
    return None


async def _large_files(git: Git, paths: Sequence[str]) -> Waits | None:
    data = b"".join(os.fsencode(path) + b"\0" for path in paths)
    fields = (await git.run("check-attr", "-z", "--stdin", "filter", input=data)).fields()
    for path, value in zip(fields[::3], fields[2::3], strict=False):
        if value == "lfs":
            return Waits(f"{path} is stored with Git LFS; fast-forward this checkout yourself")
    return None


async def _verdict(
    repo: Repository, worktree: Path, target_ref: str, base: str, new: str, landing_id: str, stderr: str
) -> Landed | Superseded | Waits:
    """Judge by the target and not by git's exit status: the person may have worked there in the same moment."""
    target = await resolve(repo, target_ref)
    if target is not None and await is_ancestor(repo, new, target[0]):
        await mark_landed(repo, landing_id, new)
        return Landed(new)
    if target is None or target[0] != base:
        return Superseded(target[0] if target else None)
    paths = [line.strip() for line in stderr.splitlines() if line.startswith("\t")]
    if paths:
        return Waits(f"{worktree / paths[0]} would be overwritten; move it away, commit it or delete it")
    return Waits(f"the checkout {worktree} could not be moved: {' '.join(stderr.split()) or 'it changed meanwhile'}")
