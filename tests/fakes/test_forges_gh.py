"""Real ``gh`` drives the GitHub double, unmodified, over a unix socket."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


class Gh:
    """``gh`` in a clone of the repository, whose remote is GitHub's address."""

    def __init__(self, program: Path, hub: Any, folder: Path, socket: Path) -> None:
        self._program, self._hub, self._clone = program, hub, folder / "clone"
        settings = folder / "gh"
        settings.mkdir()
        (settings / "config.yml").write_text(f"http_unix_socket: {socket}\n")
        # It keeps logs of runs below TMPDIR, by the run's number and start.
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TMPDIR": str(folder),
            "GH_CONFIG_DIR": str(settings),
            "GH_TOKEN": hub.token(),
            "GH_PROMPT_DISABLED": "1",
            "GH_NO_UPDATE_NOTIFIER": "1",
            "NO_COLOR": "1",
        }
        subprocess.run(["git", "clone", "-q", hub.only.refs.folder, self._clone], check=True)
        address = "https://github.com/acme/shop.git"
        subprocess.run(["git", "-C", self._clone, "remote", "set-url", "origin", address], check=True)

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it; ``points`` is what it cost. What the service has is asked once a day, and costs two points more."""
        before = self._hub.count()
        argv = [self._program, *words]
        done = subprocess.run(argv, cwd=self._clone, env=self._env, capture_output=True, text=True, check=False)
        self.points = self._hub.count() - before
        return done

    def good(self, *words: str) -> str:
        """What it printed."""
        done = self(*words)
        assert done.returncode == 0, done.stderr + str(self._hub.problems)
        return done.stdout


@pytest.fixture
def gh(git_hub: Any, program: Callable[[str], Path], tmp_path: Path) -> Iterator[Gh]:
    git_hub.repository()
    short = Path(tempfile.mkdtemp())
    with git_hub.on_socket(short / "s"):
        yield Gh(program("gh"), git_hub, tmp_path, short / "s")
    short.rmdir()


@pytest.fixture
def pull(git_hub: Any, github: Any) -> Any:
    """A red one."""
    pull = git_hub.pull(head="ao/x", author="ann", labels=["agent"], title="Halve")
    note = github.Annotation("half.py", 2, "assert 1 == 1.5")
    steps = [github.Step("checkout"), github.Step("pytest", "failure")]
    pull.check("test", "failure", annotations=[note], steps=steps, log="boom\n")
    pull.check("lint")
    pull.status("legacy")
    pull.review("bob", "CHANGES_REQUESTED", "no")
    pull.comment("eve", "hello")
    return pull


def test_who_it_is(gh: Gh):
    assert (gh.good("api", "user", "-q", ".login"), gh.good("api", "graphql", "-f", "query={viewer{login}}")) == (
        "ao-user\n",
        '{"data": {"viewer": {"login": "ao-user"}}}',
    )


def test_it_finds_the_token_good(gh: Gh):
    assert "Logged in to github.com account ao-user" in gh.good("auth", "status")


def test_it_exits_1_where_nothing_changed(gh: Gh, pull: Any):
    head = gh.good("api", "-i", "repos/acme/shop/pulls/1").splitlines()
    [etag] = [line.partition(": ")[2] for line in head if line.lower().startswith("etag: ")]
    again = gh("api", "-i", "repos/acme/shop/pulls/1", "-H", f"If-None-Match: {etag}")
    assert (again.returncode, again.stdout.splitlines()[0], again.stderr.strip()) == (
        1,
        "HTTP/1.1 304 Not Modified",
        "gh: HTTP 304",
    )


def test_it_lists_pull_requests(gh: Gh, pull: Any):
    [found] = json.loads(gh.good("pr", "list", "--json", "number,title,headRefOid,labels,author"))
    assert (found["number"], found["headRefOid"], gh.points) == (1, pull.head_oid, 1)


def test_it_views_a_pull_request(gh: Gh, pull: Any):
    fields = (
        "number,title,state,isDraft,mergeable,mergeStateStatus,reviewDecision,labels,statusCheckRollup,headRefOid,"
        "reviews,comments,latestReviews"
    )
    found = json.loads(gh.good("pr", "view", "1", "--json", fields))
    assert (found["mergeable"], found["mergeStateStatus"], gh.points) == ("MERGEABLE", "UNSTABLE", 1)
    assert [check.get("conclusion") for check in found["statusCheckRollup"]] == ["FAILURE", "SUCCESS", None]


def test_it_views_what_a_pull_request_changes(gh: Gh, pull: Any):
    fields = "files,commits,assignees,author,additions,autoMergeRequest"
    found = json.loads(gh.good("pr", "view", "1", "--json", fields))
    assert [file["path"] for file in found["files"]] == ["ao/x.txt"]
    assert [commit["oid"] for commit in found["commits"]] == [pull.head_oid]


def test_it_shows_a_pull_request_to_a_person(gh: Gh, pull: Any):
    assert "Halve" in gh.good("pr", "view", "1")


def test_it_tells_checks(gh: Gh, pull: Any):
    gh("pr", "checks", "1")
    done = gh("pr", "checks", "1")
    states = dict(line.split("\t")[:2] for line in done.stdout.splitlines())
    assert (done.returncode, states, gh.points) == (1, {"test": "fail", "lint": "pass", "legacy": "pass"}, 2)


def test_it_shows_what_failed_in_a_run(gh: Gh, git_hub: Any, pull: Any):
    run, job = git_hub.only.runs[0].id, git_hub.only.checks(pull.head_oid)[0].job_id
    assert gh.good("api", f"repos/acme/shop/actions/jobs/{job}/logs") == "boom\n"
    assert gh.good("run", "view", str(run), "--log-failed") == "test\tpytest\tboom\n"
    assert "test: half.py#2" in gh.good("run", "view", str(run))


def test_it_runs_what_failed_again(gh: Gh, git_hub: Any, pull: Any):
    gh.good("run", "rerun", str(git_hub.only.runs[0].id), "--failed")
    jobs = git_hub.only.runs[0].jobs
    assert [(job.name, job.status) for job in jobs] == [("test", "queued"), ("lint", "completed")]


def test_it_opens_a_pull_request(gh: Gh, git_hub: Any):
    git_hub.only.label("agent")
    git_hub.only.commit("ao/y")
    told = gh.good("pr", "create", "--head", "ao/y", "--title", "Mend", "--body", "Because", "--label", "agent")
    made = git_hub.only.items[1]
    assert told.strip() == "https://github.com/acme/shop/pull/1"
    assert (made.title, made.body, [label.name for label in made.labels]) == ("Mend", "Because", ["agent"])


def test_it_merges_only_the_head_it_means(gh: Gh, git_hub: Any, pull: Any):
    refused = gh("pr", "merge", "1", "--squash", "--match-head-commit", "0" * 40)
    gh.good("pr", "merge", "1", "--squash", "--match-head-commit", pull.head_oid)
    assert "Head branch was modified" in refused.stderr
    assert (pull.state, git_hub.only.refs.heads()["main"]) == ("MERGED", pull.merge_oid)


def test_it_knows_that_the_rules_are_not_met(gh: Gh, git_hub: Any, pull: Any):
    git_hub.only.required_checks = ["test"]
    assert "the base branch policy prohibits the merge" in gh("pr", "merge", "1", "--squash").stderr


def test_it_takes_part(gh: Gh, git_hub: Any, pull: Any):
    git_hub.only.label("later")
    gh.good("pr", "comment", "1", "--body", "hello")
    gh.good("pr", "edit", "1", "--add-label", "later")
    gh.good("pr", "review", "1", "--approve")
    gh.good("pr", "ready", "1", "--undo")
    gh.good("pr", "close", "1", "--delete-branch")
    assert [comment.body for comment in pull.comments] == ["hello", "hello"]
    assert [label.name for label in pull.labels] == ["agent", "later"]
    assert (pull.reviews[-1].state, pull.draft, pull.state) == ("APPROVED", True, "CLOSED")
    assert "ao/x" not in git_hub.only.refs.heads()


def test_it_works_with_issues(gh: Gh, git_hub: Any):
    gh.good("issue", "create", "--title", "Red", "--body", "All of it")
    shown = gh.good("issue", "view", "1")
    gh.good("issue", "close", "1")
    assert "All of it" in shown
    assert git_hub.only.items[1].state == "CLOSED"
