"""What a person trusts: everything a configuration can make the machine run, and nothing else."""

from __future__ import annotations

import pytest

from agent_orchestrator.config.load import load_text
from agent_orchestrator.model.config_trust import command_keys, trust_hash

BASE = """
agents:
  mine: {command: run, args: [-x], env: {A: one}}
projects:
  app:
    path: /app
    agent: mine
    postCreate: create
    env: {P: one}
    checks:
      tests: {command: make, rerun: 'make {tests}', env: {C: one}}
    landing: {setup: sync}
  other: {path: /other}
"""
RUNS = ["command: run", "[-x]", "A: one", "create", "P: one", "make,", "make {tests}", "C: one", "setup: sync"]


def hash_of(text: str, extra: bytes = b"") -> str:
    config = load_text(text).config
    return trust_hash(config, config.projects["app"], extra)


@pytest.mark.parametrize("part", RUNS)
def test_a_change_of_what_runs_changes_the_hash(part: str) -> None:
    changed = part.replace("one", "two").replace("-x", "-y").replace("run", "run2").replace("make", "make2")
    changed = changed.replace("create", "create2").replace("sync", "sync2")
    assert hash_of(BASE.replace(part, changed)) != hash_of(BASE)


def test_a_variable_by_another_name_changes_the_hash() -> None:
    assert hash_of(BASE.replace("P: one", "Q: one")) != hash_of(BASE)


def test_text_and_list_are_two_commands() -> None:
    assert hash_of(BASE.replace("create", "[create]")) != hash_of(BASE)


def test_another_agent_changes_the_hash() -> None:
    assert hash_of(BASE.replace("agent: mine", "agent: autofix")) != hash_of(BASE)


@pytest.mark.parametrize("wish", ["allow: [Bash]", "deny: [WebFetch]", "bypass: true"])
def test_what_an_agent_may_do_unasked_is_trusted_as_well(wish: str) -> None:
    assert hash_of(BASE.replace("args: [-x]", f"args: [-x], permissions: {{{wish}}}")) != hash_of(BASE)


@pytest.mark.parametrize("other", ["id: '2'", "key: /other.pem", "installation: 8"])
def test_as_which_app_the_forge_is_asked_is_trusted(other: str) -> None:
    app = {"id": "id: '1'", "key": "key: /app.pem", "installation": "installation: 7"}

    def text(keys: dict[str, str]) -> str:
        return BASE.replace("path: /app", f"path: /app\n    scm: {{app: {{{', '.join(keys.values())}}}}}")

    assert len({hash_of(BASE), hash_of(text(app)), hash_of(text({**app, other.partition(":")[0]: other}))}) == 3


@pytest.mark.parametrize("repo", ["https://git.example.com/a/b", "git@git.example.com:a/b.git"])
def test_a_repository_at_a_server_of_its_own_is_trusted(repo: str) -> None:
    assert hash_of(BASE.replace("path: /app", f"path: /app\n    repo: {repo}")) != hash_of(BASE)


def test_what_git_would_run_changes_the_hash() -> None:
    assert hash_of(BASE, b"filter") != hash_of(BASE)


@pytest.mark.parametrize(
    "changed",
    [
        BASE + "# a comment",
        "port: 4000" + BASE,
        BASE.replace("path: /other", "path: /other, postCreate: x"),
        BASE.replace("setup: sync", "setup: sync, strategy: merge"),
        BASE.replace("path: /app", "name: App\n    path: /app"),
    ],
    ids=["comment", "port", "another project", "strategy", "name"],
)
def test_what_runs_nothing_does_not_change_the_hash(changed: str) -> None:
    assert hash_of(changed) == hash_of(BASE)


def test_the_keys_are_shown_as_they_stand_in_the_file() -> None:
    config = load_text(BASE).config
    assert dict(command_keys(config, config.projects["app"])) == {
        "agents.mine.args": ("-x",),
        "agents.mine.command": "run",
        "agents.mine.env.A": "one",
        "agents.mine.plugin": "command",
        "projects.app.agent": "mine",
        "projects.app.checks.tests.command": "make",
        "projects.app.checks.tests.env.C": "one",
        "projects.app.checks.tests.rerun": "make {tests}",
        "projects.app.env.P": "one",
        "projects.app.landing.setup": "sync",
        "projects.app.postCreate": "create",
    }
