"""Which programs a configuration can name on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.config.language.world import Run
from agent_orchestrator.lsp.programs import Programs
from agent_orchestrator.model.config import ProjectConfig


def install(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    install(tmp_path / "bin" / "builder")
    install(tmp_path / "env" / "bin" / "active")
    install(tmp_path / "project" / "node_modules" / ".bin" / "eslint")
    gone = tmp_path / "gone"
    return Programs({"PATH": f"{gone}:{tmp_path / 'bin'}", "VIRTUAL_ENV": str(tmp_path / "env")})


@pytest.fixture
def project(tmp_path: Path) -> ProjectConfig:
    return ProjectConfig(id="app", path=tmp_path / "project")


@pytest.mark.parametrize("name", ["builder", "active", "eslint"])
def test_a_program_is_there_on_path_in_the_environment_or_in_the_project(programs, project, name):
    assert programs.missing(Run(name, project, {})) is None


def test_a_project_s_own_program_is_not_there_for_others(programs):
    assert programs.missing(Run("eslint", None, {})) == ""


def test_the_nearest_that_is_there_is_told(programs, project):
    assert programs.missing(Run("bulider", project, {})) == "builder"


def test_what_was_installed_since_is_the_nearest(programs, tmp_path):
    assert programs.missing(Run("linter", None, {})) == ""
    install(tmp_path / "bin" / "lintr")
    assert programs.missing(Run("linter", None, {})) == "lintr"


def test_an_absolute_path_is_looked_at(programs, project, tmp_path):
    assert programs.missing(Run(str(tmp_path / "bin" / "builder"), project, {})) is None
    assert programs.missing(Run(str(tmp_path / "bin" / "none"), project, {})) == ""


@pytest.mark.parametrize(("name", "env"), [("./tool", {}), ("bin/tool", {}), ("other", {"PATH": "/opt"})])
def test_nothing_is_said_where_it_can_not_be_known(programs, project, name, env):
    assert programs.missing(Run(name, project, env)) is None
