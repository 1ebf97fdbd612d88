"""Rows and parameters on the wire. Attribute names are written in camelCase there; times are seconds since the epoch.

These shapes are stable: keys are added, never renamed or given another meaning.
"""

from __future__ import annotations

from attrs import field, frozen

# Rows


@frozen(kw_only=True)
class OptionRow:
    """One answer that an agent offers. ``does``: ``allow``, ``allow-always``, ``deny``, ``deny-always``, ``choice``."""

    id: str
    label: str
    does: str


@frozen(kw_only=True)
class AskRow:
    """Something that an agent waits for: ``kind`` is ``permission``, ``question`` or ``dialog``.

    ``text`` is what it asks in a line; ``subjects`` are the commands, paths or addresses that ``tool`` would use.
    ``free``: it may be answered with words of one's own.
    """

    id: str
    kind: str
    text: str
    tool: str = ""
    subjects: tuple[str, ...] = ()
    options: tuple[OptionRow, ...] = ()
    free: bool = False
    at: float = 0.0


@frozen(kw_only=True)
class MessageRow:
    """A message to an agent: ``queued``, ``offered``, ``accepted`` (the agent says so), ``answered`` or ``lost``."""

    id: str
    text: str
    state: str
    at: float


@frozen(kw_only=True)
class SessionRow:
    """One session as a person sees it.

    ``state`` is one of ``idle``, ``working``, ``waiting``, ``error``; ``detail`` says more exactly what is going on:
    ``preparing``, ``starting``, ``working``, ``retrying: …``, ``background``, ``permission: …``, ``question: …``,
    ``dialog: …``, ``interrupted``, ``joined``, ``saving``, ``proving``, ``queued``, ``landing``, ``waits: …``,
    ``held: …``, ``in review: …``, ``landed``, ``already fixed``, ``left: …``, ``stopped``, ``worktree gone``, ``idle``,
    ``not finished``, ``rate-limited until …``.
    """

    id: str
    project: str
    name: str
    title: str
    agent: str
    runtime: str
    state: str
    detail: str
    current_task: str
    branch: str
    workspace_path: str
    base: str
    head: str = ""
    attempt: int = 0
    hunt: str = ""
    items: tuple[str, ...] = ()
    landing: str = ""
    landed_commit: str = ""
    held: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    messages_waiting: int = 0
    summary: str = ""
    created_at: float = 0.0
    last_activity: float = 0.0
    #: How the agent's last turn failed by its own words: ``rate-limited``, ``not-logged-in``, ``no-credit``,
    #: ``unreachable``, ``refused``, ``failed``; empty: it did not.
    error: str = ""
    #: The model, tokens, cost in US dollars, and the share of the context window in use, by the agent's own numbers.
    model: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    context: float | None = None
    #: The agent may do anything unasked (``permissions: {bypass: true}``).
    bypass: bool = False
    #: What the agent does at the moment, in its own words; empty: it does not say.
    doing: str = ""
    #: What it waits for, oldest first.
    asks: tuple[AskRow, ...] = ()
    #: Files of the checkout that changed while its agent ran, by the agent or by the person; `putBack` undoes that.
    outside: tuple[str, ...] = ()
    #: An agent of its runs.
    running: bool = False
    #: A person wants no notifications of it.
    quiet: bool = False
    #: Where it stands in a list: ``Needs you``, ``At work``, ``Landing queue``, ``At rest`` or ``Over``.
    group: str = ""
    #: The key of the issue that it works on.
    issue: str = ""


@frozen(kw_only=True)
class FrameRow:
    """One stack frame in the repository; ``path`` is relative to its root, ``line`` counts from 1."""

    path: str
    line: int
    #: The function's name; empty outside of one.
    name: str = ""


@frozen(kw_only=True)
class FailureRow:
    """One failure. ``state``: ``open``, ``claimed``, ``fixed``, ``already fixed``, ``flaky``, ``muted``, ``left``.

    What only the CI of a pull request sees has ``ci:<workflow>/<job>`` for a ``check``; no hunt is after that.
    """

    id: str
    project: str
    check: str
    key: str
    rule: str
    path: str
    line: int
    message: str
    state: str
    reason: str = ""
    session: str = ""
    landing: str = ""
    commit: str = ""
    reopened: int = 0
    #: True for a failure seen only in the checkout as it lies; it is shown and never hunted.
    checkout_only: bool = False
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    #: What the owner does, as in ``SessionRow.detail``; empty without an owner.
    owner: str = ""
    #: Where in the repository the failure passed through, the innermost call last.
    frames: tuple[FrameRow, ...] = ()
    #: A page about the rule.
    url: str = ""
    #: ``test``, ``lint``, ``top`` (a whole scope that can not be judged), ``job`` (one of CI that failed for no reason
    #: that was found in its log) or ``review``.
    kind: str = ""
    #: When the file was as it was looked at; 0 for a failure of the target.
    seen_at: float = 0.0
    #: That line is not there any more in the checkout: ``path`` and ``line`` are those of what was checked.
    stale: bool = False
    #: The pull request whose CI or reviewers say so, by its key and its number.
    pull: str = ""
    number: int = 0
    #: The key of the check of CI that says so.
    job: str = ""
    #: The names of what sees it as well, with the pull request: ``ci:CI/test of #12``.
    also: tuple[str, ...] = ()
    #: Of a review, whose ``key`` is that of its thread: the newest comment that reaches no agent before a person lets
    #: it, and who said that; without one, who began.
    comment: str = ""
    author: str = ""


@frozen(kw_only=True)
class QueueRow:
    """One entry of the landing queue; ``position`` counts from 1, ``state``: ``proving``, ``ready``, ``waits: …``."""

    position: int
    session: str
    project: str
    title: str
    state: str
    base: str
    commit: str = ""


@frozen(kw_only=True)
class LandingRow:
    """One landing. ``commit`` is the first-parent commit that the target moved to."""

    id: str
    project: str
    session: str
    title: str
    commit: str
    base: str
    target: str
    at: float
    fixed: tuple[str, ...] = ()
    undoes: str = ""
    allowed_by: str = ""


@frozen(kw_only=True)
class HuntRow:
    """One hunt and how far it is. ``green``: nothing that the hunt was after is red in the target any more."""

    id: str
    project: str
    started_at: float
    ended_at: float
    reason: str
    target: str
    commit: str
    start_commit: str
    red_at_start: int | None
    red_now: int | None
    green: bool
    failures: tuple[FailureRow, ...] = ()
    sessions: tuple[SessionRow, ...] = ()
    landings: tuple[LandingRow, ...] = ()
    #: What the hunt is doing now, for a progress line.
    phase: str = ""
    problems: tuple[str, ...] = ()


@frozen(kw_only=True)
class ProjectRow:
    """One project. ``problem`` is a sentence when it can not be driven."""

    id: str
    name: str
    path: str
    target: str
    trusted: bool
    paused: bool
    checks: tuple[str, ...] = ()
    problem: str = ""
    sessions: int = 0
    open_failures: int = 0
    #: ``owner/name`` or URL at the host; empty when there is no remote.
    repo: str = ""
    #: ``landing.checkout``, or the person's remembered answer to ``ask``.
    checkout: str = "ask"


@frozen(kw_only=True)
class CheckRow:
    """One check: what is run, in which format, and why (``configured`` or how it was detected)."""

    id: str
    command: str
    format: str
    why: str
    ok: bool | None = None
    seconds: float = 0.0
    problems: tuple[str, ...] = ()


@frozen(kw_only=True)
class PlanRow:
    """One task that a hunt would give to an agent (``ao hunt --dry-run``)."""

    title: str
    agent: str
    items: tuple[str, ...]
    verdict: str


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


# Parameters (every one but ids is optional)


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
    """The reactions of a project. ``test``: what would be done about that event, of ``session`` where it is of one."""

    test: str = ""
    session: str = ""


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


# Results


@frozen(kw_only=True)
class Done:
    """It was done; ``message`` says what, ``id`` names what was made."""

    message: str
    id: str = ""


@frozen(kw_only=True)
class Sessions:
    """Answer to ``sessions``."""

    revision: int
    sessions: tuple[SessionRow, ...] = ()
    #: Forges that let nothing be seen, and what to do.
    notices: tuple[str, ...] = ()


@frozen(kw_only=True)
class Failures:
    """Answer to ``failures``: what a person has to see, worst first within a file."""

    revision: int
    failures: tuple[FailureRow, ...] = ()


@frozen(kw_only=True)
class FindingRow:
    """One thing that was looked at: ``level`` is ``ok``, ``warn`` or ``fail``; ``advice`` says what to do."""

    level: str
    what: str
    found: str
    advice: str = ""


@frozen(kw_only=True)
class AgentRow:
    """One agent that a project can name: ``cost`` says what using it takes, ``lacks`` why it can not be used now."""

    name: str
    cost: str
    lacks: str = ""


@frozen(kw_only=True)
class Doctor:
    """Answer to ``doctor``. ``agents`` are those of the project that was named; without a name there are none."""

    findings: tuple[FindingRow, ...] = ()
    agents: tuple[AgentRow, ...] = ()


@frozen(kw_only=True)
class SessionDetail:
    """Answer to ``session``: the row, its failures, and what happened so far, newest last."""

    session: SessionRow
    failures: tuple[FailureRow, ...] = ()
    history: tuple[str, ...] = ()
    messages: tuple[MessageRow, ...] = ()


@frozen(kw_only=True)
class Queue:
    """Answer to ``queue``."""

    entries: tuple[QueueRow, ...] = ()
    landings: tuple[LandingRow, ...] = ()


@frozen(kw_only=True)
class Projects:
    """Answer to ``projects``."""

    projects: tuple[ProjectRow, ...] = ()


@frozen(kw_only=True)
class CommandRow:
    """Something that work in a project runs: where it is configured, and the command or the variable's value."""

    key: str
    command: str


@frozen(kw_only=True)
class Runs:
    """Answer to ``runs``: everything that trusting the project allows, and the hash that stands for it."""

    project: str
    trust: str
    trusted: bool
    commands: tuple[CommandRow, ...] = ()


@frozen(kw_only=True)
class CheckResults:
    """Answer to ``check``: what was run and what is red, in the checkout as it lies."""

    project: str
    checks: tuple[CheckRow, ...] = ()
    failures: tuple[FailureRow, ...] = ()


@frozen(kw_only=True)
class HuntState:
    """Answer to ``hunt`` and ``huntState``; ``plan`` only for a dry run."""

    revision: int
    hunt: HuntRow | None = None
    plan: tuple[PlanRow, ...] = ()
    notices: tuple[str, ...] = ()


@frozen(kw_only=True)
class Argv:
    """Answer to ``attach``: the command to run in a terminal, with ``env`` set over that terminal's environment."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class LogChunk:
    """Answer to ``logs``. ``ended``: nothing more will come. ``offset`` is where the next chunk starts."""

    text: str
    offset: int
    ended: bool
    turn: int = 0


@frozen(kw_only=True)
class Text:
    """Answer to ``prompt``: plain text."""

    text: str


@frozen(kw_only=True)
class ChangedFile:
    """A file that a session changed. ``status``: ``added``, ``changed`` or ``deleted``; one that moved is two.

    ``base`` and ``head`` are files to open that hold it as it was and as it is: of a session that is at it, its
    worktree's own. Empty: it is not there, has more than 4 MB, or documents were not asked for.
    """

    path: str
    status: str
    base: str = ""
    head: str = ""


@frozen(kw_only=True)
class Diff:
    """Answer to ``diff``: the unified diff between two commits, and its files, sorted. Nothing changed: no ``head``."""

    text: str
    base: str
    head: str = ""
    files: tuple[ChangedFile, ...] = ()


@frozen(kw_only=True)
class RuleRow:
    """What is done about an event. ``auto`` false: it is offered. ``threshold`` is in seconds."""

    project: str
    event: str
    action: str
    auto: bool
    priority: str
    retries: int
    condition: str = ""
    message: str = ""
    threshold: float = 0.0


@frozen(kw_only=True)
class ReactionRow:
    """Something that happened, and what was done about it.

    ``outcome`` is empty while nothing was done; ``offered``: nothing is done before a person says so (``react``).
    """

    key: str
    project: str
    event: str
    at: float
    session: str
    action: str
    text: str
    offered: bool
    outcome: str
    failed: bool


@frozen(kw_only=True)
class Reactions:
    """Answer to ``reactions``: the rules, and what happened lately, newest last; ``test`` is what would be done."""

    rules: tuple[RuleRow, ...] = ()
    reactions: tuple[ReactionRow, ...] = ()
    test: tuple[str, ...] = ()


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

    ``state``: ``held`` (a person has to begin it), ``waits``, ``failed`` (it could not be begun), ``worked on`` or
    ``over`` (its session is); ``detail`` says more exactly what is going on, or what to do.
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


@frozen(kw_only=True)
class DaemonState:
    """Answer to ``daemon``: who answers, for how long, and what is wrong."""

    version: str
    pid: int
    started_at: float
    revision: int
    state_dir: str
    problems: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
