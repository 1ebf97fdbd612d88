"""Which agents a project can name, what using one takes, and why one can not be used."""

from __future__ import annotations

import pytest
import yaml

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

GREEN = {"half.py": "", "tests/test_half.py": "def test_half():\n    pass\n"}


async def test_the_agents_of_a_project_are_told_with_what_they_take(world):
    world.make(GREEN)
    file = world.repo / "agent-orchestrator.yaml"
    config = yaml.safe_load(file.read_text())
    config["agents"]["absent"] = {"command": ["/nowhere/agent"]}
    file.write_text(yaml.safe_dump(config))
    await world.start()
    found = {row.name: row for row in (await world.call("doctor", t.ProjectParams(project="app"))).agents}
    assert (found["scripted"].cost, found["scripted"].lacks) == ("what your own program takes", "")
    assert "/nowhere/agent was not found" in found["absent"].lacks
    assert found["autofix"].cost.startswith("free")
    assert found["autofix"].lacks == ""


async def test_only_agents_that_can_be_used_are_told_of_beside_a_projects_own(world):
    world.make(GREEN)
    world.env["PATH"] = "/usr/bin:/bin"
    await world.start()
    rows = (await world.call("doctor", t.ProjectParams(project="app"))).agents
    assert [row.name for row in rows if row.lacks] == []


async def test_the_free_agent_refuses_a_task_without_failures(world):
    world.make(GREEN)
    await world.start()
    with pytest.raises(Refused, match="'autofix' repairs failures and takes no free task"):
        await world.call("new", t.NewParams(task="Write a note", agent="autofix"))
    assert world.state.sessions == {}
