"""``React``: do what a reaction says, and record that with its outcome, so that it is done once."""

from __future__ import annotations

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.begin import CanNotBegin, begin
from agent_orchestrator.engine.drive.command import run_command
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.forge import NoForge, patiently
from agent_orchestrator.engine.drive.issues import noted, tracker_of
from agent_orchestrator.engine.drive.pulls import merge_pull, rerun_ci
from agent_orchestrator.engine.due import React
from agent_orchestrator.engine.reacting import is_over
from agent_orchestrator.engine.state import Reaction, Session
from agent_orchestrator.model.reaction import kinds
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.tracked import task_of

#: What is done to a pull request.
_AT_THE_FORGE = {kinds.MERGE: merge_pull, kinds.RERUN: rerun_ci}
#: Seconds after which what happened is no longer reacted to: the daemon did not run meanwhile.
LATE = 24 * 3600.0


async def react(context: Context, effect: React) -> None:
    """Carry out a :class:`React`."""
    reaction = context.state.reactions.get(effect.reaction)
    if reaction is None or reaction.outcome or reaction.offered:
        await context.record()
        return
    session = context.state.sessions.get(reaction.session)
    now = context.now()
    if now - max(reaction.at, reaction.accepted_at) > LATE:
        await _failed(context, reaction, "it is too long ago")
    elif is_over(context.state, reaction):
        await context.record(e.Reacted(now, reaction.key, "nothing: it was over"))
    elif session is not None and session.restored_at > max(reaction.at, reaction.accepted_at):
        await context.record(e.Reacted(now, reaction.key, f"nothing: {session.id} was restored meanwhile"))
    elif reaction.action in (kinds.SEND, kinds.SPAWN) and not sanitize(reaction.text).strip():
        await _failed(context, reaction, "it says nothing")
    elif reaction.action == kinds.SPAWN:
        await _spawn(context, reaction)
    elif reaction.pull and reaction.action in _AT_THE_FORGE:
        await _at_the_forge(context, reaction)
    elif reaction.action == kinds.RUN:
        await context.record(await run_command(context, reaction))
    elif session is None:
        await _failed(context, reaction, "no session belongs to it")
    elif reaction.action == kinds.SEND:
        await _send(context, reaction, session)
    elif reaction.action == kinds.STOP:
        stop = () if session.stopping else (e.SessionStopped(now, session.id, f"reaction to {reaction.event}"),)
        await context.record(*stop, e.Reacted(now, reaction.key, f"stopped {session.id}"))
    elif reaction.action in (kinds.LAND, kinds.MERGE):
        await _land(context, reaction, session)
    else:
        await _failed(context, reaction, f"{reaction.event} is about no pull request")


async def _at_the_forge(context: Context, reaction: Reaction) -> None:
    try:
        outcome = await _AT_THE_FORGE[reaction.action](context, reaction)
    except NoForge as error:
        await _failed(context, reaction, str(error))
    else:
        await context.record(outcome)


async def _send(context: Context, reaction: Reaction, session: Session) -> None:
    if session.closed:
        await _failed(context, reaction, f"{session.id} is over")
        return
    now, text = context.now(), sanitize(reaction.text).strip()
    queued = e.MessageQueued(now, session.id, context.new_id(), text)
    await context.record(queued, e.Reacted(now, reaction.key, f"told {session.id}"))


async def _land(context: Context, reaction: Reaction, session: Session) -> None:
    """What is proven lands by itself; what waits is tried again. Invariant: no reaction allows what the guard holds."""
    now = context.now()
    if session.closed:
        await _failed(context, reaction, f"{session.id} is over")
    elif session.is_held:
        await _failed(context, reaction, f"{session.id} is held: {session.held[0]}; only a person allows that")
    else:
        again = (e.LandingWaits(now, session.id, ""),) if session.waits else ()
        await context.record(*again, e.Reacted(now, reaction.key, f"{session.id} lands when its proof is complete"))


async def _spawn(context: Context, reaction: Reaction) -> None:
    text = sanitize(reaction.text).strip()
    project, title, now = context.project(reaction.project), text.split("\n")[0], context.now()
    try:
        if reaction.issue:
            tracker = tracker_of(context, project.id)
            issue = await patiently(context, lambda: tracker.get(reaction.issue))
            project = context.project(reaction.project)
            if noted(project, issue).held and not reaction.accepted_at:
                raise CanNotBegin(f"{issue.author} may not push; `ao new --issue {issue.key}` begins it all the same")
            title = f"{issue.key}: {issue.title}"
            text = task_of(issue, text, heard=project.hears, ignored=project.ignored)
        await begin(
            context,
            project,
            title,
            text,
            agent=reaction.agent,
            issue=reaction.issue,
            reaction=reaction.key,
            besides=lambda id: (e.Reacted(now, reaction.key, f"began {id}"),),
        )
    except (CanNotBegin, NoForge) as error:
        await _failed(context, reaction, str(error))


async def _failed(context: Context, reaction: Reaction, why: str) -> None:
    await context.record(e.Reacted(context.now(), reaction.key, why, failed=True))
