"""``step(state, event)``: the only place where the state changes.

Pure and total: any event in any state gives a state; what does not fit becomes a recorded problem. After the event
itself was applied, :func:`~agent_orchestrator.engine.settle.settle` draws the conclusions that follow from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve

from agent_orchestrator.engine import due, issues, pulls, turns
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.change import Unfit, change_session, put, touch
from agent_orchestrator.engine.reacting import escalated, given_up, react
from agent_orchestrator.engine.settle import settle
from agent_orchestrator.engine.state import (
    Again,
    Failure,
    GateRun,
    Hunt,
    Landing,
    Limit,
    Link,
    Problem,
    Project,
    Session,
    State,
    Target,
)
from agent_orchestrator.model.evidence import Item

K = TypeVar("K")
V = TypeVar("V")


def step(state: State, event: e.Event) -> State:
    """The state after ``event``. Never raises."""
    try:
        new = _apply(state, event)
        if (effect := _SUCCESSES.get(type(event))) is not None:
            # A problem counts failures in a row; what worked in between ends the row.
            succeeded = effect(event).key
            new = evolve(new, problems={k: v for k, v in new.problems.items() if k != succeeded})
        project = _project_of(new, event)
        # What is observed of a turn that runs concludes nothing by itself.
        if project is not None and not isinstance(event, e.Observed):
            new = settle(new, project, event.at)
    except Exception as error:
        # Invariant: step is total. The fault is kept where a person sees it, and the state stays as it was.
        what = str(error) if isinstance(error, Unfit) else f"{type(error).__name__}: {error}"
        key = f"event:{type(event).__name__}"
        new = evolve(state, problems=put(state.problems, key, _count(state, key, what, event.at)))
    return evolve(_reacted(state, new, event), revision=state.revision + 1)


def _reacted(before: State, after: State, event: e.Event) -> State:
    """``after`` with what is to be done about it. Invariant: what can not be reacted to has happened all the same."""
    # What one project's session says of its agent concerns all that use the agent.
    project = None if isinstance(event, e.AgentLimited) else _project_of(after, event)
    try:
        new = after
        for each in (project,) if project is not None else after.projects:
            new = react(before, new, each, event.at)
        return new
    except Exception as error:
        key = f"react:{type(event).__name__}"
        what = f"{type(error).__name__}: {error}"
        return evolve(after, problems=put(after.problems, key, _count(after, key, what, event.at)))


def _count(state: State, key: str, message: str, at: float) -> Problem:
    before = state.problems.get(key)
    return Problem(key, message, at, before.count + 1 if before else 1)


def _project_of(state: State, event: e.Event) -> str | None:
    project = getattr(event, "project", None)
    if not project and (session := state.sessions.get(getattr(event, "session", ""))):
        project = session.project
    if not project and (landing := state.landings.get(getattr(event, "landing", ""))):
        project = landing.project
    if not project and (failure := state.failures.get(getattr(event, "signature", ""))):
        project = failure.project
    return project if project in state.projects else None


def _apply(state: State, event: e.Event) -> State:
    handler = _TABLE.get(type(event))
    if handler is None:
        raise Unfit(f"unknown event {type(event).__name__}")
    return handler(state, event)


# Projects


def _project(state: State, id: str, **changes: Any) -> State:
    if id not in state.projects:
        raise Unfit(f"no project {id!r}")
    return evolve(state, projects=put(state.projects, id, evolve(state.projects[id], **changes)))


def _without_problems_of(state: State, project: str) -> dict[str, Problem]:
    """The problems that are none of a project's, of its sessions' or of its pull requests'."""

    def about(key: str) -> bool:
        _, _, rest = key.partition(":")
        named = rest.partition(":")[0]
        session = state.sessions.get(named)
        return (
            named == project or named.startswith(f"{project}/") or (session is not None and session.project == project)
        )

    return {key: problem for key, problem in state.problems.items() if not about(key)}


def _project_configured(state: State, event: e.ProjectConfigured) -> State:
    known = state.projects.get(event.project) or Project(event.project, event.settings)
    # A different gate or target needs a new look; the same configuration read again changes nothing.
    same = known.settings == event.settings
    project = evolve(known, settings=event.settings, problem=event.problem, target=known.target if same else None)
    problems = _without_problems_of(state, event.project)
    new = evolve(state, projects=put(state.projects, event.project, project), problems=problems)
    return issues.configured(state, new, project)


def _project_removed(state: State, event: e.ProjectRemoved) -> State:
    return evolve(state, projects={k: v for k, v in state.projects.items() if k != event.project})


def _target_observed(state: State, event: e.TargetObserved) -> State:
    target = Target(event.commit, event.tree, event.gate, event.at, event.branch, event.theirs, event.theirs_tree)
    return _project(state, event.project, target=target, notice=event.notice)


# Hunts


def _hunt_started(state: State, event: e.HuntStarted) -> State:
    if event.project not in state.projects:
        raise Unfit(f"no project {event.project!r}")
    hunt = Hunt(event.hunt, event.project, event.at, event.checks, event.agent, event.max, items=event.items)
    # A new hunt tries again what an earlier one left, and forgets what failed before.
    failures = {
        k: evolve(f, settled="", reason="", session="") if f.project == event.project and f.settled == "left" else f
        for k, f in state.failures.items()
    }
    problems = _without_problems_of(state, event.project)
    sessions = {
        k: evolve(s, lacks="") if s.lacks and s.project == event.project else s for k, s in state.sessions.items()
    }
    new = evolve(
        state, hunts=put(state.hunts, event.hunt, hunt), failures=failures, problems=problems, sessions=sessions
    )
    return _project(new, event.project, target=None)


def _hunt_ended(state: State, event: e.HuntEnded) -> State:
    if event.hunt not in state.hunts:
        raise Unfit(f"no hunt {event.hunt!r}")
    hunt = evolve(state.hunts[event.hunt], ended_at=event.at, reason=event.reason)
    return evolve(state, hunts=put(state.hunts, event.hunt, hunt))


# Reactions


def _reaction(state: State, event: e.ReactionAccepted | e.Reacted, **changes: Any) -> State:
    known = state.reactions.get(event.reaction)
    if known is None or known.outcome:
        raise Unfit(f"no open reaction {event.reaction!r}")
    problems = {k: v for k, v in state.problems.items() if k != due.React(known.project, known.key).key}
    reactions = put(state.reactions, known.key, evolve(known, **changes))
    return evolve(state, reactions=reactions, problems=problems)


# Proof


def _gate_started(state: State, event: e.GateStarted) -> State:
    run = GateRun(event.run, event.project, event.tree, event.commit, event.at)
    return evolve(state, runs=put(state.runs, event.run, run))


def _gate_finished(state: State, event: e.GateFinished) -> State:
    runs = {k: v for k, v in state.runs.items() if k != event.run}
    return evolve(state, runs=runs, evidence=put(state.evidence, event.evidence.key, event.evidence))


def _items_rerun(state: State, event: e.ItemsRerun) -> State:
    new = {(event.project, event.tree, item): tally for item, tally in event.tallies}
    return evolve(state, tallies={**state.tallies, **new})


def _failure_muted(state: State, event: e.FailureMuted) -> State:
    failure = state.failures.get(event.signature)
    if failure is None and event.finding is not None:
        found = event.finding
        item = Item(event.check, found.key)
        failure = Failure(event.signature, event.project, item, found, found.cluster, opened_at=event.at)
    if failure is None:
        raise Unfit(f"no failure {event.signature!r}")
    reason = f"muted by {event.by or 'a person'}" if event.muted else ""
    muted = evolve(failure, settled="muted" if event.muted else "", reason=reason)
    return evolve(state, failures=put(state.failures, event.signature, muted))


# Sessions


def _refuse_owned(state: State, project: str, items: tuple[Item, ...]) -> None:
    taken = {i for s in state.sessions.values() if s.project == project and not s.closed for i in s.items}
    if both := taken & set(items):
        # Invariant: one failure, one agent.
        raise Unfit(f"already owned: {', '.join(sorted(i.key for i in both))}")


def _session_claimed(state: State, event: e.SessionClaimed) -> State:
    if event.session in state.sessions:
        raise Unfit(f"session {event.session!r} exists")
    _refuse_owned(state, event.project, event.items)
    session = Session(
        id=event.session,
        project=event.project,
        name=event.name,
        title=event.title,
        prompt=event.prompt,
        agent=event.agent,
        runtime=event.runtime,
        branch=event.branch,
        base=event.base,
        base_tree=event.base_tree,
        path=event.path,
        created_at=event.at,
        hunt=event.hunt,
        failures=event.failures,
        items=event.items,
        undoes=event.undoes,
        follows=event.follows,
        head=event.follows,
        head_tree=event.follows_tree,
        queued_at=event.at if event.undoes or event.follows else 0.0,
        last_activity=event.at,
        reaction=event.reaction,
        pull=event.pull,
        pushes_to=event.pushes_to,
        listens=event.listens,
        issue=event.issue,
    )
    watched = state.pulls.get(event.pull)
    if watched is not None:
        state = evolve(state, pulls=put(state.pulls, event.pull, evolve(watched, session=event.session)))
    failures = {
        k: evolve(f, session=event.session) if f.project == event.project and f.item in event.items else f
        for k, f in state.failures.items()
    }
    hunts = state.hunts
    if hunt := hunts.get(event.hunt):
        hunts = put(hunts, hunt.id, evolve(hunt, sessions=(*hunt.sessions, event.session)))
    new = evolve(state, sessions=put(state.sessions, event.session, session), failures=failures, hunts=hunts)
    return issues.taken(new, session)


def _workspace_moved(state: State, event: e.WorkspaceMoved) -> State:
    session = state.sessions.get(event.session)
    again = evolve(session.again, move="", onto="") if session and session.again else None
    return touch(
        state,
        event,
        base=event.base,
        base_tree=event.base_tree,
        head=event.head,
        head_tree=event.head_tree,
        again=again,
        link=None,
        queued_at=0.0,
    )


def _workspace_gone(state: State, event: e.WorkspaceGone) -> State:
    session = state.sessions.get(event.session)
    if session and (session.closed or session.queued_at):
        # Its work is in the repository as commits; the folder is not needed to land it.
        return touch(state, event, workspace="gone")
    return touch(state, event, workspace="gone", left="worktree gone: somebody removed it; `ao restore` brings it back")


def _workspace_removed(state: State, event: e.WorkspaceRemoved) -> State:
    if not event.reason:
        return touch(state, event, workspace="removed")
    session = state.sessions.get(event.session)
    notices = (*(session.notices if session else ()), f"the worktree stays: {event.reason}")
    return touch(state, event, workspace="kept", notices=notices)


def _landing_allowed(state: State, event: e.LandingAllowed) -> State:
    return touch(state, event, allowed_by=event.by, allowed_head=event.head, allowed_at=event.at)


def _restored(state: State, event: e.SessionRestored) -> State:
    session = state.sessions.get(event.session)
    if session is not None and session.closed:
        _refuse_owned(state, session.project, session.items)
    mine = session.failures if session else ()
    failures = {
        k: evolve(f, settled="", reason="", session=event.session) if k in mine and f.settled == "left" else f
        for k, f in state.failures.items()
    }
    # What failed too often before is tried again.
    problems = {k: v for k, v in state.problems.items() if not k.endswith(f":{event.session}")}
    return touch(
        evolve(state, failures=failures, problems=problems),
        event,
        head=event.head,
        head_tree=event.head_tree,
        workspace=event.workspace,
        left="",
        stopping=False,
        restored_at=event.at,
        unneeded=False,
        lacks="",
        again=None,
        # It begins anew, which its tracker is told; what was said before is not said again.
        issue_told=(),
    )


def _link_conflicted(state: State, event: e.LinkConflicted) -> State:
    text = f"Your work does not merge with what landed meanwhile, in {', '.join(event.paths)}.\n{event.detail}"
    session = state.sessions.get(event.session)
    if session and not session.has_agent:
        return touch(state, event, left=f"{session.title} does not merge: {', '.join(event.paths)}")
    return touch(state, event, again=Again(text, "restart", event.base), link=None, queued_at=0.0)


# Landing


def _landing_intended(state: State, event: e.LandingIntended) -> State:
    landing = Landing(
        id=event.landing,
        project=event.project,
        session=event.session,
        base=event.base,
        commit=event.commit,
        tree=event.tree,
        evidence=event.evidence,
        target=event.target,
        intended_at=event.at,
        fixed=event.fixed,
        undoes=event.undoes,
        allowed_by=event.allowed_by,
    )
    return evolve(state, landings=put(state.landings, event.landing, landing))


def _landed(state: State, event: e.Landed) -> State:
    landing = state.landings.get(event.landing)
    if landing is None:
        raise Unfit(f"no landing {event.landing!r}")
    if landing.landed_at:
        return state
    new = evolve(state, landings=put(state.landings, landing.id, evolve(landing, landed_at=event.at)))
    if landing.session in new.sessions:
        new = change_session(new, landing.session, landing=landing.id, last_activity=event.at, queued_at=0.0)
    project = new.projects.get(landing.project)
    if project and project.target:
        target = Target(landing.commit, landing.tree, project.target.gate, event.at, project.target.branch)
        new = _project(new, project.id, target=target)
    return new


def _pushed(state: State, event: e.Pushed) -> State:
    landing = state.landings.get(event.landing)
    if landing is None:
        raise Unfit(f"no landing {event.landing!r}")
    done = evolve(landing, pushed_at=event.at, push_problem=event.problem)
    return evolve(state, landings=put(state.landings, landing.id, done))


def _superseded(state: State, event: e.LandingSuperseded) -> State:
    landing = state.landings.get(event.landing)
    if landing is None:
        raise Unfit(f"no landing {event.landing!r}")
    new = evolve(state, landings=put(state.landings, landing.id, evolve(landing, superseded=True)))
    return _project(new, landing.project, target=None)


# Trouble


def _effect_failed(state: State, event: e.EffectFailed) -> State:
    problem = _count(state, event.key, event.message, event.at)
    return given_up(evolve(state, problems=put(state.problems, event.key, problem)), problem)


def _noticed(state: State, event: e.Noticed) -> State:
    session = state.sessions.get(event.session)
    return change_session(state, event.session, notices=(*(session.notices if session else ()), event.notice))


_TABLE: Mapping[type[e.Event], Callable[[State, Any], State]] = {
    e.ProjectConfigured: _project_configured,
    e.ProjectRemoved: _project_removed,
    e.ProjectTrusted: lambda s, v: _project(s, v.project, trusted=v.trust),
    e.ProjectPaused: lambda s, v: _project(s, v.project, paused=v.paused),
    e.CheckoutChosen: lambda s, v: _project(s, v.project, checkout=v.choice, target=None),
    e.TargetObserved: _target_observed,
    e.TargetStale: lambda s, v: _project(s, v.project, target=None),
    e.HuntStarted: _hunt_started,
    e.HuntEnded: _hunt_ended,
    e.GateStarted: _gate_started,
    e.GateFinished: _gate_finished,
    e.ItemsRerun: _items_rerun,
    e.IdsCompared: lambda s, v: evolve(s, unstable=put(s.unstable, (v.project, v.tree), v.functions)),
    e.FailureMuted: _failure_muted,
    e.SessionClaimed: _session_claimed,
    e.WorkspaceReady: lambda s, v: touch(
        s,
        v,
        workspace="ready",
        notices=(*(s.sessions[v.session].notices if v.session in s.sessions else ()), *v.notices),
    ),
    e.WorkspaceFailed: lambda s, v: touch(s, v, left=v.reason),
    e.WorkspaceGone: _workspace_gone,
    e.WorkspaceMoved: _workspace_moved,
    e.WorkspaceRemoved: _workspace_removed,
    e.TurnStarted: turns.turn_started,
    e.AgentExited: turns.agent_exited,
    e.TurnEnded: turns.turn_ended,
    e.AgentLimited: lambda s, v: evolve(s, limits=put(s.limits, v.agent, Limit(v.until, v.asks))),
    e.AgentResumed: lambda s, v: evolve(s, limits={k: t for k, t in s.limits.items() if k != v.agent}),
    e.MessageQueued: turns.message_queued,
    e.MessageOffered: turns.message_offered,
    e.Observed: turns.observed,
    e.AskAnswered: turns.ask_answered,
    e.InterruptAsked: turns.interrupt_asked,
    e.LandingAllowed: _landing_allowed,
    e.SessionStopped: lambda s, v: touch(s, v, stopping=True),
    e.SessionQuieted: lambda s, v: touch(s, v, quiet=v.quiet),
    e.SessionLeft: lambda s, v: touch(s, v, left=v.reason),
    e.SessionRestored: _restored,
    e.SessionRetried: lambda s, v: touch(s, v, lacks=""),
    e.LinkBuilt: lambda s, v: touch(s, v, link=Link(v.base, v.commit, v.tree)),
    e.LinkConflicted: _link_conflicted,
    e.LandingWaits: lambda s, v: touch(s, v, waits=v.reason),
    e.LandingIntended: _landing_intended,
    e.Landed: _landed,
    e.LandingSuperseded: _superseded,
    e.Pushed: _pushed,
    e.OutsideChanged: turns.outside_changed,
    e.OutsidePutBack: turns.outside_put_back,
    e.SessionStuck: lambda s, v: change_session(s, v.session, stuck_at=v.at),
    e.ReactionAccepted: lambda s, v: _reaction(s, v, offered=False, accepted_at=v.at),
    e.ReactionEscalated: lambda s, v: escalated(s, v.reaction, v.at),
    e.Reacted: lambda s, v: _reaction(s, v, outcome=v.outcome, failed=v.failed, offered=False, done_at=v.at),
    e.EffectFailed: _effect_failed,
    e.Noticed: _noticed,
    p.PullFollowed: pulls.followed,
    p.PullForgotten: pulls.forgotten,
    p.PullsSeen: pulls.seen,
    p.CiRead: pulls.ci_read,
    p.BaseCompared: pulls.base_compared,
    p.CiRepeated: pulls.ci_repeated,
    p.TalkRead: pulls.talk_read,
    p.CommentAllowed: pulls.comment_allowed,
    p.AuthorIgnored: pulls.author_ignored,
    p.ForgeTroubled: lambda s, v: _project(s, v.project, forge_trouble=v.trouble),
    p.PullAsked: pulls.pull_asked,
    p.ClaimIntended: pulls.claim_intended,
    p.ClaimMade: pulls.claim_made,
    p.WorkClaimed: pulls.work_claimed,
    p.WorkElsewhere: pulls.work_elsewhere,
    p.ClaimEnded: pulls.claim_ended,
    p.Published: pulls.published,
    i.IssuesSeen: issues.seen,
    i.IssueTold: issues.told,
}

#: The effect that has worked when an event is recorded, of those that are asked for again and again.
_SUCCESSES: Mapping[type[e.Event], Callable[[Any], due.Effect]] = {
    e.TargetObserved: lambda v: due.ObserveTarget(v.project),
    e.TurnStarted: lambda v: due.StartTurn("", v.session),
    e.TurnEnded: lambda v: due.RunTurn("", v.session),
    e.WorkspaceMoved: lambda v: due.MoveWorkspace("", v.session),
    e.LinkBuilt: lambda v: due.BuildLink("", v.session),
    p.Published: lambda v: due.Publish("", v.session),
}
