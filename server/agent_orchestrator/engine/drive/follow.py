"""``Follow``: what the person commits meanwhile joins the fixes on ``ao/landed``, through the gate."""

from __future__ import annotations

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import free_names
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.target import LANDED_BRANCH
from agent_orchestrator.engine.due import Follow


async def follow(context: Context, effect: Follow) -> None:
    """Make the session that merges the user's commit. Nothing happens when there is one by now."""
    project = context.project(effect.project)
    driven = context.driven(effect.project)
    async with context.lock(f"names:{effect.project}"):
        if project.target is None or any(s.follows == effect.commit for s in context.state.sessions.values()):
            await context.record()
            return
        title = f"Merge {project.settings.target} {effect.commit[:7]} into {LANDED_BRANCH}"
        names = await free_names(context, driven, title)
        await context.record(
            e.SessionClaimed(
                context.now(),
                session=names.id,
                project=effect.project,
                name=names.name,
                title=title,
                prompt=title,
                agent="",
                runtime="",
                branch="",
                base=project.target.commit,
                base_tree=project.target.tree,
                path="",
                follows=effect.commit,
                follows_tree=effect.tree,
            )
        )
