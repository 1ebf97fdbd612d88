"""What handlers ask of a project's forge, and how long they wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import Scm

T = TypeVar("T")

#: Seconds until a forge that can not be reached is asked again, and at most until one is that asks for a pause.
_AGAIN, _LONGEST = 15.0, 900.0
#: Trouble that passes by itself.
_PASSES = ("limited", "unreachable")


class NoForge(Exception):
    """The project has no forge, or it can not be asked; the message says what to do."""


def scm_of(context: Context, project: str) -> Scm:
    """The forge of a project. Raises NoForge."""
    scm = context.driven(project).scm
    if scm is None:
        raise NoForge(f"{project} has no forge that is known; set `projects.{project}.scm` (`plugin`, `url`)")
    return scm


async def patiently(context: Context, ask: Callable[[], Awaitable[T | Trouble]]) -> T:
    """What a forge answers, however long it asks to be left alone. Raises NoForge with what it says else."""
    while True:
        answer = await ask()
        if not isinstance(answer, Trouble):
            return answer
        if answer.kind not in _PASSES:
            raise NoForge(answer.sentence)
        rest = answer.until - context.now() if answer.until else _AGAIN
        await asyncio.sleep(min(max(rest, 1.0), _LONGEST))
