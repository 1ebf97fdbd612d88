"""Which agent a configuration names; a person is asked once, and the answer is written down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import Failure
from agent_orchestrator.cli.setup import read, write
from agent_orchestrator.config import edit
from agent_orchestrator.config.load import load
from agent_orchestrator.protocol.types import AddProjectParams, Doctor, ProjectParams

#: What is used until a person says otherwise: it costs nothing.
DEFAULT = "autofix"


def choose_agent(app: App, daemon: Connection, added: Sequence[AddProjectParams]) -> None:
    """Ask once for the agent of the projects whose configuration names none, and write it into their files.

    Nothing is asked where nobody can answer, or where there is no choice.
    """
    unnamed = [params for params in added if _names_none(params, app)] if app.terminal.can_ask else []
    if not unnamed:
        return
    found: Doctor = daemon.call("doctor", ProjectParams(project=unnamed[0].id))
    options = [(agent.name, agent.cost) for agent in found.agents if not agent.lacks]
    options.sort(key=lambda option: option[0] != DEFAULT)
    if len(options) < 2:
        return
    names = ", ".join(params.id for params in unnamed)
    agent = app.terminal.choose(f"Which agent shall work on {names}?", options, DEFAULT)
    if agent is None:
        return
    for file in dict.fromkeys(Path(params.config) for params in unnamed):
        try:
            _write_down(file, agent)
        except Failure as failure:
            # The project can be driven all the same, by what costs nothing.
            app.terminal.note(f"not written down, so {DEFAULT} works: {failure.sentence}")
        else:
            app.terminal.line(f"defaults.agent is {agent} in {file}; `ao config set defaults.agent <name>` changes it.")
    for params in unnamed:
        daemon.call("projectAdd", params)


def _write_down(file: Path, agent: str) -> None:
    changed = edit.set_value(read(file), "defaults.agent", agent, file=file)
    if not isinstance(changed, str):
        raise Failure(str(changed))
    write(file, changed)


def _names_none(params: AddProjectParams, app: App) -> bool:
    if not params.config:
        return False
    file = Path(params.config)
    project = load(file, environ=app.environ).config.projects.get(params.id)
    own = project is not None and project.agent is not None
    return not own and edit.get_value(read(file), "defaults.agent") is None
