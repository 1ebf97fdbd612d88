"""Saving all of a worktree to a ref, and bringing it back.

Invariant: nothing of a session is destroyed. A save is a commit whose parent is the worktree's HEAD and whose tree is
everything that lay there, under ``refs/ao/saved/<session>/<n>``.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from attrs import frozen

from .problem import Problem
from .repository import OUR_IDENTITY, Repository, is_ancestor, resolve
from .runner import GitError
from .snapshot import DEPENDENCY_DIRS, Snapshot, snapshot
from .worktree import Added, add

SAVED_PREFIX = "refs/ao/saved/"

_MAX_LISTED = 200
_MAX_TRIES = 1000


@frozen
class Saved:
    """A save. ``skipped`` are sentences on what is not in it; ``nested`` are repositories it can not hold."""

    ref: str
    commit: str
    skipped: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()


async def save(
    repo: Repository,
    worktree: Path,
    session: str,
    n: int,
    *,
    base: str,
    exclude_dirs: Collection[str] = DEPENDENCY_DIRS,
    max_bytes: int = 10_000_000,
) -> Saved | Problem | None:
    """Save the state of ``worktree`` under the first free number from ``n`` on; ``None`` when ``base`` holds it.

    The worktree and its index are left alone. Saving the same state under the same number twice gives the same save.
    """
    state = await snapshot(repo, worktree, exclude_dirs=exclude_dirs, max_bytes=max_bytes, fsync=True)
    if isinstance(state, Problem):
        return state
    unchanged = state.tree == state.head_tree and not state.nested
    if unchanged and state.head is not None and await is_ancestor(repo, state.head, base):
        return None
    try:
        return await _save(repo, session, n, state)
    except GitError as error:
        return Problem(f"the work in {worktree} could not be saved: {error}")


async def _save(repo: Repository, session: str, n: int, state: Snapshot) -> Saved | Problem:
    git = repo.git()
    arguments = ["commit-tree", state.tree, *(["-p", state.head] if state.head else [])]
    made = await git.run(*arguments, input=_message(session, state).encode(), env=OUR_IDENTITY.env(), fsync=True)
    for number in range(n, n + _MAX_TRIES):
        ref = f"{SAVED_PREFIX}{session}/{number}"
        transaction = f"create {ref} {made.text}\n".encode()
        created = await git.run("update-ref", "--stdin", input=transaction, check=False, fsync=True)
        if created.code == 0:
            return Saved(ref, made.text, state.skipped, state.nested)
        there = await git.run("rev-list", "-1", "--no-commit-header", "--format=%H %T %P", ref, "--", check=False)
        if there.code != 0:
            return Problem(f"{ref} could not be written: {created.err.strip()}")
        commit, tree, *parents = there.text.split(" ")
        if tree == state.tree and parents == ([state.head] if state.head else []):
            return Saved(ref, commit, state.skipped, state.nested)
    return Problem(f"{SAVED_PREFIX}{session} has no free number after {n}; run `ao clean`.")


def _message(session: str, state: Snapshot) -> str:
    lines = [f"Saved state of {session}", ""]
    if state.skipped or state.nested:
        lines += ["Not saved:", *(f"- {sentence}" for sentence in state.skipped[:_MAX_LISTED])]
        lines += [f"- … and {len(state.skipped) - _MAX_LISTED} more"] if len(state.skipped) > _MAX_LISTED else []
        lines += [f"- {path}/ (a git repository of its own)" for path in state.nested]
        lines += [""]
    lines += [f"AO-Session: {session}", f"AO-Branch: {state.branch or '(detached)'}"]
    return "\n".join(lines) + "\n"


async def restore(repo: Repository, ref: str, path: Path, branch: str) -> Added | Problem:
    """Bring a save back: its HEAD on ``branch`` in a worktree at ``path``, everything else as uncommitted changes.

    ``branch`` must not exist, or be at that HEAD. ``path`` must be free, or that worktree with nothing changed.
    """
    saved = await resolve(repo, ref)
    head = await resolve(repo, f"{ref}^")
    if saved is None or head is None:
        return Problem(f"{ref} is not a save; `git for-each-ref {SAVED_PREFIX}` lists them.")
    added = await add(repo, path, branch, head[0])
    if isinstance(added, Problem):
        return added
    git = repo.at(path)
    if git is None:
        return Problem(f"{path} vanished while it was restored; try again.")
    try:
        if added.adopted and (await git.text("status", "--porcelain", "-z", "-uall", "--ignore-submodules=all")):
            return Problem(f"{path} holds uncommitted changes; save or commit them, then restore {ref}.")
        await git.run("read-tree", "-m", "-u", head[0], saved[0], timeout=600)
        await git.run("reset", "-q", "--mixed", head[0])
    except GitError as error:
        return Problem(f"{ref} could not be restored at {path}: {error}")
    return added


async def expire(repo: Repository, older_than: int, *, keep: Collection[str] = ()) -> tuple[str, ...]:
    """Delete saves committed before ``older_than`` (seconds since 1970), except of the sessions in ``keep``.

    Returns the refs deleted. Raises GitError.
    """
    listing = await repo.git().text(
        "for-each-ref", "--format=%(committerdate:unix) %(objectname) %(refname)", SAVED_PREFIX
    )
    old = [
        (ref, commit)
        for date, commit, ref in (line.split(" ", 2) for line in listing.splitlines())
        if int(date) < older_than and ref.removeprefix(SAVED_PREFIX).rpartition("/")[0] not in keep
    ]
    if old:
        commands = "".join(f"delete {ref} {commit}\n" for ref, commit in old)
        await repo.git().run("update-ref", "--stdin", input=commands.encode())
    return tuple(ref for ref, _ in old)
