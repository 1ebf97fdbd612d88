"""What the engine knows: facts and decisions, never a status.

Every value here is frozen; the engine's loop is the only place that replaces the state. What a person sees (idle,
working, open, fixed …) is derived from it in :mod:`agent_orchestrator.engine.derive` when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from agent_orchestrator.model.activity import Ask, Fact
from agent_orchestrator.model.evidence import Evidence, Item
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.rule import Tally
from agent_orchestrator.model.tracked import Intake, Noted, Tracked
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.model.watched import Watched


@frozen
class Settings:
    """What decisions need of a project's configuration; commands and environments stay out of the journal."""

    name: str
    path: str
    prefix: str
    target: str
    strategy: str = "squash"
    checkout: str = "ask"
    checks: tuple[str, ...] = ()
    gate: tuple[str, ...] = ()
    agent: str = "autofix"
    runtime: str = "process"
    attempts: int = 3
    agents: int = 2
    #: Seconds that all turns of one session may take together.
    session_seconds: float = 7200.0
    #: US dollars that one session may spend; None: as much as it likes.
    cost: float | None = None
    #: Tokens that one session may use, read and written together; None: as many as it likes.
    tokens: int | None = None
    #: Hash of everything that would be run; compared with what the person trusted.
    trust: str = ""
    #: The configuration file that these come from; empty when there was none.
    config: str = ""
    #: ``owner/name`` or URL at the host, as configured or as the remote ``origin`` says.
    repo: str = ""
    #: Push the target to its upstream after a landing.
    push: bool = False
    #: What is done by itself, one for each event at most.
    reactions: tuple[Rule, ...] = ()
    #: Where its pull requests and its CI are.
    forge: Forge | None = None
    #: Where its issues are, and which of them agents are given by themselves.
    tracker: Tracked | None = None
    intake: Intake | None = None

    @property
    def publishes(self) -> bool:
        """Does proven work become a pull request, in place of landing here?"""
        return self.forge is not None and self.forge.publishes


@frozen
class Target:
    """Where the target branch stands, and the digest of the gate (commands and environment) as of then.

    ``tree`` is what evidence is kept under (see ``landing.evidence``): the commit's tree, or the commit itself.
    """

    commit: str
    tree: str
    gate: str
    at: float = 0.0
    #: The branch that landings move: the configured one, or ``ao/landed`` in its place.
    branch: str = ""
    #: The tip of the user's branch that ``ao/landed`` stands in for, and its tree, where the two have diverged.
    theirs: str = ""
    theirs_tree: str = ""


@frozen
class Project:
    """One repository that the daemon drives."""

    id: str
    settings: Settings
    trusted: str = ""
    paused: bool = False
    target: Target | None = None
    #: ``ff`` or ``never`` once a person (or a flag) has answered ``landing.checkout: ask``.
    checkout: str = ""
    #: Why nothing can be done here (no repository, no commits, no environment); empty when all is well.
    problem: str = ""
    #: The target is behind its upstream or has diverged from it, in a sentence.
    notice: str = ""
    #: Why its forge lets nothing be seen, for some minutes now; empty when it does.
    forge_trouble: str = ""
    #: Logins whose comments reach agents because a person said so.
    heard: tuple[str, ...] = ()
    #: Logins whose comments are neither shown nor heard because a person said so.
    ignored: tuple[str, ...] = ()
    #: The issues that wait for somebody, as they were last seen; None: they were never looked for.
    issues: tuple[Noted, ...] | None = None
    #: Keys of the issues that sessions were ever begun for.
    taken: tuple[str, ...] = ()

    @property
    def active(self) -> bool:
        """May anything run for this project? Invariant: nothing in a folder runs before the person trusted it."""
        return not self.paused and not self.problem and self.trusted == self.settings.trust

    @property
    def hears(self) -> tuple[str, ...]:
        """Logins whose words reach agents whatever the forge says of their rights."""
        forge = self.settings.forge
        return (*self.heard, *(forge.trusted if forge else ()))


@frozen
class Failure:
    """One red thing of a target, known by its signature.

    ``cluster`` groups failures with one root cause. ``settled`` is ``""`` while the failure is open, else one of
    ``fixed``, ``gone`` (passes on the target without a landing of ours for it), ``flaky``, ``muted``, ``left``;
    ``landing`` names the landing that fixed it, and stays when the failure comes back.
    """

    signature: str
    project: str
    item: Item
    finding: Finding
    cluster: str
    opened_at: float
    #: It was run again and stayed red (lint always is): worth an agent.
    reproduced: bool = False
    session: str = ""
    settled: str = ""
    reason: str = ""
    landing: str = ""
    reopened: int = 0


@frozen
class Turn:
    """One run of the agent. ``ended_at`` 0 means that it still runs."""

    number: int
    started_at: float
    feedback: str = ""
    #: When the agent's process was seen to be gone; its work is saved after that.
    exited_at: float = 0.0
    ended_at: float = 0.0
    code: int | None = None
    summary: str = ""
    head: str = ""
    saved: str = ""
    #: As in :mod:`agent_orchestrator.model.usage`.
    error: str = ""
    usage: Usage | None = None
    #: Its program is talked to while it runs.
    talks: bool = False
    #: How many of the facts that its program's output gives are recorded.
    observed: int = 0
    #: Who asked that the agent ends what it does, once for each time.
    interrupts: tuple[str, ...] = ()

    @property
    def went_well(self) -> bool:
        """Did the agent come to its end, by its own word and by its process?"""
        return bool(self.ended_at) and self.code == 0 and not self.error


@frozen
class Message:
    """Text for an agent: queued while ``turn`` is 0, then offered in that turn, then accepted, then answered.

    Invariant: accepted is what the agent itself says. What it did not accept is queued again when the turn is over,
    under the same id; after some times it is ``lost``.
    """

    id: str
    text: str
    at: float
    turn: int = 0
    #: It was offered while the turn ran, and was not part of what the turn began with.
    aside: bool = False
    accepted_at: float = 0.0
    answered_at: float = 0.0
    tries: int = 0
    lost: bool = False


@frozen
class Asked:
    """Something that an agent asked in a turn. ``answered_at`` 0: nobody has answered it yet.

    ``option`` is empty where it was not answered but is not asked any more; ``by`` says why.
    """

    ask: Ask
    turn: int
    at: float
    option: str = ""
    text: str = ""
    by: str = ""
    answered_at: float = 0.0


@frozen
class OutsideFile:
    """A file of the user's checkout that changed while an agent ran, and the blobs of its contents then.

    ``by_agent``: the agent itself says that it changed it; if not, it may have been the person.
    """

    path: str
    before: str
    after: str
    by_agent: bool = False


@frozen
class Link:
    """A commit that would become the target: what a session's work looks like on ``base``."""

    base: str
    commit: str
    tree: str


@frozen
class Again:
    """A decision to give the agent another turn. ``move``: how to get onto ``onto`` (``merge``, ``restart``, none)."""

    feedback: str
    move: str = ""
    onto: str = ""


@frozen
class DraftClaim:
    """The branch at the forge by which others see that a session is at work, and the empty commit that is on it.

    It is meant before it is ``made``: whether it is there is not known until then. ``shown``: there is a draft of it.
    """

    branch: str
    commit: str
    made: bool = False
    shown: bool = False


@frozen
class Session:
    """One task of one agent in its own worktree and branch."""

    id: str
    project: str
    name: str
    title: str
    prompt: str
    agent: str
    runtime: str
    branch: str
    base: str
    base_tree: str
    path: str
    created_at: float
    hunt: str = ""
    failures: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    #: The landing that this session takes back; such a session has no agent and no worktree.
    undoes: str = ""
    #: The commit of the user's branch that this session merges into ``ao/landed``, without an agent as well.
    follows: str = ""
    #: ``""`` not made yet, ``ready``, ``gone`` (removed by hand), ``removed`` (by us, saved before), ``kept`` (saved,
    #: and git refused to remove it: `ao clean` tries again).
    workspace: str = ""
    turns: tuple[Turn, ...] = ()
    messages: tuple[Message, ...] = ()
    again: Again | None = None
    #: The commit that the agent's last turn ended with, and its tree; empty when there is nothing to land.
    head: str = ""
    head_tree: str = ""
    held: tuple[str, ...] = ()
    #: Who allowed what the guard held, for which head, and when.
    allowed_by: str = ""
    allowed_head: str = ""
    allowed_at: float = 0.0
    link: Link | None = None
    queued_at: float = 0.0
    #: Why landing waits for the moment (the user's checkout is dirty, an operation is in progress).
    waits: str = ""
    landing: str = ""
    #: Why the session was given up; empty otherwise.
    left: str = ""
    #: Its items pass on the target without it.
    unneeded: bool = False
    stopping: bool = False
    #: When a person brought the session back after it was stopped or left; its tries are counted from then on.
    restored_at: float = 0.0
    #: What the agent's next turn goes on with; empty: it begins anew.
    conversation: str = ""
    #: The agent may do anything unasked.
    bypass: bool = False
    #: What was observed of the turn that runs: the newest of each kind from each source, oldest first.
    facts: tuple[Fact, ...] = ()
    #: What its agent asked, oldest first, and who answered what.
    asks: tuple[Asked, ...] = ()
    #: Why its agent's program could not be started, and what to do about it; it waits until a person says so.
    lacks: str = ""
    #: A person wants no notifications of it.
    quiet: bool = False
    #: Files of the user's checkout that changed while its agent ran, and were not put back.
    outside: tuple[OutsideFile, ...] = ()
    #: The reaction that began it; empty: a person or a hunt did.
    reaction: str = ""
    #: The key of its pull request, and the head of its own that is at the forge.
    pull: str = ""
    published: str = ""
    #: The branch at the forge that its work is pushed to; empty: its own.
    pushes_to: str = ""
    #: What shows others at the forge that it is at work; nothing from when its work itself is there to be reviewed.
    claim: DraftClaim | None = None
    #: A person wants its work as a pull request, also where work lands here; and that as a draft.
    opens_pull: bool = False
    draft: bool = False
    #: It was begun without a task: its agent is not run before somebody says something.
    listens: bool = False
    #: The key of the issue that it works on, and what its tracker was told of that.
    issue: str = ""
    issue_told: tuple[str, ...] = ()
    #: When its agent was found to have shown no sign of life for too long.
    stuck_at: float = 0.0
    saves: int = 0
    last_activity: float = 0.0
    notices: tuple[str, ...] = ()

    @property
    def turn(self) -> Turn | None:
        """The newest turn."""
        return self.turns[-1] if self.turns else None

    @property
    def running(self) -> bool:
        """Is a turn under way?"""
        return bool(self.turns) and not self.turns[-1].ended_at

    @property
    def begins(self) -> bool:
        """Is its first turn to be started?"""
        return not self.turns and not (self.listens and not self.messages)

    @property
    def open_asks(self) -> tuple[Asked, ...]:
        """What its agent waits for, oldest first."""
        return tuple(asked for asked in self.asks if not asked.answered_at)

    @property
    def closed(self) -> bool:
        """Nothing more will be done for its task."""
        return bool(self.landing or self.left or self.unneeded or self.stopping)

    @property
    def has_agent(self) -> bool:
        """Does an agent work on it, in a worktree? Undos and merges are made by the engine alone."""
        return not (self.undoes or self.follows)

    @property
    def unfinished(self) -> bool:
        """Did the newest turn of a free task not end well? Invariant: what it left is kept, and never taken for done.

        Work on failures is judged by what it turned to pass; of a free task nothing but the agent says that it is done.
        """
        turn = self.turn
        return not self.items and self.has_agent and turn is not None and bool(turn.ended_at) and not turn.went_well

    @property
    def in_review(self) -> bool:
        """Is its work as it stands a pull request, which is not merged yet, and has its agent nothing to do?"""
        there = bool(self.published) and self.published == self.head
        return there and not (self.closed or self.running or self.again)

    @property
    def is_held(self) -> bool:
        """The guard waits for a person to allow this head."""
        return bool(self.held) and self.allowed_head != self.head and not self.unfinished


@frozen
class Hunt:
    """A standing wish: everything red in the target is fixed, or settled with a reason."""

    id: str
    project: str
    started_at: float
    checks: tuple[str, ...] = ()
    agent: str = ""
    max: int = 0
    ended_at: float = 0.0
    #: Only these; empty: everything that the checks say.
    items: tuple[Item, ...] = ()
    reason: str = ""
    #: Sessions that this hunt claimed.
    sessions: tuple[str, ...] = ()
    #: The target's red items when the hunt first saw them.
    red_at_start: tuple[Item, ...] | None = None
    start_commit: str = ""


@frozen
class Landing:
    """One move of the target. Intended before it is tried; ``landed_at`` 0 until it is known to have happened."""

    id: str
    project: str
    session: str
    base: str
    commit: str
    tree: str
    evidence: str
    target: str
    intended_at: float
    landed_at: float = 0.0
    superseded: bool = False
    #: Items that this landing turned to pass.
    fixed: tuple[Item, ...] = ()
    undoes: str = ""
    allowed_by: str = ""
    #: The key of the pull request by which it was merged at the forge, and where the target stood here then.
    pull: str = ""
    behind: str = ""
    #: When the target was pushed after it, and why that failed.
    pushed_at: float = 0.0
    push_problem: str = ""

    @property
    def pending(self) -> bool:
        """Intended, with no outcome yet."""
        return not self.landed_at and not self.superseded


@frozen
class GateRun:
    """A gate that was started and has no result yet; after a restart its report is taken or it is run again."""

    id: str
    project: str
    tree: str
    commit: str
    started_at: float


@frozen
class Problem:
    """Something unexpected, kept to be shown. ``count`` is how often it happened in a row."""

    key: str
    message: str
    at: float
    count: int = 1


@frozen
class Limit:
    """A usage limit of an agent, until a time (seconds since 1970); with ``asks`` until a person says so."""

    until: float
    asks: bool = False


@frozen
class Reaction:
    """What is to be done about something that happened, until its ``outcome`` is known.

    Invariant: the outcome is recorded together with what was done, so that it is done once. ``key`` is the event and
    what tells its happenings apart. ``offered``: it waits for a person to say so.
    """

    key: str
    project: str
    event: str
    at: float
    session: str = ""
    #: The key of the pull request that it is about, and its head then.
    pull: str = ""
    head: str = ""
    #: The key of the issue that it is about.
    issue: str = ""
    #: As in :mod:`agent_orchestrator.model.reaction.kinds`.
    action: str = ""
    #: What the agent, or the person, is told.
    text: str = ""
    priority: str = ""
    agent: str = ""
    offered: bool = False
    #: When a person said so; 0: nobody was asked, or nobody answered.
    accepted_at: float = 0.0
    outcome: str = ""
    failed: bool = False
    done_at: float = 0.0
    #: When a person is told if it still lasts then; 0: never, or they were.
    escalate_at: float = 0.0

    @property
    def is_due(self) -> bool:
        """Is it to be done now?"""
        return not (self.outcome or self.offered)


@frozen
class State:
    """Everything. ``revision`` grows by one with each event."""

    revision: int = 0
    projects: Mapping[str, Project] = field(factory=dict)
    hunts: Mapping[str, Hunt] = field(factory=dict)
    sessions: Mapping[str, Session] = field(factory=dict)
    failures: Mapping[str, Failure] = field(factory=dict)
    landings: Mapping[str, Landing] = field(factory=dict)
    runs: Mapping[str, GateRun] = field(factory=dict)
    evidence: Mapping[str, Evidence] = field(factory=dict)
    #: (project, tree, item) → how its re-runs ended.
    tallies: Mapping[tuple[str, str, Item], Tally] = field(factory=dict)
    problems: Mapping[str, Problem] = field(factory=dict)
    #: (project, tree) that was run twice → test functions whose parameter ids differ from run to run.
    unstable: Mapping[tuple[str, str], tuple[Item, ...]] = field(factory=dict)
    #: The outbox of reactions, oldest first.
    reactions: Mapping[str, Reaction] = field(factory=dict)
    #: Pull requests that are followed, by (project, id).
    pulls: Mapping[str, Watched] = field(factory=dict)
    #: Agents that have reached a usage limit.
    limits: Mapping[str, Limit] = field(factory=dict)
