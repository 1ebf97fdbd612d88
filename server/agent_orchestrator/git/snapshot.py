"""A worktree's whole content as a tree object, made through a temporary index.

The worktree's own index is only read. Flags that make git blind (assume-unchanged, skip-worktree) are seen through.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from .problem import Problem
from .repository import Repository
from .runner import Git, GitError

#: Folders that a package manager or a tool makes again.
DEPENDENCY_DIRS = (
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
)

_GITLINK = "160000"


@frozen
class Snapshot:
    """``tree`` holds everything but ``skipped`` (sentences: path and reason).

    ``head`` and ``head_tree`` are ``None`` on a branch without commits. ``nested`` are repositories inside the
    worktree, whose history no tree can hold; ``submodules`` says that the index has submodule entries.
    """

    head: str | None
    head_tree: str | None
    branch: str | None
    tree: str
    skipped: tuple[str, ...]
    nested: tuple[str, ...]
    submodules: bool


@frozen
class Listing:
    """The paths of a worktree by what git knows about them."""

    changed: tuple[str, ...]
    untracked: tuple[str, ...]
    nested: tuple[str, ...]
    blind: tuple[str, ...]
    submodules: bool


async def snapshot(
    repo: Repository,
    worktree: Path,
    *,
    exclude_dirs: Collection[str] = DEPENDENCY_DIRS,
    max_bytes: int = 10_000_000,
    fsync: bool = False,
) -> Snapshot | Problem:
    """Write the worktree's content as a tree: tracked and untracked files, and ignored ones up to ``max_bytes`` each.

    Untracked and ignored files in folders named ``exclude_dirs`` are left out and listed.
    """
    git = repo.at(worktree)
    if git is None or not worktree.is_dir():
        return Problem(f"{worktree} is not a worktree of {repo.common_dir}, or it was removed by hand.")
    try:
        with TemporaryDirectory(prefix="ao-index-", dir=git.git_dir) as scratch:
            index = Path(scratch) / "index"
            return await _snapshot(git, worktree, index, frozenset(exclude_dirs), max_bytes, fsync)
    except GitError as error:
        return Problem(f"the state of {worktree} could not be read: {error}")


async def _snapshot(
    git: Git, worktree: Path, index: Path, exclude_dirs: frozenset[str], max_bytes: int, fsync: bool
) -> Snapshot:
    assert git.git_dir is not None
    if (git.git_dir / "index").exists():
        shutil.copyfile(git.git_dir / "index", index)
    env = {"GIT_INDEX_FILE": str(index)}
    listing = await list_paths(git, worktree, env)
    ignored = (await git.run("ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory", env=env)).fields()
    chosen = _Choice(worktree, exclude_dirs, max_bytes)
    paths = [*listing.changed, *chosen.untracked(listing.untracked), *chosen.ignored(ignored)]
    await stage(git, paths, env=env, fsync=fsync)
    tree = (await git.run("write-tree", env=env, fsync=fsync)).text
    head, head_tree, branch = await read_head(git)
    nested = {*listing.nested, *chosen.nested}
    if (worktree / ".git").is_dir() and git.git_dir != worktree / ".git":
        nested.add(".")
    return Snapshot(head, head_tree, branch, tree, tuple(chosen.skipped), tuple(sorted(nested)), listing.submodules)


async def list_paths(git: Git, worktree: Path, env: dict[str, str]) -> Listing:
    """Changed, untracked and nested paths against the index that ``env`` names (the worktree's own without one).

    With a temporary index, flags that hide changes are taken away from it first.
    """
    listing = await _list_once(git, worktree, env)
    if listing.blind and env:
        data = _joined(listing.blind)
        await git.run("update-index", "--no-assume-unchanged", "-z", "--stdin", input=data, env=env)
        await git.run("update-index", "--no-skip-worktree", "-z", "--stdin", input=data, env=env)
        listing = await _list_once(git, worktree, env)
    return listing


async def stage(git: Git, paths: Collection[str], *, env: dict[str, str], fsync: bool = False) -> None:
    """Put the worktree's state of ``paths`` into the index; gone files leave it."""
    if paths:
        await git.run(
            *("update-index", "--add", "--remove", "--replace", "-z", "--stdin"),
            input=_joined(paths),
            env=env,
            fsync=fsync,
            timeout=600,
        )


async def read_head(git: Git) -> tuple[str | None, str | None, str | None]:
    """(commit, tree, short branch name) of HEAD: no commit on an unborn branch, no branch on a detached HEAD."""
    answer = await git.run("rev-parse", "HEAD", "HEAD^{tree}", "--symbolic-full-name", "HEAD", check=False)
    if answer.code != 0:
        return None, None, (await git.run("symbolic-ref", "-q", "--short", "HEAD", check=False)).text or None
    commit, tree, name = answer.text.splitlines()
    return commit, tree, name.removeprefix("refs/heads/") if name != "HEAD" else None


async def _list_once(git: Git, worktree: Path, env: dict[str, str]) -> Listing:
    answer = await git.run("ls-files", "-z", "-v", "-s", "-c", "-m", "-o", "--exclude-standard", env=env)
    changed: list[str] = []
    untracked: list[str] = []
    nested: set[str] = set()
    blind: list[str] = []
    submodules = False
    for entry in answer.fields():
        facts, _, path = entry.partition("\t")
        if facts.startswith("? ") or not path:
            other = entry[2:]
            if other.endswith("/"):
                nested.add(other.rstrip("/"))
            else:
                untracked.append(other)
            continue
        tag, mode = facts.split(" ")[:2]
        if mode == _GITLINK:
            submodules = True
            if (worktree / path / ".git").exists():
                nested.add(path)
        elif tag.islower() or (tag == "S" and os.path.lexists(worktree / path)):
            blind.append(path)
        if tag in {"C", "M", "R"}:
            changed.append(path)
    return Listing(tuple(dict.fromkeys(changed)), tuple(untracked), tuple(sorted(nested)), tuple(blind), submodules)


class _Choice:
    """Which untracked and ignored files are kept; notes what is not, and repositories found on the way."""

    def __init__(self, worktree: Path, exclude_dirs: frozenset[str], max_bytes: int) -> None:
        self._worktree = worktree
        self._exclude_dirs = exclude_dirs
        self._max_bytes = max_bytes
        self.skipped: list[str] = []
        self.nested: set[str] = set()

    def untracked(self, paths: Collection[str]) -> Iterator[str]:
        for path in paths:
            if not self._in_dependency_dir(path) and self._readable(path):
                yield path

    def ignored(self, entries: Collection[str]) -> Iterator[str]:
        for entry in entries:
            if self._in_dependency_dir(entry):
                continue
            for path in self._walk(entry.rstrip("/")) if entry.endswith("/") else (entry,):
                if self._small(path) and self._readable(path):
                    yield path

    def _walk(self, top: str) -> Iterator[str]:
        for folder, folders, files in os.walk(self._worktree / top):
            relative = os.path.relpath(folder, self._worktree)
            if ".git" in folders or ".git" in files:
                self.nested.add(relative)
                folders.clear()
                continue
            for name in list(folders):
                path = os.path.join(relative, name)
                if self._in_dependency_dir(path + "/"):
                    folders.remove(name)
                elif os.path.islink(os.path.join(folder, name)):
                    yield path
            yield from (os.path.join(relative, name) for name in files)

    def _in_dependency_dir(self, path: str) -> bool:
        parts = path.split("/")[:-1]
        depth = next((depth for depth, part in enumerate(parts, 1) if part in self._exclude_dirs), 0)
        if depth:
            self._skip("/".join(parts[:depth]) + "/ (dependency folder)")
        return depth > 0

    def _small(self, path: str) -> bool:
        size = (self._worktree / path).lstat().st_size if os.path.lexists(self._worktree / path) else 0
        if size > self._max_bytes:
            self._skip(f"{path} (ignored, {size} bytes)")
        return size <= self._max_bytes

    def _readable(self, path: str) -> bool:
        full = self._worktree / path
        usable = full.is_symlink() or (full.is_file() and os.access(full, os.R_OK))
        if not usable and os.path.lexists(full):
            self._skip(f"{path} (not a readable file)")
        return usable

    def _skip(self, sentence: str) -> None:
        if sentence not in self.skipped:
            self.skipped.append(sentence)


def _joined(paths: Collection[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
