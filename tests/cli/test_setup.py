"""Commands that write: the configuration file, with real git repositories."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE, RED, USAGE
from agent_orchestrator.config.load import load
from agent_orchestrator.protocol.types import Projects

Ao = Callable[..., Any]
NAME = "agent-orchestrator.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "My Shop"
    folder.mkdir()
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    return folder


def _known(fakes: ModuleType, path: Path, **more: Any) -> dict[str, Any]:
    return {"projects": Projects(projects=(fakes.project("my-shop", str(path), **more),))}


def test_start_writes_a_configuration_and_adds_the_project(ao: Ao, fakes: ModuleType, repository: Path) -> None:
    ran = ao("start", cwd=repository, answers=_known(fakes, repository))
    loaded = load(repository / NAME)
    assert (ran.code, list(loaded.config.projects), loaded.diagnostics) == (DONE, ["my-shop"], ())
    assert ran.asked("projectAdd") == {"path": str(repository), "id": "my-shop", "config": str(repository / NAME)}
    assert "Next: `ao check`" in ran.out


@pytest.mark.parametrize(
    ("remote", "host"),
    [
        ("https://eve:secret@github.com/acme/shop.git", "github.com"),
        ("git@gitlab.example.org:acme/shop.git", "gitlab.example.org"),
        ("https://git.example.org/acme/shop.git", ""),
        ("", ""),
    ],
)
def test_start_offers_to_follow_pull_requests_where_it_knows_the_forge(
    ao: Ao, fakes: ModuleType, repository: Path, remote: str, host: str
) -> None:
    if remote:
        subprocess.run(["git", "-C", str(repository), "remote", "add", "origin", remote], check=True)
    ao("start", cwd=repository, answers=_known(fakes, repository))
    text = (repository / NAME).read_text()
    assert ("    # scm:\n" in text, f"pull requests at {host}:" in text) == (bool(host), bool(host))
    assert "secret" not in text
    assert load(repository / NAME).config.projects["my-shop"].scm is None


def test_start_uses_the_configuration_that_is_there(ao: Ao, fakes: ModuleType, repository: Path) -> None:
    text = "projects:\n  own-id:\n    path: .\n"
    (repository / NAME).write_text(text)
    ran = ao("start", str(repository), answers=_known(fakes, repository))
    assert (ran.asked("projectAdd")["id"], (repository / NAME).read_text()) == ("own-id", text)


def test_start_adds_to_a_file_above_and_keeps_its_comments(
    ao: Ao, fakes: ModuleType, repository: Path, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_text("# mine\nprojects:\n  other:\n    path: ./other  # there\n")
    ran = ao("start", str(repository), answers=_known(fakes, repository))
    text = (tmp_path / NAME).read_text()
    assert (ran.code, "# mine" in text, "# there" in text) == (DONE, True, True)
    assert set(load(tmp_path / NAME).config.projects) == {"other", "my-shop"}
    assert ran.asked("projectAdd")["config"] == str(tmp_path / NAME)


def test_start_says_what_would_be_run_where_nobody_can_be_asked(ao: Ao, fakes: ModuleType, repository: Path) -> None:
    untrusted = fakes.runs(("detected check pytest", "python -m pytest"), trusted=False)
    known = _known(fakes, repository, trusted=False)
    ran = ao("start", cwd=repository, answers={**known, "runs": untrusted})
    assert ran.code == DONE
    assert "  detected check pytest: python -m pytest\n" in ran.out
    assert "Nothing runs in my-shop until you trust it: `ao trust --project my-shop`" in ran.out


@pytest.mark.parametrize(("checks", "said"), [((), 1), (("pytest",), 0)])
def test_start_says_when_there_is_nothing_to_check(
    ao: Ao, fakes: ModuleType, repository: Path, checks: tuple[str, ...], said: int
) -> None:
    ran = ao("start", cwd=repository, answers=_known(fakes, repository, checks=checks))
    assert ran.err.count("no checks were found in my-shop") == said


def test_start_trusts_when_a_person_says_so(ao: Ao, fakes: ModuleType, repository: Path) -> None:
    known = _known(fakes, repository, trusted=False)
    ran = ao("start", cwd=repository, tty=True, typed="yes\n", answers={**known, "runs": fakes.runs(trusted=False)})
    assert ran.asked("trust")["trust"] == "hash-of-what-was-shown"


def test_start_clones_a_url_into_this_folder(ao: Ao, fakes: ModuleType, repository: Path, tmp_path: Path) -> None:
    into = tmp_path / "into"
    into.mkdir()
    cloned = into / "My Shop"
    ran = ao("start", f"file://{repository}", cwd=into, answers=_known(fakes, cloned))
    assert (ran.code, (cloned / ".git").is_dir(), ran.asked("projectAdd")["path"]) == (DONE, True, str(cloned))


def test_a_url_that_looks_like_an_option_is_none(ao: Ao, tmp_path: Path) -> None:
    ran = ao("start", "--", "--upload-pack=touch x", cwd=tmp_path)
    assert (ran.code, (tmp_path / "x").exists(), ran.err.count("\n")) == (USAGE, False, 1)


@pytest.mark.parametrize("where", [".", "missing"])
def test_start_outside_of_a_repository_is_a_sentence(ao: Ao, tmp_path: Path, where: str) -> None:
    ran = ao("start", where)
    assert (ran.code, ran.err.count("\n"), ran.starts, (tmp_path / NAME).exists()) == (USAGE, 1, (), False)


def test_start_shows_the_errors_of_the_file(ao: Ao, repository: Path) -> None:
    (repository / NAME).write_text("projects:\n  shop:\n    path: .\n    checks: 5\n")
    ran = ao("start", cwd=repository)
    assert (ran.code, f"{NAME}:4:13: error" in ran.err) == (USAGE, True)


def test_add_project_edits_the_file_that_counts(ao: Ao, repository: Path, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("# mine\nprojects:\n  other:\n    path: ./other\n")
    ran = ao("add-project", str(repository), "--id", "shop")
    assert (ran.code, set(load(tmp_path / NAME).config.projects)) == (DONE, {"other", "shop"})
    assert ran.asked("projectAdd") == {"path": str(repository), "id": "shop", "config": str(tmp_path / NAME)}


def test_remove_project_edits_the_file(ao: Ao, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("# mine\nprojects:\n  other:\n    path: ./other\n  shop:\n    path: .\n")
    ran = ao("remove-project", "shop")
    assert (ran.code, set(load(tmp_path / NAME).config.projects)) == (DONE, {"other"})
    assert ran.asked("projectRemove")["project"] == "shop"


def test_remove_project_works_without_a_daemon(ao: Ao, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("projects:\n  other:\n    path: ./other\n  shop:\n    path: .\n")
    ran = ao("remove-project", "shop", daemon=False)
    assert (ran.code, set(load(tmp_path / NAME).config.projects)) == (DONE, {"other"})


def test_remove_an_unknown_project(ao: Ao) -> None:
    ran = ao("remove-project", "nobody")
    assert (ran.code, ran.err) == (USAGE, "ao: there is no project nobody; `ao projects` lists them\n")


def test_config_set_and_get_keep_comments(ao: Ao, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("# mine\ndefaults:\n  runtime: tmux  # why\n")
    assert ao("config", "set", "defaults.runtime", "process").code == DONE
    assert (tmp_path / NAME).read_text() == "# mine\ndefaults:\n  runtime: process  # why\n"
    assert ao("config", "get", "defaults.runtime").out == "process\n"
    assert json.loads(ao("config", "get", "defaults.runtime", "--json").out)["value"] == "process"


def test_config_set_keeps_the_mode_and_the_link(ao: Ao, tmp_path: Path) -> None:
    real = tmp_path / "real.yaml"
    real.write_text("defaults:\n  runtime: tmux\n")
    real.chmod(0o600)
    (tmp_path / NAME).symlink_to(real)
    ao("config", "set", "defaults.runtime", "process")
    assert (real.stat().st_mode & 0o777, (tmp_path / NAME).is_symlink()) == (0o600, True)
    assert "process" in real.read_text()


def test_config_set_refuses_what_would_not_load(ao: Ao, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("port: 3000\n")
    ran = ao("config", "set", "port", "many")
    assert (ran.code, (tmp_path / NAME).read_text(), ran.err.count("\n")) == (USAGE, "port: 3000\n", 1)


def test_config_get_of_what_is_not_said(ao: Ao, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("port: 3000\n")
    ran = ao("config", "get", "host")
    assert (ran.code, ran.out) == (RED, "")


def test_config_without_a_file(ao: Ao) -> None:
    assert ao("config", "get", "port").code == USAGE


def test_config_help_names_every_section(ao: Ao) -> None:
    out = ao("config-help").out
    assert [key for key in ("defaults", "agents", "projects", "limits", "port") if key not in out] == []
