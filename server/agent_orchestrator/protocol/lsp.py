"""Our own messages of the Language Server Protocol, and what our diagnostics carry."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from agent_orchestrator.protocol import types as t

#: A diagnostic's ``source`` is this and the check's id.
SOURCE = "ao:"
#: The ``source`` of diagnostics about ``agent-orchestrator.yaml`` and about a project that can not be driven.
CONFIG_SOURCE = "ao"
#: The ``source`` of what the CI of a pull request says is this, the workflow with ``/`` if it has one, and the job.
CI_SOURCE = "ci:"
#: The ``source`` of what a reviewer of a pull request says is this and the login.
REVIEW_SOURCE = "review:@"

#: The files that show what a session changed are named by it and this.
DIFF_SUFFIX = ".diff"

CHANGED = "ao/changed"
SESSIONS = "ao/sessions"
FAILURES = "ao/failures"
IDLE = "ao/idle"
THREADS = "ao/threads"

#: Commands that only make sense in an editor: they show something there, or ask and then run another command.
FIX_WITH = "ao.fixWith"
SHOW_OWNER = "ao.showOwner"
SHOW_LOG = "ao.showLog"
SHOW_DIFF = "ao.showDiff"
SHOW_ATTACH = "ao.showAttach"
SHOW_SESSIONS = "ao.showSessions"
COMPOSE = "ao.compose"
REVIEW_ADD = "ao.review.add"
REVIEW_SEND = "ao.review.send"


@frozen(kw_only=True)
class DiagnosticData:
    """What a diagnostic of a failure carries in ``data``."""

    id: str
    project: str
    check: str
    #: As in ``FailureRow.state``.
    state: str
    session: str = ""
    #: What the owner does, as in ``SessionRow.detail``.
    owner: str = ""
    landing: str = ""
    #: The pull request whose CI or reviewers say so, by its key and its number.
    pull: str = ""
    number: int = 0
    #: The lines were edited since the check ran.
    stale: bool = False
    checkout_only: bool = False


@frozen(kw_only=True)
class Changed:
    """Something that can be seen has changed: how many sessions are open and how many failures are shown."""

    revision: int
    sessions: int
    failures: int


@frozen(kw_only=True)
class Idle:
    """Answer to ``ao/idle``, which waits until nothing is under way: no effect runs, everything new was sent."""

    revision: int


@frozen(kw_only=True)
class ShowParams:
    """What an action shows: a session, by id."""

    session: str


@frozen(kw_only=True)
class ShowSessionsParams:
    """Nothing is to be chosen."""


@frozen(kw_only=True)
class Shown:
    """The file that was opened in the editor."""

    path: str


@frozen(kw_only=True)
class FixParams:
    """The failures (ids) that an agent, which the person chooses, is to fix."""

    failures: tuple[str, ...]
    project: str = ""


@frozen(kw_only=True)
class ComposeParams:
    """To whom something is written: the agent of a session, or a new one, about failures (ids) if there are any; with a
    ``thread``, those who speak there at the pull request.
    """

    session: str = ""
    project: str = ""
    agent: str = ""
    failures: tuple[str, ...] = ()
    pull: str = ""
    thread: str = ""


@frozen(kw_only=True)
class ReviewAddParams:
    """A note on lines (from 1, both included) of a file in a session's worktree; empty: it is still to be written."""

    session: str
    path: str
    line: int
    end_line: int = 0
    note: str = ""


@frozen
class Message:
    """A message that is not part of the Language Server Protocol. ``sender`` is who sends it."""

    name: str
    kind: Literal["request", "notification"]
    sender: Literal["client", "server"]
    params: type | None
    result: type | None
    doc: str


MESSAGES = (
    Message(CHANGED, "notification", "server", Changed, None, "Something changed; at once, then at most every 100 ms."),
    Message(SESSIONS, "request", "client", t.ListParams, t.Sessions, "The sessions as rows."),
    Message(FAILURES, "request", "client", t.ProjectParams, t.Failures, "What is red, as rows."),
    Message(
        THREADS, "request", "client", t.ProjectParams, t.Threads, "What reviewers say, at the lines of the checkout."
    ),
    Message(IDLE, "request", "client", None, Idle, "Answered when nothing is under way and all was sent: for tests."),
)


@frozen
class EditorCommand:
    """A command that only editors have."""

    id: str
    params: type
    result: type
    doc: str


EDITOR_COMMANDS = (
    EditorCommand(FIX_WITH, FixParams, t.HuntState, "Ask which agent, then hunt these failures with it."),
    EditorCommand(SHOW_OWNER, ShowParams, t.SessionDetail, "Show what a session does."),
    EditorCommand(SHOW_LOG, ShowParams, Shown, "Open a session's log."),
    EditorCommand(SHOW_DIFF, ShowParams, Shown, "Open what a session changed."),
    EditorCommand(SHOW_ATTACH, ShowParams, t.Argv, "Say how to join a session's program in a terminal."),
    EditorCommand(SHOW_SESSIONS, ShowSessionsParams, Shown, "Open the sessions document."),
    EditorCommand(COMPOSE, ComposeParams, Shown, "Open a file to write a task or a message in; saved, it is sent."),
    EditorCommand(REVIEW_ADD, ReviewAddParams, Shown, "Add a note on code to the session's review, which is a file."),
    EditorCommand(REVIEW_SEND, ShowParams, t.Done, "Send the session's review to its agent, as one message."),
)
