"""What is at forges and trackers: pull requests, what is said there, and issues."""

from __future__ import annotations

from attrs import frozen

from agent_orchestrator.protocol.types.params import ProjectParams, SessionParams
from agent_orchestrator.protocol.types.rows import FailureRow


@frozen(kw_only=True)
class PullRow:
    """A pull request (GitLab: merge request) that is followed, as it was last seen; ``key`` names it everywhere.

    ``state``: ``open``, ``merged``, ``closed``, or empty before it was seen. ``ci`` (of its head): ``none``,
    ``pending``, ``passed``, ``failed``, ``red on base`` (what fails there fails on its base as well), ``repeated``
    (failed checks are run again) or ``muted`` (by a person); ``failed`` are the names of the checks. ``mergeable``:
    ``yes``, ``no``, ``unknown``. ``decision``: ``approved``, ``changes-requested``, ``required``, or empty: no review
    is asked for.
    """

    key: str
    project: str
    id: str
    number: int
    url: str
    title: str
    state: str
    #: The session whose work it is.
    session: str = ""
    #: It is that of the branch that the person has checked out.
    mine: bool = False
    branch: str = ""
    base: str = ""
    head: str = ""
    draft: bool = False
    ci: str = "none"
    failed: tuple[str, ...] = ()
    mergeable: str = "unknown"
    decision: str = ""
    #: Conversations that are not resolved.
    unresolved: int = 0
    #: Comments that reach no agent before a person lets them.
    held: int = 0
    labels: tuple[str, ...] = ()
    #: The last look did not tell of it.
    stale: bool = False


@frozen(kw_only=True)
class CommentRow:
    """Something that was said at a pull request. ``at`` is the forge's own time, as text that sorts like the time.

    ``verdict`` (of a review): ``approved``, ``changes-requested``, ``commented``, ``dismissed``. ``heard``: it reaches
    agents. ``thread`` is empty for what is said of the whole; ``line`` counts from 1, 0: it has none any more.
    """

    pull: str
    id: str
    author: str
    text: str
    at: str = ""
    url: str = ""
    thread: str = ""
    path: str = ""
    line: int = 0
    verdict: str = ""
    bot: bool = False
    #: Said with the account that the daemon has.
    mine: bool = False
    heard: bool = False
    resolved: bool = False


@frozen(kw_only=True)
class ThreadRow:
    """A conversation on lines of a pull request that is not resolved, where the line is in the checkout.

    ``line`` counts from 1, 0: it has none any more. ``stale``: that line is not there any more, ``path`` and ``line``
    are those of the pull request. ``comments`` are those that are to be shown, oldest first. ``held`` is the newest of
    them that reaches no agent before a person lets it, by its id.
    """

    project: str
    pull: str
    number: int
    thread: str
    path: str
    line: int
    stale: bool = False
    seen_at: float = 0.0
    held: str = ""
    #: The pull request's session that is not over.
    session: str = ""
    comments: tuple[CommentRow, ...] = ()


@frozen(kw_only=True)
class PullsParams(ProjectParams):
    """The pull requests of a project, or (no project, ``all``) of every one. ``pull``: this one, with what is said."""

    pull: str = ""
    all: bool = False


@frozen(kw_only=True)
class PullParams(ProjectParams):
    """Names a pull request: its number, ``#12``, its address, or its key."""

    pull: str


@frozen(kw_only=True)
class PullOpenParams(SessionParams):
    """Open the pull request of a session. ``draft``: as a draft, also where that is not configured."""

    draft: bool = False


@frozen(kw_only=True)
class PullClaimParams(PullParams):
    """Go on with a pull request in a session of its own. Empty fields: the project's defaults."""

    task: str = ""
    name: str = ""
    agent: str = ""
    runtime: str = ""


@frozen(kw_only=True)
class PullMergeParams(PullParams):
    """Merge a pull request."""

    #: Also where it has no check at all.
    no_checks: bool = False


@frozen(kw_only=True)
class CheckOfPullParams(PullParams):
    """A failed check of a pull request by its name or key; empty: all that failed."""

    check: str = ""


@frozen(kw_only=True)
class ReplyParams(PullParams):
    """Say something in a thread of a pull request."""

    thread: str
    text: str


@frozen(kw_only=True)
class ThreadParams(PullParams):
    """Names a thread of a pull request."""

    thread: str


@frozen(kw_only=True)
class AllowCommentParams(PullParams):
    """Let a comment reach agents, as it reads now; ``always``: everything that its author says."""

    comment: str
    always: bool = False


@frozen(kw_only=True)
class SendCommentParams(PullParams):
    """What is told to the agent of the pull request's session: a whole ``thread``, or one ``comment``."""

    thread: str = ""
    comment: str = ""


@frozen(kw_only=True)
class AuthorParams(ProjectParams):
    """What ``author`` (a login) says is shown no more and reaches no agent; ``ignored`` false takes that back."""

    author: str
    ignored: bool = True


@frozen(kw_only=True)
class Pulls:
    """Answer to ``pulls``. Of one that was named: what is said at it, oldest first, and what its CI found."""

    revision: int
    pulls: tuple[PullRow, ...] = ()
    comments: tuple[CommentRow, ...] = ()
    failures: tuple[FailureRow, ...] = ()
    #: Why what is shown may be old: forges that let nothing be seen, and what to do.
    notices: tuple[str, ...] = ()


@frozen(kw_only=True)
class Threads:
    """Answer to ``ao/threads``."""

    revision: int
    threads: tuple[ThreadRow, ...] = ()


@frozen(kw_only=True)
class CiLog:
    """Answer to ``ciLog``: ``file`` holds ``text``, the ends of the logs of the failed checks, with their addresses."""

    file: str
    text: str


@frozen(kw_only=True)
class IssueRow:
    """An issue that waits for somebody, or that a session works on.

    ``state``: ``held`` (a person has to begin it), ``claimed`` (another fleet is at it), ``waits``, ``failed`` (it
    could not be begun), ``worked on`` or ``over`` (its session is); ``detail`` says more exactly what is going on, or
    what to do.
    """

    key: str
    project: str
    title: str
    state: str
    detail: str
    url: str = ""
    author: str = ""
    labels: tuple[str, ...] = ()
    session: str = ""


@frozen(kw_only=True)
class Issues:
    """Answer to ``issues``. ``problem``: why the tracker could not be asked now; the rows are what was seen before."""

    issues: tuple[IssueRow, ...] = ()
    tracker: str = ""
    #: Which issues agents are given by themselves, in words; empty: none.
    intake: str = ""
    problem: str = ""
