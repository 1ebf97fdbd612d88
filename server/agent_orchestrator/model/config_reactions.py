"""The keys of ``reactions``, and what they must hold beyond their kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from attrs import field, frozen

from agent_orchestrator.model.config_agents import AGENT
from agent_orchestrator.model.config_kinds import Choice, Command, Flag, Integer, Shell, Text, key
from agent_orchestrator.model.config_problem import Code, KeyPath, Problem, Severity, nearest, shown
from agent_orchestrator.model.reaction import kinds, template
from agent_orchestrator.model.reaction.condition import ConditionError, parse
from agent_orchestrator.model.reaction.kinds import ALIASES, EVENTS, event_of
from agent_orchestrator.model.reaction.rule import RETRIES, THRESHOLD, Rule

DURATION = Text(r"[0-9]+(?:s|m|h|d)", "a time such as 30s, 10m, 2h or 1d")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@frozen(kw_only=True)
class ReactionConfig:
    """What happens by itself after an event, which is its name."""

    id: str
    auto: bool = field(
        default=False, metadata=key(Flag(), "Act without asking; else you are notified, and offered it.")
    )
    action: str | None = field(
        default=None,
        metadata=key(Choice(kinds.ACTIONS), "What is done.", default="notify"),
    )
    priority: str | None = field(
        default=None,
        metadata=key(Choice(kinds.PRIORITIES), "How the notification is shown.", default="the event's own"),
    )
    retries: int | None = field(
        default=None,
        metadata=key(Integer(), "How often it is done for one task before you are told instead.", default="3"),
    )
    message: str | None = field(
        default=None,
        metadata=key(
            Text(),
            "What the agent is told, or you are; `{{errors}}`, `{{session.title}}` and other fields are filled in.",
            default="the event's own",
        ),
    )
    escalate_after: str | None = field(
        default=None,
        metadata=key(DURATION, "When it lasts longer than this, you are told.", default="never"),
    )
    threshold: str | None = field(
        default=None, metadata=key(DURATION, "After how long `agent-stuck` happens.", default="10m")
    )
    condition: str | None = field(
        default=None,
        metadata=key(
            Text(),
            "React only when this holds: `label == 'x' and not pr.draft`, with `in`, `matches`, `<`, `or`.",
            default="always",
        ),
    )
    strategy: str | None = field(
        default=None,
        metadata=key(Choice(("squash", "merge", "rebase")), "How `merge` merges.", default="`landing.strategy`"),
    )
    delete_after: bool = field(default=False, metadata=key(Flag(), "Delete the branch after the merge."))
    agent: str | None = field(
        default=None, metadata=key(AGENT, "Who is given what `spawn` begins.", default="`defaults.agent`")
    )
    command: Command | None = field(
        default=None, metadata=key(Shell(), "What `run` runs, in the project's folder.", default="none")
    )


def rules_of(everywhere: Mapping[str, ReactionConfig], project: Mapping[str, ReactionConfig]) -> tuple[Rule, ...]:
    """The reactions of a project, by their events' own names: its own take the place of those for all projects."""
    found = {
        event.name: config for config in (*everywhere.values(), *project.values()) if (event := event_of(config.id))
    }
    return tuple(_rule(name, config) for name, config in sorted(found.items()))


def commands_of(
    everywhere: Mapping[str, ReactionConfig], project: Mapping[str, ReactionConfig]
) -> Mapping[str, Command]:
    """The commands of reactions that run one, by their events' own names."""
    found: dict[str, Command] = {}
    for config in (*everywhere.values(), *project.values()):
        event = event_of(config.id)
        if event is not None:
            found.pop(event.name, None)
            if config.command is not None:
                found[event.name] = config.command
    return found


def _rule(event: str, config: ReactionConfig) -> Rule:
    return Rule(
        event=event,
        action=config.action or kinds.NOTIFY,
        auto=config.auto,
        priority=config.priority or EVENTS[event].priority,
        retries=RETRIES if config.retries is None else config.retries,
        message=config.message or "",
        escalate_after=_seconds(config.escalate_after) or 0.0,
        threshold=_seconds(config.threshold) or THRESHOLD,
        condition=config.condition or "",
        agent=config.agent or "",
        strategy=config.strategy or "",
        delete_after=config.delete_after,
    )


def _seconds(text: str | None) -> float | None:
    return float(text[:-1]) * _UNITS[text[-1]] if text else None


def reaction_problems(reaction: ReactionConfig, before: Collection[str] = ()) -> Iterator[Problem]:
    """Problems of one reaction; paths are relative to it. ``before``: the names of those that stand before it."""
    event = event_of(reaction.id)
    if event is None:
        yield Problem(
            path=(),
            message="there is no such event",
            code=Code.VALUE,
            severity=Severity.WARNING,
            found=shown(reaction.id),
            allowed=", ".join(EVENTS),
            suggestion=nearest(reaction.id, (*EVENTS, *ALIASES)),
        )
        return
    if first := next((name for name in before if event_of(name) is event), ""):
        what = f"`{first}` is the same event; this reaction takes the place of that one"
        yield Problem(path=(), message=what, code=Code.DUPLICATE, severity=Severity.WARNING)
    if reaction.action == kinds.RUN and reaction.command is None:
        yield Problem(
            path=(), message="`run` has no command", code=Code.MISSING, allowed="`command`: what to run in the project"
        )
    if reaction.message is not None:
        for odd in template.problems(reaction.message, event.fields):
            yield _warning(("message",), odd.message, odd.field, event.fields)
    if reaction.condition is not None:
        yield from _condition(reaction.condition, event.fields)


def _condition(text: str, fields: tuple[str, ...]) -> Iterator[Problem]:
    try:
        condition = parse(text)
    except ConditionError as error:
        yield Problem(
            path=("condition",),
            message=f"the condition can not be read: {error}",
            code=Code.VALUE,
            found=shown(text[error.column :]),
            allowed="comparisons of " + ", ".join(fields),
        )
        return
    for name, _ in condition.fields:
        if name not in fields:
            yield _warning(("condition",), f"the event has no {name!r}", name, fields)


def _warning(path: KeyPath, message: str, found: str, fields: tuple[str, ...]) -> Problem:
    return Problem(
        path=path,
        message=message,
        code=Code.REFERENCE,
        severity=Severity.WARNING,
        found=shown(found) if found else "",
        allowed=", ".join(fields),
        suggestion=nearest(found, fields) if found else "",
    )
