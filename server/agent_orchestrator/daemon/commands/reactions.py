"""Commands about what is done by itself: reactions, react."""

from __future__ import annotations

from agent_orchestrator.daemon import at_forge
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.model.config_problem import nearest
from agent_orchestrator.model.reaction.kinds import ALIASES, EVENTS, event_of
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.reactions import explained, reaction_row, rule_rows

#: Reactions that are listed.
_SHOWN = 20


async def reactions(app: App, params: t.ReactionsParams, client: Client) -> t.Reactions:
    """What is done by itself in a project, and what was done lately; or what would be done, and why."""
    session = app.session(params.session, params.project) if params.session else None
    project = app.state.projects[session.project] if session else await app.fresh(client, params)
    if params.test:
        event = event_of(params.test)
        if event is None:
            like = nearest(params.test, (*EVENTS, *ALIASES))
            raise Refused(f"there is no event {params.test!r}" + (f"; did you mean {like!r}?" if like else ""))
        watched = at_forge.known(app, project, params.pull) if params.pull else None
        if isinstance(watched, int):
            # To look at it would be to follow it, and that would have things done.
            raise Refused(f"#{watched} is not followed; `ao pulls {watched}` follows it")
        return t.Reactions(test=tuple(explained(app.state, project, event, session, app.context.now(), watched)))
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
