"""Commands about what is done by itself: reactions, react."""

from __future__ import annotations

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.reactions import reaction_row, rule_rows

#: Reactions that are listed.
_SHOWN = 20


async def reactions(app: App, params: t.ProjectParams, client: Client) -> t.Reactions:
    """What is done by itself in a project, and what was done lately."""
    project = await app.fresh(client, params)
    mine = [r for r in app.state.reactions.values() if r.project == project.id]
    return t.Reactions(rules=rule_rows(project), reactions=tuple(reaction_row(r) for r in mine[-_SHOWN:]))


async def react(app: App, params: t.ReactParams, client: Client) -> t.Done:
    """Have a reaction done that was offered. Invariant: a later word about the same one is refused."""
    found = app.state.reactions.get(params.reaction)
    if found is None:
        raise Refused(f"there is no reaction {params.reaction!r}; `ao reactions` lists them")
    if not found.offered:
        raise Refused(f"{found.key} is not open any more: {found.outcome or 'it is under way'}")
    await app.engine.record(e.ReactionAccepted(app.context.now(), found.key, who()))
    return t.Done(message=f"{found.action} is under way", id=found.key)
