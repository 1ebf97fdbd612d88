"""Reactions as rows."""

from __future__ import annotations

from agent_orchestrator.engine.state import Project, Reaction
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
