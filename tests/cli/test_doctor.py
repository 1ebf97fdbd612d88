"""`ao doctor` says what is there, what is not, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator import __version__
from agent_orchestrator.cli.exits import DONE, USAGE
from agent_orchestrator.protocol.types import DaemonState, Doctor, FindingRow, Projects

Ao = Callable[..., Any]


def _tool(folder: Path, name: str, says: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
    (folder / name).chmod(0o755)


@pytest.fixture
def state() -> DaemonState:
    return DaemonState(version=__version__, pid=7, started_at=0, revision=1, state_dir="/s")


def _found(ran: Any) -> dict[str, str]:
    return {finding["what"]: finding["level"] for finding in json.loads(ran.out)["findings"]}


@pytest.mark.parametrize(("says", "level"), [("git version 2.38.0", "ok"), ("git version 2.37.9", "fail")])
def test_git_must_know_merge_tree(ao: Ao, tmp_path: Path, state: DaemonState, says: str, level: str) -> None:
    _tool(tmp_path / "bin", "git", says)
    ran = ao("doctor", "--json", env={"PATH": str(tmp_path / "bin")}, answers={"daemon": state})
    assert (_found(ran)["git"], ran.code) == (level, DONE if level == "ok" else USAGE)


def test_what_is_optional_only_warns(ao: Ao, tmp_path: Path, state: DaemonState) -> None:
    _tool(tmp_path / "bin", "git", "git version 2.40.1")
    found = _found(ao("doctor", "--json", env={"PATH": str(tmp_path / "bin")}, answers={"daemon": state}))
    assert (found["tmux"], found["bubblewrap"]) == ("warn", "warn")


def test_every_finding_that_is_not_ok_says_what_to_do(ao: Ao, tmp_path: Path) -> None:
    ran = ao("doctor", "--json", daemon=False, env={"PATH": str(tmp_path)})
    findings = json.loads(ran.out)["findings"]
    assert [f["what"] for f in findings if f["level"] != "ok" and not f["advice"]] == []
    assert ran.code == USAGE


def test_no_daemon_is_a_warning(ao: Ao) -> None:
    assert _found(ao("doctor", "--json", daemon=False))["daemon"] == "warn"


def test_a_daemon_of_another_version_is_told(ao: Ao) -> None:
    old = DaemonState(version="0.0.1", pid=7, started_at=0, revision=1, state_dir="/s")
    assert "`ao daemon restart`" in ao("doctor", answers={"daemon": old}).out


def test_an_untrusted_project_is_told(ao: Ao, fakes: ModuleType, state: DaemonState, tmp_path: Path) -> None:
    untrusted = Projects(projects=(fakes.project(path=str(tmp_path), trusted=False),))
    assert "`ao trust --project shop`" in ao("doctor", answers={"daemon": state, "projects": untrusted}).out


def test_a_project_with_scripts_needs_node(ao: Ao, state: DaemonState, tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text("{}")
    ran = ao("doctor", "--json", env={"PATH": str(tmp_path)}, answers={"daemon": state})
    assert _found(ran)["project shop: node"] == "fail"


def test_autofix_needs_pytest_in_the_projects_python(ao: Ao, state: DaemonState, tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    _tool(tmp_path / "venv" / "bin", "python", "pytest 9.2.0")
    out = ao("doctor", answers={"daemon": state}).out
    assert f"✓ ok    project shop: autofix: pytest 9.2.0 in {tmp_path}/venv/bin/python\n" in out


def test_configuration_errors_are_told_with_their_place(ao: Ao, state: DaemonState, tmp_path: Path) -> None:
    (tmp_path / "agent-orchestrator.yaml").write_text("port: many\n")
    ran = ao("doctor", answers={"daemon": state})
    assert (ran.code, "agent-orchestrator.yaml:1:7: error: port" in ran.out) == (USAGE, True)


def test_a_folder_open_to_others_is_told(ao: Ao, tmp_path: Path, state: DaemonState) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o755)
    ran = ao("doctor", "--json", env={"AO_STATE_DIR": str(folder)}, answers={"daemon": state})
    assert _found(ran)["state folder"] == "fail"


def test_the_forges_are_those_that_the_daemon_asks(ao: Ao, state: DaemonState) -> None:
    row = FindingRow(level="warn", what="forge of app", found="no token was found", advice="`gh auth login`")
    ran = ao("doctor", answers={"daemon": state, "doctor": Doctor(findings=(row,))})
    assert "! warn  forge of app: no token was found" in ran.out
    assert "→ `gh auth login`" in ran.out


def test_the_agents_are_those_that_the_daemon_finds(ao: Ao, state: DaemonState) -> None:
    row = FindingRow(level="warn", what="agent codex", found="ready: codex 9.9.9", advice="newer than what was tried")
    other = FindingRow(level="ok", what="daemon", found="of the daemon's own")
    ran = ao("doctor", "--json", answers={"daemon": state, "doctor": Doctor(findings=(row, other))})
    agents = [finding for finding in json.loads(ran.out)["findings"] if finding["what"].startswith("agent ")]
    assert [(f["level"], f["found"], f["advice"]) for f in agents] == [("warn", row.found, row.advice)]
