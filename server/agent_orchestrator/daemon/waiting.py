"""What waits for a time: nothing else here looks at a clock, and nothing runs while nothing waits."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.events import AgentResumed, LandingWaits, ReactionEscalated, SessionStuck
from agent_orchestrator.engine.reacting import lasts
from agent_orchestrator.engine.state import Reaction, Session, State

#: Seconds between two tries of landings that wait for the moment; nothing runs while none waits.
RETRY_WAITS = 10.0


async def retry_landings(app: App) -> None:
    """Try landings again that wait for the user's checkout; asleep while there are none."""
    while True:
        await app.engine.wait_for(lambda state: any(s.waits and not s.closed for s in state.sessions.values()))
        await asyncio.sleep(RETRY_WAITS)
        waiting = [s for s in app.state.sessions.values() if s.waits and not s.closed]
        await app.engine.record(*(LandingWaits(app.context.now(), s.id, "") for s in waiting))


async def end_limits(app: App) -> None:
    """Let agents go on whose usage limit is over, but for those of which a person wants to be asked."""
    while True:
        state = await app.engine.wait_for(lambda state: any(not limit.asks for limit in state.limits.values()))
        ending = {agent: limit.until for agent, limit in state.limits.items() if not limit.asks}
        if not ending:
            return  # the engine has ended
        agent, until = min(ending.items(), key=lambda entry: entry[1])
        rest = until - app.context.now()
        if rest > 0:
            # In steps: the clock may jump, and a person may say that it is over.
            await asyncio.sleep(min(rest, RETRY_WAITS))
        else:
            await app.engine.record(AgentResumed(app.context.now(), agent))


async def find_stuck(app: App) -> None:
    """Say of agents that run and are not heard of that they are stuck, where there is a reaction to that."""
    while True:
        await app.engine.wait_for(lambda state: any(_watched(state)))
        now = app.context.now()
        watched = list(_watched(app.state))
        if not watched:
            return  # the engine has ended
        if stuck := [SessionStuck(now, s.id) for s, since in watched if since <= now]:
            await app.engine.record(*stuck)
        await _until_next(now, (since for _, since in watched))


async def escalate(app: App) -> None:
    """Tell a person of what lasts for longer than a reaction to it allows."""
    while True:
        await app.engine.wait_for(lambda state: any(_lasting(state)))
        now = app.context.now()
        lasting = list(_lasting(app.state))
        if not lasting:
            return  # the engine has ended
        if late := [ReactionEscalated(now, r.key) for r in lasting if r.escalate_at <= now]:
            await app.engine.record(*late)
        await _until_next(now, (r.escalate_at for r in lasting))


async def _until_next(now: float, times: Iterable[float]) -> None:
    """Sleep until the next of some times, in steps: what happens moves them, and the clock may jump."""
    rest = min((time - now for time in times if time > now), default=RETRY_WAITS)
    await asyncio.sleep(min(max(rest, 0.1), RETRY_WAITS))


def _lasting(state: State) -> Iterator[Reaction]:
    return (r for r in state.reactions.values() if r.escalate_at and lasts(state, r))


def _watched(state: State) -> Iterator[tuple[Session, float]]:
    """Sessions whose agents can get stuck, and when they are."""
    for project in state.projects.values():
        rule = next((rule for rule in project.settings.reactions if rule.event == "agent-stuck"), None)
        if rule is not None:
            for s in derive.open_sessions(state, project.id):
                # What waits for a person is not stuck, and nobody is told twice of one silence.
                if s.running and not s.open_asks and s.stuck_at < s.last_activity:
                    yield s, s.last_activity + rule.threshold
