"""What is due: the effects that the present state asks for.

Level-triggered: the same function serves normal running and recovery. An effect is asked for as long as the state
lacks its outcome; the loop runs each key once at a time. After a restart the state is what the journal says, so what
had been under way is due again, and every effect adopts what it finds half done.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import ClassVar

from attrs import evolve, frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.issues import to_take, untold
from agent_orchestrator.engine.state import Hunt, Project, Session, State
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.reaction.kinds import SPAWN
from agent_orchestrator.model.rule import Ruling, Verdict
from agent_orchestrator.model.tracked import Stage
from agent_orchestrator.model.watched import to_catch_up, to_repeat

#: How often an effect may fail before what asked for it is given up.
MAX_FAILURES = 3
#: Issues that are passed over as they can not be begun: where that is so of more, it is not the issues' fault.
_PASSED = 3


@frozen
class Effect:
    """Something to be done. Equal keys never run at the same time."""

    project: str

    @property
    def key(self) -> str:
        """Identity of the work, stable over restarts."""
        return f"{type(self).__name__}:{self.project}"

    @property
    def concerns(self) -> str:
        """The session that gives up when this fails too often, or an empty string."""
        return ""


@frozen
class ObserveTarget(Effect):
    """Find out where the target branch stands and what the gate is."""


@frozen
class Prove(Effect):
    """Run the gate on a commit's tree in a slot."""

    commit: str
    tree: str
    session: str = ""

    @property
    def key(self) -> str:
        """One gate run per tree at a time."""
        return f"Prove:{self.project}:{self.tree}"

    @property
    def concerns(self) -> str:
        """The session whose work is to be proven."""
        return self.session


@frozen
class Rerun(Effect):
    """Run single items again on a tree, alone and with the rest of their file."""

    commit: str
    tree: str
    items: tuple[Item, ...]
    session: str = ""

    @property
    def key(self) -> str:
        """One batch per tree at a time; on the target one at all: when it moves meanwhile, the first says enough."""
        return f"Rerun:{self.project}:{self.tree if self.session else 'target'}"

    @property
    def concerns(self) -> str:
        """The session whose work is to be judged."""
        return self.session


@frozen
class CompareIds(Effect):
    """Run a check's tests on a tree once more, to see whether parameter ids differ from run to run."""

    commit: str
    tree: str
    functions: tuple[Item, ...]
    session: str = ""

    @property
    def key(self) -> str:
        """Once per tree."""
        return f"CompareIds:{self.project}:{self.tree}"

    @property
    def concerns(self) -> str:
        """The session whose work is to be judged."""
        return self.session


@frozen
class Claim(Effect):
    """Make a session for a cluster of failures."""

    hunt: str
    signatures: tuple[str, ...]

    @property
    def key(self) -> str:
        """One claim per cluster."""
        return f"Claim:{self.project}:{self.signatures[0]}"


@frozen
class Follow(Effect):
    """Make a session that merges the user's branch into ``ao/landed``."""

    commit: str
    tree: str

    @property
    def key(self) -> str:
        """Once per commit of theirs."""
        return f"Follow:{self.project}:{self.commit}"


@frozen
class React(Effect):
    """Do what a reaction says."""

    reaction: str

    @property
    def key(self) -> str:
        """Once per reaction."""
        return f"React:{self.project}:{self.reaction}"


@frozen
class SessionEffect(Effect):
    """Base of what is done for one session."""

    session: str

    #: Does the session end where this fails too often?
    matters: ClassVar[bool] = True

    @property
    def key(self) -> str:
        """One thing of a kind per session."""
        return f"{type(self).__name__}:{self.session}"

    @property
    def concerns(self) -> str:
        """The session itself, where it can not go on without this."""
        return self.session if self.matters else ""


@frozen
class PrepareWorkspace(SessionEffect):
    """Make the worktree, copy its files, run ``postCreate``."""


@frozen
class MoveWorkspace(SessionEffect):
    """Put the session's worktree on a newer target."""


@frozen
class StartTurn(SessionEffect):
    """Decide the next turn of the agent: its number and what it is told."""


@frozen
class RunTurn(SessionEffect):
    """Run (or go on watching) the agent's turn to its end; commit, save and inspect its work."""


@frozen
class BuildLink(SessionEffect):
    """Put the session's work on the present target."""


@frozen
class Land(SessionEffect):
    """Move the target to the session's link."""


@frozen
class FinishLanding(Effect):
    """Find out how an intended landing ended, and redo it where it did not happen."""

    landing: str

    @property
    def key(self) -> str:
        """Once per landing: what another one failed at does not count."""
        return f"FinishLanding:{self.project}:{self.landing}"


@frozen
class Publish(SessionEffect):
    """Push the session's proven head to the forge, and see that there is a pull request of it."""


@frozen
class CatchUp(SessionEffect):
    """Put the session's work, which is in review, on the base of its pull request as that is now.

    What does not merge stays in review, where the forge says so.
    """

    base: str

    matters: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """Once for each commit of the base."""
        return f"CatchUp:{self.session}:{self.base}"


@frozen
class ClaimWork(SessionEffect):
    """Show others at the forge that the session is about to begin, unless they were first."""

    matters: ClassVar[bool] = False


@frozen
class EndDraft(SessionEffect):
    """Make the draft that showed that the session is at work one that is to be reviewed."""

    matters: ClassVar[bool] = False


@frozen
class WithdrawClaim(SessionEffect):
    """Close the draft of a session that has come to its end, and delete its branch."""

    matters: ClassVar[bool] = False


@frozen
class RepeatCi(Effect):
    """Run failed checks of a pull request again, before anybody is woken."""

    pull: str
    head: str

    @property
    def key(self) -> str:
        """Once for each head."""
        return f"RepeatCi:{self.pull}:{self.head}"


@frozen
class TakeIssue(Effect):
    """Make a session for an issue that agents are to be given."""

    issue: str

    @property
    def key(self) -> str:
        """Once for each issue."""
        return f"TakeIssue:{self.project}:{self.issue}"


@frozen
class TellTracker(SessionEffect):
    """Tell the tracker how far the session's issue is. Work goes on whatever it says."""

    stage: Stage

    matters: ClassVar[bool] = False

    @property
    def key(self) -> str:
        """Once for each stage."""
        return f"TellTracker:{self.session}:{self.stage}"


@frozen
class Push(Effect):
    """Push the target to its upstream after its newest landing."""

    landing: str


@frozen
class Retire(SessionEffect):
    """End the agent, save everything, remove the worktree."""


def due(state: State) -> list[Effect]:
    """Every effect that the state asks for, most useful first; what failed too often is left out."""
    effects = [
        effect for project in state.projects.values() if project.active for effect in _for_project(state, project)
    ]
    effects += [
        Retire(s.project, s.id)
        for s in state.sessions.values()
        if s.stopping
        and s.workspace not in ("removed", "kept")
        and not (s.project in state.projects and state.projects[s.project].active)
    ]
    # Others wait for what is claimed, also where a person has paused all else.
    effects += [
        WithdrawClaim(s.project, s.id)
        for s in state.sessions.values()
        if derive.unclaims(s) and s.project in state.projects and _is_only_paused(state.projects[s.project])
    ]
    return [e for e in effects if not given_up(state, e.key)]


def _is_only_paused(project: Project) -> bool:
    return project.paused and evolve(project, paused=False).active


def given_up(state: State, key: str) -> bool:
    """Has the effect with this key failed too often?"""
    problem = state.problems.get(key)
    return problem is not None and problem.count >= MAX_FAILURES


def takes(state: State, project: Project) -> list[str]:
    """The keys of the issues that agents are to be given now. One that can not be begun keeps no other back."""
    passed = [each.key for each in project.issues or () if given_up(state, TakeIssue(project.id, each.key).key)]
    return list(to_take(state, project, passed[:_PASSED]))


def _for_project(state: State, project: Project) -> Iterator[Effect]:
    hunts = derive.active_hunts(state, project.id)
    landing = derive.pending_landing(state, project.id)
    if landing:
        yield FinishLanding(project.id, landing.id)
    # What was merged at the forge moved nothing here.
    here = (x for x in reversed(list(state.landings.values())) if x.project == project.id and not x.pull)
    newest = next((x for x in here if x.landed_at), None)
    if project.settings.push and newest and not newest.pushed_at:
        yield Push(project.id, newest.id)
    forge = project.settings.forge
    if forge is not None:
        red = [w for w in derive.pulls_of(state, project.id) if w.pull is not None and w.pull.failed]
        muted = derive.muted(state, project.id) if red else frozenset()
        for w in red:
            if w.pull is not None and to_repeat(w, forge, muted):
                yield RepeatCi(project.id, w.key, w.pull.head)
    reactions = [r for r in state.reactions.values() if r.project == project.id and r.is_due]
    # What is begun needs a target to begin from.
    begins = any(r.action == SPAWN for r in reactions)
    yield from (React(project.id, r.key) for r in reactions if r.action != SPAWN or project.target is not None)
    issues = takes(state, project)
    for session in derive.sessions_of(state, project.id):
        if derive.claims(project, session) and not given_up(state, (claim := ClaimWork(project.id, session.id)).key):
            yield claim
            continue
        tells = (TellTracker(project.id, session.id, stage) for stage in untold(project, session))
        # One after the other; what could not be told does not keep the rest back.
        yield from islice((tell for tell in tells if not given_up(state, tell.key)), 1)
        yield from _for_session(state, project, session)
    busy = bool(hunts or issues or begins) or any(True for _ in derive.open_sessions(state, project.id))
    if busy and project.target is None:
        yield ObserveTarget(project.id)
    if project.target is None:
        return
    yield from (TakeIssue(project.id, key) for key in issues)
    if derive.unfollowed(state, project):
        yield Follow(project.id, project.target.theirs, project.target.theirs_tree)
    if not landing:
        yield from _landing(state, project)
    if hunts:
        yield from _hunting(state, project, hunts)


def _hunting(state: State, project: Project, hunts: tuple[Hunt, ...]) -> Iterator[Effect]:
    target = project.target
    assert target is not None
    evidence = derive.target_evidence(state, project)
    if evidence is None:
        yield Prove(project.id, target.commit, target.tree)
        return
    unsure = tuple(
        f.item
        for f in derive.failures_of(state, project.id)
        if not f.settled
        and not f.reproduced
        and any(derive.wanted(h, f.item) for h in hunts)
        and derive.owner(state, project.id, f.item) is None
    )
    if unsure:
        yield Rerun(project.id, target.commit, target.tree, unsure)
    free = project.settings.agents - sum(derive.needs_agent(s) for s in state.sessions.values())
    for hunt in hunts:
        agent = hunt.agent or project.settings.agent
        if agent in state.limits or derive.lacks(state, project.id, agent):
            continue
        room = min(free, hunt.max - len(hunt.sessions)) if hunt.max else free
        for group in derive.claimable(state, project, hunt)[: max(room, 0)]:
            free -= 1
            yield Claim(project.id, hunt.id, tuple(f.signature for f in group))


def _for_session(state: State, project: Project, s: Session) -> Iterator[Effect]:
    if s.closed:
        # A left session keeps its worktree for the person to look at; a landed or unneeded one has nothing to show.
        if s.workspace not in ("removed", "kept") and (not s.left or s.stopping) and s.has_agent:
            yield Retire(s.project, s.id)
        if derive.unclaims(s):
            yield WithdrawClaim(s.project, s.id)
        return
    if not s.has_agent:
        return
    if not s.workspace:
        yield PrepareWorkspace(s.project, s.id)
    elif s.running:
        yield RunTurn(s.project, s.id)
    elif s.again and s.again.move:
        yield MoveWorkspace(s.project, s.id)
    elif s.again or s.begins:
        # What a reaction tells the agent, or whether it stops it, belongs before its next turn.
        if s.agent not in state.limits and not s.lacks and not derive.reacts(state, s.id):
            yield StartTurn(s.project, s.id)
    elif s.head and not (s.is_held or s.unfinished or s.queued_at) and project.target is not None:
        yield from _proving(state, project, s)


def _proving(state: State, project: Project, s: Session) -> Iterator[Effect]:
    if derive.evidence_of(state, project, s.base_tree) is None:
        yield Prove(s.project, s.base, s.base_tree, s.id)
    if derive.evidence_of(state, project, s.head_tree) is None:
        yield Prove(s.project, s.head, s.head_tree, s.id)
    ruling = derive.own_verdict(state, s)
    yield from _look_closer(project, ruling, s.head, s.head_tree, s.id)
    if derive.publishes(project, s) and ruling and ruling.ruling is Ruling.LANDS and not s.in_review:
        yield Publish(s.project, s.id)
    watched = state.pulls.get(s.pull) if s.in_review else None
    # What was published just now was not looked at yet.
    if watched and watched.pull and watched.pull.head == s.head:
        if s.claim and s.claim.shown:
            yield EndDraft(s.project, s.id)
        if to_catch_up(watched):
            yield CatchUp(s.project, s.id, watched.pull.base_head)


def _look_closer(project: Project, ruling: Verdict | None, commit: str, tree: str, session: str) -> Iterator[Effect]:
    """What a verdict needs before it can speak."""
    if ruling and ruling.ruling is Ruling.SUSPECT:
        if ruling.renamed:
            yield CompareIds(project.id, commit, tree, ruling.renamed, session)
        else:
            yield Rerun(project.id, commit, tree, ruling.suspects, session)


def _landing(state: State, project: Project) -> Iterator[Effect]:
    target = project.target
    assert target is not None
    first = next((s for s in derive.queue(state, project.id) if not s.waits), None)
    if first is None:
        return
    link = first.link
    if link is None or link.base != target.commit:
        yield BuildLink(project.id, first.id)
        return
    if derive.target_evidence(state, project) is None:
        yield Prove(project.id, target.commit, target.tree, first.id)
    if derive.evidence_of(state, project, link.tree) is None:
        yield Prove(project.id, link.commit, link.tree, first.id)
    if first.follows and derive.evidence_of(state, project, first.head_tree) is None:
        yield Prove(project.id, first.head, first.head_tree, first.id)
    ruling = derive.link_verdict(state, first)
    yield from _look_closer(project, ruling, link.commit, link.tree, first.id)
    if ruling and ruling.ruling is Ruling.LANDS:
        yield Land(project.id, first.id)
