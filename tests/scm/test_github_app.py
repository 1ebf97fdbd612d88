"""A repository that is asked as a GitHub App: what is done there is the app's, and never a person's by mistake."""

from __future__ import annotations

import sys

import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from agent_orchestrator.model.forge import ForgeApp
from agent_orchestrator.plugins.builtin import scms, trackers
from agent_orchestrator.ports.scm import NewPull, Place

PLACE = Place("https://github.com", "acme/shop")


@pytest.fixture
def app(hub, tmp_path):
    made = hub.github_app("ao")
    pem = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    (tmp_path / "key.pem").write_bytes(pem)
    hub.repository("acme/shop").commit("ao/x", "Halve", {"half.py": "half = 1\n"})
    return ForgeApp(str(made.id), str(tmp_path / "key.pem"))


@pytest.fixture
def env(hub):
    """A person's environment with a token of theirs."""
    return {"GH_TOKEN": hub.token()}


async def test_its_pull_requests_and_comments_are_the_apps(hub, app, http, env):
    scm = scms()["github"](PLACE, http, env, app=app)
    opened = await scm.open(NewPull("ao/x", "main", "Halve"))
    pull = (await scm.sweep({opened.id: None})).pulls[opened.id]
    assert await scm.comment(pull, "Done.", "k") is None
    assert await scm.comment(pull, "Done.", "k") is None
    (there,) = hub.only.pulls
    assert [there.author.login, *(comment.author.login for comment in there.comments)] == ["ao", "ao"]
    assert [said.mine for said in (await scm.talk([pull]))[pull.id].comments] == [True]


async def test_its_words_at_issues_are_the_apps(hub, app, http, env):
    tracker = trackers()["github"](PLACE, http, env, app=app)
    it = hub.only.issue("Halve")
    assert await tracker.comment(await tracker.get(f"GH-{it.number}"), "On it.", "k") is None
    assert [comment.author.login for comment in it.comments] == ["ao"]


async def test_where_its_key_can_not_be_read_nobody_else_asks(hub, app, http, env):
    scm = scms()["github"](PLACE, http, env, app=evolve(app, key=f"{app.key}.gone"))
    trouble = await scm.numbered(1)
    assert (trouble.kind, "key.pem.gone" in trouble.sentence, hub.asked) == ("denied", True, [])


async def test_without_the_extra_it_says_what_to_install(hub, app, http, env, monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)
    trouble = (await scms()["github"](PLACE, http, env, app=app).sweep({"any": None})).trouble
    assert (trouble.kind, "agent-orchestrator[app]" in trouble.sentence, hub.asked) == ("denied", True, [])


async def test_its_key_is_stated_to_no_server_that_others_can_listen_to(hub, app, http, env):
    scm = scms()["github"](Place("http://forge.example", "acme/shop"), http, env, app=app)
    assert ("https" in (await scm.numbered(1)).sentence, hub.asked) == (True, [])
