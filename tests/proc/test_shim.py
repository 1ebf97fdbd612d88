"""The programs before ``gh`` and ``glab`` of a session: what they answer, refuse, pass on and count. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.pull import CheckState, CiCheck, Pull
from agent_orchestrator.proc.shim.install import Whose, install, write_snapshot

PULL = Pull(
    id="PR_1",
    number=7,
    url="https://github.com/acme/shop/pull/7",
    title="Halve »it«",
    state="open",
    head="1" * 40,
    branch="ao/x",
    base="main",
    base_head="0" * 40,
    checks=(
        CiCheck(
            key="actions/CI/push/test",
            name="test",
            state=CheckState.FAILED,
            url="https://ci/1",
            workflow="CI",
            started_at="2026-01-02T03:04:05Z",
            ended_at="2026-01-02T04:05:08Z",
            word="FAILURE",
        ),
        CiCheck("actions/CI/push/lint", "lint", CheckState.PASSED, workflow="CI", word="SUCCESS"),
        CiCheck("status/legacy", "legacy", CheckState.PASSED, word="SUCCESS", about="all is well"),
    ),
)


@pytest.fixture
def shim(new_shim: Callable[[str, Pull], Any]) -> Any:
    """A session whose forge is GitHub."""
    return new_shim("github", PULL)


def test_what_it_knows_nothing_of_is_passed_on_with_its_exit_code(shim: Any):
    assert shim("gh", "pr", "checks", "a b", CODE="5") == (5, "real pr checks a b\n", "")


def test_calls_are_counted_without_arguments(shim: Any):
    shim("gh", "pr", "view", "--json", "title", CODE="3")
    shim("gh", "pr", "comment", "-b", "ghp_secret")
    shim("gh", "pr", "merge", "7")
    shim("glab", "ghp_secret")
    shim.see()
    shim("gh", "pr", "checks")
    assert shim.calls == [
        ["gh pr view", "passed", "3"],
        ["gh pr comment", "passed", "0"],
        ["gh pr merge", "blocked", "1"],
        ["glab", "blocked", "1"],
        ["gh pr checks", "snapshot", "1"],
    ]


def test_what_is_blocked_says_why_and_what_to_do(shim: Any):
    code, out, err = shim("gh", "pr", "merge", "7")
    assert (code, out) == (1, "")
    assert err == (
        "ao: `gh pr merge` was not run: a pull request is merged by the orchestrator when it is proven; "
        "end your turn when your work is done.\n"
    )


def test_a_program_that_is_not_there_is_told_as_a_shell_tells_it(shim: Any):
    (shim.real / "glab").unlink()
    path = os.pathsep.join([str(shim.folder / "bin"), str(shim.real), "/usr/bin", "/bin"])
    assert shim("glab", "mr", "list", PATH=path) == (127, "", "sh: 1: glab: not found\n")


def test_a_program_that_can_not_be_run_is_named(shim: Any):
    shim.program("gh", "#!/no/such/shell\n")
    code, _, err = shim("gh", "pr", "list")
    assert (code, err) == (126, f"sh: 1: {shim.real}/gh: No such file or directory\n")


def test_a_link_to_itself_is_not_the_real_program(shim: Any, tmp_path: Path):
    links = tmp_path / "links"
    links.mkdir()
    (links / "gh").symlink_to(shim.folder / "bin" / "gh")
    path = os.pathsep.join([str(links), shim.env["PATH"]])
    assert shim("gh", "pr", "list", PATH=path)[1] == "real pr list\n"


def test_a_shim_behind_a_shim_is_not_the_real_program(shim: Any, tmp_path: Path):
    install(tmp_path / "other", Whose("acme/shop", "ao/y", shim.tree, shim.tree / ".git"))
    other = str(tmp_path / "other" / "bin")
    path = os.pathsep.join([other, shim.env["PATH"], other])
    assert shim("gh", "pr", "list", PATH=path)[1] == "real pr list\n"


def test_a_signal_reaches_the_program(shim: Any):
    shim.program("gh", "#!/bin/sh\ntrap 'echo ended; exit 9' TERM\necho up\nwhile :; do sleep 0.05; done\n")
    with subprocess.Popen(["gh", "run", "watch"], cwd=shim.tree, env=shim.env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert (process.stdout.read(), process.wait()) == (b"ended\n", 9)


def test_how_the_checks_stand_is_answered_from_the_snapshot(shim: Any):
    shim.see()
    assert shim("gh", "pr", "checks") == (
        1,
        "test\tfail\t1h1m3s\thttps://ci/1\t\nlegacy\tpass\t0\t\tall is well\nlint\tpass\t0\t\t\n",
        "",
    )


@pytest.mark.parametrize("selector", ["7", "#7", "ao/x", "https://github.com/acme/shop/pull/7"])
def test_the_own_pull_request_has_many_names(shim: Any, selector: str):
    shim.see()
    assert shim("gh", "pr", "view", selector, "--json", "number,title") == (
        0,
        '{"number":7,"title":"Halve »it«"}\n',
        "",
    )


def test_one_field_is_told_by_itself(shim: Any):
    shim.see()
    assert [shim("gh", "pr", "view", "--json", "state,isDraft", "-q", at)[1] for at in (".state", ".isDraft")] == [
        "OPEN\n",
        "false\n",
    ]


@pytest.mark.parametrize(
    "args",
    [
        ["pr", "checks", "12"],
        ["pr", "checks", "--required"],
        ["pr", "checks", "--json", "name"],
        ["pr", "checks", "-R", "other/repo"],
        ["pr", "checks", "-R", "acme/shop"],
        ["pr", "checks", "7", "8"],
        ["pr", "checks", "--fail-fast"],
        ["pr", "checks", "--interval", "3"],
        ["pr", "view"],
        ["pr", "view", "--json", "title,body"],
        ["pr", "view", "--json", "title", "--jq", ".title | length"],
        ["pr", "view", "--json", "title", "--template", "x"],
        ["pr", "view", "--web"],
        ["pr", "status"],
    ],
)
def test_what_the_snapshot_does_not_tell_exactly_is_asked(shim: Any, args: list[str]):
    shim.see()
    assert shim("gh", *args)[1] == f"real {' '.join(args)}\n"


def answered(shim: Any, **how: object) -> bool:
    return not shim("gh", "pr", "checks", **how)[1].startswith("real")  # type: ignore[arg-type]


def test_an_old_snapshot_answers_nothing(shim: Any):
    shim.see(ago=121)
    assert not answered(shim)


def test_a_stale_pull_request_answers_nothing(shim: Any):
    shim.see(evolve(PULL, stale=True))
    assert not answered(shim)


def test_what_was_seen_before_the_sessions_own_change_answers_nothing(shim: Any):
    shim.see(ago=1)
    shim("gh", "pr", "edit", "--title", "T")
    before = answered(shim)
    shim.see()
    assert (before, answered(shim)) == (False, True)


def test_another_head_than_the_one_that_was_pushed_answers_nothing(shim: Any):
    shim.see()
    (shim.folder / "pushed").write_text("2" * 40 + "\n")
    before = answered(shim)
    shim.see(evolve(PULL, head="2" * 40))
    assert (before, answered(shim)) == (False, True)


def test_in_another_folder_the_snapshot_answers_nothing(shim: Any, tmp_path: Path):
    shim.see()
    nested = shim.tree / "vendor"
    subprocess.run(["git", "init", "-q", "-b", "ao/x", nested], check=True)
    (shim.tree / "below").mkdir()
    assert [answered(shim, cwd=at) for at in (tmp_path, nested, shim.tree / "below")] == [False, False, True]


def test_on_another_branch_the_snapshot_answers_only_by_number(shim: Any):
    shim.see()
    subprocess.run(["git", "-C", shim.tree, "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    assert (answered(shim), shim("gh", "pr", "checks", "7")[0]) == (False, 1)


@pytest.mark.parametrize("name", ["GH_REPO", "GH_HOST", "GH_FORCE_TTY", "GH_DEBUG"])
def test_an_environment_that_asks_for_something_else_is_passed_on(shim: Any, name: str):
    shim.see()
    assert shim("gh", "pr", "checks", **{name: "other/repo"})[1] == "real pr checks\n"


def test_checks_that_are_told_as_one_are_asked(shim: Any):
    one = PULL.checks[0]
    shim.see(evolve(PULL, checks=(one, evolve(one, key="other/CI/push/test"))))
    assert not answered(shim)


def test_a_broken_snapshot_is_none(shim: Any):
    empty = {"version": 2, "forge": "github", "stale": False, "at": time.time(), "fields": {}}
    for text in ("{", "[]", "{}", json.dumps(empty)):
        (shim.folder / "pull.json").write_text(text)
        assert not answered(shim)


def test_a_pull_request_without_checks_is_no_green_one(shim: Any):
    shim.see(evolve(PULL, checks=()))
    assert shim("gh", "pr", "checks") == (1, "", "no checks reported on the 'ao/x' branch\n")


def test_a_watch_looks_at_the_snapshot_until_nothing_is_pending(shim: Any):
    running = CiCheck("actions/CI/push/test", "test", CheckState.PENDING, workflow="CI", word="IN_PROGRESS")
    shim.see(evolve(PULL, checks=(running,)))
    argv = ["gh", "pr", "checks", "--watch", "-i", "1"]
    with subprocess.Popen(argv, cwd=shim.tree, env=shim.env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [process.stdout.readline() for _ in range(3)]
        shim.see(evolve(PULL, checks=(evolve(running, word="SUCCESS"),)))
        rest = process.stdout.read().splitlines()
    assert first[0] == "Refreshing checks status every 1 seconds. Press Ctrl+C to quit.\n"
    assert (first[2], rest[-2:], process.wait()) == ("test\tpending\t0\t\t\n", ["test\tpass\t0\t\t"] * 2, 0)
    assert shim.calls == [["gh pr checks", "snapshot", "0"]]


def test_aliases_are_those_of_the_programs_own_files(shim: Any, tmp_path: Path):
    for folder, name, text in (
        (".config/gh", "config.yml", "aliases:\n    co: pr checkout\n    land: pr merge\n"),
        (".config/glab-cli", "aliases.yml", "co: mr checkout\nland: mr merge\n"),
    ):
        (tmp_path / "home" / folder).mkdir(parents=True)
        (tmp_path / "home" / folder / name).write_text(text)
    assert [shim(program, word, "7")[0] for program in ("gh", "glab") for word in ("co", "land")] == [0, 1, 0, 1]


def test_it_can_be_installed_again(shim: Any, tmp_path: Path):
    shim.see()
    assert install(shim.folder, Whose("acme/shop", "ao/x", shim.tree, shim.tree / ".git")) == shim.own
    assert answered(shim)


def test_where_there_is_no_folder_no_snapshot_is_written(tmp_path: Path):
    write_snapshot(tmp_path / "none", "github", PULL, 1.0)
    assert not (tmp_path / "none").exists()
