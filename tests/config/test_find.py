"""Which file is the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.config.load import find, load


@pytest.fixture
def home(tmp_path: Path) -> Path:
    own = tmp_path / "home" / ".config" / "agent-orchestrator" / "agent-orchestrator.yaml"
    own.parent.mkdir(parents=True)
    own.write_text("")
    return tmp_path / "home"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "work" / "deep").mkdir(parents=True)
    (tmp_path / "work" / "agent-orchestrator.yaml").write_text("")
    return tmp_path / "work"


@pytest.mark.parametrize("variable", ["AO_CONFIG", "AO_CONFIG_PATH"])
def test_the_variable_wins(variable: str, work: Path, home: Path) -> None:
    assert find(work, {variable: "~/custom.yaml", "HOME": str(home)}) == home / "custom.yaml"


def test_ao_config_wins_over_ao_config_path(work: Path) -> None:
    assert find(work, {"AO_CONFIG_PATH": "/b.yaml", "AO_CONFIG": "/a.yaml"}) == Path("/a.yaml")


def test_a_relative_name_starts_at_the_working_directory(work: Path) -> None:
    assert find(work, {"AO_CONFIG": "x.yaml"}) == work / "x.yaml"


def test_a_named_file_that_is_missing_is_told(work: Path) -> None:
    named = find(work, {"AO_CONFIG": "x.yaml"})
    assert named is not None
    assert "AO_CONFIG" in load(named).errors[0].suggestion


def test_else_it_is_searched_upward(work: Path, home: Path) -> None:
    assert find(work / "deep", {"HOME": str(home)}) == work / "agent-orchestrator.yaml"


def test_else_it_is_the_users_own(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own = home / ".config" / "agent-orchestrator" / "agent-orchestrator.yaml"
    assert find(elsewhere, {"HOME": str(home)}) == own


def test_else_there_is_none(tmp_path: Path) -> None:
    assert find(tmp_path, {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "none")}) is None
