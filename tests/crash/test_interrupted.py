"""What a kill leaves half done, made by hand where the moment is too short to be hit."""

from __future__ import annotations

import fcntl
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

KILLED = -signal.SIGKILL


def kill_at(zygote: Any, scene: Any, name: str, nth: int = 1) -> None:
    status, names = zygote.run(scene, (name, nth))
    assert (status, names[-1]) == (KILLED, name)


def lock_worktrees(scene: Any) -> None:
    """Leave the sessions' worktrees as a git does that is killed while it writes the index."""
    for index in (scene.repo / ".git" / "worktrees").glob("fix-*/index"):
        index.with_name("index.lock").touch()


def recover(zygote: Any, scene: Any) -> None:
    status, _ = zygote.run(scene)
    assert status == 0, scene.log()


@pytest.fixture
def link(zygote: Any, scene: Any) -> str:
    """The commit to which the user's checkout was about to be fast-forwarded when the daemon was killed."""
    kill_at(zygote, scene, "git: before merge")
    return scene.git("for-each-ref", "--format=%(objectname)", "refs/ao/link")


def test_a_merge_that_was_killed_while_it_wrote_files_is_done_again(zygote, scene, link):
    (scene.repo / "app.py").write_text("# app\na=1\n")
    (scene.repo / ".git" / "index.lock").touch()
    recover(zygote, scene)
    assert scene.wrong() == []


def test_a_merge_that_was_killed_before_it_moved_the_branch_is_done_again(zygote, scene, link):
    scene.git("read-tree", "-m", "-u", "HEAD", link)
    recover(zygote, scene)
    assert scene.wrong() == []


def test_a_session_whose_worktree_was_left_locked_goes_on(zygote, scene):
    kill_at(zygote, scene, "git: before update-index")
    lock_worktrees(scene)
    recover(zygote, scene)
    assert scene.wrong() == []


def test_a_locked_worktree_is_still_moved_to_a_newer_target(scenes, zygote):
    with scenes.Scene("ab", checked_out=True) as scene:
        kill_at(zygote, scene, "effect: start MoveWorkspace")
        lock_worktrees(scene)
        recover(zygote, scene)
        assert scene.wrong() == []


def test_a_target_that_moved_on_after_the_landing_does_not_undo_it(zygote, scene, link):
    scene.git("merge", "-q", "--ff-only", link)
    scene.git("commit", "-q", "--allow-empty", "-m", "by the person")
    recover(zygote, scene)
    landings = scene.state().landings.values()
    assert [bool(x.landed_at) for x in landings] == [True]
    assert scene.git("rev-parse", "main^") == link


def test_a_target_that_was_rewound_after_the_landing_is_hunted_again(zygote, scene):
    kill_at(zygote, scene, "effect: end FinishLanding")
    scene.git("reset", "-q", "--hard", scene.start)
    recover(zygote, scene)
    assert [bool(x.landed_at) for x in scene.state().landings.values()] == [True]
    assert scene.state().hunts.popitem()[1].ended_at


def test_a_report_is_not_read_as_one_of_another_slot(zygote, scene, boundaries):
    appends = boundaries[: boundaries.index("effect: end Prove")].count("journal: before append")
    kill_at(zygote, scene, "journal: before append", appends)
    slot = next((scene.root / "c" / "ao" / "slots").glob("*/0.lock"))
    with slot.open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        recover(zygote, scene)
    assert scene.wrong() == []


def test_a_check_that_nobody_waits_for_any_more_is_ended(zygote, scene, boundaries):
    (scene.root / "hang").touch()
    before = boundaries[: boundaries.index("effect: start Rerun")].count("run: launch:after")
    kill_at(zygote, scene, "run: launch:after", before + 1)
    wait_until(lambda: not (scene.root / "hang").exists())
    recover(zygote, scene)
    assert scene.wrong() == []


def test_what_an_agent_did_to_shared_git_files_before_the_kill_is_still_noticed(zygote, scene, boundaries):
    done = scene.root / "done"
    agent = scene.root / "agent.sh"
    agent.write_text(f"git branch sly\ntouch {done}\n{agent.read_text()}")
    before = boundaries[: boundaries.index("effect: start RunTurn")].count("run: launch:after")
    kill_at(zygote, scene, "run: launch:after", before + 1)
    wait_until(done.exists)
    recover(zygote, scene)
    (session,) = scene.state().sessions.values()
    assert any("refs/heads/sly" in reason for reason in session.held)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
