"""The programs before ``gh`` and ``glab`` of a session: what they answer, refuse, pass on and count. Real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

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
#: A program that says how it was called.
REAL = '#!/bin/sh\necho "real $*"\nexit "${CODE:-0}"\n'


class Shim:
    """A session in a worktree, with programs further down its PATH that say how they were called."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.folder, self.real = folder / "a tree", folder / "it's the shim", folder / "real"
        for made in (self.tree, self.folder, self.real, folder / "home"):
            made.mkdir()
        subprocess.run(["git", "init", "-q", "-b", "ao/x", self.tree], check=True)
        for name in ("gh", "glab"):
            self.program(name, REAL)
        self.own = install(self.folder, Whose("acme/shop", "ao/x", self.tree, self.tree / ".git"))
        path = os.pathsep.join([str(self.folder / "bin"), str(self.real), os.environ["PATH"]])
        self.env = {"PATH": path, "HOME": str(folder / "home"), **self.own}

    def program(self, name: str, text: str) -> None:
        (self.real / name).write_text(text)
        (self.real / name).chmod(0o755)

    def __call__(self, *argv: str, cwd: Path | None = None, **env: str) -> tuple[int, str, str]:
        done = subprocess.run(
            argv, cwd=cwd or self.tree, env={**self.env, **env}, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    def see(self, pull: Pull = PULL, ago: float = 0.0) -> None:
        write_snapshot(self.folder, pull, time.time() - ago)

    @property
    def calls(self) -> list[list[str]]:
        """What was counted, without the times."""
        return [line.split("\t")[1:] for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def shim(tmp_path: Path) -> Shim:
    return Shim(tmp_path)


def test_what_it_knows_nothing_of_is_passed_on_with_its_exit_code(shim: Shim):
    assert shim("gh", "pr", "checks", "a b", CODE="5") == (5, "real pr checks a b\n", "")


def test_calls_are_counted_without_arguments(shim: Shim):
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


def test_what_is_blocked_says_why_and_what_to_do(shim: Shim):
    code, out, err = shim("gh", "pr", "merge", "7")
    assert (code, out) == (1, "")
    assert err == (
        "ao: `gh pr merge` was not run: a pull request is merged by the orchestrator when it is proven; "
        "end your turn when your work is done.\n"
    )


def test_a_program_that_is_not_there_is_told_as_a_shell_tells_it(shim: Shim):
    (shim.real / "glab").unlink()
    path = os.pathsep.join([str(shim.folder / "bin"), str(shim.real), "/usr/bin", "/bin"])
    assert shim("glab", "mr", "list", PATH=path) == (127, "", "sh: 1: glab: not found\n")


def test_a_program_that_can_not_be_run_is_named(shim: Shim):
    shim.program("gh", "#!/no/such/shell\n")
    code, _, err = shim("gh", "pr", "list")
    assert (code, err) == (126, f"sh: 1: {shim.real}/gh: No such file or directory\n")


def test_a_link_to_itself_is_not_the_real_program(shim: Shim, tmp_path: Path):
    links = tmp_path / "links"
    links.mkdir()
    (links / "gh").symlink_to(shim.folder / "bin" / "gh")
    path = os.pathsep.join([str(links), shim.env["PATH"]])
    assert shim("gh", "pr", "list", PATH=path)[1] == "real pr list\n"


def test_a_shim_behind_a_shim_is_not_the_real_program(shim: Shim, tmp_path: Path):
    install(tmp_path / "other", Whose("acme/shop", "ao/y", shim.tree, shim.tree / ".git"))
    other = str(tmp_path / "other" / "bin")
    path = os.pathsep.join([other, shim.env["PATH"], other])
    assert shim("gh", "pr", "list", PATH=path)[1] == "real pr list\n"


def test_a_signal_reaches_the_program(shim: Shim):
    shim.program("gh", "#!/bin/sh\ntrap 'echo ended; exit 9' TERM\necho up\nwhile :; do sleep 0.05; done\n")
    with subprocess.Popen(["gh", "run", "watch"], cwd=shim.tree, env=shim.env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert (process.stdout.read(), process.wait()) == (b"ended\n", 9)


def test_how_the_checks_stand_is_answered_from_the_snapshot(shim: Shim):
    shim.see()
    assert shim("gh", "pr", "checks") == (
        1,
        "test\tfail\t1h1m3s\thttps://ci/1\t\nlegacy\tpass\t0\t\tall is well\nlint\tpass\t0\t\t\n",
        "",
    )


@pytest.mark.parametrize("selector", ["7", "#7", "ao/x", "https://github.com/acme/shop/pull/7"])
def test_the_own_pull_request_has_many_names(shim: Shim, selector: str):
    shim.see()
    assert shim("gh", "pr", "view", selector, "--json", "number,title") == (
        0,
        '{"number":7,"title":"Halve »it«"}\n',
        "",
    )


def test_one_field_is_told_by_itself(shim: Shim):
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
def test_what_the_snapshot_does_not_tell_exactly_is_asked(shim: Shim, args: list[str]):
    shim.see()
    assert shim("gh", *args)[1] == f"real {' '.join(args)}\n"


def answered(shim: Shim, **how: object) -> bool:
    return not shim("gh", "pr", "checks", **how)[1].startswith("real")  # type: ignore[arg-type]


def test_an_old_snapshot_answers_nothing(shim: Shim):
    shim.see(ago=121)
    assert not answered(shim)


def test_a_stale_pull_request_answers_nothing(shim: Shim):
    shim.see(evolve(PULL, stale=True))
    assert not answered(shim)


def test_what_was_seen_before_the_sessions_own_change_answers_nothing(shim: Shim):
    shim.see(ago=1)
    shim("gh", "pr", "edit", "--title", "T")
    before = answered(shim)
    shim.see()
    assert (before, answered(shim)) == (False, True)


def test_another_head_than_the_one_that_was_pushed_answers_nothing(shim: Shim):
    shim.see()
    (shim.folder / "pushed").write_text("2" * 40 + "\n")
    before = answered(shim)
    shim.see(evolve(PULL, head="2" * 40))
    assert (before, answered(shim)) == (False, True)


def test_in_another_folder_the_snapshot_answers_nothing(shim: Shim, tmp_path: Path):
    shim.see()
    nested = shim.tree / "vendor"
    subprocess.run(["git", "init", "-q", "-b", "ao/x", nested], check=True)
    (shim.tree / "below").mkdir()
    assert [answered(shim, cwd=at) for at in (tmp_path, nested, shim.tree / "below")] == [False, False, True]


def test_on_another_branch_the_snapshot_answers_only_by_number(shim: Shim):
    shim.see()
    subprocess.run(["git", "-C", shim.tree, "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    assert (answered(shim), shim("gh", "pr", "checks", "7")[0]) == (False, 1)


@pytest.mark.parametrize("name", ["GH_REPO", "GH_HOST", "GH_FORCE_TTY", "GH_DEBUG"])
def test_an_environment_that_asks_for_something_else_is_passed_on(shim: Shim, name: str):
    shim.see()
    assert shim("gh", "pr", "checks", **{name: "other/repo"})[1] == "real pr checks\n"


def test_checks_that_are_told_as_one_are_asked(shim: Shim):
    one = PULL.checks[0]
    shim.see(evolve(PULL, checks=(one, evolve(one, key="other/CI/push/test"))))
    assert not answered(shim)


def test_a_broken_snapshot_is_none(shim: Shim):
    for text in ("{", "[]", "{}", json.dumps({"version": 1, "stale": False, "at": time.time(), "fields": {}})):
        (shim.folder / "pull.json").write_text(text)
        assert not answered(shim)


def test_a_pull_request_without_checks_is_no_green_one(shim: Shim):
    shim.see(evolve(PULL, checks=()))
    assert shim("gh", "pr", "checks") == (1, "", "no checks reported on the 'ao/x' branch\n")


def test_a_watch_looks_at_the_snapshot_until_nothing_is_pending(shim: Shim):
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


def test_aliases_are_those_of_the_programs_own_files(shim: Shim, tmp_path: Path):
    for folder, name, text in (
        (".config/gh", "config.yml", "aliases:\n    co: pr checkout\n    land: pr merge\n"),
        (".config/glab-cli", "aliases.yml", "co: mr checkout\nland: mr merge\n"),
    ):
        (tmp_path / "home" / folder).mkdir(parents=True)
        (tmp_path / "home" / folder / name).write_text(text)
    assert [shim(program, word, "7")[0] for program in ("gh", "glab") for word in ("co", "land")] == [0, 1, 0, 1]


def test_it_can_be_installed_again(shim: Shim, tmp_path: Path):
    shim.see()
    assert install(shim.folder, Whose("acme/shop", "ao/x", shim.tree, shim.tree / ".git")) == shim.own
    assert answered(shim)


def test_where_there_is_no_folder_no_snapshot_is_written(tmp_path: Path):
    write_snapshot(tmp_path / "none", PULL, 1.0)
    assert not (tmp_path / "none").exists()
