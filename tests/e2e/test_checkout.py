"""The user's checkout: moved only as agreed, and nothing of theirs is touched."""

from __future__ import annotations

import asyncio

import pytest

from agent_orchestrator.engine.drive import inspect
from agent_orchestrator.engine.drive.context import checkout_lock
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "notes.txt": "first\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
PLAN = {"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]}


@pytest.fixture
async def red(world):
    world.start_commit = world.make(FILES)
    world.agents_do(PLAN)
    await world.start()
    return world


async def test_a_dirty_file_that_no_fix_touches_stays_as_it_is(red, h):
    h.write(red.repo, {"notes.txt": "mine, not committed\n", "scratch.txt": "untracked\n"})
    row = await red.hunt(checkout="ff")
    assert row.green, red.account(row)
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"
    assert (red.repo / "notes.txt").read_text() == "mine, not committed\n"
    assert (red.repo / "scratch.txt").read_text() == "untracked\n"
    assert h.git(red.repo, "status", "--porcelain").split("\n") == [" M notes.txt", "?? scratch.txt"]


async def test_a_dirty_file_that_a_fix_touches_makes_the_landing_wait_until_it_is_clean(red, h):
    mine = "def half(a):\n    return a // 2  # mine\n"
    h.write(red.repo, {"half.py": mine})
    row = await red.hunt(checkout="ff")
    (session,) = row.sessions
    assert session.detail == f"waits: {red.repo / 'half.py'} has uncommitted changes; commit or stash them"
    assert ((red.repo / "half.py").read_text(), red.tip()) == (mine, red.start_commit)

    h.git(red.repo, "checkout", "-q", "half.py")
    await red.call("land", t.LandParams())
    await red.until(lambda state: bool(state.sessions[session.id].landing))
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"
    assert h.git(red.repo, "status", "--porcelain") == ""


async def test_an_untracked_file_in_the_way_makes_the_landing_wait(world, h):
    start = world.make(FILES)
    world.agents_do({"test_half": [[*PLAN["test_half"][0], ["write", "new.py", "theirs = 1\n"]]]})
    await world.start()
    h.write(world.repo, {"new.py": "mine = 1\n"})
    row = await world.hunt()
    assert row.sessions[0].detail.startswith(f"waits: {world.repo / 'new.py'} would be overwritten")
    assert ((world.repo / "new.py").read_text(), world.tip()) == ("mine = 1\n", start)


@pytest.mark.parametrize("choice", ["never", ""], ids=["never", "nobody to ask"])
async def test_with_never_fixes_land_on_a_branch_of_their_own(red, h, choice):
    row = await red.hunt(checkout=choice)
    assert (row.green, row.target) == (True, "ao/landed"), red.account(row)
    assert red.tip() == red.start_commit
    assert (red.repo / "half.py").read_text() == FILES["half.py"]
    assert h.git(red.repo, "status", "--porcelain") == ""
    assert red.show("half.py", "ao/landed") == "def half(a):\n    return a / 2"


async def test_what_the_person_commits_meanwhile_joins_the_fixes_through_the_gate(red, h):
    await red.hunt(checkout="never")
    landed = red.tip("ao/landed")
    mine = h.commit(red.repo, {"notes.txt": "mine\n"})
    row = await red.hunt(checkout="never")
    assert row.green, red.account(row)
    assert h.git(red.repo, "log", "-1", "--format=%P", "ao/landed").split() == [landed, mine]
    await red.call("land", t.LandParams(checkout=True))
    assert red.tip() == red.tip("ao/landed")


async def test_what_the_person_broke_meanwhile_joins_too_and_is_hunted_there(red, h):
    await red.hunt(checkout="never")
    h.commit(
        red.repo, {"tests/test_more.py": "from half import half\n\n\ndef test_half_more():\n    assert half(2) == 3\n"}
    )
    row = await red.hunt(checkout="never")
    assert [f.state for f in row.failures if "test_half_more" in f.key] == ["left"]
    assert red.show("tests/test_more.py", "ao/landed").startswith("from half")
    assert red.show("half.py", "ao/landed") == "def half(a):\n    return a / 2"


async def test_a_commit_that_does_not_merge_with_the_fixes_is_left_to_the_person(red, h):
    await red.hunt(checkout="never")
    landed = red.tip("ao/landed")
    h.commit(red.repo, {"half.py": "def half(a):\n    return a // 2  # rounds down\n"})
    row = await red.hunt(checkout="never")
    assert red.tip("ao/landed") == landed
    (merge,) = [s for s in (await red.call("sessions", t.ListParams(closed=True))).sessions if "Merge" in s.title]
    assert (merge.state, merge.detail) == ("error", f"left: {merge.title} does not merge: half.py")
    assert row.ended_at


async def test_land_checkout_fast_forwards_to_the_landed_branch(red, h):
    await red.hunt(checkout="never")
    done = await red.call("land", t.LandParams(checkout=True))
    assert red.tip() == red.tip("ao/landed") != red.start_commit
    assert done.message == f"{red.repo} is at {red.tip()[:12]} now"
    assert h.git(red.repo, "status", "--porcelain") == ""


async def test_land_checkout_refuses_over_dirty_files_and_says_which(red, h):
    await red.hunt(checkout="never")
    h.write(red.repo, {"half.py": "mine\n"})
    with pytest.raises(Refused, match=r"half\.py has uncommitted changes"):
        await red.call("land", t.LandParams(checkout=True))
    assert ((red.repo / "half.py").read_text(), red.tip()) == ("mine\n", red.start_commit)


async def test_what_the_user_commits_meanwhile_is_what_fixes_land_on(red, h):
    red.agents_do({"test_half": [[["hang"]], *PLAN["test_half"]]})
    hunt = await red.call("hunt", t.HuntParams(checkout="ff"))
    await red.until(lambda state: any(s.running for s in state.sessions.values()))
    theirs = h.commit(red.repo, {"notes.txt": "second\n"}, "theirs")
    # The agent is ended from outside; its next turn does the fix.
    for process in await h.eventually(lambda: red.processes("/scripted.py")):
        process.kill()
    row = await red.end_of(hunt.hunt.id)
    assert row.green, red.account(row)
    assert red.commits(theirs) == [row.landings[-1].commit]
    assert (red.repo / "notes.txt").read_text() == "second\n"


async def test_a_branch_that_is_checked_out_nowhere_is_moved_directly(red, h):
    h.git(red.repo, "checkout", "-q", "-b", "work")
    h.git(red.repo, "config", "ao.unused", "1")
    red.configure(defaultBranch="main")
    h.git(red.repo, "add", "-A")
    await red.call("trust", t.TrustParams())
    row = await red.hunt(checkout="")
    assert (row.target, row.green) == ("main", True), red.account(row)
    assert h.git(red.repo, "rev-parse", "HEAD") == red.start_commit


async def test_a_fast_forward_that_is_under_way_is_not_taken_for_somebodys_writes(red, folder):
    context, driven = red.app.context, red.app.driven("app")
    earlier = await inspect.before(context, driven, folder / "earlier")
    async with context.lock(checkout_lock("app")):
        # As git leaves it for a moment: files of the new commit, and HEAD still at the old one.
        (red.repo / "half.py").write_text("def half(a):\n    return a / 2\n")
        looking = asyncio.create_task(inspect.before(context, driven, folder / "meanwhile"))
        await asyncio.wait([looking], timeout=0.5)
        (red.repo / "half.py").write_text(FILES["half.py"])
    assert (await looking).checkout == earlier.checkout
