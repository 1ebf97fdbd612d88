"""Making and adopting a session's worktree."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen

from .checkouts import admin_dir, recorded_path
from .lock import HELD_NAME, is_held, repo_lock
from .problem import Problem
from .repository import Repository, is_ancestor, resolve, worktrees
from .runner import Git, GitError
from .shared import exclude

_REASON = "in use by an agent-orchestrator session"
_CHECKOUT_SECONDS = 600.0


@frozen
class Added:
    """A worktree that is ready. ``adopted`` is true when it was there before."""

    path: Path
    branch: str
    base: str
    adopted: bool = False


async def add(repo: Repository, path: Path, branch: str, base: str) -> Added | Problem:
    """A locked worktree at ``path`` on the new branch ``branch`` (short name) at the commit ``base``.

    One that exists with this branch, grown from this base, is adopted; one whose making was cut off is finished when it
    holds nothing but (the beginnings of) the base's files. Anything else in the way is a problem. Only registering is
    done under the repository's lock; files are written in parallel.
    """
    try:
        async with repo_lock(repo.common_dir):
            refusal = await _register(repo, path, branch, base)
        if refusal is not None:
            return refusal
        return await _populate(repo, path, branch, base)
    except (GitError, OSError) as error:
        return Problem(f"the worktree {path} on branch {branch} could not be made: {error}")


async def _register(repo: Repository, path: Path, branch: str, base: str) -> Problem | None:
    if repo.main_worktree is not None and repo.main_worktree in path.parents:
        folder = path if path.parent == repo.main_worktree else path.parent
        exclude(repo, f"/{folder.relative_to(repo.main_worktree).as_posix()}/")
    tip = await resolve(repo, f"refs/heads/{branch}")
    there = await worktrees(repo)
    at_path = next((entry for entry in there if os.path.realpath(entry.path) == os.path.realpath(path)), None)
    at_branch = next((entry for entry in there if entry.branch == branch), None)
    if (
        at_path is not None
        and not at_path.branch
        and at_branch is None
        and await _take_up(repo, path, branch, base, tip)
    ):
        return None
    if at_path is not None and at_path.branch != branch:
        return Problem(
            f"{path} is a worktree on {at_path.branch or 'a detached HEAD'}, not {branch}; remove or rename it."
        )
    if at_path is None and at_branch is not None:
        return Problem(f"branch {branch} is checked out at {at_branch.path}; choose another branch.")
    if tip is not None and not await is_ancestor(repo, base, tip[0]):
        return Problem(
            f"branch {branch} exists at {tip[0][:12]} and does not grow from {base[:12]}; choose another name."
        )
    if at_path is not None and path.exists():
        return None
    if tip is not None and tip[0] != base:
        return Problem(
            f"branch {branch} has commits beyond {base[:12]} and no worktree; restore it or choose another name."
        )
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        return Problem(f"{path} exists and is not a worktree of this repository; move it away.")
    if at_path is not None:
        await forget(repo, path)
    await _add(repo.git(), path, branch, base, new=tip is None)
    return None


async def _take_up(repo: Repository, path: Path, branch: str, base: str, tip: tuple[str, str] | None) -> bool:
    """Put on its branch what git was registering when it was killed: detached, with nothing checked out yet."""
    admin, git = admin_dir(repo.common_dir, path, repo.main_worktree), repo.at(path)
    if admin is None or git is None or (admin / "index").exists() or (tip is not None and tip[0] != base):
        return False
    if tip is None:
        await repo.git().run("update-ref", f"refs/heads/{branch}", base, "", fsync=True)
    await git.run("symbolic-ref", "HEAD", f"refs/heads/{branch}", fsync=True)
    return True


async def _add(git: Git, path: Path, branch: str, base: str, *, new: bool) -> None:
    options = ("worktree", "add", "--lock", "--reason", _REASON, "--no-checkout")
    try:
        if new:
            await git.run(*options, "--no-track", "-b", branch, str(path), base, fsync=True)
        else:
            await git.run(*options, str(path), branch, fsync=True)
    except GitError:
        if new:
            await git.run("update-ref", "-d", f"refs/heads/{branch}", base, check=False)
        raise


async def forget(repo: Repository, path: Path) -> None:
    """Drop git's record of a worktree whose folder is gone, and of no other. Raises GitError."""
    await repo.git().run("worktree", "unlock", str(path), check=False)
    await repo.git().run("worktree", "remove", str(path))


async def _populate(repo: Repository, path: Path, branch: str, base: str) -> Added | Problem:
    admin = admin_dir(repo.common_dir, path, repo.main_worktree)
    git = repo.at(path)
    if admin is None or git is None:
        return Problem(f"{path} vanished while it was made; try again.")
    if (admin / "index").exists():
        return Added(path, branch, base, adopted=True)
    if is_held(admin / HELD_NAME):
        return Problem(f"{path} is still being made; wait for it.")
    foreign = await _foreign_files(git, path, base)
    if foreign:
        return Problem(f"{path} was half made and holds files that are not its base's ({foreign[0]}); move it away.")
    (admin / "index.lock").unlink(missing_ok=True)
    _mend_git_file(path, admin)
    await git.run("reset", "--hard", "-q", base, held=admin / HELD_NAME, timeout=_CHECKOUT_SECONDS)
    return Added(path, branch, base)


async def _foreign_files(git: Git, path: Path, base: str) -> list[str]:
    """Files that a cut-off checkout of ``base`` did not write: unknown names, or content that does not begin a blob."""
    found = [entry.name for entry in os.scandir(path) if entry.name != ".git"]
    if not found:
        return []
    env = {"GIT_INDEX_FILE": str(path.parent / f".{path.name}.ao-index")}
    try:
        await git.run("read-tree", base, env=env)
        unknown = (await git.run("ls-files", "-z", "-o", env=env)).fields()
        differing = (await git.run("diff-files", "-z", "--name-only", "--diff-filter=d", env=env)).fields()
    finally:
        Path(env["GIT_INDEX_FILE"]).unlink(missing_ok=True)
    return unknown + [name for name in differing if not await begins(git, path / name, f"{base}:{name}")]


async def begins(git: Git, file: Path, blob: str) -> bool:
    """Whether the file holds the first bytes of a blob, as a write that was cut off leaves it."""
    if file.is_symlink() or not file.is_file():
        return False
    content = await git.run("cat-file", "blob", blob, check=False)
    return content.code == 0 and content.out.startswith(file.read_bytes())


def _mend_git_file(path: Path, admin: Path) -> None:
    pointer = path / ".git"
    if not pointer.is_dir() and recorded_path(admin) is not None:
        pointer.unlink(missing_ok=True)
        pointer.write_text(f"gitdir: {admin}\n")
