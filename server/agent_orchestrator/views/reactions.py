"""Reactions as rows."""

from __future__ import annotations

from collections.abc import Iterator

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.happening import Happening, facts_of
from agent_orchestrator.engine.pull_reacting import ci_facts, pull_facts
from agent_orchestrator.engine.reacting import chosen
from agent_orchestrator.engine.state import Project, Reaction, Session, State
from agent_orchestrator.model.reaction.condition import ConditionError, parse
from agent_orchestrator.model.reaction.kinds import NOTIFY, SEND, SPAWN, Event
from agent_orchestrator.model.reaction.rule import Facts, Rule
from agent_orchestrator.model.watched import Watched, own_reds
from agent_orchestrator.protocol import types as t


def rule_rows(project: Project) -> tuple[t.RuleRow, ...]:
    """What is done by itself in a project."""
    return tuple(
        t.RuleRow(
            project=project.id,
            event=rule.event,
            action=rule.action,
            auto=rule.auto,
            priority=rule.priority,
            retries=rule.retries,
            condition=rule.condition,
            message=rule.message,
            threshold=rule.threshold if rule.event == "agent-stuck" else 0.0,
        )
        for rule in project.settings.reactions
    )


def reaction_row(reaction: Reaction) -> t.ReactionRow:
    """Something that happened, and what became of it."""
    return t.ReactionRow(
        key=reaction.key,
        project=reaction.project,
        event=reaction.event,
        at=reaction.at,
        session=reaction.session,
        action=reaction.action,
        text=reaction.text,
        offered=reaction.offered,
        outcome=reaction.outcome,
        failed=reaction.failed,
    )


def explained(
    state: State, project: Project, event: Event, session: Session | None, at: float, watched: Watched | None = None
) -> Iterator[str]:
    """What would be done if an event happened ``at`` now, and why; what only it would tell stands as its field.

    ``watched`` is the pull request that it would happen to.
    """
    rule = next((rule for rule in project.settings.reactions if rule.event == event.name), None)
    if rule is None:
        yield f"{event.name}: no reaction is configured; nothing is done"
        return
    happening = _supposed(state, project, event, session, watched)
    known = happening.facts
    if event.name == "issue-assigned" and project.settings.tracker is None:
        yield "it does not happen: the project has no tracker (`tracker`, `scm`)"
    if event.pulls and project.settings.forge is None:
        yield "it does not happen: the project has no forge (`scm`)"
    facts = {field: known.get(field, f"<{field}>") for field in event.fields}
    if rule.condition:
        holds = rule.applies(facts)
        yield f"condition: {rule.condition} {'holds' if holds else 'does not hold'}" + _guessed(rule, known)
        if not holds:
            yield "nothing is done"
            return
    choice = chosen(state, project.id, happening, rule, at)
    if choice.why:
        yield f"you are told: {choice.why}" + (" (urgent)" if choice.urgent else "")
    elif choice.action == NOTIFY:
        yield f"you are told ({rule.priority})"
    elif rule.auto:
        yield f"{rule.action} is done by itself, {choice.done} times of {rule.retries} so far"
    else:
        yield f"{rule.action} is offered to you"
    if event.name == "issue-assigned" and rule.action in (SEND, SPAWN):
        yield "an issue whose author may not push is told to you instead, with the command that begins it"
    yield f"says: {rule.text(facts)}"


def _supposed(
    state: State, project: Project, event: Event, session: Session | None, watched: Watched | None
) -> Happening:
    """The event as if it happened, with what is known now."""
    if watched is None or watched.pull is None:
        facts = facts_of(session) if session else {"project": project.id}
        return Happening(event.name, "", facts, session.id if session else "")
    facts = pull_facts(state, watched, watched.pull)
    if event.name == "ci-failed":
        facts = {**facts, **ci_facts(watched, own_reds(watched, derive.muted(state, project.id)))}
    return Happening(event.name, "", facts, watched.session, pull=watched.key, head=watched.pull.head)


def _guessed(rule: Rule, known: Facts) -> str:
    try:
        unknown = [name for name, _ in parse(rule.condition).fields if name not in known]
    except ConditionError as error:
        return f" (it can not be read: {error})"
    return f" (not known now: {', '.join(dict.fromkeys(unknown))})" if unknown else ""
