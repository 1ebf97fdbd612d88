"""What stands before an agent's ``gh`` and ``glab`` beside the real ones, on the forges in memory."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.model.shim import table
from agent_orchestrator.model.shim.judge import judge
from agent_orchestrator.model.shim.verdict import Place
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.scm.github.sweep import sweep
from agent_orchestrator.plugins.scm.gitlab.sweep import Sweeper
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.proc.shim.install import Whose, install, write_snapshot

pytestmark = pytest.mark.slow


class Pair:
    """The real program in a clone, and the session's before it."""

    def __init__(self, name: str, program: Path, clone: Path, env: dict[str, str], folder: Path) -> None:
        self.name, self._clone, self._env, self.folder = name, clone, env, folder
        #: Where the forge is, if not at its own address.
        self.server = ""
        real = folder.parent / "real"
        real.mkdir()
        (real / name).symlink_to(program)
        self._real = str(real)
        subprocess.run(["git", "-C", clone, "checkout", "-q", "ao/x"], check=True)
        install(folder, Whose("acme/shop", "ao/x", clone, clone / ".git"))

    def run(self, *words: str, real: bool = False) -> tuple[int, str, str]:
        """Its exit code and what it printed; ``real``: without what stands before it."""
        first = self._real if real else os.pathsep.join([str(self.folder / "bin"), self._real])
        path = os.pathsep.join([first, os.environ["PATH"]])
        argv = [f"{self._real if real else self.folder / 'bin'}/{self.name}", *words]
        env = {**self._env, "PATH": path}
        done = subprocess.run(argv, cwd=self._clone, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    @property
    def answered(self) -> list[str]:
        """How its calls were answered."""
        return [line.split("\t")[2] for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def pull(git_hub: Any) -> Any:
    """One whose checks stand in every way that there is."""
    git_hub.repository()
    pull = git_hub.pull(head="ao/x", author="ann", title="Halve <it> & \"that\" — 'ß'")
    for name in ("FAILURE", "SUCCESS", "SKIPPED", "NEUTRAL", "CANCELLED", "TIMED_OUT", "ACTION_REQUIRED"):
        check = pull.check(name.lower(), "in_progress")
        git_hub.clock.advance(75)
        check.change(name.lower())
    pull.status("legacy", "success")
    return pull


@pytest.fixture
def gh(git_hub: Any, pull: Any, program: Callable[[str], Path], tmp_path: Path) -> Iterator[Pair]:
    short = Path(tempfile.mkdtemp())
    settings, clone = tmp_path / "settings", tmp_path / "clone"
    settings.mkdir()
    (settings / "config.yml").write_text(f"http_unix_socket: {short / 's'}\n")
    subprocess.run(["git", "clone", "-q", git_hub.only.refs.folder, clone], check=True)
    address = "https://github.com/acme/shop.git"
    subprocess.run(["git", "-C", clone, "remote", "set-url", "origin", address], check=True)
    env = {
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "GH_CONFIG_DIR": str(settings),
        "GH_TOKEN": git_hub.token(),
        "GH_PROMPT_DISABLED": "1",
        "GH_NO_UPDATE_NOTIFIER": "1",
    }
    with git_hub.on_socket(short / "s"):
        yield Pair("gh", program("gh"), clone, env, tmp_path / "shim")
    short.rmdir()


async def see(git_hub: Any, pair: Pair, pull: Any) -> None:
    """Let the product look at a pull request, and write down what it saw."""
    http = HttpClient(transport=git_hub.transport(), now=lambda: git_hub.clock.now().timestamp())
    seen = await sweep(GitHub(http, known(Credential(git_hub.token()))), {pull.node_id: None})
    await http.close()
    write_snapshot(pair.folder, "github", seen.pulls[pull.node_id], time.time())


FIELDS = (
    "number,url,title,state,closed,headRefName,headRefOid,baseRefName,isDraft,isCrossRepository,mergeable,"
    "mergeStateStatus,reviewDecision,updatedAt,id"
)


@pytest.mark.parametrize(
    "words",
    [
        ("pr", "checks"),
        ("pr", "checks", "1"),
        ("pr", "checks", "ao/x"),
        ("pr", "checks", "https://github.com/acme/shop/pull/1", "--watch"),
        ("pr", "checks", "-R", "acme/shop", "1"),
        ("pr", "view", "--json", FIELDS),
        ("pr", "view", "1", "--json", "title", "--json", "state"),
        ("pr", "view", "--json", "mergeable", "-q", ".mergeable"),
        ("pr", "view", "--json", "isDraft", "--jq", ".isDraft"),
        ("pr", "view", "--json", "reviewDecision", "--jq", ".reviewDecision"),
        ("pr", "view", "--json", "number", "--jq", ".number"),
    ],
)
async def test_the_snapshot_answers_as_gh_does_and_costs_nothing(
    git_hub: Any, gh: Pair, pull: Any, words: tuple[str, ...]
):
    await see(git_hub, gh, pull)
    expected = gh.run(*words, real=True)
    before = len(git_hub.asked)
    assert gh.run(*words) == expected
    assert (len(git_hub.asked), gh.answered) == (before, ["snapshot"])


@pytest.mark.parametrize("states", [["success"], ["failure"], ["cancelled"], ["skipped"], ["stale"], ["in_progress"]])
@pytest.mark.parametrize("more", [[], ["success", "queued", "failure"], ["success"] * 20])
async def test_the_exit_code_is_that_of_gh(git_hub: Any, gh: Pair, states: list[str], more: list[str]):
    pull = git_hub.pull(head="ao/z")
    for number, state in enumerate([*states, *more]):
        check = pull.check(f"check-{number}", "in_progress")
        git_hub.clock.advance(61 + number)
        check.change(state)
    await see(git_hub, gh, pull)
    assert gh.run("pr", "checks", "2") == gh.run("pr", "checks", "2", real=True)
    assert gh.answered == ["snapshot"]


async def test_a_watch_that_fails_fast_ends_as_that_of_gh(git_hub: Any, gh: Pair):
    pull = git_hub.pull(head="ao/z")
    pull.check("lint", "in_progress")
    pull.check("test", "failure")
    await see(git_hub, gh, pull)
    words = ("pr", "checks", "2", "--watch", "--fail-fast")
    assert gh.run(*words) == gh.run(*words, real=True)
    assert gh.answered == ["snapshot"]


async def test_a_pull_request_without_checks_is_told_as_gh_does(git_hub: Any, gh: Pair, pull: Any):
    git_hub.only.commit("ao/x")
    git_hub.only.sync()
    await see(git_hub, gh, pull)
    assert gh.run("pr", "checks") == gh.run("pr", "checks", real=True)
    assert gh.answered == ["snapshot"]


async def test_what_the_snapshot_can_not_tell_is_asked(git_hub: Any, gh: Pair, pull: Any):
    await see(git_hub, gh, pull)
    assert gh.run("pr", "view", "--json", "body") == gh.run("pr", "view", "--json", "body", real=True)
    assert gh.answered == ["passed"]


async def test_an_agent_comments_on_its_own_pull_request_and_merges_nothing(git_hub: Any, gh: Pair, pull: Any):
    await see(git_hub, gh, pull)
    commented = gh.run("pr", "comment", "--body", "hello")
    written = gh.run("api", "repos/{owner}/{repo}/issues/1/comments", "-f", "body=there")
    merged = gh.run("pr", "merge", "1", "--squash")
    assert (commented[0], written[0], merged[0], pull.state) == (0, 0, 1, "OPEN")
    assert [comment.body for comment in pull.comments] == ["hello", "there"]


@pytest.mark.parametrize("name", ["gh", "glab"])
def test_the_flags_of_what_an_agent_may_write_are_those_of_the_program(
    name: str, program: Callable[[str], Path], tmp_path: Path
):
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GLAB_CONFIG_DIR": str(tmp_path)}
    unknown = []
    for command, (values, plain, _) in {**table.OWN[name], **table.WRITES[name]}.items():
        argv = [program(name), *command.split(), "--help"]
        shown = subprocess.run(argv, env=env, capture_output=True, text=True, check=False).stdout
        flags = re.findall(r"^ +(?:-(\w), )?--([\w-]+)(?: \S+)?(?:  |$)", shown, re.MULTILINE)
        known = {*values.split(), *plain.split()}
        wanted = {f"{short}:{long}" if short else long for short, long in flags if long != "help"}
        assert wanted, command
        unknown += [f"{command}: {flag}" for flag in sorted(wanted - known)]
    assert unknown == []


@pytest.mark.parametrize("name", ["gh", "glab"])
def test_what_may_pass_has_the_names_of_the_program(name: str, program: Callable[[str], Path], tmp_path: Path):
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "GLAB_CONFIG_DIR": str(tmp_path)}

    def shown(*words: str) -> str:
        argv = [program(name), *words, "--help"]
        return subprocess.run(argv, env=env, capture_output=True, text=True, check=False).stdout

    apart = []
    for first in re.findall(r"^  ([\w-]+): ", shown(), re.MULTILINE):
        for second in re.findall(r"^  ([\w-]+): ", shown(first), re.MULTILINE):
            listed = re.search(r"^ALIASES\n +(.*)$", shown(first, second), re.MULTILINE)
            others = listed[1].replace("gh ", "").replace(f"{first} ", "").split(", ") if listed else []
            own = judge(name, [first, second], PLACE)
            apart += [f"{first} {each}" for each in others if judge(name, [first, each], PLACE).kind != own.kind]
    assert apart == []


PLACE = Place("gitlab.com/acme/shop", "ao/x", 1, "https://gitlab.com/acme/shop/-/merge_requests/1", here="ao/x")


@pytest.fixture
def merge_request(git_lab: Any) -> Any:
    """One whose jobs stand in every way that there is, in order of their numbers and not of their stages."""
    it = git_lab.only.merge_request(source="ao/x", title="Halve <it> & 'ß'", author="ann", labels=["zeta", "agent"])
    it.description = "First\n\n* one\n\n```\n<b>\n```\n"
    it.comment("eve", "hello")
    it.review("eve")
    pipeline = git_lab.only.pipeline(it.sha, "ao/x")
    for status in ("success", "failed", "canceled", "skipped", "manual"):
        job = pipeline.job(status, "running", stage=f"stage-{status}")
        git_lab.clock.advance(75)
        job.change(status)
    pipeline.job("optional", "failed", allow_failure=True)
    pipeline.job("twice", "failed")
    pipeline.retry()
    for job in pipeline.newest():
        if job.status == "pending":
            job.change("success")
    pipeline.external("coverage", "success")
    pipeline.bridge("child")
    return it


@pytest.fixture
def glab(git_lab: Any, merge_request: Any, program: Callable[[str], Path], tmp_path: Path) -> Iterator[Pair]:
    """In a clone whose remote has a name: a port in it is not understood."""
    clone, settings = tmp_path / "clone", tmp_path / "settings"
    subprocess.run(["git", "clone", "-q", git_lab.only.refs.folder, clone], check=True)
    address = "http://gitlab.test/acme/shop.git"
    subprocess.run(["git", "-C", clone, "remote", "set-url", "origin", address], check=True)
    settings.mkdir()
    with git_lab.on_port() as serving:
        host = f"api_host: 127.0.0.1:{serving.port}\n    api_protocol: http"
        file = settings / "config.yml"
        file.write_text(f"hosts:\n  gitlab.test:\n    token: {git_lab.token()}\n    {host}\n")
        file.chmod(0o600)
        env = {
            "HOME": str(tmp_path),
            "GLAB_CONFIG_DIR": str(settings),
            "NO_COLOR": "1",
            "GITLAB_HOST": "gitlab.test",
            "GLAB_CHECK_UPDATE": "false",
        }
        pair = Pair("glab", program("glab"), clone, env, tmp_path / "shim")
        pair.server = serving.url
        yield pair


def test_an_agent_reads_merge_requests_and_merges_none(git_lab: Any, glab: Pair):
    read = glab.run("mr", "view", "1", "-F", "json")
    merged = glab.run("mr", "merge", "1", "--yes")
    assert read == glab.run("mr", "view", "1", "-F", "json", real=True)
    assert (read[0], merged[0], git_lab.only.merge_requests[1].state) == (0, 1, "opened")
    assert glab.answered == ["passed", "blocked"]


async def see_at_gitlab(git_lab: Any, pair: Pair, it: Any) -> None:
    """Let the product look at a merge request, and write down what it saw."""
    http = HttpClient()
    gitlab = GitLab(http, known(Credential(git_lab.token())), pair.server, "acme/shop")
    seen = await Sweeper(gitlab).sweep({str(it.iid): None})
    await http.close()
    write_snapshot(pair.folder, "gitlab", seen.pulls[str(it.iid)], time.time(), seen.pages.get(str(it.iid)))


SAME = [
    ("mr", "view"),
    ("mr", "show", "1"),
    ("mr", "view", "!1"),
    ("mr", "view", "ao/x", "-F", "text"),
    ("mr", "view", "--output=text", "1"),
    ("ci", "status"),
    ("ci", "status", "--compact"),
    ("ci", "status", "-b", "ao/x", "--live"),
    ("pipe", "status", "-c", "--branch=ao/x"),
]


@pytest.mark.parametrize("words", SAME)
async def test_the_snapshot_answers_as_glab_does_and_costs_nothing(
    git_lab: Any, glab: Pair, merge_request: Any, words: tuple[str, ...]
):
    await see_at_gitlab(git_lab, glab, merge_request)
    expected = glab.run(*words, real=True)
    before = len(git_lab.asked)
    assert glab.run(*words) == expected
    assert (len(git_lab.asked), glab.answered) == (before, ["snapshot"])


@pytest.mark.parametrize("status", ["success", "failed", "canceled", "skipped", "manual", "pending", "running"])
async def test_how_a_pipeline_stands_is_told_as_glab_does(git_lab: Any, glab: Pair, status: str):
    it = git_lab.only.merge_request(source="ao/z", author="ann")
    git_lab.only.pipeline(it.sha, "ao/z").job("unit").change(status)
    await see_at_gitlab(git_lab, glab, it)
    words = ("ci", "status", "--compact", "--live", "-b", "ao/z")
    assert glab.run(*words) == glab.run(*words, real=True)
    assert glab.answered == ["snapshot"]


@pytest.mark.parametrize("change", ["bare", "assigned", "milestone"])
async def test_a_merge_request_is_told_as_glab_does(git_lab: Any, glab: Pair, merge_request: Any, change: str):
    if change == "bare":
        merge_request.labels, merge_request.description = [], ""
    elif change == "assigned":
        merge_request.assignees = [git_lab.account("ann"), git_lab.account("eve")]
    else:
        merge_request.milestone = "v1: soon"
    await see_at_gitlab(git_lab, glab, merge_request)
    assert glab.run("mr", "view", "1") == glab.run("mr", "view", "1", real=True)
    assert glab.answered == ["snapshot"]


@pytest.mark.parametrize(
    "words",
    [
        ("mr", "view", "-F", "json"),
        ("mr", "view", "1", "--comments"),
        ("mr", "view", "#1"),
        ("ci", "status", "-b", "main"),
        ("ci", "get"),
        ("ci", "list"),
    ],
)
async def test_what_the_snapshot_can_not_tell_glab_is_asked(
    git_lab: Any, glab: Pair, merge_request: Any, words: tuple[str, ...]
):
    await see_at_gitlab(git_lab, glab, merge_request)
    assert glab.run(*words)[:2] == glab.run(*words, real=True)[:2]
    assert glab.answered == ["passed"]


@pytest.mark.parametrize("state", ["closed", "merged"])
async def test_one_that_is_over_is_asked_for(git_lab: Any, glab: Pair, merge_request: Any, state: str):
    merge_request.state = state
    await see_at_gitlab(git_lab, glab, merge_request)
    assert glab.run("mr", "view", "1") == glab.run("mr", "view", "1", real=True)
    assert glab.answered == ["passed"]


async def test_a_text_that_hides_something_is_asked_for(git_lab: Any, glab: Pair, merge_request: Any):
    merge_request.description = "Seen <!-- and not seen -->"
    await see_at_gitlab(git_lab, glab, merge_request)
    assert glab.run("mr", "view") == glab.run("mr", "view", real=True)
    assert glab.answered == ["passed"]


async def test_what_ran_for_the_merge_request_is_not_told_as_what_ran_for_the_branch(
    git_lab: Any, glab: Pair, merge_request: Any
):
    pipeline = git_lab.only.pipeline(merge_request.sha, "refs/merge-requests/1/head")
    pipeline.job("unit")
    await see_at_gitlab(git_lab, glab, merge_request)
    glab.run("ci", "status")
    assert glab.answered == ["passed"]
