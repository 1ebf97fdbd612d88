"""What handlers ask of a project's forge, and how long they wait for it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import Scm

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Seconds that a fetch may take.
_FETCH_SECONDS = 60.0

#: Seconds until a forge that can not be reached is asked again, and at most until one is that asks for a pause.
_AGAIN, _LONGEST = 15.0, 900.0
#: How often a forge that answers with faults of its own is asked again.
_FAULTS = 20


class NoForge(Exception):
    """The project has no forge, or it can not be asked; the message says what to do."""


def scm_of(context: Context, project: str) -> Scm:
    """The forge of a project. Raises NoForge."""
    scm = context.driven(project).scm
    if scm is None:
        raise NoForge(f"{project} has no forge that is known; set `projects.{project}.scm` (`plugin`, `url`)")
    return scm


async def patiently(context: Context, ask: Callable[[], Awaitable[T | Trouble]]) -> T:
    """What a forge answers, however long it asks to be left alone. Raises NoForge with what it says else.

    Faults of its own are waited for some minutes: a question that is at fault itself is answered so as well.
    """
    faults = 0
    while True:
        answer = await ask()
        if not isinstance(answer, Trouble):
            return answer
        fault = answer.kind == "failed" and answer.status >= 500
        faults += fault
        if not (answer.passes or (fault and faults <= _FAULTS)):
            raise NoForge(answer.sentence)
        rest = answer.until - context.now() if answer.until else _AGAIN
        await asyncio.sleep(min(max(rest, 1.0), _LONGEST))


async def fetched(driven: Driven, pull: Pull) -> bool:
    """Is a pull request's head here, fetched if it was not?"""
    return await commit_fetched(driven, pull.head, f"pulls/{pull.number}")


async def commit_fetched(driven: Driven, commit: str, name: str) -> bool:
    """Is a commit of the forge here? It is fetched if not, under ``refs/ao/<name>``: no ref of the person's moves."""
    git = driven.repo.git()
    if (await git.run("cat-file", "-e", f"{commit}^{{commit}}", check=False)).code == 0:
        return True
    try:
        await git.run(
            *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "origin", f"+{commit}:refs/ao/{name}"),
            timeout=_FETCH_SECONDS,
        )
    except GitError as error:
        log.info("%s can not be fetched: %s", commit, error)
        return False
    return True
