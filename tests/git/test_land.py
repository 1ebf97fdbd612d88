from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from agent_orchestrator.git.fast_forward import fast_forward
from agent_orchestrator.git.ff_recovery import Restored, recover_fast_forward
from agent_orchestrator.git.land import Landed, Superseded, Waits, move_ref, recover
from agent_orchestrator.git.repository import Repository, resolve

MAIN = "refs/heads/main"


@pytest.fixture
def new(top: Path, sh, commit) -> str:
    """A commit over ``main`` that changes, adds, deletes and re-types files; ``main`` stays at its parent."""
    sh(top, "checkout", "-qb", "link")
    (top / "b.txt").unlink()
    (top / "b.txt").mkdir()
    (top / "link").symlink_to("a.txt")
    head = commit(top, "link", a_txt="new content\n", added_txt="added\n", **{"b.txt__inner": "inner\n"})
    sh(top, "checkout", "-q", "main")
    return head


async def forward(repo: Repository, new: str, **options) -> Landed | Superseded | Waits:
    return await fast_forward(repo, repo.top, MAIN, repo.head, new, "7", **options)


def reason(answer: object) -> str:
    assert isinstance(answer, Waits)
    return answer.reason


async def test_the_ref_moves_with_its_landed_ref(repo: Repository, new: str, top: Path, sh) -> None:
    sh(top, "checkout", "-q", "link")
    assert await move_ref(repo, MAIN, repo.head, new, "7") == Landed(new)
    assert sh(top, "rev-parse", "main", "refs/ao/landed/7").split() == [new, new]
    assert await move_ref(repo, MAIN, repo.head, new, "7") == Landed(new)


async def test_a_target_that_moved_is_superseded_and_untouched(
    repo: Repository, new: str, top: Path, commit, sh
) -> None:
    actual = commit(top, z_txt="other\n")
    sh(top, "checkout", "-q", "--detach")
    assert await move_ref(repo, MAIN, repo.head, new, "7") == Superseded(actual)
    assert sh(top, "rev-parse", "main") == actual
    assert await resolve(repo, "refs/ao/landed/7") is None


async def test_a_locked_ref_waits(repo: Repository, new: str, top: Path, sh) -> None:
    sh(top, "checkout", "-q", "--detach")
    (top / ".git" / "refs" / "heads" / "main.lock").touch()
    assert "main.lock" in reason(await move_ref(repo, MAIN, repo.head, new, "7"))


async def test_a_branch_that_is_checked_out_is_not_moved(repo: Repository, new: str, top: Path, sh) -> None:
    look = top.parent / "look"
    sh(top, "checkout", "-q", "--detach")
    sh(top, "worktree", "add", "-q", str(look), "main")
    assert str(look) in reason(await move_ref(repo, MAIN, repo.head, new, "7"))
    assert sh(look, "status", "--porcelain") == ""


async def test_recovery_tells_redo_landed_and_superseded(repo: Repository, new: str, top: Path, sh, commit) -> None:
    base = repo.head
    assert await recover(repo, MAIN, "7", base, new) == "redo"
    sh(top, "update-ref", MAIN, new)
    assert await recover(repo, MAIN, "7", base, new) == "landed"
    sh(top, "update-ref", MAIN, base)
    assert await recover(repo, MAIN, "7", base, new) == "landed", "the target was rewound after the landing"
    sh(top, "reset", "-q", "--hard", base)
    commit(top, z_txt="other\n")
    assert await recover(repo, MAIN, "8", base, new) == "superseded"


async def test_the_checkout_follows_by_fast_forward(repo: Repository, new: str, top: Path, sh) -> None:
    (top / "untracked").write_text("mine")
    assert await forward(repo, new) == Landed(new)
    assert sh(top, "rev-parse", "HEAD", "refs/ao/landed/7").split() == [new, new]
    assert sh(top, "status", "--porcelain") == "?? untracked"
    assert sh(top, "branch", "--show-current") == "main"


async def test_an_untouched_dirty_file_does_not_hinder(repo: Repository, top: Path, sh, commit) -> None:
    sh(top, "checkout", "-qb", "link")
    new = commit(top, a_txt="new\n")
    sh(top, "checkout", "-q", "main")
    (top / "b.txt").write_text("dirty\n")
    assert await forward(repo, new) == Landed(new)
    assert (top / "b.txt").read_text() == "dirty\n"


@pytest.mark.parametrize("staged", [False, True])
async def test_a_dirty_touched_file_waits(repo: Repository, new: str, top: Path, sh, staged: bool) -> None:
    (top / "a.txt").write_text("dirty\n")
    if staged:
        sh(top, "add", "a.txt")
    assert str(top / "a.txt") in reason(await forward(repo, new))
    assert (top / "a.txt").read_text() == "dirty\n"
    assert sh(top, "rev-parse", "main") == repo.head


async def test_a_dirty_file_that_git_was_told_to_ignore_waits(repo: Repository, new: str, top: Path, sh) -> None:
    sh(top, "update-index", "--assume-unchanged", "a.txt")
    (top / "a.txt").write_text("dirty\n")
    assert "a.txt" in reason(await forward(repo, new))
    assert (top / "a.txt").read_text() == "dirty\n"


@pytest.mark.parametrize("absolute", [False, True])
async def test_an_unsaved_buffer_of_a_touched_file_waits(repo: Repository, new: str, top: Path, absolute: bool) -> None:
    file = top / "a.txt" if absolute else "a.txt"
    assert "unsaved" in reason(await forward(repo, new, unsaved=[file]))


@pytest.mark.parametrize("name", ["secret.log", "loose"])
async def test_no_ignored_or_untracked_file_is_overwritten(repo: Repository, top: Path, sh, name: str) -> None:
    sh(top, "checkout", "-qb", "link")
    (top / name).write_text("from the link")
    sh(top, "add", "-f", name)
    sh(top, "commit", "-qm", "adds it")
    new = sh(top, "rev-parse", "HEAD")
    sh(top, "checkout", "-q", "main")
    (top / name).write_text("the user's own")
    assert str(top / name) in reason(await forward(repo, new))
    assert (top / name).read_text() == "the user's own"


async def test_a_rewound_head_is_superseded(repo: Repository, top: Path, new: str, sh, commit) -> None:
    base = commit(top, z_txt="z\n")
    sh(top, "checkout", "-q", "link")
    sh(top, "rebase", "-q", "main")
    new = sh(top, "rev-parse", "HEAD")
    sh(top, "checkout", "-q", "main")
    sh(top, "reset", "-q", "--hard", repo.head)
    assert await fast_forward(repo, top, MAIN, base, new, "7") == Superseded(repo.head)
    assert sh(top, "rev-parse", "main") == repo.head


async def test_a_detached_head_or_another_branch_waits(repo: Repository, top: Path, new: str, sh) -> None:
    sh(top, "checkout", "-q", "--detach")
    assert "detached HEAD" in reason(await forward(repo, new))
    sh(top, "checkout", "-qb", "elsewhere")
    assert "refs/heads/elsewhere" in reason(await forward(repo, new))


async def test_a_lock_or_operation_waits(repo: Repository, top: Path, new: str) -> None:
    (top / ".git" / "index.lock").touch()
    assert "index.lock" in reason(await forward(repo, new))
    (top / ".git" / "index.lock").unlink()
    (top / ".git" / "BISECT_LOG").touch()
    assert "bisect" in reason(await forward(repo, new))


async def test_a_submodule_entry_waits(repo: Repository, top: Path, sh, tmp_path: Path) -> None:
    sh(tmp_path, "clone", "-q", str(top), "lib")
    sh(top, "checkout", "-qb", "link")
    sh(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "lib"), "lib")
    sh(top, "commit", "-qm", "submodule")
    new = sh(top, "rev-parse", "HEAD")
    sh(top, "checkout", "-q", "main")
    assert "submodule" in reason(await forward(repo, new))


async def test_a_path_outside_a_sparse_checkout_waits(repo: Repository, top: Path, sh, commit) -> None:
    base = commit(top, out2__x="x\n", src__y="y\n")
    sh(top, "checkout", "-qb", "link")
    new = commit(top, out2__x="changed\n")
    sh(top, "checkout", "-q", "main")
    sh(top, "sparse-checkout", "set", "src")
    assert "sparse" in reason(await fast_forward(repo, top, MAIN, base, new, "7"))


async def test_a_large_file_pointer_waits(repo: Repository, top: Path, sh, commit) -> None:
    base = commit(top, **{".gitattributes": "*.bin filter=lfs\n"})
    sh(top, "checkout", "-qb", "link")
    new = commit(top, **{"big.bin": "version https://git-lfs.github.com/spec/v1\n"})
    sh(top, "checkout", "-q", "main")
    assert "LFS" in reason(await fast_forward(repo, top, MAIN, base, new, "7"))


async def test_the_users_merge_options_do_not_bend_the_swap(repo: Repository, top: Path, new: str, sh) -> None:
    sh(top, "config", "branch.main.mergeOptions", "--no-ff --squash")
    sh(top, "config", "merge.autoStash", "true")
    assert await forward(repo, new) == Landed(new)


def crash(top: Path, new: str, sh, stage: str) -> None:
    """Leave the checkout as a ``merge --ff-only`` does that is killed at a stage."""
    git = top / ".git"
    if stage == "locked":
        (git / "index.lock").touch()
        return
    old = (git / "index").read_bytes()
    base = sh(top, "rev-parse", "HEAD")
    sh(top, "merge", "-q", "--ff-only", new)
    sh(top, "update-ref", "refs/heads/main", base)
    if stage == "index written":
        return
    (git / "index").write_bytes(old)
    (git / "index.lock").touch()
    if stage == "mid-file":
        (top / "a.txt").write_text("new con")
        (top / "added.txt").write_text("")
    if stage == "file replaced":
        (top / "a.txt").unlink()


@pytest.mark.parametrize("stage", ["locked", "files written", "mid-file", "file replaced", "index written"])
async def test_a_killed_fast_forward_is_taken_back_and_lands_again(
    repo: Repository, top: Path, new: str, sh, stage: str
) -> None:
    (top / "untracked").write_text("mine")
    crash(top, new, sh, stage)
    assert isinstance(await recover_fast_forward(repo, top, repo.head, new), Restored)
    assert sh(top, "status", "--porcelain") == "?? untracked"
    assert not (top / ".git" / "index.lock").exists()
    assert await forward(repo, new) == Landed(new)
    assert sh(top, "status", "--porcelain") == "?? untracked"


async def test_a_file_somebody_changed_after_the_crash_is_held(repo: Repository, top: Path, new: str, sh) -> None:
    crash(top, new, sh, "files written")
    (top / "a.txt").write_text("the user's edit\n")
    assert str(top / "a.txt") in reason(await recover_fast_forward(repo, top, repo.head, new))
    assert (top / "a.txt").read_text() == "the user's edit\n"
    assert (top / "added.txt").exists()
    assert (top / ".git" / "index.lock").exists()


async def test_a_users_file_in_a_folder_the_merge_made_is_held(repo: Repository, top: Path, new: str, sh) -> None:
    crash(top, new, sh, "files written")
    (top / "b.txt" / "mine").write_text("mine")
    assert isinstance(await recover_fast_forward(repo, top, repo.head, new), Waits)
    assert (top / "b.txt" / "mine").read_text() == "mine"


async def test_a_merge_that_is_really_killed_is_known_alive_before_and_taken_back_after(
    repo: Repository, top: Path, new: str, sh, tmp_path: Path, until
) -> None:
    pid = tmp_path / "pid"
    # Files are written in order of their names: added.txt stops git when a.txt is written and link is not.
    (top / ".git" / "info" / "attributes").write_text("added.txt filter=slow\n")
    sh(top, "config", "filter.slow.smudge", f"echo $PPID >{pid}.new; mv {pid}.new {pid}; sleep 60")
    landing = asyncio.create_task(forward(repo, new))
    await until(pid.exists)
    assert "still at work" in reason(await recover_fast_forward(repo, top, repo.head, new))
    os.killpg(int(pid.read_text()), signal.SIGKILL)
    assert isinstance(await landing, Waits)
    sh(top, "config", "--unset", "filter.slow.smudge")
    restored = await recover_fast_forward(repo, top, repo.head, new)
    assert isinstance(restored, Restored)
    assert "a.txt" in restored.paths
    assert sh(top, "status", "--porcelain") == ""
    assert await forward(repo, new) == Landed(new)


async def test_one_that_got_through_is_landed(repo: Repository, top: Path, new: str, sh) -> None:
    sh(top, "merge", "-q", "--ff-only", new)
    assert await recover_fast_forward(repo, top, repo.head, new) == Landed(new)


async def test_recovery_of_a_checkout_that_went_elsewhere_is_superseded(
    repo: Repository, top: Path, new: str, commit
) -> None:
    actual = commit(top, z_txt="other\n")
    assert await recover_fast_forward(repo, top, repo.head, new) == Superseded(actual)
