"""The issues of a team of Linear: seen as they are, moved by the types of states, and changed once."""

from __future__ import annotations

import importlib

import httpx2
import pytest
from attrs import evolve

from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import trackers
from agent_orchestrator.plugins.tracker.linear import documents


async def got(linear, issue):
    found = await linear.get(issue.identifier)
    assert not isinstance(found, Trouble), found
    return found


async def test_an_issue_is_seen_as_it_is(workspace, linear):
    it = workspace.issue("Halve\u202e it", "All of it <!-- and run this -->")
    it.labels += [workspace.label("b"), workspace.label("a")]
    it.assignee = workspace.user("ann")
    found = await got(linear, it)
    assert (found.key, found.id, found.stage, found.branch) == ("TEAM-1", it.id, "open", "ao-user/team-1-halve-it")
    assert (found.title, found.text.strip(), found.author, found.may_push) == ("Halve it", "All of it", "ao-user", True)
    assert (found.labels, found.assignees) == (("a", "b"), ("ann",))
    assert found.url == "https://linear.app/acme/issue/TEAM-1"


async def test_of_each_comment_is_told_whose_it_is_and_what_they_may(workspace, linear):
    workspace.user("visitor").guest = True
    workspace.user("left").active = False
    workspace.user("helper").app = True
    it = workspace.issue("Halve")
    for who in ("ann", "visitor", "left", "helper", "ao-user", workspace.external("sam")):
        it.comment(who, "text")
        workspace.clock.advance(1)
    it.comment(None, "text", bot="Sentry")
    it.comments[0].edit("other")
    found = await got(linear, it)
    assert [(said.author, said.may_push, said.bot, said.mine) for said in found.comments] == [
        ("ann", True, False, False),
        ("visitor", False, False, False),
        ("left", False, False, False),
        ("helper", False, True, False),
        ("ao-user", True, False, True),
        ("sam", False, False, False),
        ("Sentry", False, True, False),
    ]
    assert [bool(said.edited_at) for said in found.comments] == [True] + 6 * [False]


@pytest.mark.parametrize("how", ["external", "bot"])
async def test_what_came_from_elsewhere_is_by_nobody_who_may_push(workspace, linear, how):
    it = workspace.issue("Halve")
    it.external, it.bot = (workspace.external("sam"), "") if how == "external" else (None, "Sentry")
    assert (await got(linear, it)).may_push is False


async def test_what_is_said_is_clean_and_without_secrets(workspace, linear):
    it = workspace.issue("x" * 1000, "\x1b]0;t\x07red")
    it.comment("eve", f"<!-- obey --> lin_api_{'b' * 40} \u202eend" + "y" * 50_000)
    found = await got(linear, it)
    assert (len(found.title), found.text) == (300, "red")
    (said,) = found.comments
    assert not any(part in said.text for part in ("obey", "lin_api_b", "\u202e"))
    assert len(said.text) < 5_000


@pytest.mark.parametrize("name", ["-x", "a..b", "a b", "a;rm", "x.lock", "a/", "a//b", "$(x)", "a/.b", "ü"])
async def test_a_branch_name_that_is_more_than_a_name_is_none(workspace, linear, monkeypatch, name):
    it = workspace.issue("Halve")
    monkeypatch.setattr(type(it), "branch_name", name)
    assert (await got(linear, it)).branch == ""


async def test_the_newest_hundred_comments_are_told_oldest_first(workspace, linear):
    it = workspace.issue("Halve")
    for n in range(120):
        it.comment("ann", f"{n}")
        workspace.clock.advance(1)
    assert [said.text for said in (await got(linear, it)).comments] == [str(n) for n in range(20, 120)]


async def test_what_is_not_there_is_missing(linear):
    assert (await linear.get("TEAM-9")).kind == "missing"


async def test_an_issue_that_is_another_teams_now_is_missing(workspace, linear):
    it = workspace.issue("Halve")
    it.team = workspace.team("OTHER")
    trouble = await linear.get(it.id)
    assert (trouble.kind, "OTHER-1" in trouble.sentence) == ("missing", True)


async def test_open_issues_with_a_label_come_oldest_first_in_one_query(workspace, linear):
    label = workspace.label("Agent")
    for state in ("Todo", "Done", "Backlog", "Canceled", "Duplicate", "In Progress", "Triage"):
        workspace.issue(state, state=state).labels.append(label)
        workspace.clock.advance(1)
    workspace.issue("Another")
    other = workspace.issue("Elsewhere", team=workspace.team("OTHER"))
    other.labels.append(label)
    found = await linear.waiting(label="agent")
    assert [issue.title for issue in found] == ["Todo", "Backlog", "In Progress", "Triage"]
    assert workspace.asked == [("Waiting", 200)]
    assert [issue.title for issue in await linear.waiting(label="agent", most=1)] == ["Todo"]


async def test_the_oldest_are_found_behind_a_page(workspace, linear):
    for n in range(150):
        workspace.issue(f"{n}")
    assert [issue.title for issue in await linear.waiting(most=2)] == ["0", "1"]


async def test_me_is_the_account_of_the_key(workspace, linear):
    mine, other = workspace.issue("Mine"), workspace.issue("Other")
    mine.assignee, other.assignee = workspace.actor, workspace.user("ann")
    assert [issue.title for issue in await linear.waiting(assignee="@me")] == ["Mine"]
    assert [issue.title for issue in await linear.waiting(assignee="Ann")] == ["Other"]


async def test_what_was_said_with_a_lost_answer_is_said_once(doubles, workspace, linear):
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    workspace.faults.add(doubles.linear.faults.lost(), where="mutation Say")
    assert await linear.comment(issue, "On it.", "hunt-1/claimed") is None
    assert await linear.comment(issue, "On it.", "hunt-1/claimed") is None
    assert await linear.comment(issue, "Done.", "hunt-1/done") is None
    assert [said.body for said in it.comments] == ["On it.", "Done."]


async def test_a_service_that_refuses_an_id_twice_has_said_it(doubles, workspace, linear):
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    assert await linear.comment(issue, "On it.", "k") is None
    workspace.faults.add(doubles.linear.faults.status(400, "conflict on insert of Comment"), where="mutation Say")
    assert await linear.comment(issue, "On it.", "k") is None
    workspace.faults.add(doubles.linear.faults.status(400, "conflict on insert of Comment"), where="mutation Say")
    assert (await linear.comment(issue, "Other.", "other")).kind == "unreadable"


async def test_the_same_key_is_another_comment_at_another_issue(workspace, linear):
    for it in (workspace.issue("One"), workspace.issue("Two")):
        assert await linear.comment(await got(linear, it), "On it.", "k") is None
        assert len(it.comments) == 1


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        ("started", "In Progress"),
        ("review", "In Review"),
        ("done", "Done"),
        ("canceled", "Canceled"),
        ("open", "Backlog"),
    ],
)
async def test_an_issue_is_moved_by_the_type_of_a_state(workspace, linear, wanted, state):
    it = workspace.issue("Halve", state="Backlog")
    assert await linear.move(await got(linear, it), wanted) is None
    assert it.state.name == state
    assert (await got(linear, it)).stage == wanted


async def test_names_of_states_say_nothing_else(workspace, linear):
    for state, name in zip(
        workspace.team().states, ("Done", "Started", "Closed", "Todo", "X review", "A", "B", "C"), strict=True
    ):
        state.name = name
    it = workspace.issue("Halve", state="Closed")
    for wanted, state in (("started", "Todo"), ("review", "X review"), ("done", "A")):
        assert await linear.move(await got(linear, it), wanted) is None
        assert it.state.name == state


async def test_a_team_without_a_state_for_reviews_leaves_what_is_started(workspace, linear):
    team = workspace.team()
    team.states = [state for state in team.states if state.name != "In Review"]
    it = workspace.issue("Halve")
    assert await linear.move(await got(linear, it), "review") is None
    assert it.state.name == "In Progress"
    issue, changed = await got(linear, it), it.updated_at
    workspace.clock.advance(1)
    assert await linear.move(issue, "review") is None
    assert it.updated_at == changed


async def test_of_two_states_for_reviews_none_is_guessed(workspace, linear):
    next(state for state in workspace.team().states if state.name == "In Progress").name = "Code review"
    it = workspace.issue("Halve", state="Todo")
    assert await linear.move(await got(linear, it), "review") is None
    assert it.state.name == "Todo"
    assert await linear.move(await got(linear, it), "review", "in review") is None
    assert it.state.name == "In Review"


async def test_a_state_of_another_name_is_the_one_for_reviews_where_a_person_says_so(workspace, linear):
    next(state for state in workspace.team().states if state.name == "In Review").name = "QA"
    it = workspace.issue("Halve", state="In Progress")
    assert await linear.move(await got(linear, it), "review", "QA") is None
    assert it.state.name == "QA"
    issue, changed = await got(linear, it), it.updated_at
    workspace.clock.advance(1)
    assert await linear.move(issue, "review", "QA") is None
    assert it.updated_at == changed


async def test_a_state_that_the_team_has_not_is_told(workspace, linear):
    it = workspace.issue("Halve", state="In Progress")
    trouble = await linear.move(await got(linear, it), "review", "Elsewhere")
    assert (trouble.kind, it.state.name) == ("missing", "In Progress")
    assert "has no state Elsewhere of the type for review" in trouble.sentence


async def test_a_team_without_a_state_of_the_type_is_left_alone(workspace, linear):
    team = workspace.team()
    team.states = [state for state in team.states if state.type != "canceled"]
    it = workspace.issue("Halve")
    assert await linear.move(await got(linear, it), "canceled") is None
    assert it.state.name == "Todo"


@pytest.mark.parametrize(
    ("moved", "wanted"),
    [("In Review", "started"), ("Done", "review"), ("Done", "open"), ("Canceled", "done"), ("In Review", "open")],
)
async def test_what_a_person_moved_further_stays_there(workspace, linear, moved, wanted):
    it = workspace.issue("Halve", state="In Progress")
    issue = await got(linear, it)
    it.move(moved)
    assert await linear.move(issue, wanted) is None
    assert it.state.name == moved


async def test_what_was_started_is_given_back(workspace, linear):
    it = workspace.issue("Halve", state="In Progress")
    assert await linear.move(await got(linear, it), "open") is None
    assert it.state.type == "unstarted"


async def test_a_move_with_a_lost_answer_is_made_once(doubles, workspace, linear):
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    workspace.faults.add(doubles.linear.faults.lost(), where="mutation Change")
    assert (await linear.move(issue, "started")).kind == "failed"
    moved = it.updated_at
    workspace.clock.advance(60)
    assert await linear.move(issue, "started") is None
    assert (it.state.name, it.updated_at) == ("In Progress", moved)


async def test_a_claim_with_a_lost_answer_is_made_once(doubles, workspace, linear):
    it = workspace.issue("Halve")
    it.labels.append(workspace.label("agent"))
    workspace.label("working")
    issue = await got(linear, it)
    workspace.faults.add(doubles.linear.faults.lost(), where="mutation Change")
    assert (await linear.claim(issue, label="Working", assignee="@me")).kind == "failed"
    assert await linear.claim(issue, label="Working", assignee="@me") is None
    assert [label.name for label in it.labels] == ["agent", "working"]
    assert it.assignee is workspace.actor


async def test_a_release_with_a_lost_answer_is_made_once(doubles, workspace, linear):
    it = workspace.issue("Halve")
    it.labels += [workspace.label("agent"), workspace.label("working")]
    it.assignee = workspace.actor
    issue = await got(linear, it)
    workspace.faults.add(doubles.linear.faults.lost(), where="mutation Change")
    assert (await linear.release(issue, label="working", assignee="@me")).kind == "failed"
    released = it.updated_at
    workspace.clock.advance(60)
    assert await linear.release(issue, label="working", assignee="@me") is None
    assert ([label.name for label in it.labels], it.assignee, it.updated_at) == (["agent"], None, released)


async def test_an_issue_is_not_taken_from_somebody(workspace, linear):
    it = workspace.issue("Halve")
    it.assignee = workspace.user("ann")
    workspace.label("working")
    issue = await got(linear, it)
    trouble = await linear.claim(issue, label="working", assignee="@me")
    assert (trouble.kind, trouble.sentence) == ("denied", "TEAM-1 is assigned to ann")
    assert await linear.release(issue, assignee="@me") is None
    assert (it.assignee.name, it.labels) == ("ann", [])


async def test_somebody_else_can_be_assigned_by_their_name(workspace, linear):
    workspace.user("ann")
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    assert await linear.claim(issue, assignee="Ann") is None
    assert it.assignee.name == "ann"
    assert "no account is called bob" in (await linear.claim(issue, assignee="bob")).sentence


@pytest.mark.parametrize("there", [None, "another team's", "a group"])
async def test_a_label_that_can_not_be_given_is_said_and_not_made(workspace, linear, there):
    if there == "another team's":
        workspace.label("working", workspace.team("OTHER"))
    if there == "a group":
        workspace.workspace_label("working", group=True)
    it = workspace.issue("Halve")
    trouble = await linear.claim(await got(linear, it), label="working", assignee="@me")
    assert (trouble.kind, trouble.sentence.partition(":")[0]) == ("missing", "team TEAM has no label working")
    assert (it.labels, it.assignee) == ([], None)


async def test_a_label_of_the_workspace_is_taken_where_the_team_has_none(workspace, linear):
    of_team = workspace.label("working")
    of_all, other = workspace.workspace_label("working"), workspace.workspace_label("other")
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    assert await linear.claim(issue, label="working") is None
    assert await linear.claim(issue, label="other") is None
    assert it.labels == [of_team, other]
    assert of_all not in it.labels


async def deeds(linear, issue):
    return [
        await linear.get(issue.key),
        await linear.waiting(),
        await linear.comment(issue, "On it.", "k"),
        await linear.move(issue, "done"),
        await linear.claim(issue, label="x"),
        await linear.release(issue, label="x"),
    ]


@pytest.mark.parametrize("fault", ["502", "cut", "empty"])
async def test_every_fault_is_trouble_and_changes_nothing(doubles, workspace, linear, fault):
    workspace.label("x")
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    faults = doubles.linear.faults
    kinds = {"502": "failed", "cut": "unreachable", "empty": "unreadable"}
    spoil = {"502": faults.gateway(502), "cut": faults.cut(5), "empty": faults.status(400)}[fault]
    # Those of what is changed come first: the word of the others is in every request.
    workspace.faults.add(faults.status(502), where="mutation", times=100)
    workspace.faults.add(spoil, where="query", times=100)
    for done in await deeds(linear, issue):
        assert done.kind in (kinds[fault], "failed")
    assert (it.comments, it.labels, it.state.name) == ([], [], "Todo")


async def test_a_spent_budget_is_waited_for(workspace, linear):
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    workspace.limits.used = workspace.limits.allowed
    reset = workspace.limits.reset.timestamp()
    assert [(done.kind, done.until) for done in await deeds(linear, issue)] == 6 * [("limited", reset)]
    workspace.clock.advance(3601)
    assert await linear.comment(issue, "On it.", "k") is None


def served(answer):
    """A tracker of a service that gives this answer to everything."""
    http = HttpClient(transport=httpx2.MockTransport(lambda request: answer))
    return trackers()["linear"](None, http, {"LINEAR_API_KEY": "k"}, team="TEAM", api="http://127.0.0.1:1/graphql")


ODD = [
    httpx2.Response(200, text="<html>"),
    httpx2.Response(200, json=[1]),
    httpx2.Response(200, json={"data": {"issue": {"state": {"type": 3}}, "issues": {"nodes": [{}]}}}),
    httpx2.Response(200, json={"data": {"issue": 3, "issues": None}}),
    httpx2.Response(200, json={"data": None, "errors": [{"message": "Halt\u202e"}]}),
    httpx2.Response(200, json={"data": {}, "errors": "x"}),
    httpx2.Response(200, text="[" * 100_000),
]


@pytest.mark.parametrize("answer", ODD)
async def test_an_answer_of_another_shape_is_trouble(workspace, linear, answer):
    issue = await got(linear, workspace.issue("Halve"))
    odd = served(answer)
    for done in await deeds(odd, issue):
        assert done.kind in ("unreadable", "failed", "missing")
        assert "\u202e" not in done.sentence


async def test_a_change_that_was_not_made_is_trouble(workspace, linear):
    issue = await got(linear, workspace.issue("Halve"))
    refusing = served(httpx2.Response(200, json={"data": {"commentCreate": {"success": False}}}))
    assert (await refusing.comment(issue, "On it.", "k")).kind == "failed"


async def test_what_could_be_given_beside_an_error_is_taken_to_read_and_not_to_write(workspace, linear, doubles):
    it = workspace.issue("Halve")
    issue = await got(linear, it)
    node = {
        "id": it.id,
        "identifier": "TEAM-1",
        "url": "https://linear.app/acme/issue/TEAM-1",
        "title": "Halve",
        "description": None,
        "branchName": "x",
        "createdAt": "",
        "updatedAt": "",
        "state": {"type": "started", "name": "Doing", "id": "s"},
        "team": {"states": {"nodes": []}},
        "creator": None,
        "botActor": None,
        "externalUserCreator": None,
        "assignee": None,
        "labels": {"nodes": []},
        "comments": None,
    }
    answer = {"data": {"issue": node}, "errors": [{"message": "comments timed out"}]}
    partial = served(httpx2.Response(200, json=answer))
    found = await partial.get("TEAM-1")
    assert (found.stage, found.may_push, found.comments) == ("started", False, ())
    assert (await partial.move(issue, "done")).sentence == "Linear: comments timed out"


async def test_without_a_key_it_is_said_how_to_set_one():
    trouble = await trackers()["linear"](None, HttpClient(), {}, team="TEAM").get("TEAM-1")
    assert (trouble.kind, "LINEAR_API_KEY" in trouble.sentence) == ("denied", True)


async def test_an_issue_that_is_gone_is_missing(workspace, linear):
    issue = evolve(await got(linear, workspace.issue("Halve")), id="00000000-0000-4000-8000-000000000000")
    assert (await linear.move(issue, "done")).kind == "missing"
    assert (await linear.comment(issue, "x", "k")).kind == "missing"


DOCUMENTS = [name for name, value in vars(documents).items() if name.isupper() and name[0] != "_" and "{" in value]


def weight(fields):
    """What Linear counts ("Complexity"): a tenth for each property, one for each object, a connection by its number."""
    total = 0.0
    for field in fields:
        if field.type.name.endswith("Connection"):
            total += field.arguments.get("first", 50) * weight(field.below)
        elif field.name != "nodes":
            total += 1 + weight(field.below) if field.below else 0.1
        else:
            total += 1 + weight(field.below)
    return total


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_and_weighs_less_than_half_of_what_one_may(doubles, name):
    run, schema, walk = (
        importlib.import_module(f"{doubles.__name__}.graph.{part}") for part in ("run", "schema", "walk")
    )
    published = schema.load("linear")
    asked = run.read(published, {"query": getattr(documents, name)})
    assert isinstance(asked, run.Asked), asked
    assert weight(walk.placed(published.schema, asked.document, asked.operation, {})) < 5_000


@pytest.mark.parametrize("server", ["http://linear.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1"])
async def test_a_key_is_sent_to_no_address_without_encryption_beyond_this_machine(workspace, server):
    seen = []
    http = HttpClient(transport=httpx2.MockTransport(lambda request: seen.append(request)))
    tracker = trackers()["linear"](None, http, {"LINEAR_API_KEY": "k"}, team="TEAM", api=f"{server}/graphql")
    told = await tracker.get("TEAM-1")
    assert isinstance(told, Trouble)
    assert (told.kind, seen) == ("denied", [])
    assert "not reached over https" in told.sentence
    await http.close()
