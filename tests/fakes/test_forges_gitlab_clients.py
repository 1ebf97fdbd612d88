"""Real clients drive the GitLab double, unmodified: python-gitlab, and ``glab``, which has GitLab's typed one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gitlab
import pytest


@pytest.fixture
def it(git_lab: Any, gitlab_double: Any) -> Any:
    """A red merge request."""
    git_lab.only.members["ann"] = 30
    it = git_lab.only.merge_request(source="ao/x", title="Halve", author="ann", labels=["agent"])
    pipeline = git_lab.only.pipeline(it.sha, "ao/x")
    job = pipeline.job("unit", "failed", trace="section_start:1:step\r\x1b[0Kboom\n")
    job.artifacts["gl-code-quality-report.json"] = b"[]"
    pipeline.job("lint", stage="lint")
    case = gitlab_double.TestCase("test_half", "failed", "test_half", "test_half.py", "assert 1 == 1.5")
    pipeline.report("unit", case, gitlab_double.TestCase("test_other"))
    it.discuss("ann", "why?", gitlab_double.Position("half.py", 2)).reply("eve", "because")
    it.comment("eve", "hello")
    it.approve("ann")
    return it


@pytest.fixture
def client(git_lab: Any, it: Any) -> Iterator[Any]:
    """python-gitlab's project."""
    with git_lab.on_port() as serving:
        library = gitlab.Gitlab(serving.url, private_token=git_lab.token())
        library.auth()
        yield library.projects.get("acme/shop")
        library.session.close()


def test_the_library_reads_a_merge_request(client: Any, it: Any):
    [listed] = client.mergerequests.list(state="opened", order_by="updated_at", get_all=True)
    one = client.mergerequests.get(listed.iid, include_diverged_commits_count=True)
    assert (one.sha, one.head_pipeline["status"], one.detailed_merge_status) == (it.sha, "failed", "mergeable")
    assert (one.diff_refs["head_sha"], one.diverged_commits_count) == (it.sha, 0)
    approvals = one.approvals.get()
    assert [one["user"]["username"] for one in approvals.approved_by] == ["ann"]


def test_the_library_reads_what_failed(client: Any, it: Any):
    pipeline = client.pipelines.get(client.pipelines.list(get_all=True)[0].id)
    [job] = pipeline.jobs.list(scope=["failed"], get_all=True)
    assert client.jobs.get(job.id).trace() == b"section_start:1:step\r\x1b[0Kboom\n"
    assert client.jobs.get(job.id).artifact("gl-code-quality-report.json") == b"[]"
    report = pipeline.test_report.get()
    assert (report.failed_count, report.test_suites[0]["test_cases"][0]["file"]) == (1, "test_half.py")
    assert pipeline.test_report_summary.get().total["count"] == 2


def test_the_library_talks(client: Any, it: Any):
    one = client.mergerequests.get(1)
    discussion = one.discussions.list(get_all=True)[0]
    first = discussion.attributes["notes"][0]
    discussion.notes.create({"body": "done"})
    discussion.resolved = True
    discussion.save()
    one.notes.create({"body": "all done"})
    assert (first["type"], first["position"]["new_line"], first["resolvable"]) == ("DiffNote", 2, True)
    assert [note.body for note in it.discussions[0].notes] == ["why?", "because", "done"]
    assert it.discussions[0].resolved_by.username == "ao-user"


def test_the_library_opens_and_merges(client: Any, git_lab: Any):
    git_lab.only.commit("ao/y")
    git_lab.sync()
    made = client.mergerequests.create({"source_branch": "ao/y", "target_branch": "main", "title": "Draft: Y"})
    made.title = "Y"
    made.save()
    made.merge(squash=True, should_remove_source_branch=True, sha=made.sha)
    assert git_lab.only.merge_requests[2].state == "merged"
    assert "ao/y" not in git_lab.only.refs.heads()


def test_the_library_asks_who_is_a_member(client: Any, git_lab: Any):
    assert client.members_all.get(git_lab.account("ann").id).access_level == 30
    with pytest.raises(gitlab.GitlabGetError, match="404"):
        client.members_all.get(git_lab.account("eve").id)


def test_the_library_works_with_issues(client: Any, git_lab: Any):
    made = client.issues.create({"title": "Red", "labels": ["bug"]})
    made.notes.create({"body": "seen"})
    made.state_event = "close"
    made.save()
    issue = git_lab.only.issues[1]
    assert (issue.state, issue.labels, issue.discussions[0].notes[0].body) == ("closed", ["bug"], "seen")


@pytest.fixture
def glab(git_lab: Any, it: Any, program: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """``glab`` in a clone, whose remote has a name: a port in it is not understood."""
    clone, settings = tmp_path / "clone", tmp_path / "glab"
    subprocess.run(["git", "clone", "-q", git_lab.only.refs.folder, clone], check=True)
    address = "http://gitlab.test/acme/shop.git"
    subprocess.run(["git", "-C", clone, "remote", "set-url", "origin", address], check=True)
    settings.mkdir()
    with git_lab.on_port() as serving:
        host = f"api_host: 127.0.0.1:{serving.port}\n    api_protocol: http"
        file = settings / "config.yml"
        file.write_text(f"hosts:\n  gitlab.test:\n    token: {git_lab.token()}\n    {host}\n")
        file.chmod(0o600)
        env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GLAB_CONFIG_DIR": str(settings), "NO_COLOR": "1"}
        env |= {"GITLAB_HOST": "gitlab.test", "GLAB_CHECK_UPDATE": "false"}

        def glab(*words: str) -> str:
            argv = [program("glab"), *words]
            done = subprocess.run(argv, cwd=clone, env=env, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode == 0, done.stderr + str(git_lab.problems)
            return done.stdout

        yield glab


@pytest.mark.slow
def test_the_program_asks_the_interface(glab: Callable[..., str]):
    assert json.loads(glab("api", "user"))["username"] == "ao-user"


@pytest.mark.slow
def test_the_program_reads_merge_requests(glab: Callable[..., str], it: Any):
    [listed] = json.loads(glab("mr", "list", "-F", "json"))
    viewed = json.loads(glab("mr", "view", "1", "-F", "json"))
    assert (listed["iid"], viewed["sha"], viewed["detailed_merge_status"]) == (1, it.sha, "mergeable")


@pytest.mark.slow
def test_the_program_reads_pipelines(glab: Callable[..., str], it: Any):
    job = it.project.pipelines[0].jobs[0]
    assert "failed" in glab("ci", "list")
    assert "boom" in glab("ci", "trace", str(job.id))


@pytest.mark.slow
def test_the_program_opens_talks_and_merges(glab: Callable[..., str], git_lab: Any):
    git_lab.only.commit("ao/y")
    glab("mr", "create", "--source-branch", "ao/y", "--target-branch", "main", "--title", "Y", "-d", "Because", "--yes")
    glab("mr", "note", "2", "-m", "hello")
    glab("mr", "merge", "2", "--squash", "--yes", "--auto-merge=false")
    made = git_lab.only.merge_requests[2]
    assert (made.description, made.discussions[0].notes[0].body, made.state) == ("Because", "hello", "merged")


@pytest.mark.slow
def test_the_program_works_with_issues(glab: Callable[..., str], git_lab: Any):
    glab("issue", "create", "-t", "Red", "-d", "All of it", "--yes")
    shown = glab("issue", "view", "1")
    glab("issue", "close", "1")
    assert ("All of it" in shown, git_lab.only.issues[1].state) == (True, "closed")
