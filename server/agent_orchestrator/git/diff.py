"""Differences between two commits or trees, as data."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import pairwise

from agent_orchestrator.model.guard import Change

from .repository import Repository

Line = tuple[int, str]

_FILE = re.compile(rb"^diff --git ", re.MULTILINE)
_HUNK = re.compile(rb"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
#: No drivers run, and no attribute can hide the lines of a file (``-diff`` would make it "binary").
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--text", "-M")


async def changes(repo: Repository, base: str, head: str) -> tuple[Change, ...]:
    """The files that differ between two commits or trees, renames detected. Raises GitError."""
    answer = await repo.git().run("diff-tree", "-r", "--raw", "-p", "-U0", "-z", *_PLAIN, base, head)
    entries, patch = _raw(answer.out)
    sections = _sections(patch)
    found = []
    for old_mode, new_mode, status, old_path, path in entries:
        additions: tuple[Line, ...] = ()
        deletions: tuple[Line, ...] = ()
        # A type change is printed as a deletion and an addition.
        for _ in range(2 if status == "T" else 1):
            added, deleted = next(sections, ((), ()))
            additions, deletions = additions + added, deletions + deleted
        found.append(Change(status, path, old_path, additions, deletions, old_mode, new_mode))
    return tuple(found)


async def diff_text(repo: Repository, base: str, head: str, cap: int) -> str:
    """The unified diff, cut to ``cap`` characters with a last line that says so. Raises GitError."""
    answer = await repo.git().run("diff-tree", "-r", "-p", *_PLAIN, base, head)
    text = answer.out.decode(errors="replace")
    if len(text) <= cap:
        return text
    return text[:cap] + f"\n… cut: {len(text) - cap} more characters\n"


async def patches_of(repo: Repository, base: str, head: str, path: str) -> tuple[bytes, ...]:
    """What :func:`diff_text` says of a file, by its path afterwards: two patches for one that is something else now, as
    a link that was a file; none where nothing of it changed. Raises GitError."""
    answer = await repo.git().run("diff-tree", "-r", "--raw", "-p", "-z", *_PLAIN, base, head)
    entries, patch = _raw(answer.out)
    # Lines of a file begin with a sign: this is never one of them.
    begins = [found.start() for found in _FILE.finditer(patch)]
    parts = iter([patch[begin:end] for begin, end in pairwise([*begins, len(patch)])])
    of = [(new_path, next(parts, b"")) for *_, status, _, new_path in entries for _ in range(2 if status == "T" else 1)]
    return tuple(part for name, part in of if name == path)


async def touched(repo: Repository, base: str, head: str) -> tuple[Change, ...]:
    """Like :func:`changes`, without lines and without rename detection. Raises GitError."""
    answer = await repo.git().run("diff-tree", "-r", "--raw", "-z", "--no-renames", base, head)
    entries, _ = _raw(answer.out)
    return tuple(
        Change(status, path, old_path, old_mode=old_mode, new_mode=new_mode)
        for old_mode, new_mode, status, old_path, path in entries
    )


def _raw(output: bytes) -> tuple[list[tuple[str, str, str, str, str]], bytes]:
    """Split ``--raw -z`` output from the patch after it (gitformat-diff, "Raw output format")."""
    entries = []
    while output.startswith(b":"):
        facts, path, output = output.split(b"\0", 2)
        old_mode, new_mode, _, _, status = facts[1:].decode().split(" ")
        new_path = path
        if status[0] in "RC":
            new_path, output = output.split(b"\0", 1)
        entries.append((old_mode, new_mode, status[0], os.fsdecode(path), os.fsdecode(new_path)))
    return entries, output.removeprefix(b"\0")


def _sections(patch: bytes) -> Iterator[tuple[tuple[Line, ...], tuple[Line, ...]]]:
    """Additions and deletions of each file of a ``-U0`` patch; hunk counts say where content ends."""
    lines = iter(patch.split(b"\n"))
    additions: list[Line] = []
    deletions: list[Line] = []
    started = False
    for line in lines:
        hunk = _HUNK.match(line)
        if hunk is not None:
            old, old_count, new, new_count = (int(group) if group else 1 for group in hunk.groups())
            deletions += _take(lines, old, old_count)
            additions += _take(lines, new, new_count)
        elif line.startswith(b"diff --git "):
            if started:
                yield tuple(additions), tuple(deletions)
            started, additions, deletions = True, [], []
    if started:
        yield tuple(additions), tuple(deletions)


def _take(lines: Iterator[bytes], start: int, count: int) -> Iterator[Line]:
    number = start
    while number < start + count:
        line = next(lines, None)
        if line is None:
            return
        if not line.startswith(b"\\"):
            yield number, line[1:].decode(errors="replace")
            number += 1
