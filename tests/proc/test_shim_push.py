"""What an agent's ``git push`` may do: its session's own branch, and only forward. Real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.proc.shim.install import Whose, install


class Agent:
    """A session in a worktree of a clone, whose remote is a bare repository."""

    def __init__(self, folder: Path) -> None:
        self.remote, self.clone, self.tree, self.folder = (
            folder / name for name in ("remote.git", "clone", "a tree", "it's the shim")
        )
        (folder / "home").mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_{what}": "ann@x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        self.real("init", "-q", "--bare", "-b", "main", str(self.remote), cwd=folder)
        self.real("clone", "-q", str(self.remote), str(self.clone), cwd=folder)
        self.real("checkout", "-q", "-b", "main", cwd=self.clone)
        self.real("commit", "-q", "--allow-empty", "-m", "one", cwd=self.clone)
        self.real("push", "-q", "origin", "main", cwd=self.clone)
        self.real("worktree", "add", "-q", "-b", "ao/x", str(self.tree), cwd=self.clone)
        install(self.folder, Whose("acme/shop", "ao/x", self.tree, self.clone / ".git"))
        self.commit()

    def real(self, *args: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.tree, env=self.env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def git(self, *args: str, cwd: Path | None = None) -> tuple[int, str]:
        """Its exit code and what it said, as the agent calls it."""
        path = os.pathsep.join([str(self.folder / "bin"), self.env["PATH"]])
        done = subprocess.run(
            ["git", *args], cwd=cwd or self.tree, env={**self.env, "PATH": path}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def commit(self) -> str:
        self.real("commit", "-q", "--allow-empty", "-m", "more")
        return self.real("rev-parse", "HEAD")

    @property
    def remote_heads(self) -> dict[str, str]:
        """What the remote has: ref → commit."""
        lines = self.real("for-each-ref", "--format=%(refname:short) %(objectname)", cwd=self.remote).splitlines()
        return dict(line.split() for line in lines)

    def hook(self, text: str, where: Path | None = None) -> None:
        path = where or self.clone / ".git" / "hooks" / "pre-push"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(tmp_path)


@pytest.mark.parametrize(
    "args",
    [
        ["push", "origin", "ao/x"],
        ["push", "-u", "origin", "HEAD"],
        ["-c", "core.hooksPath=/dev/null", "push", "origin", "HEAD:refs/heads/ao/x"],
        ["-C", ".", "--no-pager", "push", "--force", "origin", "ao/x"],
    ],
)
def test_its_own_branch_is_pushed(agent: Agent, args: list[str]):
    code, said = agent.git(*args)
    assert (code, agent.remote_heads["ao/x"]) == (0, agent.real("rev-parse", "HEAD")), said


def test_what_was_pushed_is_noted(agent: Agent):
    agent.git("push", "origin", "ao/x")
    assert (agent.folder / "pushed").read_text() == agent.real("rev-parse", "HEAD") + "\n"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["push", "origin", "HEAD:main"], "refs/heads/main is not ao/x"),
        (["push", "origin", "ao/x", "HEAD:main"], "refs/heads/main is not ao/x"),
        (["push", "origin", "HEAD:refs/tags/v1"], "refs/tags/v1 is not ao/x"),
        (["push", "--all", "origin"], "refs/heads/"),
        (["push", "--mirror", "origin"], "refs/heads/"),
        (["push", "origin", ":main"], "refs/heads/main is not ao/x"),
        (["-c", "core.hooksPath=/dev/null", "push", "origin", "HEAD:main"], "refs/heads/main is not ao/x"),
        (["push", "--no-verify", "origin", "HEAD:main"], "--no-verify"),
        (["push", "origin", "--no-veri", "HEAD:main"], "--no-verify"),
    ],
)
def test_nothing_else_is_pushed(agent: Agent, args: list[str], why: str):
    agent.real("commit", "-q", "--allow-empty", "-m", "two", cwd=agent.clone)
    before = agent.remote_heads
    code, said = agent.git(*args)
    assert code != 0
    assert why in said
    assert agent.remote_heads == before


def test_commits_at_the_remote_are_not_lost(agent: Agent):
    agent.git("push", "origin", "ao/x")
    before = agent.remote_heads
    agent.real("commit", "-q", "--amend", "--allow-empty", "-m", "another")
    code, said = agent.git("push", "--force", "origin", "ao/x")
    assert (code, agent.remote_heads) == (1, before)
    assert "would be lost" in said


def test_its_branch_is_not_deleted(agent: Agent):
    agent.git("push", "origin", "ao/x")
    code, said = agent.git("push", "origin", "--delete", "ao/x")
    assert (code, "ao/x" in agent.remote_heads) == (1, True)
    assert "would delete" in said


@pytest.mark.parametrize("configured", [False, True])
def test_the_repositorys_own_hook_is_asked_too(agent: Agent, tmp_path: Path, configured: bool):
    own = tmp_path / "own" / "pre-push" if configured else None
    agent.hook(f'cat >"{tmp_path}/seen"; echo "$1" >>"{tmp_path}/seen"', own)
    if configured:
        agent.real("config", "core.hooksPath", str(tmp_path / "own"))
    head = agent.real("rev-parse", "HEAD")
    agent.git("push", "origin", "ao/x")
    assert (tmp_path / "seen").read_text() == f"refs/heads/ao/x {head} refs/heads/ao/x {'0' * 40}\norigin\n"


def test_the_repositorys_own_hook_may_refuse(agent: Agent):
    agent.hook("exit 1")
    assert agent.git("push", "origin", "ao/x")[0] == 1
    assert "ao/x" not in agent.remote_heads


def test_another_repository_is_not_looked_at(agent: Agent, tmp_path: Path):
    other = tmp_path / "other"
    agent.real("clone", "-q", str(agent.remote), str(other))
    assert agent.git("push", "origin", "HEAD:elsewhere", cwd=other)[0] == 0
    assert "elsewhere" in agent.remote_heads


def test_other_commands_go_on_as_they_are(agent: Agent):
    assert agent.git("log", "-1", "--format=%s push --no-verify") == (0, "more push --no-verify\n")
    assert agent.git("config", "core.hooksPath") == (1, "")
    assert agent.git("rev-parse", "no such")[0] == 128
