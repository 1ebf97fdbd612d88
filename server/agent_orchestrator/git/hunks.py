"""Single hunks of what differs between two commits: listed, and applied to a worktree or taken out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from attrs import frozen

from agent_orchestrator.git.diff import patches_of
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import Git

_HEAD = re.compile(rb"^@@ ", re.MULTILINE)
_MOVED = re.compile(rb"^rename to ", re.MULTILINE)
_NEW_NAME = re.compile(rb"^\+\+\+ (\"?)b(/.*\n)", re.MULTILINE)


@frozen
class Hunk:
    """One change of a file, as a patch of its own. ``moving``: the same of a file that was moved, with its move."""

    patch: bytes
    moving: bytes = b""


async def hunks(repo: Repository, base: str, head: str, path: str) -> tuple[Hunk, ...]:
    """The hunks of a file in the diff that is shown, in their order; none where no lines of it changed.

    ``path`` is the file's afterwards. Raises GitError.
    """
    return tuple(hunk for patch in await patches_of(repo, base, head, path) for hunk in _hunks(patch))


async def apply(git: Git, hunk: Hunk, *, reverse: bool = False) -> Problem | None:
    """Make the change in the files of a worktree, or take it back; nothing is changed where it does not fit.

    A file is moved where its move was not made before. It is not moved back: it has its other changes still.
    """
    how = ("apply", "--whitespace=nowarn", *(("--reverse",) if reverse else ()))
    why = ""
    for patch in (hunk.patch, *([hunk.moving] if hunk.moving and not reverse else [])):
        # It changes no file before it has seen that all of the patch fits.
        tried = await git.run(*how, "-", input=patch, check=False)
        if not tried.code:
            return None
        why = tried.err.strip()
    return Problem(f"it does not fit: {why or 'the lines around it are others by now'}")


def _hunks(patch: bytes) -> Iterator[Hunk]:
    starts = [found.start() for found in _HEAD.finditer(patch)]
    header = patch[: starts[0]] if starts else b""
    for start, end in pairwise([*starts, len(patch)]):
        lines = patch[start:end]
        if _MOVED.search(header) and (name := _NEW_NAME.search(header)):
            yield Hunk(b"--- %ba%b" % name.groups() + name.group() + lines, moving=header + lines)
        else:
            yield Hunk(header + lines)
