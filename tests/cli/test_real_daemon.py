"""From red to green at a shell: the real `ao`, daemon, git, agent and check. One journey, looked at from all sides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.client import RefusedByDaemon, connect
from agent_orchestrator.cli.exits import DONE, NO_DAEMON, RED, USAGE
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import paths_of
from agent_orchestrator.protocol.wire import from_wire, to_wire

pytestmark = pytest.mark.slow


def _journey(shell: Any, until: Any) -> Iterator[tuple[str, Any]]:
    """What a person does, one step after the other."""
    ao = shell.ao
    yield "list before", ao("list")
    yield "start", ao("start")
    shell.configure()
    yield "hunt untrusted", ao("hunt", "--wait")
    yield "trust unasked", ao("trust")
    yield "trust", ao("trust", "--yes")
    yield "first check", ao("check", "--json")
    yield "plan", ao("hunt", "--dry-run", "--json")
    yield "hunt", ao("hunt", "--wait", "--checkout", "never")
    yield "check before the checkout", ao("check", "--json")
    yield "land", ao("land", "--checkout", "--json")
    yield "check", ao("check", "--json")
    for words in ("list --closed", "status", "queue", "projects", "daemon status"):
        yield words, ao(*words.split(), "--json")
    yield "status a", ao("status", "fix-values-a", "--json")
    yield "diff a", ao("diff", "fix-values-a", "--json")
    yield "logs c", ao("logs", "fix-values-c", "--json")
    yield "follow c", ao("logs", "-f", "fix-values-c")
    yield "nobody", ao("status", "nobody", "--json")
    yield "imports", ao("list", python=("-X", "importtime"))
    (shell.repository / "values" / "c").write_text("good\n")
    shell.git("commit", "-aqm", "Mend c by hand")
    yield "last hunt", ao("hunt", "--wait", "--checkout", "ff", "--json")
    yield "last check", ao("check")
    yield "commits", shell.git("log", "--first-parent", "--format=%s", "main")
    yield "start again", ao("start")
    yield "trust again", ao("trust")
    yield "hunt again", ao("hunt", "--wait")
    yield "commits again", shell.git("log", "--first-parent", "--format=%s", "main")
    yield "stop sessions", ao("stop", "--json")
    yield "stop", ao("daemon", "stop")
    until(lambda: not shell.processes())
    yield "status after", ao("daemon", "status")


@pytest.fixture(scope="module")
def shell(at_a_shell: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    opened = at_a_shell.open_shell(tmp_path_factory.mktemp("real"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def steps(shell: Any, at_a_shell: ModuleType) -> dict[str, Any]:
    return dict(_journey(shell, at_a_shell.until))


CODES = {
    "list before": NO_DAEMON,
    "start": DONE,
    "hunt untrusted": USAGE,
    "trust unasked": USAGE,
    "trust": DONE,
    "first check": RED,
    "plan": DONE,
    "hunt": RED,
    "check before the checkout": RED,
    "land": DONE,
    "check": RED,
    "nobody": USAGE,
    "last hunt": DONE,
    "last check": DONE,
    "start again": DONE,
    "trust again": DONE,
    "hunt again": DONE,
    "stop sessions": DONE,
    "stop": DONE,
    "status after": NO_DAEMON,
}


@pytest.mark.parametrize("step", CODES)
def test_the_exit_code_says_how_it_went(steps: dict[str, Any], step: str) -> None:
    assert steps[step].code == CODES[step], steps[step]


SHAPES: dict[str, Any] = {
    "first check": t.CheckResults,
    "plan": t.HuntState,
    "last hunt": t.HuntState,
    "land": t.Done,
    "stop sessions": t.Done,
    "list --closed": t.Sessions,
    "status": t.Sessions,
    "status a": t.SessionDetail,
    "queue": t.Queue,
    "projects": t.Projects,
    "daemon status": t.DaemonState,
    "logs c": t.LogChunk,
    "diff a": t.Diff,
}


@pytest.mark.parametrize("step", SHAPES)
def test_json_has_every_key_of_the_protocol_and_no_other(steps: dict[str, Any], step: str) -> None:
    document = steps[step].document
    assert to_wire(from_wire(document, SHAPES[step])) == document


def test_an_error_is_json_too(steps: dict[str, Any]) -> None:
    assert list(steps["nobody"].document) == ["error"]


def test_start_writes_a_configuration_and_asks_for_trust(steps: dict[str, Any], shell: Any) -> None:
    assert steps["start"].err.startswith(f"wrote {shell.repository}/agent-orchestrator.yaml\n")
    assert steps["start"].out.endswith("Nothing runs in tiny until you trust it: `ao trust --project tiny`\n")


def test_start_says_that_there_is_nothing_to_check_yet(steps: dict[str, Any]) -> None:
    assert "no checks were found in tiny" in steps["start"].err


def test_trust_shows_the_commands_of_the_configuration(steps: dict[str, Any]) -> None:
    assert "  projects.tiny.checks.values.command: sh check.sh {report}\n" in steps["trust"].out


def _states(ran: Any) -> dict[str, tuple[str, bool]]:
    return {row["path"]: (row["state"], row["checkoutOnly"]) for row in ran.document["failures"]}


def test_before_a_hunt_nobody_knows_what_is_red_only_in_the_checkout(steps: dict[str, Any]) -> None:
    assert _states(steps["first check"]) == {f"values/{name}": ("open", False) for name in "abc"}


def test_the_plan_names_each_task_and_its_agent(steps: dict[str, Any]) -> None:
    assert [row["agent"] for row in steps["plan"].document["plan"]] == ["scripted"] * 3


def test_what_landed_is_red_in_a_checkout_that_does_not_have_it(steps: dict[str, Any]) -> None:
    assert _states(steps["check before the checkout"]) == {
        "values/a": ("fixed", True),
        "values/b": ("fixed", True),
        "values/c": ("left", False),
    }


def test_what_was_left_is_told_with_the_agents_words(steps: dict[str, Any]) -> None:
    left = steps["hunt"].out.split("  LEFT  ")[1]
    assert left.startswith("1 failure still red\n  ✗ values: values/c::values c\n      c is beyond me (")


def test_the_checkout_follows_when_it_is_told_to(steps: dict[str, Any]) -> None:
    assert list(_states(steps["check"])) == ["values/c"]


@pytest.mark.parametrize("step", ["logs c", "follow c"])
def test_the_output_of_a_session_is_the_agents(steps: dict[str, Any], step: str) -> None:
    shown = steps[step].document["text"] if step == "logs c" else steps[step].out
    assert shown == "c is beyond me\n"


def test_a_list_on_a_warm_daemon_imports_no_wire_types(steps: dict[str, Any]) -> None:
    imported = {line.rpartition("|")[2].strip() for line in steps["imports"].err.splitlines()}
    assert "agent_orchestrator.protocol.plain" in imported
    assert imported & {"attr", "attrs", "cattrs", "agent_orchestrator.protocol.types", "shutil"} == set()


def test_main_ends_green(steps: dict[str, Any]) -> None:
    hunt = steps["last hunt"].document["hunt"]
    assert (hunt["green"], hunt["redNow"], hunt["target"]) == (True, 0, "main")


def test_doing_it_all_again_changes_nothing(steps: dict[str, Any]) -> None:
    assert steps["trust again"].out.endswith("tiny is trusted as it is now.\n")
    assert steps["commits again"] == steps["commits"]


def test_the_daemon_leaves_nothing(steps: dict[str, Any], shell: Any) -> None:
    assert steps["stop"].code == DONE
    assert (shell.processes(), paths_of(shell.environ).socket.exists()) == ([], False)


def test_the_sessions_leave_no_worktree_and_no_branch(steps: dict[str, Any], shell: Any) -> None:
    assert steps["stop sessions"].code == DONE
    assert list((shell.repository / ".worktrees").glob("*")) == []
    assert shell.git("branch", "--list", "ao/tiny-*") == ""


@pytest.fixture
def started(at_a_shell: ModuleType, tmp_path: Path) -> Iterator[Any]:
    opened = at_a_shell.open_shell(tmp_path)
    opened.ao("start")
    yield opened
    opened.close()


def test_what_changed_since_it_was_shown_is_not_trusted(started: Any) -> None:
    with connect(paths_of(started.environ), start=False, environ=started.environ) as daemon:
        shown = daemon.call("runs", t.ProjectParams(project="tiny"))
        started.configure()
        with pytest.raises(RefusedByDaemon, match="has changed since it was shown"):
            daemon.call("trust", t.TrustParams(project="tiny", trust=shown.trust))
        assert not daemon.call("runs", t.ProjectParams(project="tiny")).trusted


def test_each_of_two_clones_gets_its_own_failures_fixed(started: Any) -> None:
    started.configure()
    twin = started.beside("twin")
    assert twin.ao("start").code == DONE
    for shell in (started, twin):
        assert shell.ao("trust", "--yes").code == DONE
    plans = [shell.ao("hunt", "--dry-run") for shell in (started, twin)]
    assert [plan.out.partition("\n")[0] for plan in plans] == ["3 tasks would be given out"] * 2, plans
