"""What an agent finds on its PATH where its project's repository is at a forge."""

from __future__ import annotations

import subprocess

import pytest

from agent_orchestrator.daemon.hello import client_environment
from agent_orchestrator.protocol import types as t

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
COMMANDS = "command -v gh; command -v glab; command -v git; echo $AO_FORGE; gh pr merge 1"


async def seen_by_an_agent(world, command: str, **project: str) -> str:
    """What a command prints that an agent runs."""
    world.make(FILES, **project)
    world.agents_do({"Write": [[["shell", f"{{ {command}; }} >{world.folder}/seen 2>&1"]]]})
    await world.start()
    id = (await world.call("new", t.NewParams(task="Write a note"))).id
    await world.until(lambda state: bool(state.sessions[id].turns and state.sessions[id].turns[0].ended_at))
    return (world.folder / "seen").read_text().replace(str(world.app.context.places.shim(id)), "SHIM")


async def test_the_sessions_own_programs_come_first(world):
    seen = await seen_by_an_agent(world, COMMANDS, repo="acme/shop")
    *programs, said = seen.splitlines()
    assert programs == ["SHIM/bin/gh", "SHIM/bin/glab", "SHIM/bin/git", "SHIM"]
    assert said.startswith("ao: `gh pr merge` was not run: ")


@pytest.mark.parametrize("project", [{}, {"repo": "/srv/git/shop.git"}])
async def test_without_a_forge_nothing_comes_before_the_persons_programs(world, project):
    seen = await seen_by_an_agent(world, "command -v git; echo [$AO_FORGE]", **project)
    assert "SHIM" not in seen
    assert "[]" in seen


async def test_the_sessions_glab_is_answered_from_what_was_seen(world, h, forged):
    green = {**FILES, "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(2) == 1\n"}
    with forged.AtGitLab(world, h.git) as hub:
        hub.make(green, landing={"mode": "pull-request"})
        world.agents_do({"Write": [[["write", "NOTE.md", "hello\n"]]]})
        await hub.start()
        id = (await world.call("new", t.NewParams(task="Write a note"))).id
        await hub.until(lambda s: s.sessions[id].in_review)
        hub.passes(hub.pull)
        hub.tells()
        folder, tree = world.app.context.places.shim(id), world.state.sessions[id].path
        seen = folder / "pull.json"
        await h.eventually(lambda: seen.exists() and '"pipeline":{' in seen.read_text())
        await hub.rest()
        told = [
            subprocess.run([folder / "bin/glab", *words], cwd=tree, capture_output=True, text=True, check=True)
            for words in (("mr", "view"), ("ci", "status", "--compact"))
        ]
    assert told[0].stdout.startswith(f"title:\t{hub.pull.title}\nstate:\topen\nauthor:\tao-user\n")
    assert told[1].stdout == "(success) • test [test]\nPipeline state: success\n\n"
    assert [line.split("\t")[2] for line in (folder / "calls").read_text().splitlines()] == ["snapshot"] * 2


def test_an_agent_that_is_a_client_does_not_hand_its_own_programs_on():
    env = {"AO_FORGE": "/s/shim", "PATH": "/s/shim/bin:/usr/bin:/s/shim/bin:/other/shim/bin"}
    assert client_environment(env) == {"PATH": "/usr/bin:/other/shim/bin"}
