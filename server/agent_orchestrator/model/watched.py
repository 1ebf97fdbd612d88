"""Pull requests that are followed: what was seen and read of each, and what follows from that. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator

from attrs import frozen

from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.talk import Comment

#: Reviews that take the place of an earlier word of their author.
_WORDS = ("approved", "changes-requested", "dismissed")


@frozen
class CiFinding:
    """What a failed check of CI found, with the signature that a local check gives it, and the tool and step of it."""

    finding: Finding
    tool: str = ""
    step: str = ""


@frozen
class CiRed:
    """A check that failed, as it was read. ``missing`` says what could not be had of it."""

    check: CiCheck
    findings: tuple[CiFinding, ...] = ()
    log: str = ""
    missing: tuple[str, ...] = ()


@frozen
class Again:
    """Failed checks of a head that were run again. ``ids`` are those of the runs that had failed."""

    head: str
    ids: tuple[str, ...]
    at: float
    count: int = 1


@frozen
class Watched:
    """A pull request that is followed. ``session`` is whose work it is; ``reds`` are of its present head.

    ``mine``: it is that of the branch that the person has checked out.
    """

    project: str
    id: str
    followed_at: float
    session: str = ""
    mine: bool = False
    pull: Pull | None = None
    #: When it was last seen to differ.
    changed_at: float = 0.0
    #: When its head was first seen.
    head_at: float = 0.0
    reds: tuple[CiRed, ...] = ()
    comments: tuple[Comment, ...] = ()
    #: As of which state of the pull request its comments were read; see :func:`talk_mark`.
    talked: str = ""
    #: The commit of the base whose checks were compared, and the keys of those that failed there as well.
    base_of: str = ""
    base_failed: tuple[str, ...] = ()
    again: Again | None = None
    #: Keys of checks that failed and passed when they were run again on the same head.
    flaky: tuple[str, ...] = ()
    #: When its head was last seen to be green.
    green_at: float = 0.0
    #: The commit that its base was at when its head was first seen: CI runs over that one, or an older one.
    head_base: str = ""
    #: Comments that a person let through: :func:`comment_mark` of each.
    allowed: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its key in the state."""
        return watched_key(self.project, self.id)

    @property
    def open(self) -> bool:
        """Is it open, as far as is known?"""
        return self.pull is None or self.pull.state == "open"


def watched_key(project: str, id: str) -> str:
    """The key of a pull request in the state."""
    return f"{project}/{id}"


def talk_mark(pull: Pull) -> str:
    """Differs when what is said at a pull request may differ."""
    threads = ",".join(sorted(f"{t.id}{t.resolved:d}" for t in pull.threads))
    return hashlib.sha256(f"{pull.updated_at}\0{threads}".encode()).hexdigest()[:12]


def comment_mark(comment: Comment) -> str:
    """A comment as it reads now: one that is edited is another."""
    return f"{comment.id}@{comment.edited_at}"


def unread(watched: Watched) -> tuple[CiCheck, ...]:
    """Failed checks of the head that were not read yet, of runs that have ended."""
    read = {(red.check.key, red.check.id) for red in watched.reds}
    return tuple(check for check in ended_reds(watched.pull) if (check.key, check.id) not in read)


def ended_reds(pull: Pull | None) -> tuple[CiCheck, ...]:
    """The failed checks whose runs have ended: what a run that goes on says of the code is not all of it."""
    if pull is None:
        return ()
    going = {check.run for check in pull.checks if check.state is CheckState.PENDING and check.run}
    return tuple(check for check in pull.failed if check.run not in going)


def own_reds(watched: Watched, muted: Collection[str] = ()) -> tuple[CiCheck, ...]:
    """The failed checks that are its own: what fails on its base as well is not, nor is what a person muted.

    ``muted`` are signatures. A check of which nothing but its log is known can not be muted.
    """
    base = watched.base_failed if watched.pull and watched.base_of == watched.pull.base_head else ()
    quiet = {
        (red.check.key, red.check.id)
        for red in watched.reds
        if red.findings and all(found.finding.signature in muted for found in red.findings)
    }
    return tuple(
        check for check in ended_reds(watched.pull) if check.key not in base and (check.key, check.id) not in quiet
    )


def to_repeat(watched: Watched, forge: Forge, muted: Collection[str] = ()) -> tuple[CiCheck, ...]:
    """The failed checks that are to be run again before anybody is woken."""
    pull = watched.pull
    if pull is None or not forge.rerun or watched.base_of != pull.base_head or pull.state != "open":
        return ()
    again = watched.again if watched.again and watched.again.head == pull.head else None
    if again and (again.count >= forge.rerun or _waits(watched, again)):
        return ()
    return tuple(check for check in own_reds(watched, muted) if check.run)


def _waits(watched: Watched, again: Again) -> bool:
    """Has what is run again not begun yet?"""
    return any(check.id in again.ids for check in ended_reds(watched.pull))


def verdict(watched: Watched, forge: Forge, muted: Collection[str] = ()) -> tuple[CiCheck, ...]:
    """The checks by which its head is red for good: ended, read, not the base's, and run again where that is wanted.

    ``muted`` are the signatures of what a person muted: a check that found nothing else wakes nobody.
    """
    pull = watched.pull
    if pull is None or pull.state != "open" or watched.base_of != pull.base_head or unread(watched):
        return ()
    again = watched.again if watched.again and watched.again.head == pull.head else None
    if to_repeat(watched, forge, muted) or (again and again.ids and _waits(watched, again)):
        return ()
    return own_reds(watched, muted)


def ready(watched: Watched) -> bool:
    """Is it approved by somebody, green over its base as that is now, and free of conflicts and open conversations?

    Invariant: that no approval is asked for is none. Where there is no rule, the newest word of someone who may change
    the repository counts, as long as nobody of them asks for changes; a program's approval is none.
    """
    return _ready(watched) and not is_behind(watched)


def is_behind(watched: Watched) -> bool:
    """Has the base moved since CI began on a session's work? What was shown over another base is shown over none."""
    pull = watched.pull
    return bool(watched.session and pull and pull.green and watched.head_base != pull.base_head)


def to_catch_up(watched: Watched) -> bool:
    """Does nothing but a base that has moved keep a session's work from being merged?"""
    return is_behind(watched) and _ready(watched)


def _ready(watched: Watched) -> bool:
    pull = watched.pull
    if pull is None or not pull.ready:
        return False
    if pull.decision == "approved":
        return True
    approved = any(word == "approved" and not bot for (_, bot), word in _words(watched).items())
    return approved and not is_to_change(watched)


def is_to_change(watched: Watched) -> bool:
    """Does somebody who may change the repository ask for changes?"""
    decided = watched.pull is not None and watched.pull.decision == "changes-requested"
    return decided or "changes-requested" in _words(watched).values()


def _words(watched: Watched) -> dict[tuple[str, bool], str]:
    """The newest word of everybody who may change the repository, by login and whether that is a program's."""
    return {(c.author, c.bot): c.verdict for c in watched.comments if c.may_push and c.verdict in _WORDS}


def set_key(checks: Collection[CiCheck]) -> str:
    """A short name of a set of checks."""
    return hashlib.sha256("\0".join(sorted(check.key for check in checks)).encode()).hexdigest()[:12]


def is_heard(
    comment: Comment, forge: Forge, heard: Collection[str], allowed: Collection[str], ignored: Collection[str] = ()
) -> bool:
    """May a comment reach an agent? Invariant: nobody's does who may not change the code, unless a person lets it.

    ``heard`` are logins that the person lets through always, ``ignored`` those of whom they want to hear nothing; bots
    count by their exact names alone.
    """
    if comment.author in ignored:
        return False
    if comment_mark(comment) in allowed:
        return True
    if comment.bot:
        return comment.author in forge.bots
    return comment.may_push or comment.mine or comment.author in (*forge.trusted, *heard)


def held(watched: Watched, forge: Forge, heard: Collection[str], ignored: Collection[str] = ()) -> Iterator[Comment]:
    """The comments that wait for a person."""
    for comment in watched.comments:
        said = comment.text.strip() and comment.author not in ignored
        if said and not is_heard(comment, forge, heard, watched.allowed):
            yield comment
