"""A draft pull request shows that work has begun, so that nobody else begins it: real git, at both forges."""

from __future__ import annotations

import asyncio
import os

import pytest

from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive import draft
from agent_orchestrator.protocol import types as t

HALF = "def half(a):\n    return a\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(2) == 1\n"
FIXED = "def half(a):\n    return a // 2\n"
FILES = {"half.py": HALF, "tests/test_half.py": TEST}
FIXES, HANGS = [[["write", "half.py", FIXED]]], [[["hang"]]]


@pytest.fixture(params=["AtGitHub", "AtGitLab"])
def hub(request, forged, world, h):
    with getattr(forged, request.param)(world, h.git) as made:
        yield made
        assert made.forge.problems == []


@pytest.fixture
async def start(hub, world):
    """Starts a daemon that claims, with an agent that does this, and this configuration beside."""

    async def started(agent, mode: str = "pull-request", **scm):
        scm = {"rerun": 0, "claim": True, **scm}
        hub.make(FILES, scm=scm, landing={"mode": mode, **({"checkout": "ff"} if mode == "local" else {})})
        world.agents_do({"test_half": agent, "Note": agent})
        await hub.start()

    yield started
    await hub.rest()


def working(state) -> bool:
    return any(session.running for session in state.sessions.values())


def over(state) -> bool:
    """Is everything done, and nothing claimed?"""
    return all(not s.claim and (s.in_review or s.closed) for s in state.sessions.values()) and bool(state.sessions)


async def hunting(world) -> None:
    await world.call("hunt", t.HuntParams())


async def test_the_team_sees_a_draft_before_the_agent_works(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    branch, base, head = hub.head_of(hub.pull)
    assert (branch.startswith("ao/fix-test-half-tests-test-half-py-"), base, hub.pull.draft) == (True, "main", True)
    assert hub.show("half.py", head) == HALF
    assert "Fixes:\n- unit tests/test_half.py::test_half" in hub.text_of(hub.pull)
    # It is no reason for CI to run.
    assert "[skip ci]" in hub.shop.refs("log", "-1", "--format=%B", head)
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)


async def test_the_draft_becomes_the_pull_request_of_the_work(hub, world, start):
    await start(FIXES)
    await hunting(world)
    await hub.until(over)
    session = world.session("test_half")
    branch, _, head = hub.head_of(hub.pull)
    assert (head, hub.pull.draft, session.pushes_to) == (session.head, False, branch)
    (said,) = hub.comments_of(hub.pull)
    assert said.startswith(f"{session.turn.summary}\n\nProven at {head[:12]} by: unit")
    assert [*hub.heads] == [branch, "main"]


async def test_a_draft_that_is_wanted_as_one_stays_one(hub, world, start):
    await start(FIXES, draft=True)
    await hunting(world)
    await hub.until(over)
    assert (hub.head_of(hub.pull)[2], hub.pull.draft) == (world.session("test_half").head, True)


async def test_work_that_lands_here_takes_its_draft_back(hub, world, start):
    await start(FIXES, mode="local")
    await hunting(world)
    await hub.until(over)
    assert world.session("test_half").landing
    assert (hub.is_closed(hub.pull), [*hub.heads]) == (True, ["main"])


async def test_work_that_is_given_up_takes_its_draft_back(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert (hub.is_closed(hub.pull), [*hub.heads]) == (True, ["main"])


async def test_what_another_fleet_is_at_is_not_begun(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    branch = hub.head_of(hub.pull)[0]
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    theirs = hub.shop.refs.add(hub.heads["main"], "Begin: the same", {})
    hub.shop.refs.write(branch, theirs)
    turns = len(world.told("test_half"))
    await hunting(world)
    await world.until(lambda s: any(branch in each.left for each in s.sessions.values()))
    (lost,) = [each for each in world.state.sessions.values() if each.left]
    assert lost.left == f"somebody else is at it: {branch} is at origin; where nobody is, delete that branch"
    assert (len(world.told("test_half")), lost.workspace, hub.heads[branch]) == (turns, "", theirs)


async def test_what_somebody_pushed_to_a_claim_stays_when_it_is_given_up(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    branch, _, head = hub.head_of(hub.pull)
    theirs = hub.shop.refs.add(head, "My idea", {"half.py": FIXED})
    hub.shop.refs.write(branch, theirs)
    hub.forge.sync()
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert (hub.is_closed(hub.pull), hub.heads[branch]) == (False, theirs)


async def test_a_task_in_a_persons_own_words_is_not_claimed(hub, world, start):
    await start(HANGS)
    await world.call("new", t.NewParams(task="Note it"))
    await world.until(working)
    assert hub.pulls == []
    await world.call("stop", t.StopParams(all=True))


async def test_an_issue_is_claimed_by_its_name(hub, world, start):
    await start(HANGS)
    issue = hub.shop.issue("Note it", "Say hello.", author="ann")
    number = getattr(issue, "iid", None) or issue.number
    key = f"{'GH' if hub.plugin == 'github' else 'GL'}-{number}"
    await world.call("new", t.NewParams(task="", issue=key))
    await world.until(working)
    (pull,) = hub.pulls
    assert hub.head_of(pull)[0] == f"ao/{key.lower()}"
    assert f"Closes #{number}" in hub.text_of(pull)
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)


async def test_work_goes_on_where_the_forge_lets_nothing_be_claimed(hub, world, start):
    await start(FIXES, mode="local")
    hub.git(world.repo, "remote", "set-url", "--push", "origin", "/nowhere")
    await hunting(world)
    state = await world.until(lambda s: any(key.startswith("ClaimWork:") for key in s.problems))
    (problem,) = state.problems.values()
    assert "to origin failed: fatal: '/nowhere' does not appear to be a git repository" in problem.message
    await world.until(lambda s: any(each.landing for each in s.sessions.values()))
    assert hub.pulls == []


def refuses_drafts(hub, forged):
    """As GitHub does in private repositories that nobody pays for."""
    refuse = forged.doubles("wire").faults.status(403, "drafts are not supported in this repository")

    def opens(request) -> bool:
        return request.method == "POST" and (
            request.path.endswith("/merge_requests") or b"createPullRequest" in request.body
        )

    hub.forge.faults.add(lambda request, right: refuse(request, right) if opens(request) else right(), times=1_000)


async def test_a_branch_claims_where_the_forge_opens_no_draft(hub, world, start, forged):
    await start(HANGS)
    refuses_drafts(hub, forged)
    await hunting(world)
    await world.until(working)
    (branch,) = {*hub.heads} - {"main"}
    assert branch.startswith("ao/fix-test-half-")
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert (hub.pulls, [*hub.heads]) == ([], ["main"])


async def test_work_is_published_at_a_claim_that_has_no_draft(hub, world, start, forged):
    go = world.folder / "go"
    os.mkfifo(go)
    await start([[["write", "half.py", FIXED], ["shell", f"cat {go}"]]])
    refuses_drafts(hub, forged)
    await hunting(world)
    await world.until(working)
    hub.forge.faults.clear()
    await asyncio.to_thread(go.write_text, "go")
    await hub.until(over)
    branch, _, head = hub.head_of(hub.pull)
    assert (head, hub.pull.draft, [*hub.heads]) == (world.session("test_half").head, False, [branch, "main"])
    assert hub.comments_of(hub.pull) == []


async def test_a_forge_that_has_faults_of_its_own_keeps_nobody_from_working(hub, world, start, forged, monkeypatch):
    await start(HANGS)
    broken = hub.forge.faults.add(forged.doubles("wire").faults.gateway(502), times=1_000_000)
    with monkeypatch.context() as patched:
        patched.setattr(draft, "ANSWER_SECONDS", 0.1)
        await hunting(world)
        await world.until(working)
    assert broken.times < 1_000_000
    hub.forge.faults.clear()
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert [*hub.heads] == ["main"]


async def test_a_claim_of_ours_that_is_not_taken_back_yet_is_gone_on_with(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    branch, _, before = hub.head_of(hub.pull)
    hub.git(world.repo, "remote", "set-url", "--push", "origin", "/nowhere")
    await world.call("stop", t.StopParams(all=True))
    await world.until(lambda s: any(key.startswith("WithdrawClaim:") for key in s.problems))
    hub.git(world.repo, "config", "--unset", "remote.origin.pushurl")
    await hunting(world)
    await world.until(working)
    assert [each.left for each in world.state.sessions.values()] == ["", ""]
    assert hub.heads[branch] != before
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert [*hub.heads] == ["main"]


async def test_what_is_left_of_merged_work_is_in_nobodys_way(hub, world, start):
    await start(FIXES)
    await hunting(world)
    await hub.until(over)
    branch, _, _ = hub.head_of(hub.pull)
    hub.approved(hub.pull)
    await world.call("pullMerge", t.PullMergeParams(pull="1", no_checks=True))
    await hub.until(lambda s: any(each.landing for each in s.sessions.values()))
    assert branch in hub.heads
    hub.git(world.repo, "commit", "-q", "--allow-empty", "-m", "The same is red again, on a base that moved")
    world.agents_do({"test_half": HANGS})
    await hunting(world)
    await world.until(working)
    assert [each.left for each in world.state.sessions.values()] == ["", ""]
    await world.call("stop", t.StopParams(all=True))


async def test_a_draft_that_somebody_closed_is_taken_back_all_the_same(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    hub.pull.close()
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert [*hub.heads] == ["main"]


async def test_a_draft_whose_branch_may_not_be_deleted_is_closed(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    hub.shop.refs("config", "receive.denyDeletes", "true")
    await world.call("stop", t.StopParams(all=True))
    state = await world.until(lambda s: any(key.startswith("WithdrawClaim:") for key in s.problems))
    (problem,) = state.problems.values()
    assert "could not be deleted at origin" in problem.message
    assert hub.is_closed(hub.pull)


async def test_a_paused_project_takes_back_what_it_claims(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    await world.call("pause", t.PauseParams())
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert (hub.is_closed(hub.pull), [*hub.heads]) == (True, ["main"])


async def test_a_project_that_is_removed_takes_back_what_it_claims(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    await world.call("stop", t.StopParams(all=True))
    done = await world.call("projectRemove", t.ProjectParams())
    assert done.message == "app is no longer driven; its files are untouched"
    assert [*hub.heads] == ["main"]


async def test_a_project_that_is_removed_names_what_it_can_not_take_back(hub, world, start):
    await start(HANGS)
    await hunting(world)
    await world.until(working)
    branch = hub.head_of(hub.pull)[0]
    hub.shop.refs("config", "receive.denyDeletes", "true")
    await world.call("stop", t.StopParams(all=True))
    done = await world.call("projectRemove", t.ProjectParams())
    assert done.message.endswith(f"; delete what it still claims at its forge: {branch}")


async def test_a_session_that_only_claims_is_not_in_review(hub, world, start):
    await start([[["say", "What do you mean?"]]])
    issue = hub.shop.issue("Note it", "Say hello.", author="ann")
    key = f"{'GH' if hub.plugin == 'github' else 'GL'}-{getattr(issue, 'iid', None) or issue.number}"
    await world.call("new", t.NewParams(task="", issue=key))
    await hub.until(lambda s: any(each.turn and each.turn.ended_at for each in s.sessions.values()))
    (row,) = (await world.call("sessions", t.ListParams())).sessions
    assert (row.state, row.detail) == ("idle", "idle")
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [p.ClaimIntended, p.ClaimMade, p.WorkClaimed, p.Published, p.ClaimEnded])
async def test_a_daemon_that_is_killed_claims_once(hub, world, start, forged, kind, stored):
    await start(FIXES)
    killed = forged.Killed(world.app.engine, kind, stored=stored)
    await hunting(world)
    looking = asyncio.create_task(_looks(hub))
    await asyncio.wait_for(killed.dead.wait(), 60)
    looking.cancel()
    await hub.end()
    await hub.start()
    await hub.until(over)
    session = world.session("test_half")
    assert (hub.head_of(hub.pull)[2], hub.pull.draft, session.left) == (session.head, False, "")
    assert len(hub.comments_of(hub.pull)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("stored", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("kind", [p.ClaimMade, p.WorkClaimed, p.ClaimEnded])
async def test_work_that_is_stopped_after_a_death_leaves_no_claim(hub, world, start, forged, kind, stored):
    await start(HANGS)
    killed = forged.Killed(world.app.engine, kind, stored=stored)
    await hunting(world)
    if kind is p.ClaimEnded:
        await world.until(working)
        await world.call("stop", t.StopParams(all=True))
    await asyncio.wait_for(killed.dead.wait(), 60)
    await hub.end()
    await hub.start()
    await world.call("stop", t.StopParams(all=True))
    await world.until(over)
    assert ([hub.is_closed(each) for each in hub.pulls], [*hub.heads]) in (([True], ["main"]), ([], ["main"]))


async def _looks(hub) -> None:
    """The forge tells of every change, as a webhook does."""
    while True:
        hub.tells()
        await hub.world.app.engine.changed_since(hub.world.state.revision)
