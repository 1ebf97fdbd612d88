"""A repository at GitHub: which server is asked, with whose token, and what is read of it."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.pull import CheckState
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import scms
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.ports.scm import Place


@pytest.fixture
def made(hub, tmp_path):
    """Make the repository at a server, with an environment that has only what is given."""

    def make(server: str, **env: str):
        hub.repository("acme/shop")
        http = HttpClient(transport=hub.transport(), now=lambda: hub.clock.now().timestamp())
        return scms()["github"](Place(server, "acme/shop"), http, {"PATH": str(tmp_path), "HOME": str(tmp_path), **env})

    return make


@pytest.mark.parametrize(
    ("server", "rest", "graphql"),
    [
        ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://acme.ghe.com", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://ghe.example.org", "https://ghe.example.org/api/v3", "https://ghe.example.org/api/graphql"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/api/v3", "http://127.0.0.1:8080/api/graphql"),
    ],
)
def test_each_server_has_its_interfaces_where_it_says(server, rest, graphql):
    github = GitHub(HttpClient(), known(None), server)
    assert (github.rest, github.graphql) == (rest, graphql)


async def test_a_repository_is_read_with_the_persons_own_token(hub, made):
    scm = made("https://github.com", GH_TOKEN=hub.token())
    pull = hub.pull(head="ao/x")
    assert await scm.find(["ao/x"]) == {"ao/x": pull.node_id}
    assert await scm.numbered(pull.number) == pull.node_id


async def test_an_enterprise_server_on_this_machine_is_read(hub, made):
    scm = made("http://127.0.0.1:8080", GH_ENTERPRISE_TOKEN=hub.token(), GH_HOST="127.0.0.1:8080")
    pull = hub.pull(head="ao/x")
    assert await scm.numbered(pull.number) == pull.node_id
    assert hub.asked[-1].path == "/api/graphql"


async def test_no_token_goes_over_plain_http(hub, made):
    scm = made("http://ghe.example.org", GH_ENTERPRISE_TOKEN=hub.token(), GH_HOST="ghe.example.org")
    trouble = await scm.numbered(1)
    assert (trouble.kind, "https" in trouble.sentence, hub.asked) == ("denied", True, [])


async def test_without_a_token_nothing_is_asked_and_it_is_said_how_to_get_one(hub, made):
    trouble = await made("https://github.com").numbered(1)
    assert (trouble.kind, "gh auth login" in trouble.sentence, hub.asked) == ("denied", True, [])


async def test_a_token_that_was_replaced_is_found_when_the_old_one_is_refused(hub, made, tmp_path):
    program = tmp_path / "gh"
    program.write_text('#!/bin/sh\nread token < "$HOME/token"; echo $token\n')
    program.chmod(0o755)
    (tmp_path / "token").write_text("ghp_revoked\n")
    scm = made("https://github.com")
    pull = hub.pull(head="ao/x")
    assert (await scm.numbered(pull.number)).kind == "denied"
    (tmp_path / "token").write_text(hub.token() + "\n")
    hub.clock.advance(300)
    assert await scm.numbered(pull.number) == pull.node_id


@pytest.mark.parametrize("number", [7, 2**31 - 1])
async def test_a_number_that_no_pull_request_has_is_missing(scm, number):
    assert (await scm.numbered(number)).kind == "missing"


async def test_how_ci_stands_is_told_of_any_commit(hub, scm):
    pull = hub.pull(head="ao/x")
    for number in range(120):
        pull.check(f"shard {number:03}", "failure" if number == 119 else "success")
    found = await scm.checks_of(pull.head_oid)
    assert (len(found), [check.name for check in found if check.state is CheckState.FAILED]) == (120, ["shard 119"])
    assert hub.count("graphql") == 2


async def test_a_commit_without_checks_has_none_and_one_that_is_not_there_is_missing(hub, scm):
    pull = hub.pull(head="ao/x")
    assert await scm.checks_of(pull.base_oid) == ()
    assert (await scm.checks_of("0" * 40)).kind == "missing"


async def test_numbers_have_more_than_32_bits(hub, scm, seen):
    pull = hub.pull(head="ao/x")
    pull.check("test", "failure")
    (check,) = (await seen(pull)).checks
    assert min(check.number, check.run) > 2**32


async def test_a_forks_pull_request_is_foreign(hub, seen):
    assert (await seen(hub.pull(head="ao/x", fork="eve"))).foreign
