"""What is done by itself after an event, and what was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, line
from agent_orchestrator.cli.render.words import ago

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import ReactionRow, Reactions, RuleRow

_RULES = (Column("EVENT"), Column("WHAT IS DONE", "end"), Column("WHEN", "end"))
_DONE = (Column("HAPPENED"), Column("SESSION", "start"), Column("WHAT CAME OF IT", "end"), Column("WHEN"))


def reactions_page(answer: Reactions, now: float, width: int | None) -> Lines:
    """The rules, then what happened, newest first."""
    lines: list[Line] = [line(said) for said in answer.test]
    if answer.test:
        return tuple(lines)
    if answer.rules:
        lines += grid(_RULES, [((r.event, "strong"), _action(r), r.condition or "always") for r in answer.rules], width)
    else:
        lines.append(line(("No reactions are configured: `reactions` in agent-orchestrator.yaml.", "dim")))
    if answer.reactions:
        newest = sorted(answer.reactions, key=lambda reaction: reaction.at, reverse=True)
        rows: list[tuple[Span | str, ...]] = [
            ((r.event, "bad" if r.failed else "good"), r.session, _outcome(r), (ago(r.at, now), "dim")) for r in newest
        ]
        lines += [(), *grid(_DONE, rows, width)]
    return tuple(lines)


def _action(rule: RuleRow) -> str:
    if rule.action == "notify":
        return f"notify ({rule.priority})"
    return f"{rule.action}, up to {rule.retries} times" if rule.auto else f"offer to {rule.action}"


def _outcome(reaction: ReactionRow) -> str:
    if reaction.offered:
        return f"{reaction.action} is offered: `ao react {reaction.key}`"
    if reaction.failed:
        return f"{reaction.action} was not done: {reaction.outcome}"
    return reaction.text if reaction.outcome == "told" else reaction.outcome or f"{reaction.action} is under way"
