"""The conclusions that follow from the facts: which failures are open, which sessions queue, go again or are left.

Pure, and run after every event of a project. Nothing here is a fact of its own: replaying the events draws the same
conclusions again.
"""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.due import MAX_FAILURES
from agent_orchestrator.engine.feedback import what_failed
from agent_orchestrator.engine.state import Again, Failure, Project, Session, Settings, State
from agent_orchestrator.model.evidence import Evidence, under
from agent_orchestrator.model.report import Kind
from agent_orchestrator.model.rule import Ruling, Tally, passes, red_items, undecided
from agent_orchestrator.model.usage import HOPELESS, NO_TRY, RATE_LIMITED, Usage, total

#: What an agent is told when its usage limit is over.
GO_ON = "The usage limit is over. Go on with the task."

#: What a session is given up for when it fails too often.
_GIVE_UP = ("PrepareWorkspace", "MoveWorkspace", "RunTurn", "BuildLink", "Land", "Publish")
#: Evidence and tallies kept per project beyond what is in use, newest first.
KEEP_EVIDENCE = 50


def settle(state: State, project_id: str, at: float) -> State:
    """The state with every conclusion drawn for one project."""
    project = state.projects[project_id]
    evidence = derive.target_evidence(state, project)
    if evidence is not None and not evidence.invalid:
        state = _failures(state, project, evidence, at)
    state = _sessions(state, project, evidence, at)
    state = _left_failures(state, project)
    state = _hunts(state, project, evidence, at)
    state = _drop_gates(state, state.projects[project_id])
    return _forget(state, project)


def _failures(state: State, project: Project, evidence: Evidence, at: float) -> State:
    """Open what is red in the target, close what is not, reopen what came back."""
    failures = dict(state.failures)
    seen: set[str] = set()
    # What fails by chance is one failure, whatever it says each time.
    forgiven = {f.item for f in failures.values() if f.project == project.id and f.settled in ("flaky", "muted")}
    for item, finding in evidence.findings():
        known = failures.get(finding.signature)
        if finding.signature in seen or (known is None and item in forgiven):
            continue
        seen.add(finding.signature)
        if known is None:
            failures[finding.signature] = Failure(
                finding.signature, project.id, item, finding, finding.cluster, opened_at=at
            )
        elif known.settled in ("fixed", "gone"):
            failures[finding.signature] = evolve(
                known,
                item=item,
                finding=finding,
                opened_at=at,
                reproduced=False,
                session="",
                settled="",
                reopened=known.reopened + 1,
            )
        elif known.finding != finding or known.item != item:
            failures[finding.signature] = evolve(known, item=item, finding=finding)
    red = set(red_items(evidence))
    for signature, failure in failures.items():
        if failure.project != project.id or failure.settled not in ("", "left", "flaky") or signature in seen:
            continue
        if failure.settled == "flaky" or (failure.item not in red and under(failure.item, evidence.tops)):
            continue  # A flaky item comes and goes; under a scope that can not be judged nothing is known.
        failures[signature] = _closed(state, failure, still_red=failure.item in red)
    for signature, failure in failures.items():
        by_luck = failure.settled in ("fixed", "gone") and not failure.reproduced
        if failure.project != project.id or (failure.settled and not by_luck):
            continue
        tally = derive.reproduction(state, project, failure)
        if tally and tally.flaky:
            # What passes by luck was not fixed by what landed meanwhile.
            known = evolve(failure, landing="", session="") if by_luck else failure
            failures[signature] = evolve(known, settled="flaky", reason=_flaky_reason(tally))
        elif not (by_luck or failure.reproduced) and (failure.finding.kind is not Kind.TEST or not undecided(tally)):
            failures[signature] = evolve(failure, reproduced=True)
    return evolve(state, failures=failures)


def _flaky_reason(tally: Tally) -> str:
    runs = tally.alone_passed + tally.alone_failed + tally.file_passed + tally.file_failed
    passed = tally.alone_passed + tally.file_passed
    return f"failed in the full run, then passed {passed} of {runs} times alone and in its file on the same commit"


def _closed(state: State, failure: Failure, *, still_red: bool) -> Failure:
    if still_red:
        return evolve(failure, settled="gone", reason="fails in another way now")
    landing = next(
        (x for x in reversed(list(state.landings.values())) if x.landed_at and failure.item in x.fixed), None
    )
    if landing and landing.project == failure.project:
        return evolve(failure, settled="fixed", landing=landing.id, reason="", session=landing.session)
    return evolve(failure, settled="gone", reason="passes on the target now")


def _sessions(state: State, project: Project, evidence: Evidence | None, at: float) -> State:
    sessions = dict(state.sessions)
    pending = derive.pending_landing(state, project.id)
    for session in list(derive.open_sessions(state, project.id)):
        if pending and pending.session == session.id:
            continue
        sessions[session.id] = _advance(state, project, evidence, session, at)
    return evolve(state, sessions=sessions)


def _advance(state: State, project: Project, evidence: Evidence | None, s: Session, at: float) -> Session:
    for key in (f"{kind}:{s.id}" for kind in _GIVE_UP):
        problem = state.problems.get(key)
        if problem and problem.count >= MAX_FAILURES:
            return evolve(s, left=f"gave up after {problem.count} tries: {problem.message}")
    fixed = s.items and evidence and not evidence.invalid and all(passes(evidence, item) for item in s.items)
    if fixed and not s.in_review:
        # What is in review ends with its pull request: to merge or to close that is others' to do.
        return evolve(s, unneeded=True)
    if s.running or s.again:
        return s
    turn = s.turn
    nothing = not s.head or s.unfinished
    if turn is not None and nothing and not s.queued_at and turn.ended_at >= s.restored_at:
        return _after_nothing(project, s)
    if any(not m.turn for m in s.messages) and turn is not None:
        # What a person says goes to the agent before its work is judged.
        return evolve(s, again=Again(""), queued_at=0.0, link=None)
    if s.queued_at:
        return _in_queue(state, project, s)
    return s if nothing or s.is_held else _own_gate(state, project, s, at)


def _after_nothing(project: Project, s: Session) -> Session:
    """The agent ended its turn with nothing to land, or with what may be half done."""
    turn = s.turn
    assert turn is not None
    unsaid = any(not m.turn for m in s.messages)
    if turn.error in HOPELESS:
        return evolve(s, left=turn.summary or f"{s.agent}: {turn.error}")
    if unsaid or turn.error == RATE_LIMITED:
        # A limit is nobody's try: the same turn begins again when it is over.
        return evolve(s, again=Again("" if unsaid else turn.feedback or GO_ON))
    if not s.items and turn.went_well:
        return s  # A free task with no change: idle, waiting for the person.
    ended = turn.error or ("killed" if turn.code is None else turn.code)
    if s.head:
        what = f"the agent did not finish ({ended}): {turn.summary}"
    elif turn.went_well or turn.code in (3, 4):
        what = f"the agent changed nothing: {turn.summary}"
    else:
        what = f"the agent failed ({ended}): {turn.summary}"
    if turn.code in (3, 4):
        # These exits of an agent mean "I can not do this": trying again would give the same answer.
        return evolve(s, left=turn.summary or "the agent found nothing")
    return give_back(project, s, what)


def _own_gate(state: State, project: Project, s: Session, at: float) -> Session:
    ruling = derive.own_verdict(state, s)
    if ruling is None:
        return s
    base = derive.evidence_of(state, project, s.base_tree)
    head = derive.evidence_of(state, project, s.head_tree)
    if base is not None and base.invalid:
        return evolve(s, left=f"the base can not be proven: {base.invalid[0]}")
    match ruling.ruling:
        case Ruling.LANDS:
            return s if derive.publishes(project, s) else evolve(s, queued_at=at)
        case Ruling.HELD:
            return evolve(s, held=(*s.held, *ruling.reasons))
        case Ruling.RED:
            return give_back(project, s, what_failed(ruling.reasons, head))
        case Ruling.SUSPECT:
            return s


def _in_queue(state: State, project: Project, s: Session) -> Session:
    ruling = derive.link_verdict(state, s)
    if ruling is None or s.link is None or project.target is None:
        return s
    base = derive.target_evidence(state, project)
    if base is not None and base.invalid:
        return evolve(s, left=f"the target can not be proven: {base.invalid[0]}")
    match ruling.ruling:
        case Ruling.HELD if s.has_agent:
            return evolve(s, held=(*s.held, *ruling.reasons), queued_at=0.0, link=None)
        case Ruling.RED | Ruling.HELD:
            evidence = derive.evidence_of(state, project, s.link.tree)
            if not s.has_agent:
                return evolve(s, left=what_failed(ruling.reasons, evidence))
            move = "" if s.link.base == s.base else "merge"
            text = what_failed(ruling.reasons, evidence)
            if move:
                text = "Your fix held by itself, but not together with what landed meanwhile.\n" + text
            return give_back(project, s, text, move, s.link.base if move else "")
        case _:
            return s


def give_back(project: Project, s: Session, text: str, move: str = "", onto: str = "") -> Session:
    """Another turn for the agent, or the end of its tries. Invariant: retries are counted, stored and bounded."""
    tries = [t for t in s.turns if t.started_at >= s.restored_at and t.error not in NO_TRY]
    spent = sum(t.ended_at - t.started_at for t in tries if t.ended_at)
    if tries and len(tries) >= project.settings.attempts:
        return evolve(s, left=f"left after {len(tries)} attempts: {text}", queued_at=0.0, link=None)
    if spent >= project.settings.session_seconds:
        return evolve(s, left=f"left after {spent / 60:.0f} minutes: {text}", queued_at=0.0, link=None)
    if spent_text := overspent(project.settings, total(t.usage for t in s.turns)):
        return evolve(s, left=f"left after {spent_text}: {text}", queued_at=0.0, link=None)
    return evolve(s, again=Again(text, move, onto), queued_at=0.0, link=None)


def overspent(settings: Settings, used: Usage) -> str:
    """What a session has used up of what it may, where its agent says that; empty while it may go on."""
    if settings.cost is not None and used.cost is not None and used.cost >= settings.cost:
        return f"${used.cost:.2f} of the ${settings.cost:.2f} that `limits.cost` allows"
    known = [count for count in (used.input_tokens, used.output_tokens) if count is not None]
    if settings.tokens is not None and known and sum(known) >= settings.tokens:
        return f"{sum(known)} of the {settings.tokens} tokens that `limits.tokens` allows"
    return ""


def _left_failures(state: State, project: Project) -> State:
    """A failure whose session was given up is left with its reason; one whose session was stopped is open again."""
    failures = dict(state.failures)
    for signature, failure in state.failures.items():
        session = state.sessions.get(failure.session)
        if failure.project != project.id or failure.settled or session is None:
            continue
        if session.left:
            failures[signature] = evolve(failure, settled="left", reason=session.left)
        elif session.stopping:
            failures[signature] = evolve(failure, session="", settled="left", reason=f"{session.id} was stopped")
    return evolve(state, failures=failures)


def _hunts(state: State, project: Project, evidence: Evidence | None, at: float) -> State:
    hunts = dict(state.hunts)
    for hunt in derive.active_hunts(state, project.id):
        current = hunt
        if evidence is not None and hunt.red_at_start is None and project.target is not None:
            current = evolve(current, red_at_start=red_items(evidence), start_commit=project.target.commit)
        reason = _finished(state, project, evidence, current.id)
        hunts[hunt.id] = evolve(current, ended_at=at, reason=reason) if reason else current
    return evolve(state, hunts=hunts)


def _finished(state: State, project: Project, evidence: Evidence | None, hunt_id: str) -> str:
    """Why the hunt is over, or an empty string while something can still be done for it."""
    hunt = state.hunts[hunt_id]
    for kind in ("ObserveTarget", "Prove", "FinishLanding", "Follow"):
        for key, problem in state.problems.items():
            if f"{key}:".startswith(f"{kind}:{project.id}:") and problem.count >= MAX_FAILURES:
                return problem.message
    if evidence is None or project.target is None:
        return ""
    if evidence.invalid:
        return f"the target can not be proven: {evidence.invalid[0]}"
    if derive.unfollowed(state, project):
        return ""
    if not all(derive.stands(s) for s in derive.open_sessions(state, project.id)):
        return ""
    if lacks := derive.lacks(state, project.id, hunt.agent or project.settings.agent):
        return lacks
    merged = derive.merged_elsewhere(state, project)
    open_failures = [
        f
        for f in derive.failures_of(state, project.id)
        if not f.settled
        and derive.wanted(hunt, f.item)
        and derive.owner(state, project.id, f.item) is None
        and f.item not in merged
    ]
    if open_failures and not (hunt.max and len(hunt.sessions) >= hunt.max):
        stuck = state.problems.get(f"Claim:{project.id}:{open_failures[0].signature}")
        rerun = state.problems.get(f"Rerun:{project.id}:target")
        gave_up = next((p for p in (stuck, rerun) if p and p.count >= MAX_FAILURES), None)
        return gave_up.message if gave_up else ""
    return "done"


def _drop_gates(state: State, project: Project) -> State:
    """Gates that were started and that nobody waits for any more are not run to their end."""
    wanted = derive.trees_in_use(state, project)
    unwanted = {id for id, run in state.runs.items() if run.project == project.id and run.tree not in wanted}
    if not unwanted:
        return state
    return evolve(state, runs={id: run for id, run in state.runs.items() if id not in unwanted})


def _forget(state: State, project: Project) -> State:
    """Drop evidence that nothing refers to any more, oldest first."""
    if len(state.evidence) <= 2 * KEEP_EVIDENCE:
        return state
    used = frozenset().union(*(derive.trees_in_use(state, each) for each in state.projects.values()))
    newest = set(list(state.evidence)[-KEEP_EVIDENCE:])
    kept = {k: v for k, v in state.evidence.items() if v.tree in used or k in newest}
    trees = {v.tree for v in kept.values()}
    tallies = {k: v for k, v in state.tallies.items() if k[1] in trees or v.flaky}
    return evolve(state, evidence=kept, tallies=tallies)
