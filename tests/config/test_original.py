"""The files that the original tool's documentation shows load unchanged."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from agent_orchestrator.config.load import load
from agent_orchestrator.config.schema import config_schema
from agent_orchestrator.model.config_problem import Code, Severity

FILES = sorted((Path(__file__).parent / "original").glob("*.yaml"))
#: Keys of these files whose feature is not built yet.
PLANNED = {
    "defaults.agent",
    "defaults.notifiers",
    "defaults.tracker",
    "power.preventIdleSleep",
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_loads_with_no_error_and_no_warning(file: Path) -> None:
    assert [d for d in load(file).diagnostics if d.severity is not Severity.INFORMATION] == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_only_what_is_planned_is_said_to_be_so_and_once(file: Path) -> None:
    said = [d.key for d in load(file).diagnostics if d.code is Code.PLANNED]
    assert {key for key in said if not key.startswith("reactions.")} <= PLANNED
    assert len(said) == len(set(said))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_follows_the_schema(file: Path) -> None:
    jsonschema.Draft202012Validator(config_schema()).validate(yaml.safe_load(file.read_text()))


def test_the_first_run_file_gives_its_values(tmp_path: Path) -> None:
    loaded = load(Path(__file__).parent / "original" / "first-run.yaml", environ={"HOME": str(tmp_path)})
    project = loaded.config.projects["my-app"]
    assert (project.path, project.repo, project.default_branch, project.prefix) == (
        tmp_path / "my-app",
        "owner/my-app",
        "main",
        "app",
    )
    assert (loaded.config.port, loaded.config.defaults.runtime) == (3000, "tmux")
    assert loaded.config.reactions["changes-requested"].escalate_after == "30m"


def test_three_projects_stand_beside_each_other() -> None:
    loaded = load(Path(__file__).parent / "original" / "multi-project.yaml")
    assert {p.id: p.prefix for p in loaded.config.projects.values()} == {
        "frontend": "fe",
        "backend": "be",
        "docs": "docs",
    }
