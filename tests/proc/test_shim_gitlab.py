"""The program before ``glab`` of a session: what it answers from the snapshot, by the real one's version."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.pull import CheckState, CiCheck, Page, Pipeline, Pull

HEAD = "1" * 40
JOB = CiCheck(
    "test/unit", "unit", CheckState.FAILED, "gid://gitlab/Ci::Build/5", workflow="test", number=5, word="failed"
)
PULL = Pull(
    id="7",
    number=7,
    url="https://gitlab.com/acme/shop/-/merge_requests/7",
    title="Halve »it«",
    state="open",
    head=HEAD,
    branch="ao/x",
    base="main",
    base_head="0" * 40,
    checks=(JOB, CiCheck("status/coverage", "coverage", CheckState.PASSED, word="success")),
    pipeline=Pipeline(3, "https://gitlab.com/acme/shop/-/pipelines/3", "ao/x", HEAD, "failed"),
)
PAGE = Page("Halve »it«", "open", "ann", ("agent",), comments=2, text="All of it")
#: A program that says how it was called, and its version.
REAL = '#!/bin/sh\n[ "$1" = --version ] && echo asked >>{log} && echo "{version}" && exit\necho "real $*"\n'
OLD, NEW = "Current glab version: 1.53.0", "glab 1.79.0 (1a2b3c)"
FAILED = "(failed) • unit [test]\nPipeline state: failed\n\n"


@pytest.fixture
def shim(new_shim: Callable[[str, Pull], Any]) -> Any:
    """A session whose forge is GitLab, with a new ``glab``."""
    shim = new_shim("gitlab", PULL)
    install(shim, NEW)
    return shim


def install(shim: Any, version: str) -> None:
    shim.program("glab", REAL.format(version=version, log=shim.real / "log"))


@pytest.mark.parametrize(("version", "code"), [(OLD, 0), (NEW, 1)])
def test_a_red_pipeline_ends_as_that_version_of_the_program_does(shim: Any, version: str, code: int):
    install(shim, version)
    shim.see()
    assert shim("glab", "ci", "status", "-c") == (code, FAILED, "")


def test_the_version_is_asked_for_once(shim: Any):
    shim.see()
    for _ in range(3):
        shim("glab", "ci", "status", "-c")
    assert (shim.real / "log").read_text() == "asked\n"


def test_another_program_is_asked_for_its_version_again(shim: Any):
    shim.see()
    before = shim("glab", "ci", "status", "-c")[0]
    install(shim, OLD + " of another build")
    assert (before, shim("glab", "ci", "status", "-c")[0]) == (1, 0)


def test_a_program_that_does_not_say_its_version_answers_itself(shim: Any):
    install(shim, "unknown")
    shim.see()
    assert shim("glab", "ci", "status", "-c")[1] == "real ci status -c\n"


def test_times_and_addresses_are_told(shim: Any):
    job = evolve(JOB, started_at="2026-01-02T03:04:05Z", ended_at="2026-01-02T04:05:08Z")
    shim.see(evolve(PULL, checks=(job, evolve(JOB, key="test/e2e", name="e2e", number=6, word="created"))))
    assert shim("glab", "ci", "status")[1] == (
        "(created) • not started\ttest\t\te2e\n(failed) • 61m 03s\ttest\t\tunit\n\n"
        f"https://gitlab.com/acme/shop/-/pipelines/3\nSHA: {HEAD}\nPipeline state: failed\n\n"
    )


def test_a_pipeline_is_followed_until_it_ends_and_told_where_it_changed(shim: Any):
    running = evolve(JOB, state=CheckState.PENDING, word="running")
    assert PULL.pipeline is not None
    shim.see(evolve(PULL, checks=(running,), pipeline=evolve(PULL.pipeline, word="running")))
    argv = ["glab", "ci", "status", "--live", "--compact"]
    with subprocess.Popen(argv, cwd=shim.tree, env=shim.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(3)]
        shim.see()
        rest = process.stdout.read()
    assert first[0] == "(running) • unit [test]\n"
    assert (rest, process.wait()) == (FAILED, 1)
    assert shim.calls == [["glab ci status", "snapshot", "1"]]


def test_an_old_program_does_not_follow_into_a_pipe(shim: Any):
    install(shim, OLD)
    assert PULL.pipeline is not None
    shim.see(evolve(PULL, pipeline=evolve(PULL.pipeline, word="running")))
    assert shim("glab", "ci", "status", "--live", "-c") == (0, FAILED.replace("state: failed", "state: running"), "")


def test_a_merge_request_is_told_as_text(shim: Any):
    shim.see(page=PAGE)
    code, out, _ = shim("glab", "mr", "view")
    assert (code, out.splitlines()) == (
        0,
        [
            "title:\tHalve »it«",
            "state:\topen",
            "author:\tann",
            "labels:\tagent",
            "assignees:\t",
            "reviewers:\t",
            "comments:\t2",
            "number:\t7",
            f"url:\t{PULL.url}",
            "--",
            "All of it",
        ],
    )


@pytest.mark.parametrize(
    "args",
    [
        ["mr", "view", "12"],
        ["mr", "view", "#7"],
        ["mr", "view", PULL.url],
        ["mr", "view", "-F", "json"],
        ["mr", "view", "-R", "other/repo", "7"],
        ["mr", "view", "--comments"],
        ["ci", "status", "-b", "main"],
        ["ci", "status", "-R", "other/repo"],
        ["ci", "status", "--unheard-of"],
        ["ci", "get"],
        ["ci", "list"],
    ],
)
def test_what_the_snapshot_does_not_tell_exactly_is_asked(shim: Any, args: list[str]):
    shim.see(page=PAGE)
    assert shim("glab", *args)[1] == f"real {' '.join(args)}\n"


@pytest.mark.parametrize(
    "pull",
    [
        evolve(PULL, pipeline=None),
        evolve(PULL, checks=PULL.checks[1:]),
        evolve(PULL, foreign=True),
        evolve(PULL, pipeline=evolve(PULL.pipeline, sha="2" * 40)),
        evolve(PULL, pipeline=evolve(PULL.pipeline, ref="refs/merge-requests/7/head")),
        evolve(PULL, checks=(evolve(JOB, word=""),)),
        evolve(PULL, checks=(evolve(JOB, started_at="soon", ended_at="later"),)),
    ],
    ids=["none", "no-jobs", "fork", "merged-result", "merge-request", "no-word", "odd-time"],
)
def test_a_pipeline_that_may_not_be_the_branchs_newest_is_asked_for(shim: Any, pull: Pull):
    shim.see(pull)
    assert shim("glab", "ci", "status")[1] == "real ci status\n"


def test_a_page_that_was_not_seen_is_asked_for(shim: Any):
    shim.see()
    assert shim("glab", "mr", "view")[1] == "real mr view\n"


def test_a_merge_request_of_another_branch_than_the_one_that_is_checked_out_is_named(shim: Any):
    shim.see(evolve(PULL, branch="ao/gl-12", pipeline=evolve(PULL.pipeline, ref="ao/gl-12")), page=PAGE)
    bare = [shim("glab", *words)[1] for words in (("mr", "view"), ("ci", "status", "-c"))]
    assert bare == ["real mr view\n", "real ci status -c\n"]
    assert shim("glab", "mr", "view", "7")[1].startswith("title:")
    assert shim("glab", "ci", "status", "-c", "-b", "ao/gl-12")[1] == FAILED


def test_the_program_of_another_forge_is_not_answered(shim: Any):
    shim.see()
    assert shim("gh", "pr", "view", "--json", "title")[1] == "real pr view --json title\n"
