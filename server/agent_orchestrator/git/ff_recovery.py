"""Bringing the user's checkout back after a fast-forward that was killed half-way.

Such a merge leaves ``index.lock`` and some of the new files; killed a moment later, also the new index; a second merge
refuses both. Everything it wrote is content of the new commit, so taking that back loses nothing.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from .land import Landed, Superseded, Waits
from .lock import HELD_NAME, git_at_work, is_held
from .repository import Repository, is_ancestor
from .runner import Git, GitError
from .snapshot import read_head
from .worktree import begins

_ABSENT = "absent"
_GITLINK = "160000"


@frozen
class Restored:
    """The checkout is as it was at base, but for what the person changed elsewhere; ``paths`` were taken back."""

    paths: tuple[str, ...]


@frozen
class _Path:
    """One path of the diff: (mode, blob) in base, in new and in the index, and the blob its file hashes to."""

    path: str
    base: tuple[str, str]
    new: tuple[str, str]
    index: tuple[str, str]
    file: str


async def was_interrupted(repo: Repository, worktree: Path, new: str) -> bool:
    """Whether a fast-forward of ``worktree`` to ``new``, whose branch did not move, may have been killed half-way.

    Then there is ``index.lock``, or the index, which git writes before it moves the branch, is that of ``new``.
    """
    git = repo.at(worktree)
    if git is None or git.git_dir is None:
        return False
    return (git.git_dir / "index.lock").exists() or (
        await git.run("diff-index", "--cached", "--quiet", new, "--", check=False)
    ).code == 0


async def recover_fast_forward(
    repo: Repository, worktree: Path, base: str, new: str
) -> Restored | Landed | Superseded | Waits:
    """Undo what a killed ``fast_forward`` from ``base`` to ``new`` left in ``worktree``; Landed if it got through.

    Only paths of that diff whose file is new's content, or the beginning of it, are written, from the index. Any other
    content than base's or new's is somebody's: then nothing is changed, and Waits names the path.
    """
    git = repo.at(worktree)
    if git is None or git.git_dir is None or not worktree.is_dir():
        return Waits(f"{worktree} is gone or not a worktree of {repo.common_dir}")
    process = git_at_work(worktree)
    if process is not None or is_held(git.git_dir / HELD_NAME):
        return Waits(f"git is still at work in {worktree} (process {process or 'unknown'})")
    try:
        head, _, _ = await read_head(git)
        lock = git.git_dir / "index.lock"
        if head is not None and await is_ancestor(repo, new, head):
            return Landed(new)
        if head != base and not lock.exists():
            return Superseded(head)
        paths = await _read(git, worktree, base, new)
        known = {path.path for path in paths}
        foreign = [path for path in paths if not await _explained(git, worktree, path, known)]
        if head != base or foreign:
            where = worktree / foreign[0].path if foreign else worktree
            return Waits(
                f"{where} was changed after an interrupted fast-forward; mend it, remove {lock}, then land again"
            )
        lock.unlink(missing_ok=True)
        return await _take_back(git, worktree, paths)
    except (GitError, OSError) as error:
        return Waits(f"the interrupted fast-forward in {worktree} could not be undone: {error}")


async def _read(git: Git, worktree: Path, base: str, new: str) -> list[_Path]:
    diff = (await git.run("diff-tree", "-r", "--raw", "-z", "--no-renames", base, new)).fields()
    entries = [(facts[1:].split(" "), path) for facts, path in zip(diff[::2], diff[1::2], strict=True)]
    staged: dict[str, tuple[str, str]] = {}
    for entry in (await git.run("ls-files", "-z", "-s")).fields():
        facts, _, path = entry.partition("\t")
        mode, blob, stage = facts.split(" ")
        staged[path] = (mode, blob) if stage == "0" else ("unmerged", blob)
    files = await _hash_files(git, worktree, [path for _, path in entries])
    return [
        _Path(
            path, _entry(facts[0], facts[2]), _entry(facts[1], facts[3]), staged.get(path, ("", _ABSENT)), files[path]
        )
        for facts, path in entries
    ]


def _entry(mode: str, blob: str) -> tuple[str, str]:
    return (mode, blob) if mode.strip("0") else ("", _ABSENT)


async def _hash_files(git: Git, worktree: Path, paths: Sequence[str]) -> Mapping[str, str]:
    """Blob ids of the files as git would store them; folders and missing files are ``absent``."""
    inside = [path for path in paths if not _behind_link(worktree, path)]
    links = [path for path in inside if (worktree / path).is_symlink()]
    regular = [path for path in inside if not (worktree / path).is_symlink() and (worktree / path).is_file()]
    data = b"".join(_quoted(path) + b"\n" for path in regular)
    hashes = (await git.run("hash-object", "--stdin-paths", input=data)).text.split()
    found = dict(zip(regular, hashes, strict=True))
    for path in links:
        target = os.fsencode(os.readlink(worktree / path))
        found[path] = (await git.run("hash-object", "--stdin", input=target)).text
    return {path: found.get(path, _ABSENT) for path in paths}


def _behind_link(worktree: Path, path: str) -> bool:
    """Whether a folder on the way to ``path`` is a symbolic link, so that the file there is not this one."""
    return any((worktree / parent).is_symlink() for parent in Path(path).parents)


def _files_below(worktree: Path, path: str) -> list[str]:
    return [
        os.path.relpath(os.path.join(folder, name), worktree)
        for folder, _, names in os.walk(worktree / path)
        if not (worktree / path).is_symlink() and not _behind_link(worktree, path)
        for name in names
    ]


def _quoted(path: str) -> bytes:
    if not path.startswith('"') and "\n" not in path:
        return os.fsencode(path)
    return b'"' + os.fsencode(path).replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b"\n", b"\\n") + b'"'


async def _explained(git: Git, worktree: Path, path: _Path, known: Collection[str]) -> bool:
    """Whether base and the killed merge alone account for the file and its index entry."""
    if _GITLINK in (path.base[0], path.new[0]):
        return path.index == path.base
    if path.index not in (path.base, path.new):
        return False
    if path.file == _ABSENT:
        return all(file in known for file in _files_below(worktree, path.path))
    if path.file in (path.base[1], path.new[1]):
        return True
    return path.new[1] != _ABSENT and await begins(git, worktree / path.path, path.new[1])


async def _take_back(git: Git, worktree: Path, paths: Sequence[_Path]) -> Restored:
    wrong = [path for path in paths if path.file != path.base[1]]
    for path in wrong:
        if path.file != _ABSENT:
            (worktree / path.path).unlink(missing_ok=True)
        _prune_empty(worktree, (worktree / path.path).parent)
    moved = sorted((path for path in paths if path.index != path.base), key=lambda path: path.base[0] != "")
    if moved:
        null = "0" * len(moved[0].new[1] if moved[0].new[1] != _ABSENT else moved[0].base[1])
        lines = [
            f"{path.base[0] or '0'} {path.base[1] if path.base[0] else null}\t{path.path}".encode(
                errors="surrogateescape"
            )
            for path in moved
        ]
        await git.run("update-index", "-z", "--index-info", input=b"\0".join(lines) + b"\0", fsync=True)
    again = [path.path for path in wrong if path.base[0]]
    if again:
        data = b"".join(os.fsencode(path) + b"\0" for path in again)
        await git.run("checkout-index", "-f", "-q", "-u", "-z", "--stdin", input=data, fsync=True)
    return Restored(tuple(path.path for path in wrong))


def _prune_empty(worktree: Path, folder: Path) -> None:
    while folder != worktree and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
