"""The GitLab double: how merge requests stand, what is limited, what it does not have; webhooks; real git."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

MRS = "/projects/acme%2Fshop/merge_requests"


@pytest.fixture
async def client(lab: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a token, without a socket."""
    async with httpx2.AsyncClient(
        transport=lab.transport(), base_url="https://gitlab.com/api/v4", headers={"PRIVATE-TOKEN": lab.token()}
    ) as client:
        yield client


def discuss(it: Any) -> None:
    it.project.resolve_discussions = True
    it.discuss("ann", "why?")


def run(status: str) -> Callable[[Any], None]:
    def with_pipeline(it: Any) -> None:
        it.project.pipeline_must_succeed = True
        it.project.pipeline(it.sha, it.source).job("unit", status)

    return with_pipeline


def move_the_target(it: Any) -> None:
    it.project.merge_method = "ff"
    it.project.commit("main", "Elsewhere")
    it.project.sync()


#: Status → how it comes about.
STANDS: dict[str, Callable[[Any], None]] = {
    "mergeable": lambda it: None,
    "not_open": lambda it: it.close(),
    "checking": lambda it: setattr(it, "unchecked_reads", 1),
    "draft_status": lambda it: setattr(it, "draft", True),
    "discussions_not_resolved": discuss,
    "ci_must_pass": run("failed"),
    "ci_still_running": run("running"),
    "not_approved": lambda it: setattr(it.project, "approvals_required", 1),
    "conflict": lambda it: it.project.refs.conflicting.add(it.sha),
    "need_rebase": move_the_target,
}


@pytest.mark.parametrize("status", STANDS)
async def test_it_tells_the_first_reason(lab: Any, client: httpx2.AsyncClient, status: str):
    it = lab.only.merge_request(source="ao/x")
    STANDS[status](it)
    assert (await client.get(f"{MRS}/1")).json()["detailed_merge_status"] == status


async def test_a_reason_hides_others(lab: Any, client: httpx2.AsyncClient):
    it = lab.only.merge_request(source="ao/x")
    lab.only.approvals_required = 1
    move_the_target(it)
    assert (await client.get(f"{MRS}/1")).json()["detailed_merge_status"] == "not_approved"


async def test_a_merge_names_its_head(lab: Any, client: httpx2.AsyncClient):
    it = lab.only.merge_request(source="ao/x")
    stale = it.sha
    it.push()
    refused = await client.put(f"{MRS}/1/merge", json={"sha": stale})
    merged = await client.put(f"{MRS}/1/merge", json={"sha": it.sha, "squash": True})
    assert (refused.status_code, merged.status_code, merged.json()["state"]) == (409, 200, "merged")


async def test_it_is_merged_once_its_pipeline_has_succeeded(lab: Any, client: httpx2.AsyncClient):
    lab.only.pipeline_must_succeed = True
    it = lab.only.merge_request(source="ao/x")
    job = lab.only.pipeline(it.sha, "ao/x").job("unit", "running")
    set_ = await client.put(f"{MRS}/1/merge", json={"auto_merge": True})
    before = it.state
    job.change("success")
    assert (set_.json()["merge_when_pipeline_succeeds"], before, it.state) == (True, "opened", "merged")


@pytest.mark.parametrize(("user", "status"), [("ao-user", 200), ("eve", 401)])
async def test_outsiders_do_not_merge(lab: Any, client: httpx2.AsyncClient, user: str, status: int):
    lab.only.merge_request(source="ao/x")
    answered = await client.put(f"{MRS}/1/merge", headers={"PRIVATE-TOKEN": lab.token(user)})
    assert answered.status_code == status


async def test_only_what_changed_is_listed(lab: Any, client: httpx2.AsyncClient):
    lab.only.merge_request(source="ao/x")
    since = lab.clock.advance(10).isoformat()
    lab.clock.advance(10)
    lab.only.merge_request(source="ao/y")
    answered = await client.get(
        MRS,
        params={
            "state": "opened",
            "order_by": "updated_at",
            "sort": "desc",
            "updated_after": since,
            "per_page": "100",
            "with_merge_status_recheck": "true",
        },
    )
    assert [it["iid"] for it in answered.json()] == [2]


async def test_lists_tell_of_their_pages(lab: Any, client: httpx2.AsyncClient):
    for number in range(5):
        lab.only.issue(f"Issue {number}")
    answered = await client.get("/projects/1/issues?per_page=2&page=2")
    assert [issue["iid"] for issue in answered.json()] == [3, 2]
    assert {name: answered.headers[f"x-{name}"] for name in ("total", "total-pages", "next-page", "prev-page")} == {
        "total": "5",
        "total-pages": "3",
        "next-page": "3",
        "prev-page": "1",
    }


async def test_a_minute_has_its_limit(lab: Any, client: httpx2.AsyncClient):
    lab.limit = 1
    good, limited = await client.get("/user"), await client.get("/user")
    lab.clock.advance(60)
    assert (good.headers["ratelimit-remaining"], limited.status_code, limited.headers["retry-after"]) == (
        "0",
        429,
        "60",
    )
    assert (await client.get("/user")).status_code == 200


async def test_what_did_not_change_is_told_so_and_counted(lab: Any, client: httpx2.AsyncClient):
    first = await client.get("/user")
    again = await client.get("/user", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["ratelimit-observed"]) == (304, "2")


async def test_nobody_comes_in_without_a_token(client: httpx2.AsyncClient):
    assert (await client.get("/user", headers={"PRIVATE-TOKEN": "wrong"})).status_code == 401


async def test_a_fault_is_a_fault_here_too(lab: Any, gitlab_double: Any, client: httpx2.AsyncClient):
    lab.faults.add(gitlab_double.faults.gateway())
    assert [(await client.get("/user")).status_code for _ in range(2)] == [502, 200]


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("/projects/1/snippets", "GET /api/v4/projects/1/snippets"),
        (f"{MRS}?my_reaction_emoji=star", "with my_reaction_emoji"),
    ],
)
async def test_what_is_not_modelled_is_loud(lab: Any, client: httpx2.AsyncClient, address: str, problem: str):
    lab.project()
    answered = await client.get(address)
    assert (answered.status_code, answered.headers["x-double"]) == (500, "unmodelled")
    assert problem in lab.problems.pop()


def test_a_webhook_has_its_secret_and_its_signature(lab: Any):
    lab.project()
    hook = lab.hook("http://127.0.0.1:1/hook", "secret", "key")
    it = lab.only.merge_request(source="ao/x")
    it.comment("eve", "hello")
    lab.only.pipeline(it.sha, "ao/x").job("unit", "failed")
    assert [(d.event, d.payload["object_kind"]) for d in hook.deliveries] == [
        ("Merge Request Hook", "merge_request"),
        ("Note Hook", "note"),
        ("Pipeline Hook", "pipeline"),
    ]
    last = hook.deliveries[-1]
    signed = f"{last.headers['webhook-id']}.{last.headers['webhook-timestamp']}.".encode() + last.body
    expected = base64.b64encode(hmac.new(b"key", signed, hashlib.sha256).digest()).decode()
    assert (last.headers["X-Gitlab-Token"], last.headers["webhook-signature"]) == ("secret", f"v1,{expected}")


@pytest.mark.parametrize(("method", "squash", "parents"), [("merge", False, 2), ("merge", True, 1), ("ff", False, 1)])
async def test_a_merge_makes_a_commit(git_lab: Any, method: str, squash: bool, parents: int):
    git_lab.only.merge_method = method
    issue = git_lab.only.issue("Red")
    it = git_lab.only.merge_request(source="ao/x", description=f"Closes #{issue.iid}")
    headers = {"Authorization": f"Bearer {git_lab.token()}"}
    async with httpx2.AsyncClient(transport=git_lab.transport(), headers=headers) as client:
        body = {"squash": squash, "should_remove_source_branch": True}
        await client.put(f"https://gitlab.com/api/v4{MRS}/1/merge", json=body)
    heads = git_lab.only.refs.heads()
    assert (heads, it.state, issue.state) == ({"main": it.merge_sha}, "merged", "closed")
    assert len(git_lab.only.refs.commit(it.merge_sha).parents) == parents


@pytest.fixture
def query(lab: Any) -> Callable[..., Any]:
    """``await query(document, name=value)``: what GraphQL answers."""
    token = lab.token()

    async def query(document: str, **variables: Any) -> Any:
        async with httpx2.AsyncClient(transport=lab.transport(), headers={"PRIVATE-TOKEN": token}) as client:
            body = {"query": document, "variables": variables}
            return (await client.post("https://gitlab.com/api/graphql", json=body)).json()

    return query


async def test_one_document_tells_how_merge_requests_stand(
    lab: Any, gitlab_double: Any, query: Callable[..., Any], document: Callable[[str], str]
):
    it = lab.only.merge_request(source="ao/x", labels=["agent"])
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    pipeline.job("lint")
    pipeline.job("unit", "failed")
    pipeline.report("unit", gitlab_double.TestCase("test_half", "failed"))
    it.discuss("ann", "why?", gitlab_double.Position("half.py", 2))
    data = (await query(document("gitlab/mrs"), p="acme/shop", iids=["1"]))["data"]
    [found] = data["project"]["mergeRequests"]["nodes"]
    assert (found["diffHeadSha"], found["mergeStatusEnum"], found["approved"]) == (it.sha, "CAN_BE_MERGED", True)
    assert [job["name"] for job in found["headPipeline"]["jobs"]["nodes"]] == ["unit"]
    assert found["headPipeline"]["testReportSummary"]["total"]["failed"] == 1
    assert found["discussions"]["nodes"][0]["notes"]["nodes"][0]["position"]["newLine"] == 2
    assert data["queryComplexity"]["score"] < data["queryComplexity"]["limit"]


async def test_a_discussion_is_answered_and_resolved(lab: Any, query: Callable[..., Any]):
    it = lab.only.merge_request(source="ao/x")
    one = it.discuss("ann", "why?")
    ids = {"on": f"gid://gitlab/MergeRequest/{it.id}", "id": f"gid://gitlab/Discussion/{one.id}"}
    await query(
        "mutation($on: NoteableID!, $id: DiscussionID!) { createNote(input: {noteableId: $on, discussionId: $id,"
        ' body: "done"}) { errors note { body } } }',
        **ids,
    )
    await query(
        "mutation($id: DiscussionID!) { discussionToggleResolve(input: {id: $id, resolve: true}) { errors } }",
        id=ids["id"],
    )
    assert ([note.body for note in one.notes], one.resolved_by.username) == (["why?", "done"], "ao-user")


async def test_a_project_that_is_not_to_be_seen_is_null(lab: Any, query: Callable[..., Any]):
    assert await query('{ project(fullPath: "acme/none") { id } }') == {"data": {"project": None}}


async def test_whether_it_can_be_merged_is_found_out_once_rest_is_asked(
    lab: Any, query: Callable[..., Any], client: httpx2.AsyncClient
):
    lab.only.merge_request(source="ao/x").unchecked_reads = 1
    document = '{ project(fullPath: "acme/shop") { mergeRequest(iid: "1") { mergeStatusEnum } } }'

    async def told() -> str:
        return str((await query(document))["data"]["project"]["mergeRequest"]["mergeStatusEnum"])

    assert [await told(), await told()] == ["UNCHECKED", "UNCHECKED"]
    listed = await client.get(MRS, params={"with_merge_status_recheck": "true"})
    assert listed.json()[0]["merge_status"] == "checking"
    assert await told() == "CAN_BE_MERGED"


async def test_what_is_said_about_a_commit_is_not_among_the_discussions_of_rest(
    lab: Any, query: Callable[..., Any], client: httpx2.AsyncClient
):
    it = lab.only.merge_request(source="ao/x")
    it.remark("eve", "why?")
    it.comment("eve", "so?")
    nodes = "nodes { replyId notes { nodes { url } } }"
    document = f'{{ project(fullPath: "acme/shop") {{ mergeRequest(iid: "1") {{ discussions {{ {nodes} }} }} }} }}'
    shown = (await query(document))["data"]["project"]["mergeRequest"]["discussions"]["nodes"]
    assert [one["replyId"].split("/")[3] for one in shown] == ["OutOfContextDiscussion", "IndividualNoteDiscussion"]
    assert f"/-/commit/{it.sha}#note_" in shown[0]["notes"]["nodes"][0]["url"]
    listed = (await client.get(f"{MRS}/1/discussions")).json()
    assert [one["notes"][0]["body"] for one in listed] == ["so?"]


@pytest.mark.parametrize("ref", ["refs/heads/main", "main"])
async def test_a_commit_is_found_by_its_reference(lab: Any, query: Callable[..., Any], ref: str):
    main = lab.project().heads["main"]
    document = 'query ($ref: String!) { project(fullPath: "acme/shop") { repository { commit(ref: $ref) { sha } } } }'
    found = [(await query(document, ref=each))["data"]["project"]["repository"] for each in (ref, f"{ref}x")]
    assert found == [{"commit": {"sha": main}}, {"commit": None}]


@pytest.mark.parametrize(("arguments", "score"), [("(first: 50)", 7), ("", 8), ('(iids: ["1"])', 6)])
async def test_a_page_weighs_more_the_more_is_asked_for(query: Callable[..., Any], arguments: str, score: int):
    requests = f"mergeRequests{arguments} {{ nodes {{ iid }} }}"
    document = f'{{ queryComplexity {{ score }} project(fullPath: "a/b") {{ {requests} }} }}'
    assert (await query(document))["data"]["queryComplexity"]["score"] == score


async def test_a_query_that_is_too_complex_is_refused(lab: Any, query: Callable[..., Any]):
    fields = " ".join(f"f{number}: currentUser {{ id }}" for number in range(126))
    [error] = (await query(f"{{ {fields} }}"))["errors"]
    assert error["message"] == "Query has complexity of 252, which exceeds max complexity of 250"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{ currentUser { todos { nodes { id } } } }", "UserCore.todos"),
        (
            '{ project(fullPath: "acme/shop") { mergeRequests(milestoneTitle: "1") { count } } }',
            "Project.mergeRequests(milestoneTitle:)",
        ),
    ],
)
async def test_what_graphql_has_and_the_double_has_not_is_loud(
    lab: Any, query: Callable[..., Any], text: str, problem: str
):
    lab.project()
    assert problem in (await query(text))["message"]
    assert problem in lab.problems.pop()
