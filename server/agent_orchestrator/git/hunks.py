"""Single hunks of what differs between two commits: listed, and applied to a worktree or taken out of it."""

from __future__ import annotations

import re
from itertools import pairwise

from attrs import frozen

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import Git

# As for a diff that is shown, but without renames: a hunk of a renamed file would need both names.
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")
_HEAD = re.compile(rb"^@@ ", re.MULTILINE)


@frozen
class Hunk:
    """One change of a file, as a patch of its own."""

    patch: bytes


async def hunks(repo: Repository, base: str, head: str, path: str) -> tuple[Hunk, ...]:
    """The hunks of a file, in their order; none where it did not change, or is no text. Raises GitError."""
    out = (await repo.git().run("diff-tree", "-r", "-p", *_PLAIN, base, head, "--", path)).out
    starts = [found.start() for found in _HEAD.finditer(out)]
    header = out[: starts[0]] if starts else b""
    return tuple(Hunk(header + out[start:end]) for start, end in pairwise([*starts, len(out)]))


async def apply(git: Git, hunk: Hunk, *, reverse: bool = False) -> Problem | None:
    """Make the change in the files of a worktree, or take it back; nothing is changed where it does not fit."""
    how = ("apply", "--whitespace=nowarn", *(("--reverse",) if reverse else ()))
    tried = await git.run(*how, "--check", "-", input=hunk.patch, check=False)
    if tried.code:
        return Problem(f"it does not fit: {tried.err.strip() or 'the lines around it are others by now'}")
    await git.run(*how, "-", input=hunk.patch)
    return None
