"""The REST side of the GitHub double: the published contract, ETags, budgets, redirects."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

PULLS = "/repos/acme/shop/pulls"


@pytest.fixture
def pull(hub: Any, github: Any) -> Any:
    """A pull request with something of everything."""
    hub.only.permissions |= {"ann": "maintain"}
    pull = hub.pull(head="ao/x", author="ann", labels=["agent"], body="Fixes #2")
    note = github.Annotation("half.py", 2, "assert 1 == 1.5")
    check = pull.check("test", "failure", annotations=[note], steps=[github.Step("pytest", "failure")], log="boom\n")
    check.suite.run.artifact("junit", b"PK")
    pull.status("legacy", "failure")
    pull.thread("half.py", 2, "why?", by="eve").reply("because", by="ann")
    pull.review("ann", "APPROVED")
    pull.comment("eve", "hello")
    hub.hook("http://127.0.0.1:1/hook", "secret").note("ping", {"zen": "."})
    return pull


def addresses(pull: Any) -> list[str]:
    check, run = pull.repository.checks(pull.head_oid)[0], pull.repository.runs[0]
    hook = pull.repository.hooks[0]
    repo, sha = "/repos/acme/shop", pull.head_oid
    return [
        "/",
        "/user",
        "/users/ann",
        "/rate_limit",
        repo,
        f"{repo}/git/ref/heads/ao/x",
        f"{repo}/labels",
        f"{repo}/commits/{sha}",
        f"{repo}/commits/{sha}/pulls",
        f"{repo}/commits/{sha}/check-runs?per_page=100&filter=latest",
        f"{repo}/commits/ao/x/status",
        f"{repo}/check-runs/{check.id}",
        f"{repo}/check-runs/{check.id}/annotations?per_page=100",
        f"{repo}/actions/runs?event=pull_request&per_page=100",
        f"{repo}/actions/runs/{run.id}",
        f"{repo}/actions/runs/{run.id}/jobs?filter=latest",
        f"{repo}/actions/runs/{run.id}/artifacts?name=junit",
        f"{repo}/actions/artifacts/{run.artifacts[0].id}",
        f"{repo}/actions/jobs/{check.job_id}",
        f"{repo}/actions/workflows",
        f"{repo}/collaborators/ann/permission",
        f"{repo}/pulls?state=all&sort=updated&direction=desc&per_page=1",
        f"{repo}/pulls/1",
        f"{repo}/pulls/1/files",
        f"{repo}/pulls/1/commits",
        f"{repo}/pulls/1/reviews",
        f"{repo}/pulls/1/comments",
        f"{repo}/issues?labels=agent&state=open&sort=updated&direction=desc&per_page=100",
        f"{repo}/issues/1",
        f"{repo}/issues/1/comments",
        f"{repo}/issues/1/labels",
        f"{repo}/hooks",
        f"{repo}/hooks/{hook.id}/deliveries",
        f"{repo}/hooks/{hook.id}/deliveries/{hook.deliveries[0].id}",
    ]


async def test_what_can_be_read_is_as_published(pull: Any, client: httpx2.AsyncClient):
    answered = {address: (await client.get(address)).status_code for address in addresses(pull)}
    assert {address: status for address, status in answered.items() if status != 200} == {}


async def test_what_can_be_done_is_as_published(hub: Any, pull: Any, client: httpx2.AsyncClient):
    repo, run, check = "/repos/acme/shop", hub.only.runs[0], hub.only.checks(pull.head_oid)[0]
    hub.only.commit("ao/y")
    comment = pull.threads[0].comments[0].id
    done = [
        await client.post(f"{repo}/pulls", json={"head": "ao/y", "base": "main", "title": "Y", "draft": True}),
        await client.patch(f"{repo}/pulls/2", json={"title": "Yes"}),
        await client.put(f"{repo}/pulls/2/update-branch", json={}),
        await client.post(f"{repo}/pulls/1/reviews", json={"event": "COMMENT", "body": "hm"}),
        await client.post(f"{repo}/pulls/1/comments/{comment}/replies", json={"body": "so"}),
        await client.post(f"{repo}/issues", json={"title": "I", "labels": ["bug"], "assignees": ["ann"]}),
        await client.patch(f"{repo}/issues/3", json={"state": "closed", "state_reason": "not_planned"}),
        await client.post(f"{repo}/issues/3/comments", json={"body": "said"}),
        await client.post(f"{repo}/issues/3/labels", json={"labels": ["later"]}),
        await client.request("DELETE", f"{repo}/issues/3/labels/later"),
        await client.post(f"{repo}/issues/3/assignees", json={"assignees": ["eve"]}),
        await client.request("DELETE", f"{repo}/issues/3/assignees", json={"assignees": ["eve"]}),
        await client.post(f"{repo}/statuses/{pull.head_oid}", json={"state": "success", "context": "x"}),
        await client.post(f"{repo}/actions/runs/{run.id}/rerun-failed-jobs"),
        await client.post(f"{repo}/actions/runs/{run.id}/cancel"),
        await client.post(f"{repo}/actions/runs/{run.id}/rerun"),
        await client.post(f"{repo}/hooks", json={"config": {"url": "http://127.0.0.1:1/"}, "events": ["push"]}),
        await client.put(f"{repo}/pulls/1/merge", json={"sha": pull.head_oid, "merge_method": "squash"}),
        await client.delete(f"{repo}/git/refs/heads/ao/y"),
    ]
    assert [(answer.request.url.path, answer.status_code) for answer in done if answer.status_code >= 300] == []
    assert check.conclusion == "failure"


async def test_what_did_not_change_is_free(pull: Any, hub: Any, client: httpx2.AsyncClient):
    first = await client.get(PULLS)
    again = await client.get(PULLS, headers={"If-None-Match": first.headers["etag"]})
    hub.clock.advance(1)
    pull.comment("ann", "news")
    after = await client.get(PULLS, headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["etag"].startswith('W/"')
    assert [(a.status_code, a.headers["x-ratelimit-used"]) for a in (first, again, after)] == [
        (200, "1"),
        (304, "1"),
        (200, "2"),
    ]


async def test_an_etag_is_of_one_token(pull: Any, hub: Any, client: httpx2.AsyncClient):
    first = await client.get(PULLS)
    headers = {"If-None-Match": first.headers["etag"], "Authorization": f"Bearer {hub.token()}"}
    assert (await client.get(PULLS, headers=headers)).status_code == 200


async def test_an_hour_has_its_limit(hub: Any, client: httpx2.AsyncClient):
    hub.ledger.limits["core"] = 1
    statuses = [(await client.get("/user")).status_code for _ in range(2)]
    asked = await client.get("/rate_limit")
    hub.clock.advance(3600)
    assert statuses == [200, 403]
    assert asked.json()["resources"]["core"]["remaining"] == 0
    assert (await client.get("/user")).status_code == 200


@pytest.mark.parametrize("name", ["", "Bearer wrong"])
async def test_nobody_comes_in_without_a_token(hub: Any, client: httpx2.AsyncClient, name: str):
    assert (await client.get("/user", headers={"Authorization": name})).status_code == 401


async def test_a_log_is_elsewhere_and_good_for_a_minute(hub: Any, pull: Any, client: httpx2.AsyncClient):
    job = hub.only.checks(pull.head_oid)[0].job_id
    answered = await client.get(f"/repos/acme/shop/actions/jobs/{job}/logs")
    to = answered.headers["location"]
    followed = await client.get(f"/repos/acme/shop/actions/jobs/{job}/logs", follow_redirects=True)
    async with httpx2.AsyncClient(transport=hub.transport()) as anonymous:
        good = await anonymous.get(to)
        hub.clock.advance(61)
        late = await anonymous.get(to)
    assert (answered.status_code, followed.text, good.text, late.status_code) == (302, "boom\n", "boom\n", 403)


async def test_on_ports_a_log_is_behind_another_one(hub: Any, pull: Any):
    job = hub.only.checks(pull.head_oid)[0].job_id
    with hub.on_port() as serving:
        headers = {"Authorization": f"Bearer {hub.token()}"}
        async with httpx2.AsyncClient(base_url=f"{serving.url}/api/v3", headers=headers) as client:
            path = f"/repos/acme/shop/actions/jobs/{job}/logs"
            to = (await client.get(path)).headers["location"]
            followed = await client.get(path, follow_redirects=True)
    assert (to.startswith(serving.url), followed.text) == (False, "boom\n")


async def test_addresses_are_those_of_the_server(hub: Any, pull: Any):
    with hub.on_port() as serving:
        headers = {"Authorization": f"Bearer {hub.token()}"}
        async with httpx2.AsyncClient(base_url=serving.url, headers=headers) as client:
            rest = (await client.get("/api/v3/repos/acme/shop/pulls/1")).json()
            body = {"query": '{ repository(owner: "acme", name: "shop") { pullRequest(number: 1) { url } } }'}
            graphql = (await client.post("/api/graphql", json=body)).json()
    assert rest["url"] == f"{serving.url}/api/v3/repos/acme/shop/pulls/1"
    assert rest["html_url"] == graphql["data"]["repository"]["pullRequest"]["url"] == f"{serving.url}/acme/shop/pull/1"


async def test_a_token_that_goes_elsewhere_is_seen(hub: Any, pull: Any, client: httpx2.AsyncClient):
    job = hub.only.checks(pull.head_oid)[0].job_id
    to = (await client.get(f"/repos/acme/shop/actions/jobs/{job}/logs")).headers["location"]
    assert (await client.get(to)).status_code == 400
    assert hub.problems.pop().startswith("a token was sent to another host: ")


async def test_what_was_removed_is_gone(hub: Any, pull: Any, client: httpx2.AsyncClient):
    check, artifact = hub.only.checks(pull.head_oid)[0], hub.only.runs[0].artifacts[0]
    check.log, artifact.expired = None, True
    log = await client.get(f"/repos/acme/shop/actions/jobs/{check.job_id}/logs")
    zipped = await client.get(f"/repos/acme/shop/actions/artifacts/{artifact.id}/zip")
    none = await client.get("/repos/acme/none")
    assert [answer.status_code for answer in (log, zipped, none)] == [410, 410, 404]


async def test_lists_have_pages(hub: Any, client: httpx2.AsyncClient):
    for number in range(5):
        hub.issue(f"Issue {number}")
    first = await client.get("/repos/acme/shop/issues?per_page=2")
    last = await client.get("/repos/acme/shop/issues?per_page=2&page=3")
    assert first.links["next"]["url"] == "https://api.github.com/repos/acme/shop/issues?per_page=2&page=2"
    assert first.links["last"]["url"].endswith("page=3")
    assert ([issue["number"] for issue in last.json()], "next" in last.links) == ([1], False)


async def test_a_bot_has_its_suffix_here(hub: Any, client: httpx2.AsyncClient):
    hub.issue("By a bot", author="renovate[bot]")
    [issue] = (await client.get("/repos/acme/shop/issues")).json()
    assert (issue["user"]["login"], issue["user"]["type"]) == ("renovate[bot]", "Bot")


async def test_a_commit_without_statuses_is_pending(hub: Any, client: httpx2.AsyncClient):
    hub.repository()
    status = (await client.get("/repos/acme/shop/commits/main/status")).json()
    assert (status["state"], status["total_count"]) == ("pending", 0)


async def test_a_job_need_not_have_the_number_of_its_check_run(hub: Any, client: httpx2.AsyncClient):
    hub.job_ids_apart = True
    check = hub.pull(head="ao/x").check("test")
    job = (await client.get(f"/repos/acme/shop/actions/jobs/{check.job_id}")).json()
    assert job["id"] != check.id
    assert job["check_run_url"].endswith(f"/check-runs/{check.id}")


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("/gists", "GET /gists (not in published/github.operations)"),
        ("/repos/acme/shop/issues?mentioned=ann", "GET /repos/{owner}/{repo}/issues with mentioned"),
    ],
)
async def test_what_is_not_modelled_is_loud(hub: Any, client: httpx2.AsyncClient, address: str, problem: str):
    hub.repository()
    answered = await client.get(address)
    assert (answered.status_code, answered.headers["x-double"]) == (500, "unmodelled")
    assert hub.problems.pop().endswith(f"the double does not model {problem}")


async def test_an_answer_that_is_not_as_published_is_loud(hub: Any, client: httpx2.AsyncClient):
    hub.issue("Broken").title = 5
    answered = await client.get("/repos/acme/shop/issues/1")
    assert (answered.status_code, answered.headers["x-double"]) == (500, "contract")
    assert "title: 5 is not of type 'string'" in hub.problems.pop()


def test_the_description_is_small():
    published = Path(__file__).parent / "forges" / "published" / "github.openapi.json"
    assert published.stat().st_size < 200_000
    assert json.loads(published.read_text())["info"]["license"]["name"] == "MIT"


def statement(hub: Any, app: Any, **more: Any) -> str:
    """A JSON Web Token of an app, whose signature nobody looks at."""
    now = int(hub.clock.now().timestamp())

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256'})}.{part({'iat': now - 60, 'exp': now + 540, 'iss': str(app.id), **more})}.x"


async def test_an_app_gets_a_token_for_an_hour(hub: Any, client: httpx2.AsyncClient):
    hub.repository()
    app = hub.github_app("ao")
    path = f"/app/installations/{app.id}/access_tokens"
    made = await client.post(path, headers={"Authorization": f"Bearer {statement(hub, app)}"})
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    good = await client.get("/repos/acme/shop", headers=token)
    hub.clock.advance(3600)
    late = await client.get("/repos/acme/shop", headers=token)
    assert (made.status_code, good.status_code, late.status_code) == (201, 200, 401)


@pytest.mark.parametrize("wrong", [{"exp": 0}, {"exp": 9999999999}, {"iss": "1"}])
async def test_a_statement_out_of_its_time_or_of_nobody_is_none(
    hub: Any, client: httpx2.AsyncClient, wrong: dict[str, Any]
):
    app = hub.github_app("ao")
    headers = {"Authorization": f"Bearer {statement(hub, app, **wrong)}"}
    answered = await client.post(f"/app/installations/{app.id}/access_tokens", headers=headers)
    assert answered.status_code == 401


async def test_a_rerun_that_is_green_makes_its_run_green(hub: Any, client: httpx2.AsyncClient):
    check = hub.pull(head="ao/x").check("ci", "failure")
    run = hub.only.runs[0]
    await client.post(f"/repos/acme/shop/actions/runs/{run.id}/rerun-failed-jobs")
    run.jobs[0].succeed()
    told = (await client.get(f"/repos/acme/shop/actions/runs/{run.id}")).json()
    of_commit = f"/repos/acme/shop/commits/{check.suite.sha}/check-runs"
    latest, every = (await client.get(of_commit)).json(), (await client.get(f"{of_commit}?filter=all")).json()
    assert (told["run_attempt"], told["status"], told["conclusion"]) == (2, "completed", "success")
    assert [[one["conclusion"] for one in runs["check_runs"]] for runs in (latest, every)] == [
        ["success"],
        ["failure", "success"],
    ]
