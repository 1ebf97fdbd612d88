"""``prompt``: what the agent of a session's newest turn was told, or will be."""

from __future__ import annotations

import json
from pathlib import Path

from attrs import evolve

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.drive.task import task_of
from agent_orchestrator.engine.state import Turn
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def prompt(app: App, params: t.SessionParams, client: Client) -> t.Text:
    """The newest turn's prompt: as the agent was given it, or before that, as it would be given it now."""
    found = app.session(params.session, params.project)
    if not found.has_agent:
        raise Refused(f"no agent works on {found.id}; it is made by git alone")
    turn = found.turn or Turn(1, app.context.now())
    given = app.context.places.turn(found.id, turn.number) / "task.json"
    if given.is_file():
        return t.Text(text=json.loads(given.read_text(encoding="utf-8"))["prompt"])
    if turn.ended_at:
        raise Refused(f"what {found.id}'s agent was told is not kept any more")
    driven = app.driven(found.project)
    environment = app.context.tools.environment(driven.main, Path(found.path), base_env(driven))
    begun = found if found.turns else evolve(found, turns=(turn,))
    return t.Text(text=task_of(app.context, driven, begun, turn.number, environment.python).prompt)
