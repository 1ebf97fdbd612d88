"""What is shown: rows of sessions, failures, landings, hunts, projects and checks."""

from __future__ import annotations

from attrs import frozen


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

    What only the CI of a pull request sees has ``ci:<workflow>/<job>`` for a ``check``, of no workflow ``ci:<job>``; no
    hunt is after that.
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
