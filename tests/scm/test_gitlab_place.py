"""Where GitLab is asked, with which token, and never where that could be read on the way."""

from __future__ import annotations

from functools import partial

import pytest
from graphql import validate

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.builtin import scms
from agent_orchestrator.plugins.scm.gitlab import documents, make
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.ports.scm import Place


def at(place, http, token):
    return GitLabScm(place, GitLab(http, known(Credential(token)), place.server, place.path))


async def test_the_token_of_the_environment_is_sent_as_a_bearer(lab, lab_http):
    lab.only.merge_request(source="ao/x")
    seen = []
    lab.faults.add(lambda request, right: (seen.append(request), right())[1], times=9)
    token = lab.token()
    scm = make(Place("https://gitlab.com", "acme/shop"), lab_http, {"GITLAB_TOKEN": token})
    assert (scm.name, await scm.numbered(1)) == ("gitlab", "1")
    assert {(request.host, request.headers["authorization"]) for request in seen} == {("gitlab.com", f"Bearer {token}")}


async def test_a_token_of_the_environment_is_for_the_host_that_it_names(lab):
    lab.only.merge_request(source="ao/x")
    http = HttpClient()
    with lab.on_port() as serving:
        env = {"GITLAB_TOKEN": lab.token(), "NO_PROXY": "127.0.0.1"}
        place = Place(serving.url, "/acme/shop.git")
        assert (await make(place, http, env).numbered(1)).kind == "denied"
        assert lab.asked == []
        assert await make(place, http, {**env, "GITLAB_HOST": serving.url}).numbered(1) == "1"
    await http.close()


def test_it_is_one_of_the_built_in_forges():
    assert scms()["gitlab"] is make


async def test_without_a_token_nothing_is_asked(lab, lab_http):
    scm = make(Place("https://gitlab.com", "acme/shop"), lab_http, {})
    assert "no token was found" in (await scm.numbered(1)).sentence
    assert lab.asked == []


@pytest.mark.parametrize("server", ["http://gitlab.example.com", "ftp://gitlab.com", "gitlab.com", "https://"])
async def test_to_no_server_without_https_a_token_is_sent(lab, lab_http, server):
    scm = at(Place(server, "acme/shop"), lab_http, lab.token())
    lab.only.merge_request(source="ao/x")
    assert (await scm.numbered(1)).kind == "denied"
    assert (await scm.sweep({"1": None})).trouble.kind == "denied"
    assert lab.asked == []


async def test_a_server_of_ones_own_on_loopback_is_asked_over_http(lab):
    lab.only.merge_request(source="ao/x")
    http = HttpClient(env={"NO_PROXY": "127.0.0.1"})
    with lab.on_port() as serving:
        scm = at(Place(serving.url, "acme/shop"), http, lab.token())
        seen = await scm.sweep({"1": None})
        assert seen.trouble is None
        assert seen.pulls["1"].url.startswith(serving.url)
        await http.close()


async def test_a_project_in_groups_within_groups_is_found(lab, lab_http):
    lab.project("acme/tools/inner/shop").merge_request(source="ao/x", target="main")
    scm = at(Place("https://gitlab.com", "acme/tools/inner/shop"), lab_http, lab.token())
    assert (await scm.sweep({"1": None})).pulls["1"].branch == "ao/x"


async def test_a_project_that_is_not_to_be_seen_is_said_to_be_missing(lab, lab_http):
    scm = at(Place("https://gitlab.com", "acme/secret"), lab_http, lab.token())
    assert (await scm.find(["ao/x"])).kind == "missing"
    assert (await scm.sweep({"1": None})).trouble.kind == "missing"


@pytest.mark.parametrize("branch", ["ao/x#1", "ao/ü?x=1&y", "a b", "ao/%2e%2e"])
async def test_a_branch_may_have_any_name(lab, gitlab, glance, branch):
    it = lab.only.merge_request(source=branch, target="main")
    pull = await glance(it)
    assert await gitlab.find([branch]) == {branch: "1"}
    assert await gitlab.delete_branch(pull) is None
    assert branch not in lab.only.heads


DOCUMENTS = {
    **{name: getattr(documents, name) for name in ("pulse", "detail", "commit", "find")},
    "pulse alone": partial(documents.pulse, base=False, live=False),
    "pulse with a base": partial(documents.pulse, base=True, live=False),
    "pulse of some that run": partial(documents.pulse, base=False, live=True),
}


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("without", [(), tuple(documents.OPTIONAL)])
def test_a_document_is_one_of_the_published_interface(doubles, name, without):
    from importlib import import_module

    schema = import_module(f"{doubles.__name__}.graph.schema")
    graphql = import_module("graphql")
    text = DOCUMENTS[name](without)
    assert validate(schema.load("gitlab").schema, graphql.parse(text)) == []
    assert not any(f" {documents.OPTIONAL[field]}" in text for field in without)
