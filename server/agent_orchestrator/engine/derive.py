"""What follows from the state, computed when it is read: evidence, ownership, verdicts, queue order."""

from __future__ import annotations

from collections.abc import Iterator

from agent_orchestrator.engine.state import Failure, Hunt, Landing, Project, Session, State
from agent_orchestrator.model.evidence import Evidence, Item
from agent_orchestrator.model.rule import Tally, Terms, Verdict, undecided, verdict
from agent_orchestrator.model.watched import Watched


def evidence_of(state: State, project: Project, tree: str) -> Evidence | None:
    """The evidence for a tree under the project's present gate, or None."""
    if project.target is None or not tree:
        return None
    return state.evidence.get(f"{project.target.gate}:{tree}")


def target_evidence(state: State, project: Project) -> Evidence | None:
    """The evidence for the target as it stands."""
    return evidence_of(state, project, project.target.tree) if project.target else None


def sessions_of(state: State, project: str) -> Iterator[Session]:
    """The project's sessions, oldest first."""
    return (s for s in state.sessions.values() if s.project == project)


def open_sessions(state: State, project: str) -> Iterator[Session]:
    """The project's sessions that still have something to do."""
    return (s for s in sessions_of(state, project) if not s.closed)


def active_hunts(state: State, project: str) -> tuple[Hunt, ...]:
    """The project's hunts that have not ended, oldest first."""
    return tuple(h for h in state.hunts.values() if h.project == project and not h.ended_at)


def owner(state: State, project: str, item: Item) -> Session | None:
    """The open session that owns an item. Invariant: there is at most one."""
    return next((s for s in open_sessions(state, project) if item in s.items), None)


def failures_of(state: State, project: str) -> Iterator[Failure]:
    """The project's failures, oldest first."""
    return (f for f in state.failures.values() if f.project == project)


def tally(state: State, project: str, tree: str, item: Item) -> Tally | None:
    """How an item's re-runs on a tree ended."""
    return state.tallies.get((project, tree, item))


def reproduction(state: State, project: Project, failure: Failure) -> Tally | None:
    """How the failure's re-runs ended: on the target, else on an earlier one, for it was red there too.

    One that had been fixed before has to be shown again.
    """
    here = tally(state, project.id, project.target.tree, failure.item) if project.target else None
    if here is not None or failure.reopened:
        return here
    decided = [
        t
        for (owner_id, _, item), t in state.tallies.items()
        if owner_id == failure.project and item == failure.item and not undecided(t)
    ]
    return decided[-1] if decided else None


def forgiven(state: State, project: str) -> frozenset[Item]:
    """Items whose reds do not count: shown to be flaky by re-runs, or muted by a person."""
    flaky = {item for (owner_id, _, item), t in state.tallies.items() if owner_id == project and t.flaky}
    muted = {f.item for f in failures_of(state, project) if f.settled in ("muted", "flaky")}
    return frozenset(flaky | muted)


def terms(state: State, session: Session, tree: str) -> Terms:
    """What the landing rule is asked for a session's work as it stands in ``tree``."""
    undone = state.landings.get(session.undoes)
    theirs = evidence_of(state, state.projects[session.project], session.head_tree) if session.follows else None
    return Terms(
        tasks=frozenset(session.items),
        forgiven=forgiven(state, session.project),
        # What a person's own commits turned red is theirs to commit, and the next hunt's to fix.
        reopened=frozenset(undone.fixed if undone else ()).union(*((theirs.red, theirs.tops) if theirs else ())),
        settled=frozenset(
            item
            for (project, of, item), t in state.tallies.items()
            if project == session.project and of == tree and not undecided(t)
        ),
        unstable=frozenset(
            function
            for (project, _), found in state.unstable.items()
            if project == session.project
            for function in found
        ),
        ids_compared=(session.project, tree) in state.unstable,
        gone_allowed=bool(session.follows) or (bool(session.allowed_head) and session.allowed_head == session.head),
    )


def own_verdict(state: State, session: Session) -> Verdict | None:
    """The rule on the session's head over its own base; None while evidence is missing."""
    project = state.projects[session.project]
    base, head = evidence_of(state, project, session.base_tree), evidence_of(state, project, session.head_tree)
    return verdict(base, head, terms(state, session, session.head_tree)) if base and head else None


def link_verdict(state: State, session: Session) -> Verdict | None:
    """The rule on the session's link over the present target; None while evidence is missing or the link is old."""
    project = state.projects[session.project]
    link = session.link
    if not (link and project.target and link.base == project.target.commit):
        return None
    if session.follows and evidence_of(state, project, session.head_tree) is None:
        return None
    base, head = target_evidence(state, project), evidence_of(state, project, link.tree)
    return verdict(base, head, terms(state, session, link.tree)) if base and head else None


def trees_in_use(state: State, project: Project) -> frozenset[str]:
    """The trees whose evidence may be asked for: those of open sessions, and always the target's."""
    sessions = tuple(open_sessions(state, project.id))
    links = [s.link.tree for s in sessions if s.link]
    trees = {tree for s in sessions for tree in (s.base_tree, s.head_tree) if tree} | set(links)
    if project.target:
        trees.add(project.target.tree)
    return frozenset(trees)


def queue(state: State, project: str) -> tuple[Session, ...]:
    """The landing queue, first in first out; entries that wait for the moment come last."""
    entries = [s for s in open_sessions(state, project) if s.queued_at]
    return tuple(sorted(entries, key=lambda s: (bool(s.waits), s.queued_at, s.id)))


def pending_landing(state: State, project: str) -> Landing | None:
    """The landing that was intended and has no outcome yet."""
    return next((x for x in state.landings.values() if x.project == project and x.pending), None)


def unfollowed(state: State, project: Project) -> bool:
    """Has the user's branch a commit that ``ao/landed`` lacks, and that no session has merged or tried to merge?"""
    theirs = project.target.theirs if project.target else ""
    return bool(theirs) and all(s.follows != theirs for s in sessions_of(state, project.id))


def needs_agent(session: Session) -> bool:
    """Does the session take one of the places that ``limits.agents`` allows?"""
    waits = session.queued_at or session.is_held or session.lacks or session.in_review or rests(session)
    return not (session.closed or waits or not session.has_agent)


def lacks(state: State, project: str, agent: str) -> str:
    """Why an agent's program can not be started, as far as a session of the project waits for it."""
    return next((s.lacks for s in open_sessions(state, project) if s.agent == agent and s.lacks), "")


def rests(session: Session) -> bool:
    """Does nothing go on until a person says something? So it is after a turn with nothing to land."""
    turn = session.turn
    if turn is None:
        return session.listens and not session.messages
    ended = not session.running and session.again is None
    nothing = not session.head or session.unfinished
    return ended and nothing and not session.queued_at and all(m.turn for m in session.messages)


def stands(session: Session) -> bool:
    """Does an open session wait for something that no hunt can do for it?"""
    return bool(session.is_held or session.waits or session.lacks or session.in_review or rests(session))


def wanted(hunt: Hunt, item: Item) -> bool:
    """Is the item one that the hunt is after?"""
    return (not hunt.checks or item.check in hunt.checks) and (not hunt.items or item in hunt.items)


def claimable(state: State, project: Project, hunt: Hunt) -> list[tuple[Failure, ...]]:
    """Clusters of reproduced failures that nobody owns, in the order of the reports."""
    owned = {item for s in open_sessions(state, project.id) for item in s.items} | merged_elsewhere(state, project)
    clusters: dict[str, list[Failure]] = {}
    for failure in failures_of(state, project.id):
        if not failure.settled and failure.item not in owned and wanted(hunt, failure.item) and failure.reproduced:
            clusters.setdefault(failure.cluster or failure.signature, []).append(failure)
    return [tuple(group) for group in clusters.values()]


def merged_elsewhere(state: State, project: Project) -> frozenset[Item]:
    """Items that are fixed at the forge, by pull requests that were merged since the target here last moved."""
    here = project.target.commit if project.target else ""
    merged = (x for x in state.landings.values() if x.project == project.id and x.pull and x.behind == here)
    return frozenset(item for landing in merged for item in landing.fixed)


def reacts(state: State, session: str) -> bool:
    """Is something about to be done by itself for a session?"""
    return any(reaction.is_due and reaction.session == session for reaction in state.reactions.values())


def muted(state: State, project: str) -> frozenset[str]:
    """The signatures of the failures that a person muted."""
    return frozenset(f.signature for f in failures_of(state, project) if f.settled == "muted")


def pulls_of(state: State, project: str) -> Iterator[Watched]:
    """The pull requests of a project that are followed."""
    return (w for w in state.pulls.values() if w.project == project)


def claims(project: Project, s: Session) -> bool:
    """Are others to see that a session is about to begin? A task in a person's own words is nobody else's."""
    forge = project.settings.forge
    if forge is None or not forge.claims or not (s.items or s.issue) or not s.has_agent:
        return False
    return not ((s.claim and s.claim.shown) or s.pull or s.closed or s.running or s.head)


def unclaims(s: Session) -> bool:
    """Is what a session claims to be taken back? Not what its work was published at."""
    return s.claim is not None and s.closed and not (s.published and s.claim.made)


def publishes(project: Project, session: Session) -> bool:
    """Does its proven work become a pull request (or a change of one), in place of landing here?"""
    asked = session.opens_pull or bool(session.pushes_to or session.published)
    return session.has_agent and (project.settings.publishes or asked)
