from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.git import runner
from agent_orchestrator.git.drivers import driver_overrides, fingerprint
from agent_orchestrator.git.lock import is_held, repo_lock
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import LOCAL_ENV_VARS, Git, GitError
from agent_orchestrator.git.worktree import Added, add


def test_all_local_variables_of_the_installed_git_are_dropped() -> None:
    answer = subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True, check=True)
    assert set(answer.stdout.split()) <= set(LOCAL_ENV_VARS)


async def test_git_dir_in_the_environment_does_not_change_which_repository_answers(
    top: Path, tmp_path: Path, sh, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    sh(tmp_path, "init", "-q", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    assert await Git(top).text("rev-parse", "--show-toplevel") == str(top)


async def test_a_given_environment_replaces_ours(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Daemon")
    env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "GIT_AUTHOR_NAME": "Client", "GIT_AUTHOR_EMAIL": "c@x"}
    assert (await Git(top, env=env).text("var", "GIT_AUTHOR_IDENT")).startswith("Client <c@x>")


async def test_a_failure_says_command_folder_status_and_message(top: Path) -> None:
    with pytest.raises(GitError, match=r"`git rev-parse --verify nothing` in .*repo ended with status 128: fatal"):
        await Git(top).run("rev-parse", "--verify", "nothing")


async def test_credentials_in_a_url_stay_out_of_messages(top: Path) -> None:
    with pytest.raises(GitError) as caught:
        await Git(top).run("ls-remote", "ext::https://me:secret@localhost/x")
    assert "secret" not in str(caught.value)


async def test_a_git_that_does_not_end_is_ended_with_its_children(top: Path, sh, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    sh(top, "config", "alias.hang", f"!echo $$ >{pid}; exec sleep 60")
    with pytest.raises(GitError) as caught:
        await Git(top).run("hang", timeout=0.5)
    assert caught.value.code == 124
    assert not Path(f"/proc/{pid.read_text().strip()}/cwd").exists()


async def test_a_missing_folder_is_told_from_a_missing_git(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="is gone"):
        await Git(tmp_path / "no").run("status")
    with pytest.raises(GitError, match="not installed"):
        await Git(tmp_path, env={"PATH": str(tmp_path)}).run("status")


async def test_hooks_of_a_branch_do_not_run(repo: Repository, top: Path, commit, sh, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    hooks = ("post-checkout", "post-commit", "reference-transaction", "post-index-change")
    base = commit(top, **{f".githooks__{name}": f"#!/bin/sh\ntouch {witness}\n" for name in hooks})
    for name in hooks:
        (top / ".githooks" / name).chmod(0o755)
    base = commit(top, "executable")
    sh(top, "config", "core.hooksPath", ".githooks")
    witness.unlink(missing_ok=True)
    sh(top, "update-ref", "refs/x/y", "HEAD")
    assert witness.exists(), "the hostile hook does not work, so this test proves nothing"
    witness.unlink()
    assert isinstance(await add(repo, top / ".worktrees" / "w", "ao/w", base), Added)
    assert not witness.exists()


async def test_untrusted_filters_are_neutralised(repo: Repository, top: Path, commit, sh, tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    base = commit(top, **{".gitattributes": "*.txt filter=evil merge=evil\n"})
    sh(top, "config", "filter.evil.smudge", f"sh -c 'touch {witness}; cat'")
    sh(top, "config", "filter.evil.required", "true")
    repo = repo.distrusting(await driver_overrides(repo))
    assert isinstance(await add(repo, top / ".worktrees" / "w", "ao/w", base), Added)
    assert not witness.exists()
    assert (top / ".worktrees" / "w" / "b.txt").read_text() == "b\n"


async def test_filters_that_run_without_overrides_show_why_they_are_needed(
    repo: Repository, top: Path, commit, sh, tmp_path: Path
) -> None:
    witness = tmp_path / "witness"
    base = commit(top, **{".gitattributes": "*.txt filter=evil\n"})
    sh(top, "config", "filter.evil.smudge", f"sh -c 'touch {witness}; cat'")
    assert isinstance(await add(repo, top / ".worktrees" / "w", "ao/w", base), Added)
    assert witness.exists()


async def test_a_driver_the_user_has_configured_alike_is_the_users(repo: Repository, top: Path, sh) -> None:
    sh(top, "config", "--global", "filter.lfs.clean", "git-lfs clean -- %f")
    sh(top, "config", "filter.lfs.clean", "git-lfs clean -- %f")
    assert await driver_overrides(repo) == ()
    sh(top, "config", "filter.lfs.clean", "evil")
    assert "filter.lfs.clean=" in await driver_overrides(repo)


async def test_the_trust_fingerprint_follows_commands_and_not_bookkeeping(repo: Repository, top: Path, sh) -> None:
    before = await fingerprint(repo)
    sh(top, "config", "branch.main.remote", "origin")
    assert await fingerprint(repo) == before
    sh(top, "config", "filter.x.clean", "cat")
    assert await fingerprint(repo) != before


async def test_mutating_commands_pass_the_boundary(repo: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(runner, "boundary", seen.append)
    await repo.git().run("rev-parse", "HEAD")
    await repo.git().run("update-ref", "refs/x/y", "HEAD")
    assert seen == ["before update-ref", "after update-ref"]


async def test_a_held_file_is_free_when_its_git_is_gone(top: Path, tmp_path: Path, sh, until) -> None:
    held, fifo = tmp_path / "held", tmp_path / "fifo"
    os.mkfifo(fifo)
    sh(top, "config", "alias.read", f"!cat {fifo}")
    task = asyncio.create_task(Git(top).run("read", held=held))
    await until(lambda: is_held(held))
    await asyncio.to_thread(fifo.write_text, "go")
    await task
    assert not is_held(held)


async def test_the_repository_lock_admits_one_at_a_time(repo: Repository) -> None:
    inside = 0
    most = 0

    async def enter() -> None:
        nonlocal inside, most
        async with repo_lock(repo.common_dir):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(enter() for _ in range(5)))
    assert most == 1
