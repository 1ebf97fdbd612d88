"""Which files differ between two commits, and what is in them on both sides."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from attrs import frozen

from agent_orchestrator.git.repository import Repository

#: Modes of what is no file: a submodule is another repository's commit, and zeros are nothing.
_NO_FILE = ("160000", "000000")
#: Modes of what has lines.
_FILES = ("100644", "100755")


@frozen
class Differs:
    """A file that differs. ``before`` and ``after`` are the ids of its contents; empty: it is not there as a file."""

    path: str
    before: str
    after: str


async def differing(repo: Repository, base: str, head: str) -> tuple[Differs, ...]:
    """The files that differ; one that was moved is two. Raises GitError."""
    found = await repo.git().run("diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", base, head)
    # Pairs of facts and path (gitformat-diff, "Raw output format").
    fields = found.out.split(b"\0")
    return tuple(_differs(facts, path) for facts, path in zip(fields[::2], fields[1::2], strict=False))


async def contents(repo: Repository, ids: Iterable[str], most: int, together: int) -> Mapping[str, bytes]:
    """What is in the blobs, by their ids: in those of at most ``most`` bytes, as many as ``together`` has room for.

    Raises GitError.
    """
    wanted = "".join(f"{id}\n" for id in dict.fromkeys(ids))
    sizes = (await repo.git().run("cat-file", "--batch-check", input=wanted.encode())).out.decode()
    small = []
    for words in (line.split() for line in sizes.splitlines()):
        if words[1] == "blob" and int(words[2]) <= min(most, together):
            small.append(words[0])
            together -= int(words[2])
    if not small:
        return {}
    out = (await repo.git().run("cat-file", "--batch", input="".join(f"{id}\n" for id in small).encode())).out
    read: dict[str, bytes] = {}
    at = 0
    for id in small:
        start = out.index(b"\n", at) + 1
        end = start + int(out[at:start].split()[2])
        read[id], at = out[start:end], end + 1
    return read


def _differs(facts: bytes, path: bytes) -> Differs:
    old_mode, new_mode, before, after, _ = facts.removeprefix(b":").decode().split(" ")
    sides = (id if mode not in _NO_FILE else "" for mode, id in ((old_mode, before), (new_mode, after)))
    return Differs(os.fsdecode(path), *sides)


async def versions(
    repo: Repository, commit: str, paths: Iterable[str], most: int, together: int
) -> Mapping[str, bytes]:
    """What is in these files of a commit, by path: of those that it has, as :func:`contents` bounds them.

    Raises GitError.
    """
    wanted = tuple(paths)
    listed = await repo.git().run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *wanted)
    # "<mode> blob <id>\t<path>" (git-ls-tree, "Output format").
    entries = [entry.partition("\t") for entry in listed.fields()]
    ids = {path: facts.split()[2] for facts, _, path in entries if facts.split()[0] in _FILES and path in wanted}
    found = await contents(repo, ids.values(), most, together) if ids else {}
    return {path: found[id] for path, id in ids.items() if id in found}


async def renamed(repo: Repository, worktree: Path, commit: str) -> Mapping[str, str]:
    """Path in a commit → path in a worktree's index, of files that git takes to be the same ones under another name.

    Raises GitError.
    """
    git = repo.at(worktree)
    if git is None:
        return {}
    found = await git.run("diff-index", "--cached", "-M", "--diff-filter=R", "--name-status", "-z", commit, "--")
    fields = found.fields()
    # Triples of the status with its score, the old and the new path.
    return dict(zip(fields[1::3], fields[2::3], strict=False))
