"""What can happen to pull requests that are followed."""

from __future__ import annotations

from attrs import frozen

from agent_orchestrator.engine.events import Event
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.watched import CiRed


@frozen
class PullFollowed(Event):
    """A pull request is followed from now on; ``session``: as that session's work. ``mine``: of the person's branch."""

    project: str
    id: str
    session: str = ""
    mine: bool = False


@frozen
class PullForgotten(Event):
    """A pull request is followed no longer."""

    project: str
    id: str


@frozen
class PullsSeen(Event):
    """Pull requests as they are now; only those that differ from what was seen before."""

    project: str
    pulls: tuple[Pull, ...]


@frozen
class CiRead(Event):
    """Why checks of a head failed."""

    project: str
    id: str
    head: str
    reds: tuple[CiRed, ...]


@frozen
class BaseCompared(Event):
    """The checks that failed on the commit that a pull request is based on, by their keys."""

    project: str
    id: str
    commit: str
    failed: tuple[str, ...] = ()


@frozen
class CiRepeated(Event):
    """Failed checks of a head are run again; ``ids`` are those of the runs that had failed. None: they will not be."""

    project: str
    id: str
    head: str
    ids: tuple[str, ...] = ()


@frozen
class TalkRead(Event):
    """What is said at a pull request as of ``mark``."""

    project: str
    id: str
    mark: str
    comments: tuple[Comment, ...] = ()


@frozen
class CommentAllowed(Event):
    """A person lets a comment through, as it reads now; with ``author``: everything that this login says."""

    project: str
    id: str
    comment: str = ""
    author: str = ""
    by: str = ""


@frozen
class AuthorIgnored(Event):
    """A person wants to hear nothing of what somebody says; ``ignored`` false takes that back."""

    project: str
    author: str
    ignored: bool = True
    by: str = ""


@frozen
class ForgeTroubled(Event):
    """A project's forge lets nothing be seen, and why; empty: it does again."""

    project: str
    trouble: str


@frozen
class PullAsked(Event):
    """A person wants a session's work as a pull request, in place of landing it here."""

    project: str
    session: str
    draft: bool = False
    by: str = ""


@frozen
class ClaimIntended(Event):
    """Others are about to see that a session is at work: ``commit``, an empty one, is to be at ``branch``."""

    project: str
    session: str
    branch: str
    commit: str


@frozen
class ClaimMade(Event):
    """The branch of a claim is at the forge: nobody else can make it any more."""

    project: str
    session: str


@frozen
class WorkClaimed(Event):
    """A draft pull request shows others that a session is at work: ``commit`` is an empty one, at ``branch``."""

    project: str
    session: str
    id: str
    branch: str
    commit: str


@frozen
class WorkElsewhere(Event):
    """Somebody else is at what a session was to do, and was first: it is given up before it has begun."""

    project: str
    session: str
    reason: str


@frozen
class ClaimEnded(Event):
    """A draft pull request claims nothing any more: the work itself is there to be reviewed, or there will be none."""

    project: str
    session: str


@frozen
class Published(Event):
    """A session's proven head is its branch at the forge, and there is a pull request of it."""

    project: str
    session: str
    id: str
    head: str
