"""What ``doctor`` says of forges: with what they are asked, what is left of that, and what was wrong last."""

from __future__ import annotations

import asyncio
import time

from agent_orchestrator.daemon.app import App
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.drive.look import follows
from agent_orchestrator.engine.state import Project
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.budget import Window
from agent_orchestrator.ports.scm import Access, Scm
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.forges import remedy, sign_in


async def forges(app: App, only: str = "") -> list[t.FindingRow]:
    """A finding for each project that may be worked on and has a forge."""
    asked = [
        _forge(app, project, project.settings.forge, driven.scm)
        for project in app.state.projects.values()
        if only in ("", project.id) and project.active and project.settings.forge is not None
        if (driven := app.context.projects.get(project.id)) is not None and driven.scm is not None
    ]
    return list(await asyncio.gather(*asked))


async def _forge(app: App, project: Project, forge: Forge, scm: Scm) -> t.FindingRow:
    access = await scm.access()
    what, place = f"forge of {project.id}", f"{forge.server}/{forge.path}"
    if not follows(project, tuple(derive.pulls_of(app.state, project.id))):
        found = f"{place}, not followed" + (f", with {access.source}" if isinstance(access, Access) else "")
        return t.FindingRow(level="ok", what=what, found=found)
    if isinstance(access, Trouble):
        advice = sign_in(forge, access.sentence)
        return t.FindingRow(level="warn", what=what, found=f"{place}: {access.sentence}", advice=advice)
    left = "; ".join(_left(resource, window) for resource, window in sorted(access.budgets.items()))
    found = f"{place} with {access.source}" + (f"; left: {left}" if left else "")
    looks = app.forges.looks.get(project.id) if app.forges else None
    trouble = (looks.trouble or looks.issues_trouble) if looks else None
    if trouble is None:
        return t.FindingRow(level="ok", what=what, found=found)
    advice = _advice(project, trouble, tracker=looks is not None and looks.trouble is None)
    return t.FindingRow(level="warn", what=what, found=f"{found}; at the last look: {trouble.sentence}", advice=advice)


def _left(resource: str, window: Window) -> str:
    return f"{resource} {window.remaining:,} of {window.limit:,} until {_clock(window.resets)}"


def _advice(project: Project, trouble: Trouble, *, tracker: bool) -> str:
    if trouble.kind in ("denied", "missing"):
        return remedy(project, trouble.sentence, tracker=tracker)
    return f"it is asked again at {_clock(trouble.until)}" if trouble.until else "it is asked again by itself"


def _clock(at: float) -> str:
    return time.strftime("%H:%M", time.localtime(at))
