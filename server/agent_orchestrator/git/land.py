"""The swap: moving the target to a proven link, once, and telling after a crash whether it happened.

Invariant: the target only moves from the exact base the link was proven on.
"""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from .repository import Repository, checked_out_at, is_ancestor, resolve

LANDED_PREFIX = "refs/ao/landed/"
LINK_PREFIX = "refs/ao/link/"


@frozen
class Landed:
    """The target is at, or beyond, this commit."""

    commit: str


@frozen
class Superseded:
    """The target is no longer at the base. ``actual`` is where it is, ``None`` when it is gone."""

    actual: str | None


@frozen
class Waits:
    """A refusal of the moment; nothing was changed. ``reason`` is a sentence that names the path."""

    reason: str


async def move_ref(
    repo: Repository, target_ref: str, base: str, new: str, landing_id: str
) -> Landed | Superseded | Waits:
    """Move ``target_ref`` (full name) from ``base`` to ``new`` in one fsynced transaction.

    The transaction also makes ``refs/ao/landed/<landing_id>`` and drops the link's pin. Doing it again after it was
    done gives Landed. A branch that is checked out is left alone: there it would look as if somebody had reverted the
    landing.
    """
    branch = target_ref.removeprefix("refs/heads/")
    place = await checked_out_at(repo, branch)
    if place is not None:
        return Waits(f"{branch} is checked out at {place}; check out another branch there")
    # Files are renamed in the order of the commands: the target first, so that a landed ref never exists without it.
    commands = transaction(
        f"update {target_ref} {new} {base}",
        f"create {LANDED_PREFIX}{landing_id} {new}",
        f"delete {LINK_PREFIX}{landing_id}",
    )
    answer = await repo.git().run("update-ref", "--stdin", input=commands, check=False, fsync=True)
    if answer.code == 0:
        return Landed(new)
    verdict = await recover(repo, target_ref, landing_id, base, new)
    if verdict == "landed":
        return Landed(new)
    if verdict == "superseded":
        actual = await resolve(repo, target_ref)
        return Superseded(actual[0] if actual else None)
    return Waits(f"{target_ref} could not be moved: {answer.err.strip()}")


async def recover(
    repo: Repository, target_ref: str, landing_id: str, base: str, new: str
) -> Literal["landed", "redo", "superseded"]:
    """What became of the intent to move ``target_ref`` from ``base`` to ``new``.

    ``refs/ao/landed/<landing_id>`` proves a landing even when the target was rewound since. A landing found only by
    ancestry gets that ref, so that the next question has the same answer.
    """
    if await resolve(repo, f"{LANDED_PREFIX}{landing_id}") is not None:
        return "landed"
    target = await resolve(repo, target_ref)
    if target is not None and target[0] == base:
        return "redo"
    if target is not None and await is_ancestor(repo, new, target[0]):
        await mark_landed(repo, landing_id, new)
        return "landed"
    return "superseded"


async def mark_landed(repo: Repository, landing_id: str, new: str) -> None:
    """Make ``refs/ao/landed/<landing_id>`` and drop the link's pin, on disk when this returns. Raises GitError."""
    commands = transaction(f"update {LANDED_PREFIX}{landing_id} {new}", f"delete {LINK_PREFIX}{landing_id}")
    await repo.git().run("update-ref", "--stdin", input=commands, fsync=True)


def transaction(*commands: str) -> bytes:
    """Input of ``update-ref --stdin`` that does all or nothing. To delete a ref that is not there is no error."""
    return "".join(f"{line}\n" for line in ("start", *commands, "prepare", "commit")).encode()
