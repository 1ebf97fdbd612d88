"""The GitHub double over real git: what is pushed is seen, what is merged is a commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest


class Clone:
    """Somebody's clone."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        names = {"GIT_AUTHOR_NAME": "Ann", "GIT_AUTHOR_EMAIL": "a@b.invalid"}
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1", **names}
        self.env |= {"GIT_COMMITTER_NAME": "Ann", "GIT_COMMITTER_EMAIL": "a@b.invalid", "GIT_TERMINAL_PROMPT": "0"}
        folder.mkdir()
        self("clone", "-q", url, ".")

    def __call__(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.folder, env=self.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, branch: str, path: str, text: str) -> str:
        """A commit on a branch, pushed."""
        self("checkout", "-q", "-B", branch)
        (self.folder / path).write_text(text)
        self("add", "-A")
        self("commit", "-qm", f"Write {path}")
        self("push", "-q", "-f", "origin", branch)
        return self("rev-parse", "HEAD")


@pytest.fixture
def clone(git_hub: Any, tmp_path: Path) -> Clone:
    git_hub.repository()
    return Clone(tmp_path / "clone", str(git_hub.only.refs.folder))


def test_the_head_follows_what_is_pushed(git_hub: Any, clone: Clone):
    first = clone.commit("ao/x", "a.txt", "1\n")
    pull = git_hub.pull(head="ao/x")
    pull.check("ci", "failure")
    second = clone.commit("ao/x", "a.txt", "2\n")
    before = pull.head_oid
    git_hub.sync()
    assert (before, pull.head_oid) == (first, second)
    assert git_hub.only.checks(pull.head_oid) == []


@pytest.mark.parametrize(("method", "parents"), [("MERGE", 2), ("SQUASH", 1), ("REBASE", 1)])
def test_a_merge_makes_a_commit(git_hub: Any, github: Any, clone: Clone, method: str, parents: int):
    clone.commit("ao/x", "a.txt", "1\n")
    pull = git_hub.pull(head="ao/x", title="Write a")
    clone("checkout", "-q", "main")
    clone.commit("main", "b.txt", "2\n")
    git_hub.sync()
    oid = github.merge(pull, git_hub.actor, method, pull.head_oid)
    clone("fetch", "-q")
    assert (clone("rev-parse", "origin/main"), pull.merge_oid, pull.state) == (oid, oid, "MERGED")
    assert len(clone("show", "-s", "--format=%P", oid).split()) == parents
    assert clone("show", f"{oid}:a.txt", f"{oid}:b.txt") == "1\n2"


def test_a_conflict_is_one(git_hub: Any, github: Any, clone: Clone):
    clone.commit("ao/x", "a.txt", "1\n")
    pull = git_hub.pull(head="ao/x")
    clone("checkout", "-q", "-B", "main", "origin/main")
    clone.commit("main", "a.txt", "other\n")
    git_hub.sync()
    assert (github.mergeable(pull), github.merge_state(pull)) == ("CONFLICTING", "DIRTY")


def test_a_push_of_its_commits_to_the_base_merges_it(git_hub: Any, clone: Clone):
    clone.commit("ao/x", "a.txt", "1\n")
    issue = git_hub.issue("Red")
    pull = git_hub.pull(head="ao/x", body=f"Fixes #{issue.number}")
    clone("push", "-q", "origin", "ao/x:main")
    git_hub.sync()
    assert (pull.state, issue.state) == ("MERGED", "CLOSED")


def test_without_its_branch_it_is_closed(git_hub: Any, clone: Clone):
    clone.commit("ao/x", "a.txt", "1\n")
    pull = git_hub.pull(head="ao/x")
    clone("push", "-q", "origin", ":ao/x")
    git_hub.sync()
    assert pull.state == "CLOSED"


def test_a_merge_can_delete_the_branch(git_hub: Any, github: Any, clone: Clone):
    git_hub.only.delete_on_merge = True
    clone.commit("ao/x", "a.txt", "1\n")
    github.merge(git_hub.pull(head="ao/x"), git_hub.actor, "SQUASH")
    assert clone("ls-remote", "--heads", "origin").split()[1::2] == ["refs/heads/main"]


def test_files_are_those_that_git_tells(git_hub: Any, clone: Clone):
    clone.commit("ao/x", "a.txt", "1\n2\n")
    pull = git_hub.pull(head="ao/x")
    [changed] = git_hub.only.refs.changed(pull.base_oid, pull.head_oid)
    assert (changed.path, changed.status, changed.additions, changed.deletions) == ("a.txt", "added", 2, 0)


def test_git_pushes_over_http_with_a_token(git_hub: Any, tmp_path: Path):
    git_hub.repository()
    with git_hub.on_port() as serving:
        address = serving.url.replace("//", f"//x:{git_hub.token()}@")
        clone = Clone(tmp_path / "clone", f"{address}/acme/shop.git")
        oid = clone.commit("ao/x", "a.txt", "1\n")
    assert git_hub.pull(head="ao/x").head_oid == oid


def test_nobody_pushes_without_write_access(git_hub: Any, tmp_path: Path):
    git_hub.repository()
    with git_hub.on_port() as serving:
        address = serving.url.replace("//", f"//x:{git_hub.token('eve')}@")
        clone = Clone(tmp_path / "clone", f"{address}/acme/shop.git")
        with pytest.raises(AssertionError, match="403"):
            clone.commit("ao/x", "a.txt", "1\n")
    assert dict(git_hub.only.heads()).keys() == {"main"}
