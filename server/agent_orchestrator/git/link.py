"""Building what is to be landed, without any checkout: one first-parent commit on top of the target."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import frozen

from .land import LINK_PREFIX
from .problem import Problem
from .repository import OUR_IDENTITY, Identity, Repository
from .runner import GitError

Strategy = Literal["squash", "merge", "rebase"]
Trailers = Sequence[tuple[str, str]]

_TRAILER = re.compile(r"[A-Za-z0-9-]+: \S")
_FIXED_DATES = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}


@frozen
class Merged:
    """A clean merge."""

    tree: str


@frozen
class Conflict:
    """A merge that needs a decision. ``message`` is git's account; ``paths`` may be empty (unrelated histories)."""

    paths: tuple[str, ...]
    message: str


@frozen
class Link:
    """A commit whose first parent is the target, and its tree. It is the target's when nothing is left to land."""

    commit: str
    tree: str


async def merge_trees(repo: Repository, base: str | None, ours: str, theirs: str) -> Merged | Conflict:
    """Merge two commits in the object store; with ``base`` as if that commit were their merge base. Raises GitError.

    Before git 2.40 ``merge-tree --write-tree`` has no ``--merge-base``: two synthetic commits over the wanted base
    stand in. They bear a fixed date, so that repeating a merge makes no new objects.
    """
    git = repo.git()
    if base is not None:
        ours, theirs = [
            (
                await git.run(
                    *("commit-tree", f"{side}^{{tree}}", "-p", base, "-m", "synthetic"),
                    env={**OUR_IDENTITY.env(), **_FIXED_DATES},
                )
            ).text
            for side in (ours, theirs)
        ]
    answer = await git.run("merge-tree", "--write-tree", "-z", "--name-only", ours, theirs, check=False)
    if answer.code == 0:
        return Merged(answer.fields()[0])
    if answer.code == 1:
        return _conflict(answer.fields())
    if "unrelated histories" in answer.err:
        return Conflict((), f"{ours} and {theirs} have no common history")
    raise GitError(("merge-tree", ours, theirs), git.cwd, answer.code, answer.err)


def _conflict(fields: list[str]) -> Conflict:
    """Parse ``merge-tree -z --name-only``: tree, paths, an empty field, then messages (count, paths…, type, text)."""
    end = fields.index("", 1) if "" in fields[1:] else len(fields)
    rest = fields[end + 1 :]
    messages = []
    while rest and rest[0].isdigit():
        count = int(rest[0])
        messages.append((rest[count + 1], rest[count + 2].strip()))
        rest = rest[count + 3 :]
    text = "\n".join(text for kind, text in messages if kind != "Auto-merging")
    return Conflict(tuple(dict.fromkeys(fields[1:end])), text)


async def build(
    repo: Repository,
    strategy: Strategy,
    target: str,
    head: str,
    *,
    message: str,
    identity: Identity,
    trailers: Trailers = (),
) -> Link | Conflict:
    """The link that lands ``head`` on the commit ``target``. Raises GitError.

    ``squash``: one commit whose only parent is target. ``merge``: a merge commit. ``rebase``: the one rebased commit,
    or a merge of the rebased commits; merge commits on the way are left out, authors are kept.
    """
    if strategy == "rebase":
        return await _rebase(repo, target, head, message, identity, trailers)
    merged = await merge_trees(repo, None, target, head)
    if isinstance(merged, Conflict):
        return merged
    parents = (target, head) if strategy == "merge" else (target,)
    return await _commit(repo, merged.tree, parents, with_trailers(message, trailers), identity.env())


async def bundle(
    repo: Repository, target: str, last: Link, *, message: str, identity: Identity, trailers: Trailers = ()
) -> Link:
    """One first-parent commit over ``target`` with ``last`` and its history as second parent. Raises GitError."""
    return await _commit(repo, last.tree, (target, last.commit), with_trailers(message, trailers), identity.env())


async def undo(
    repo: Repository, target: str, landed: str, *, message: str, identity: Identity, trailers: Trailers = ()
) -> Link | Conflict:
    """The link that takes the landing ``landed`` back from ``target``. Raises GitError."""
    merged = await merge_trees(repo, landed, target, f"{landed}^1")
    if isinstance(merged, Conflict):
        return merged
    return await _commit(repo, merged.tree, (target,), with_trailers(message, trailers), identity.env())


async def pin(repo: Repository, landing_id: str, commit: str) -> None:
    """Keep ``commit`` from garbage collection as ``refs/ao/link/<landing_id>``, on disk when this returns."""
    await repo.git().run("update-ref", f"{LINK_PREFIX}{landing_id}", commit, fsync=True)


async def unpin(repo: Repository, landing_id: str) -> Problem | None:
    """Drop the pin of a link that will not land, or has landed. A missing pin is success."""
    answer = await repo.git().run("update-ref", "-d", f"{LINK_PREFIX}{landing_id}", check=False)
    return (
        None if answer.code == 0 else Problem(f"{LINK_PREFIX}{landing_id} could not be deleted: {answer.err.strip()}")
    )


def with_trailers(message: str, trailers: Trailers) -> str:
    """``message`` with trailer lines (git-interpret-trailers) in its last paragraph."""
    body = message.strip()
    if not trailers:
        return body + "\n"
    lines = "\n".join(f"{key}: {value}" for key, value in trailers)
    *before, last = body.split("\n\n")
    joined = before and all(_TRAILER.match(line) for line in last.splitlines())
    return body + ("\n" if joined else "\n\n") + lines + "\n"


async def _rebase(
    repo: Repository, target: str, head: str, message: str, identity: Identity, trailers: Trailers
) -> Link | Conflict:
    picks = await _picks(repo, target, head)
    if isinstance(picks, Conflict):
        return picks
    if not picks:
        return Link(target, await repo.git().text("rev-parse", f"{target}^{{tree}}"))
    tip = target
    for pick in picks:
        text = with_trailers(pick.message, trailers if len(picks) == 1 else ())
        link = await _commit(repo, pick.tree, (tip,), text, {**identity.env(), **pick.author})
        tip = link.commit
    if len(picks) == 1:
        return link
    return await bundle(repo, target, link, message=message, identity=identity, trailers=trailers)


@frozen
class _Pick:
    """A commit to replay: the tree it gives on top of the picks before it, its message and its author."""

    tree: str
    message: str
    author: Mapping[str, str]


async def _picks(repo: Repository, target: str, head: str) -> list[_Pick] | Conflict:
    """Replay ``target..head`` on ``target`` tree by tree; commits that change nothing there are left out."""
    listing = await repo.git().text(
        *("rev-list", "--reverse", "--topo-order", "--no-merges", "--no-commit-header", "--date=raw"),
        *("--format=%H%x00%P%x00%an%x00%ae%x00%ad%x00%B%x01", f"{target}..{head}", "--"),
    )
    tree = await repo.git().text("rev-parse", f"{target}^{{tree}}")
    picks: list[_Pick] = []
    for entry in listing.split("\x01")[:-1]:
        commit, parent, name, email, date, message = entry.strip("\n").split("\0", 5)
        if not parent:
            return Conflict((), f"{commit} has no parent, so it can not be rebased")
        merged = await merge_trees(repo, parent, tree, commit)
        if isinstance(merged, Conflict):
            return merged
        if merged.tree != tree:
            tree = merged.tree
            author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": f"@{date}"}
            picks.append(_Pick(tree, message, author))
    return picks


async def _commit(repo: Repository, tree: str, parents: Sequence[str], message: str, env: Mapping[str, str]) -> Link:
    arguments = [argument for parent in parents for argument in ("-p", parent)]
    made = await repo.git().run("commit-tree", tree, *arguments, input=message.encode(), env=env, fsync=True)
    return Link(made.text, tree)
