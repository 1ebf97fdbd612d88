"""A free task of its own becomes a session, where no person is there to be asked anything."""

from __future__ import annotations

from collections.abc import Callable

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import free_names
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.issues import worker
from agent_orchestrator.engine.state import Project

#: Characters of a title.
TITLE = 100


class CanNotBegin(Exception):
    """The task can not be given to its agent; the message says why."""


async def begin(
    context: Context,
    project: Project,
    title: str,
    prompt: str,
    *,
    agent: str = "",
    issue: str = "",
    reaction: str = "",
    besides: Callable[[str], tuple[e.Event, ...]] = lambda _: (),
) -> str:
    """Make the session of a task; its id. Raises CanNotBegin.

    ``besides`` gives events that are recorded together with it, from its id.
    """
    driven, name = context.driven(project.id), agent or project.settings.agent
    try:
        found = context.agent(driven, name)
    except KeyError as error:
        raise CanNotBegin(str(error.args[0])) from error
    lacks = found.unavailable(base_env(driven)) if found.free_text else f"the agent {name!r} takes no free task"
    if lacks or project.target is None:
        raise CanNotBegin(lacks or "its target is not known yet")
    async with context.lock(f"names:{project.id}"):
        # Invariant: no two sessions work on one issue.
        if issue and (at_work := worker(context.state, project.id, issue)):
            raise CanNotBegin(f"{at_work.id} works on {issue} already")
        names = await free_names(context, driven, title)
        await context.record(
            e.SessionClaimed(
                context.now(),
                session=names.id,
                project=project.id,
                name=names.name,
                title=title[:TITLE],
                prompt=prompt,
                agent=name,
                runtime=project.settings.runtime,
                branch=names.branch,
                base=project.target.commit,
                base_tree=project.target.tree,
                path=str(names.path),
                reaction=reaction,
                issue=issue,
            ),
            *besides(names.id),
        )
    return names.id
