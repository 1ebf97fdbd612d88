"""With what a forge is asked: a person reads what is wrong with it and what to do, and never the token itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent_orchestrator.daemon.forges import TOLD_AFTER
from agent_orchestrator.lsp.notices import Notices
from agent_orchestrator.protocol import types as t


@pytest.fixture(params=["AtGitHub", "AtGitLab"])
def forge(request, forged, world, h):
    """A forge of each kind."""
    with getattr(forged, request.param)(world, h.git) as made:
        yield made
        assert made.forge.problems == []


@pytest.fixture
def hub(forged, world, h):
    """GitHub alone."""
    with forged.AtGitHub(world, h.git) as made:
        yield made
        assert made.forge.problems == []


@pytest.fixture
async def begin():
    """Start a daemon whose forge has a branch of the person's to look for."""
    begun = []

    async def begin(forge: Any, **config: Any) -> None:
        forge.make({"half.py": "half = 1\n"}, **config)
        await forge.start()
        begun.append(forge)
        forge.git(forge.world.repo, "checkout", "-q", "-b", "mine")

    yield begin
    for forge in begun:
        await forge.rest()


def in_our_time(forge):
    """Until when budgets and statements are good is told by clocks, of which the forge has its own."""
    forge.forge.clock.advance(time.time() - forge.forge.clock.now().timestamp())


async def finding(world):
    """What the doctor says of the forge."""
    answer = await world.call("doctor", t.ProjectParams())
    (found,) = (row for row in answer.findings if row.what == "forge of app")
    return found


async def test_the_doctor_says_with_what_the_forge_is_asked_and_what_is_left(forge, world, begin):
    in_our_time(forge)
    await begin(forge)
    assert await world.app.context.projects["app"].scm.find(["mine"]) == {}
    found = await finding(world)
    assert (found.level, found.advice) == ("ok", "")
    assert f"{forge.url}/acme/shop with git's credential helper; left: " in found.found
    assert " until " in found.found


async def test_without_a_token_the_doctor_says_how_to_get_one(forge, world, begin):
    (Path(world.env["HOME"]) / ".gitconfig").write_text("")
    await begin(forge)
    found = await finding(world)
    assert (found.level, "no token was found" in found.found) == ("warn", True)
    assert f"auth login --hostname {forge.url.partition('://')[2]}" in found.found + found.advice


async def test_a_token_that_is_refused_is_told_once_after_some_minutes_and_taken_back(forge, world, h, begin):
    await begin(forge)
    editor = Notices()
    editor.news(world.state, ["app"])
    kept = dict(forge.forge.tokens)
    forge.forge.tokens.clear()
    forge.tells()
    await h.eventually(lambda: forge.forges.looks["app"].denied_at)
    # It may be one that is being replaced.
    assert (await world.call("sessions", t.ListParams())).notices == ()
    assert (await finding(world)).level == "warn"

    world.app.context.now = lambda: time.time() + TOLD_AFTER + 1
    state = await forge.until(lambda s: bool(s.projects["app"].forge_trouble))
    (said,) = (await world.call("sessions", t.ListParams())).notices
    assert "401" in said
    assert f"auth login --hostname {forge.url.partition('://')[2]}" in said
    assert (await world.call("pulls", t.PullsParams())).notices == (said,)
    assert [notice.message for notice in editor.news(state, ["app"])] == [said]
    assert editor.news(state, ["app"]) == []

    forge.forge.tokens.update(kept)
    state = await forge.until(lambda s: not s.projects["app"].forge_trouble)
    assert (await world.call("sessions", t.ListParams())).notices == ()
    editor.news(state, ["app"])
    assert editor.standing == frozenset()


async def test_trouble_with_the_tracker_is_told_beside_a_forge_that_is_well(hub, world, h, begin):
    await begin(hub, intake={"label": "agent"}, tracker={"plugin": "linear", "team": "ENG"})
    hub.tells()
    await h.eventually(lambda: "app" in hub.forges.looks and hub.forges.looks["app"].denied_at)
    found = await finding(world)
    assert (found.level, "LINEAR_API_KEY" in found.found) == ("warn", True)
    assert found.advice.startswith("set LINEAR_API_KEY")


async def test_as_an_app_its_pull_requests_are_looked_at_and_no_secret_is_kept(hub, world, begin, tmp_path):
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    in_our_time(hub)
    app = hub.forge.github_app("ao")
    await begin(hub, scm={"app": {"id": str(app.id), "key": str(tmp_path / "key.pem")}})
    found = await finding(world)
    assert (found.level, f"with the GitHub App {app.id}" in found.found) == ("ok", True)
    assert await world.app.context.projects["app"].scm.find(["mine"]) == {}
    assert hub.forge.asked[-1].path == "/api/graphql"
    journal = b"".join(file.read_bytes() for file in world.paths.state.glob("journal*"))
    assert b"key.pem" in journal
    assert b"ghs_" not in journal
    assert b"PRIVATE" not in journal
