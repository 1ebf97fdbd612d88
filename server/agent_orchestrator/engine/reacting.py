"""What happened, and what is to be done about it: the outbox of reactions, filled as the state changes. Pure.

A reaction is planned with the change itself and kept until its outcome is recorded: replaying the events plans the same
ones again, and none twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from attrs import evolve, frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.due import MAX_FAILURES, React
from agent_orchestrator.engine.happening import Happening, facts_of
from agent_orchestrator.engine.issues import issues_happened
from agent_orchestrator.engine.pull_reacting import pull_lasts, pulls_happened
from agent_orchestrator.engine.settle import overspent
from agent_orchestrator.engine.state import Problem, Project, Reaction, Session, State
from agent_orchestrator.model.activity import BY_RULES
from agent_orchestrator.model.pull_texts import as_data
from agent_orchestrator.model.reaction.kinds import EVENTS, LAND, NOTIFY, SEND, SPAWN, STOP
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.usage import NO_TRY, total

#: Reactions that are kept for each project when nothing is to be done about them any more, the newest of those that
#: count for nothing.
KEPT = 200
#: The end of the key of what tells that something lasts for too long.
ESCALATED = "/escalated"
#: What may be over before anything is done about it.
_PASSES = (
    "agent-needs-input",
    "agent-stuck",
    "ci-failed",
    "merge-conflict",
    "approved-and-green",
)
#: What is done to a session.
_TO_A_SESSION = (SEND, STOP, LAND)
#: Seconds for which what was done about events of no session counts.
DAY = 24 * 3600.0


def react(before: State, after: State, project_id: str, at: float) -> State:
    """``after`` with a reaction planned for everything that happened in a project since ``before``."""
    project = after.projects[project_id]
    rules = {rule.event: rule for rule in project.settings.reactions}
    if not rules:
        return after
    planned: dict[str, Reaction] = {}
    for happening in happened(before, after, project):
        rule = rules.get(happening.event)
        key = f"{happening.event}/{happening.key}"
        if rule is not None and key not in after.reactions and rule.applies(happening.facts):
            planned[key] = _reaction(after, project_id, happening, rule, key, at)
    if planned:
        after = _pruned(evolve(after, reactions={**after.reactions, **planned}), project_id, at)
    return _without_answered(before, after, project_id, at)


def _without_answered(before: State, after: State, project: str, at: float) -> State:
    """``after`` without reactions to questions that the rules answered, and without offers for those of a person."""
    changed = dict(after.reactions)
    for s in after.sessions.values():
        old = before.sessions.get(s.id)
        if old is None or s is old or s.project != project or not old.open_asks:
            continue
        still = {(asked.turn, asked.ask.id): asked for asked in s.asks}
        for was in old.open_asks:
            now, key = still.get((was.turn, was.ask.id)), f"agent-needs-input/{s.id}/{was.turn}/{was.ask.id}"
            known = changed.get(key)
            if known is None or (now is not None and not now.answered_at):
                continue
            if now is not None and now.by == BY_RULES and known.outcome in ("", "told"):
                # Nobody was asked, not for a moment: the two are recorded together.
                del changed[key]
            elif known.offered:
                changed[key] = evolve(known, offered=False, outcome="nothing: it was answered", done_at=at)
    return after if changed == after.reactions else evolve(after, reactions=changed)


def happened(before: State, after: State, project: Project) -> Iterator[Happening]:
    """What happened in a project between two states."""
    for s in after.sessions.values():
        old = before.sessions.get(s.id)
        if s.project == project.id and s is not old:
            yield from _to_session(after, project, old, s)
    for agent, limit in after.limits.items():
        if before.limits.get(agent) != limit and any(s.agent == agent for s in derive.open_sessions(after, project.id)):
            until = time.strftime("%H:%M", time.localtime(limit.until))
            yield Happening(
                "agent-rate-limited",
                f"{project.id}/{agent}/{limit.until}",
                {"project": project.id, "session.agent": agent, "until": until},
            )
    for hunt in after.hunts.values():
        was = before.hunts.get(hunt.id)
        if hunt.project == project.id and hunt.ended_at and not (was and was.ended_at):
            yield Happening("all-done", hunt.id, {"project": project.id, "hunt": hunt.id, "reason": hunt.reason})
    yield from pulls_happened(before, after, project)
    yield from issues_happened(before, project)


def _to_session(after: State, project: Project, old: Session | None, s: Session) -> Iterator[Happening]:
    facts = facts_of(s)
    known = {(asked.turn, asked.ask.id) for asked in old.open_asks} if old else set()
    for asked in s.open_asks:
        if (asked.turn, asked.ask.id) not in known:
            question = {**facts, "question": asked.ask.text}
            yield Happening("agent-needs-input", f"{s.id}/{asked.turn}/{asked.ask.id}", question, s.id)
    if s.stuck_at and not (old and old.stuck_at == s.stuck_at):
        quiet = f"{(s.stuck_at - s.last_activity) / 60:.0f} min"
        yield Happening("agent-stuck", f"{s.id}/{s.stuck_at}", {**facts, "quiet": quiet}, s.id)
    turn = s.turn
    if turn and turn.ended_at and not turn.went_well and turn.error not in NO_TRY and not s.stopping:
        was = next((t for t in old.turns if t.number == turn.number), None) if old else None
        if not (was and was.ended_at):
            error = turn.error or ("killed" if turn.code is None else f"exit {turn.code}")
            ended = {**facts, "error": error, "summary": turn.summary}
            yield Happening("agent-exited", f"{s.id}/{turn.number}", ended, s.id)
    if s.landing and not (old and old.landing) and s.landing in after.landings:
        landed = {**facts, "commit": after.landings[s.landing].commit[:12]}
        yield Happening("landed", s.landing, landed, s.id)
    if s.left and not (old and old.left) and overspent(project.settings, total(t.usage for t in s.turns)):
        yield Happening("budget-exceeded", f"{s.id}/{len(s.turns)}", {**facts, "summary": s.left}, s.id)
    if old and old.queued_at and not s.queued_at and not s.landing and not s.stopping:
        reason = s.left or (s.held[0] if s.is_held else s.again.feedback if s.again else "")
        # Without one it was not its work: somebody has something to say to its agent first.
        if reason:
            yield Happening("evicted", f"{s.id}/{old.queued_at}", {**facts, "reason": reason.split("\n")[0]}, s.id)


def done_before(state: State, project: str, event: str, session: str, rule: Rule, at: float, pull: str = "") -> int:
    """How often what a rule says was done, or offered, for a session since it was begun or restored.

    For a pull request: since it was last green as well, but for what programs say, who may do so of each green head for
    ever. Of events that belong to none: within the last day.
    """
    since = _counted_since(state, event, session, pull, at)
    return sum(
        (r.event, r.session, r.project, r.action, r.pull) == (event, session, project, rule.action, pull)
        and r.at >= since
        for r in state.reactions.values()
    )


def _counted_since(state: State, event: str, session: str, pull: str, at: float) -> float:
    found, watched = state.sessions.get(session), state.pulls.get(pull)
    begun = found.restored_at if found else at - DAY if watched is None else 0.0
    return max(begun, watched.green_at if watched and event != "bot-comment" else 0.0)


@frozen
class Choice:
    """What a rule comes to for something that happened: the ``action``, and ``why`` it is not the rule's own.

    ``done``: how often the rule's own was done before.
    """

    action: str
    done: int
    why: str = ""
    urgent: bool = False


def chosen(state: State, project: str, happening: Happening, rule: Rule, at: float) -> Choice:
    """What is done about it, or offered."""
    begun = state.sessions.get(happening.session)
    # Invariant: what is done by itself is counted, stored and bounded.
    done = done_before(state, project, happening.event, happening.session, rule, at, happening.pull)
    if rule.action in _TO_A_SESSION and happening.pull and (begun is None or begun.closed):
        # A pull request that no session works on any more is the person's: they are told what its agent would be.
        return Choice(NOTIFY, done)
    if rule.action == SPAWN and begun is not None and begun.reaction:
        # Invariant: what a reaction began begins nothing: each would begin the next one, for ever.
        return Choice(NOTIFY, done, f"nothing is begun: {begun.id} was begun by a reaction itself")
    if happening.held and rule.action in (SEND, SPAWN):
        # Invariant: what nobody with write access said reaches no agent unless a person lets it.
        why = f"nothing is begun: its author may not push; `ao new --issue {happening.issue}` begins it"
        return Choice(NOTIFY, done, why)
    if rule.action == SEND and rule.auto and (spent := _spent(state, project, begun)):
        # Invariant: what a session may use is a bound for what is done by itself.
        return Choice(NOTIFY, done, f"nothing is sent: it has used {spent}; it is yours now", urgent=True)
    if done >= rule.retries and rule.action != NOTIFY:
        return Choice(NOTIFY, done, f"{rule.action} was done {done} times; it is yours now", urgent=True)
    return Choice(rule.action, done)


def _reaction(state: State, project: str, happening: Happening, rule: Rule, key: str, at: float) -> Reaction:
    choice = chosen(state, project, happening, rule, at)
    action, priority = choice.action, "urgent" if choice.urgent else rule.priority
    facts = happening.facts
    if rule.action in (SEND, SPAWN) and (action != NOTIFY or choice.why):
        # Invariant: text from outside is data. The title of what began with an issue or a pull request is its author's.
        begun = state.sessions.get(happening.session)
        theirs = {"session.title"} if begun is not None and (begun.issue or begun.pushes_to) else set()
        outside = happening.outside | theirs
        data = {name: as_data(value) for name, value in facts.items() if name in outside and type(value) is str}
        facts = {**facts, **data}
    text = rule.text(facts) + (f"\n({choice.why})" if choice.why else "")
    offered = action != NOTIFY and not rule.auto
    return Reaction(
        key=key,
        project=project,
        event=happening.event,
        session=happening.session,
        at=at,
        pull=happening.pull,
        head=happening.head,
        issue=happening.issue,
        action=action,
        text=text,
        priority=priority or EVENTS[happening.event].priority,
        agent=rule.agent,
        offered=offered,
        # To be told is all of it: views tell what the outbox holds.
        outcome="told" if action == NOTIFY else "",
        done_at=at if action == NOTIFY else 0.0,
        escalate_at=at + rule.escalate_after if rule.escalate_after else 0.0,
    )


def _spent(state: State, project: str, session: Session | None) -> str:
    return overspent(state.projects[project].settings, total(t.usage for t in session.turns)) if session else ""


def lasts(state: State, reaction: Reaction) -> bool:
    """Is what was reacted to still so?"""
    if reaction.pull:
        return pull_lasts(state, reaction)
    s = state.sessions.get(reaction.session)
    if reaction.event == "agent-rate-limited":
        return any(reaction.key.startswith(f"{reaction.event}/{reaction.project}/{agent}/") for agent in state.limits)
    if s is None or s.closed:
        return False
    match reaction.event:
        case "agent-needs-input":
            keys = (f"{reaction.event}/{s.id}/{asked.turn}/{asked.ask.id}" for asked in s.open_asks)
            return reaction.key in keys
        case "agent-stuck":
            return s.running and s.stuck_at > s.last_activity
        case "agent-exited":
            return not any(t.went_well for t in s.turns if t.started_at >= reaction.at)
        case "evicted":
            return not s.queued_at
        case _:
            return False


def is_over(state: State, reaction: Reaction) -> bool:
    """Is there nothing to be done any more? What passes by itself may have passed meanwhile; a person's word counts."""
    passes = reaction.event in _PASSES
    return passes and not reaction.accepted_at and not lasts(state, reaction)


def given_up(state: State, problem: Problem) -> State:
    """The state in which a reaction that could not be done as often as it may be tried has that as its outcome."""
    # Invariant: each reaction comes to an outcome; what waits for it goes on.
    found = next((r for r in state.reactions.values() if React(r.project, r.key).key == problem.key), None)
    if found is None or not found.is_due or problem.count < MAX_FAILURES:
        return state
    outcome = f"gave up after {problem.count} tries: {problem.message}"
    done = evolve(found, outcome=outcome, failed=True, done_at=problem.at)
    problems = {key: each for key, each in state.problems.items() if key != problem.key}
    return evolve(state, reactions={**state.reactions, found.key: done}, problems=problems)


def escalated(state: State, key: str, at: float) -> State:
    """A reaction that is over its time: once, a person is told of it and of what was done."""
    known = state.reactions.get(key)
    if known is None or not known.escalate_at:
        return state
    done = f"; {known.action}: {known.outcome}" if known.action != NOTIFY and known.outcome else ""
    told = Reaction(
        key=f"{key}{ESCALATED}",
        project=known.project,
        event=known.event,
        session=known.session,
        pull=known.pull,
        head=known.head,
        at=at,
        action=NOTIFY,
        text=f"{known.text} (for {(at - known.at) / 60:.0f} min{done})",
        priority="urgent",
        outcome="told",
        done_at=at,
    )
    return evolve(state, reactions={**state.reactions, key: evolve(known, escalate_at=0.0), told.key: told})


def _pruned(state: State, project: str, at: float) -> State:
    over = [
        key for key, r in state.reactions.items() if r.project == project and not r.is_due and not _counts(state, r, at)
    ]
    gone = frozenset(over[:-KEPT])
    return evolve(state, reactions={key: r for key, r in state.reactions.items() if key not in gone})


def _counts(state: State, r: Reaction, at: float) -> bool:
    """Is it one of the times that :func:`done_before` may yet count? Of what is over nothing is done any more."""
    session, watched = state.sessions.get(r.session), state.pulls.get(r.pull)
    over = (session is None or session.closed) if r.session else bool(r.pull) and (watched is None or not watched.open)
    return r.action != NOTIFY and not over and r.at >= _counted_since(state, r.event, r.session, r.pull, at)
