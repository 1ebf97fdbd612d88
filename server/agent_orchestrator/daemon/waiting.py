"""What waits for a time: nothing else here looks at a clock, and nothing runs while nothing waits."""

from __future__ import annotations

import asyncio

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine.events import AgentResumed, LandingWaits

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
