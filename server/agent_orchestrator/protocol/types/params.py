"""What methods are called with."""

from __future__ import annotations

from attrs import frozen


@frozen(kw_only=True)
class ProjectParams:
    """Names a project by id or by a path inside of it; empty: the one that the client's folder lies in."""

    project: str = ""
    path: str = ""


@frozen(kw_only=True)
class AddProjectParams:
    """A folder to drive, and the id to give it. ``config``: the configuration file, where it lies elsewhere."""

    path: str
    id: str = ""
    config: str = ""


@frozen(kw_only=True)
class TrustParams(ProjectParams):
    """Trust what the project's configuration runs. ``trust`` is the hash of what was shown; another one is refused."""

    by: str = ""
    trust: str = ""


@frozen(kw_only=True)
class CheckParams(ProjectParams):
    """Run checks in the checkout as it lies; empty ``checks``: all.

    ``files``, by their paths in the repository: only the tests in these, where that can be and a whole run was seen.
    """

    checks: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@frozen(kw_only=True)
class HuntParams(ProjectParams):
    """Hunt what is red. ``checkout``: ``ff``, ``never`` or empty (as configured); ``max`` 0: no cap on sessions.

    ``failures``: only these (ids as in ``FailureRow.id``).
    """

    checks: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    agent: str = ""
    max: int = 0
    checkout: str = ""
    dry_run: bool = False
    interactive: bool = False


@frozen(kw_only=True)
class HuntIdParams:
    """Names a hunt; with ``revision``, the answer waits until something is newer than it (at most 30 s)."""

    hunt: str
    revision: int = -1


@frozen(kw_only=True)
class NewParams(ProjectParams):
    """A free task for an agent. Empty fields: the project's defaults."""

    task: str
    name: str = ""
    branch: str = ""
    agent: str = ""
    runtime: str = ""
    workspace: str = ""
    issue: str = ""


@frozen(kw_only=True)
class SessionParams:
    """Names a session: its id, ``<prefix>-<name>``, its name, or an unambiguous beginning of one of these."""

    session: str
    project: str = ""


@frozen(kw_only=True)
class StopParams(ProjectParams):
    """Stop one session, or those of a project, or (``all``) every one."""

    session: str = ""
    all: bool = False


@frozen(kw_only=True)
class PauseParams(ProjectParams):
    """A project, or with ``all`` every one."""

    all: bool = False


@frozen(kw_only=True)
class SendParams(SessionParams):
    """Text for the session's agent."""

    text: str


@frozen(kw_only=True)
class HunkParams(SessionParams):
    """A hunk of a file that a session changed, counted from 1 in the file's diff."""

    path: str
    hunk: int


@frozen(kw_only=True)
class AnswerParams(SessionParams):
    """An answer to what the session's agent asks.

    ``option`` is an option's id or label, or ``allow`` or ``deny``; ``ask`` the id of what is asked, empty: the oldest.
    ``text`` are words for the agent to go with it, or the answer itself where it takes one in words.
    """

    option: str = ""
    ask: str = ""
    text: str = ""


@frozen(kw_only=True)
class LogsParams(SessionParams):
    """The session's output from byte ``offset`` on; negative: that many bytes from the end."""

    offset: int = -65536
    turn: int = 0


@frozen(kw_only=True)
class LandParams(ProjectParams):
    """Land a session; ``allow``: also what the guard holds. ``checkout``: bring the user's checkout up to date."""

    session: str = ""
    allow: bool = False
    by: str = ""
    checkout: bool = False


@frozen(kw_only=True)
class UndoParams(ProjectParams):
    """Take a landing back; ``landing`` is its id, its commit (or a beginning of it) or its session."""

    landing: str


@frozen(kw_only=True)
class CleanParams(ProjectParams):
    """Remove what is merged, and saved refs that are older than ``days``."""

    days: int = 30


@frozen(kw_only=True)
class MuteParams:
    """Mute a failure as flaky, or (``muted`` false) take that back."""

    failure: str
    muted: bool = True
    by: str = ""


@frozen(kw_only=True)
class DiffParams(SessionParams):
    """What a session changed. ``documents``: with files to show of both sides."""

    documents: bool = True


@frozen(kw_only=True)
class ReactionsParams(ProjectParams):
    """The reactions of a project. ``test``: what would be done about that event, of ``session`` where it is of one.

    ``pull``: the pull request that it would happen to, as a person names it.
    """

    test: str = ""
    session: str = ""
    pull: str = ""


@frozen(kw_only=True)
class ReactParams:
    """A reaction that was offered, by its ``key``."""

    reaction: str


@frozen(kw_only=True)
class QuietParams(SessionParams):
    """No notifications of a session, or (``quiet`` false) the usual ones again."""

    quiet: bool = True


@frozen(kw_only=True)
class ListParams(ProjectParams):
    """Sessions of one project, or (no project, ``all``) of every one; ``closed`` adds those that are over."""

    all: bool = True
    closed: bool = False
