"""Everything that can happen: facts that were observed and decisions that were taken.

The journal holds these and nothing else. An event carries its own time (seconds since the epoch), ids and random
values, so that replaying it gives the same state. A class may gain fields with defaults; a change of meaning gets a
new class and an upcaster in :mod:`agent_orchestrator.engine.upcast`.
"""

from __future__ import annotations

from attrs import field, frozen

from agent_orchestrator.engine.state import OutsideFile, Settings
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.model.evidence import Evidence, Item
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.rule import Tally
from agent_orchestrator.model.usage import Usage


@frozen
class Event:
    """Base of all events; ``at`` is when it was observed or decided."""

    at: float


# Projects


@frozen
class ProjectConfigured(Event):
    """A project's configuration was read (again). ``problem`` says why it can not be driven."""

    project: str
    settings: Settings
    problem: str = ""


@frozen
class ProjectRemoved(Event):
    """The daemon no longer drives the project; its repository is untouched."""

    project: str


@frozen
class ProjectTrusted(Event):
    """A person trusted everything that the hash covers."""

    project: str
    trust: str
    by: str = ""


@frozen
class ProjectPaused(Event):
    """Nothing new is started until the project is resumed; what runs goes on."""

    project: str
    paused: bool


@frozen
class CheckoutChosen(Event):
    """A person answered whether their checkout may be fast-forwarded: ``ff`` or ``never``."""

    project: str
    choice: str
    by: str = ""


@frozen
class TargetObserved(Event):
    """Where the target branch stands. ``gate`` is the digest of commands, environment and versions."""

    project: str
    commit: str
    tree: str
    gate: str
    #: The target is behind its upstream or has diverged from it, in a sentence.
    notice: str = ""
    branch: str = ""
    #: The tip of the branch that ``ao/landed`` stands in for, and what its evidence is kept under, where the two have
    #: diverged.
    theirs: str = ""
    theirs_tree: str = ""


@frozen
class TargetStale(Event):
    """What is known of the target may be out of date: observe it again."""

    project: str


# Hunts


@frozen
class HuntStarted(Event):
    """Fix what is red in the project's target."""

    hunt: str
    project: str
    checks: tuple[str, ...] = ()
    agent: str = ""
    max: int = 0
    #: Only these; empty: everything that the checks say.
    items: tuple[Item, ...] = ()


@frozen
class HuntEnded(Event):
    """Nothing more can be done for the hunt."""

    hunt: str
    reason: str


# Proof


@frozen
class GateStarted(Event):
    """A gate is about to run on a tree, in a slot."""

    run: str
    project: str
    tree: str
    commit: str


@frozen
class GateFinished(Event):
    """A gate's results on a tree. Not proven, foreign and incomplete results are in the evidence itself."""

    run: str
    project: str
    evidence: Evidence


@frozen
class ItemsRerun(Event):
    """Single items were run again on a tree: the tallies so far, replacing the earlier ones."""

    project: str
    tree: str
    tallies: tuple[tuple[Item, Tally], ...]


@frozen
class IdsCompared(Event):
    """A tree was run twice: ``functions`` are the tests whose parameter ids differ from run to run."""

    project: str
    tree: str
    functions: tuple[Item, ...] = ()


@frozen
class FailureMuted(Event):
    """A person muted a failure as flaky; ``muted`` false takes that back.

    ``finding`` is given for one that was seen in a checkout alone so far, with the check that said it.
    """

    signature: str
    muted: bool = True
    by: str = ""
    project: str = ""
    check: str = ""
    finding: Finding | None = None


# Sessions


@frozen
class SessionClaimed(Event):
    """A session was made for a task; its failures are claimed in the same transaction, before anything is spawned."""

    session: str
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
    hunt: str = ""
    failures: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    #: The landing that this session takes back; such a session has no agent and no worktree.
    undoes: str = ""
    #: The commit of the user's branch that this session merges into ``ao/landed``, without an agent as well.
    follows: str = ""
    follows_tree: str = ""
    #: The reaction that began it.
    reaction: str = ""
    #: The key of the pull request that it goes on with, and the branch there that it is pushed to.
    pull: str = ""
    pushes_to: str = ""
    #: No turn of its agent is begun before somebody says something.
    listens: bool = False
    #: The key of the issue that it works on.
    issue: str = ""


@frozen
class WorkspaceReady(Event):
    """The session's worktree exists at its base, with its files and its set-up done."""

    session: str
    notices: tuple[str, ...] = ()


@frozen
class WorkspaceFailed(Event):
    """The worktree could not be made."""

    session: str
    reason: str


@frozen
class WorkspaceGone(Event):
    """The worktree was removed by somebody else."""

    session: str


@frozen
class WorkspaceMoved(Event):
    """The session's branch now starts from another commit of the target."""

    session: str
    base: str
    base_tree: str
    head: str
    head_tree: str
    saved: str = ""


@frozen
class WorkspaceRemoved(Event):
    """The worktree was saved and removed, or (``reason``) saved and could not be removed."""

    session: str
    saved: str
    reason: str = ""


@frozen
class TurnStarted(Event):
    """The agent is about to be run for the ``turn``-th time. Messages listed are part of what it is told."""

    session: str
    turn: int
    feedback: str = ""
    messages: tuple[str, ...] = ()
    #: The agent may do anything unasked.
    bypass: bool = False


@frozen
class AgentExited(Event):
    """The agent's process of a turn is gone; what it left is yet to be committed, saved and looked at."""

    session: str
    turn: int


@frozen
class TurnEnded(Event):
    """The agent's turn is over and its work is committed and saved.

    ``head`` is empty when the branch holds nothing beyond its base. ``held`` is what the guard found in the diff.
    """

    session: str
    turn: int
    code: int | None
    summary: str
    head: str = ""
    head_tree: str = ""
    saved: str = ""
    held: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    #: What a later turn of the agent goes on with; empty: there is none any more, None: as before.
    conversation: str | None = None
    #: As in :mod:`agent_orchestrator.model.usage`; empty: the agent says that all went well.
    error: str = ""
    usage: Usage | None = None


@frozen
class AgentLimited(Event):
    """An agent has reached a usage limit: until then (seconds since 1970) nobody starts a turn of it.

    ``asks``: a person is to say that it goes on.
    """

    agent: str
    until: float
    session: str = ""
    asks: bool = False


@frozen
class AgentResumed(Event):
    """An agent's usage limit is over, or a person says so."""

    agent: str


@frozen
class MessageQueued(Event):
    """A person or a reaction has something to say to the session's agent."""

    session: str
    message: str
    text: str


@frozen
class Observed(Event):
    """Something was observed of an agent's turn. ``number`` counts what its program's output has given so far."""

    session: str
    turn: int
    fact: Fact
    number: int = 0


@frozen
class MessageOffered(Event):
    """A message is about to be sent to the agent of a turn that runs."""

    session: str
    turn: int
    message: str


@frozen
class AskAnswered(Event):
    """What an agent asked is answered with one of its options: by a person, by the rules, or because time ran out."""

    session: str
    ask: str
    option: str
    text: str = ""
    by: str = ""


@frozen
class InterruptAsked(Event):
    """A person wants the agent to end what it does and to wait."""

    session: str
    turn: int
    by: str = ""


@frozen
class LandingAllowed(Event):
    """A person allowed what the guard held, for exactly this head."""

    session: str
    head: str
    by: str


@frozen
class SessionStopped(Event):
    """A person stopped the session: end its agent, save, remove the worktree."""

    session: str
    by: str = ""


@frozen
class SessionQuieted(Event):
    """A person wants no notifications of the session; ``quiet`` false: they want them again."""

    session: str
    quiet: bool = True
    by: str = ""


@frozen
class SessionLeft(Event):
    """The session was given up, with the reason."""

    session: str
    reason: str


@frozen
class SessionRestored(Event):
    """A stopped or left session goes on from its saved work. ``workspace`` is empty where it was made again."""

    session: str
    head: str
    head_tree: str
    workspace: str = "ready"


@frozen
class SessionRetried(Event):
    """A person says that the program is there now that a session lacks."""

    session: str


# Landing


@frozen
class LinkBuilt(Event):
    """A session's work was put on the target, as the commit that would land."""

    session: str
    base: str
    commit: str
    tree: str


@frozen
class LinkConflicted(Event):
    """A session's work does not merge with the target; ``detail`` is what landed meanwhile, for the agent."""

    session: str
    base: str
    paths: tuple[str, ...]
    detail: str = ""


@frozen
class LandingWaits(Event):
    """The target can not be moved at the moment; ``reason`` names what is in the way. Empty: try again."""

    session: str
    reason: str


@frozen
class LandingIntended(Event):
    """The target is about to be moved from ``base`` to ``commit``."""

    landing: str
    project: str
    session: str
    base: str
    commit: str
    tree: str
    evidence: str
    target: str
    fixed: tuple[Item, ...] = ()
    undoes: str = ""
    allowed_by: str = ""


@frozen
class Landed(Event):
    """The target was moved."""

    landing: str


@frozen
class Pushed(Event):
    """The target was pushed after a landing, or (``problem``) could not be."""

    landing: str
    problem: str = ""


@frozen
class LandingSuperseded(Event):
    """The target stood elsewhere: nothing was moved."""

    landing: str
    reason: str = ""


# Trouble


@frozen
class OutsideChanged(Event):
    """Files of the user's checkout changed while a session's agent ran: by the agent, or by the person."""

    session: str
    turn: int
    files: tuple[OutsideFile, ...]


@frozen
class OutsidePutBack(Event):
    """A person had these files of the checkout put back as they were before the agent ran."""

    session: str
    paths: tuple[str, ...]
    by: str = ""


@frozen
class SessionStuck(Event):
    """The session's agent runs, and nothing was heard of it for too long."""

    session: str


@frozen
class ReactionAccepted(Event):
    """A person wants what was offered to be done."""

    reaction: str
    by: str = ""


@frozen
class ReactionEscalated(Event):
    """What was reacted to lasts for too long: a person is told, with what was done about it."""

    reaction: str


@frozen
class Reacted(Event):
    """What became of a reaction; recorded together with what it did."""

    reaction: str
    outcome: str
    failed: bool = False


@frozen
class EffectFailed(Event):
    """Something that was due could not be done."""

    key: str
    message: str
    #: Whom it concerns: a session, a hunt or a project id; used to give up after too many failures.
    session: str = ""
    project: str = ""


@frozen
class Noticed(Event):
    """Something that a person may want to know about a session (it wrote outside of its worktree, say)."""

    session: str
    notice: str = field(default="")
