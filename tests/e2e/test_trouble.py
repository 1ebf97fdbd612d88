"""Bad input and trouble: repositories, agents and checks that are not as one would wish."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
FIX = ["replace", "half.py", "a // 2", "a / 2"]


# Repositories


async def add(world, folder: Path) -> str:
    """Why the folder can not be driven."""
    with pytest.raises(Refused) as refused:
        await world.call("projectAdd", t.AddProjectParams(path=str(folder)))
    return str(refused.value)


@pytest.fixture
async def daemon(world):
    """A daemon that drives one good project, so that every other folder is a second one."""
    world.make(FILES)
    world.agents_do({"test_half": [[FIX]]})
    await world.start()
    return world


async def test_a_folder_that_is_no_repository_is_refused_by_name(daemon, folder):
    (folder / "plain").mkdir()
    assert f"{folder / 'plain'}" in await add(daemon, folder / "plain")


async def test_a_repository_without_commits_is_refused(daemon, folder, h):
    (folder / "empty").mkdir()
    h.git(folder / "empty", "init", "-q", "-b", "main")
    assert "commit" in await add(daemon, folder / "empty")


async def test_a_bare_repository_is_refused(daemon, folder):
    subprocess.run(["git", "init", "-q", "--bare", folder / "bare.git"], check=True)
    assert "bare" in await add(daemon, folder / "bare.git")


async def test_a_detached_head_needs_a_named_branch(daemon, folder, h):
    other = folder / "other"
    subprocess.run(["git", "clone", "-q", daemon.repo, other], check=True)
    h.git(other, "remote", "remove", "origin")
    h.git(other, "checkout", "-q", "--detach")
    assert "detached HEAD" in await add(daemon, other)


async def test_a_project_opened_through_a_linked_worktree_is_the_main_checkout(world, h, folder):
    world.make(FILES)
    h.git(world.repo, "worktree", "add", "-q", "-b", "side", str(folder / "side"))
    await world.start()
    before = set(world.state.projects)
    await world.call("projectAdd", t.AddProjectParams(path=str(folder / "side")))
    assert set(world.state.projects) == before


async def test_another_folder_with_a_projects_id_changes_nothing_of_that_project(daemon, folder, h):
    other = folder / "other"
    subprocess.run(["git", "clone", "-q", daemon.repo, other], check=True)
    config = (other / "agent-orchestrator.yaml").read_text()
    (other / "agent-orchestrator.yaml").write_text(config.replace("minitest.py", "nothing.py"))
    before = daemon.app.driven("app")
    assert "another id" in await add(daemon, other)
    assert (daemon.app.driven("app"), daemon.app.context.driven("app")) == (before, before)


async def test_until_a_change_is_recorded_what_runs_is_what_was_trusted(daemon, monkeypatch):
    seen = []
    record = daemon.app.engine.record

    async def recording(*events):
        # Whatever begins now begins under the old trust.
        seen.append([check.id for check in daemon.app.context.driven("app").checks])
        return await record(*events)

    daemon.configure(checks={"other": {"command": ["true"]}})
    monkeypatch.setattr(daemon.app.engine, "record", recording)
    await daemon.call("projectAdd", t.AddProjectParams(path=str(daemon.repo)))
    monkeypatch.undo()
    assert (seen, [check.id for check in daemon.app.context.driven("app").checks]) == ([["unit"]], ["other"])


async def test_nothing_of_an_untrusted_folder_runs(daemon, folder, h):
    other = folder / "other"
    other.mkdir()
    h.git(other, "init", "-q", "-b", "main")
    h.git(other, "config", "user.name", "A")
    h.git(other, "config", "user.email", "a@example.org")
    marker = folder / "ran"
    config = f"projects:\n  other:\n    path: .\n    checks:\n      x: {{ command: [touch, {marker}] }}\n"
    h.commit(other, {"agent-orchestrator.yaml": config})
    await daemon.call("projectAdd", t.AddProjectParams(path=str(other)))
    for method, params in (
        ("check", t.CheckParams(project="other")),
        ("hunt", t.HuntParams(project="other")),
        ("new", t.NewParams(task="x", project="other", agent="scripted")),
    ):
        with pytest.raises(Refused, match="not trusted"):
            await daemon.call(method, params)
    assert not marker.exists()


async def test_a_repository_with_a_submodule_is_hunted(world, h, folder):
    inner = folder / "inner"
    inner.mkdir()
    h.git(inner, "init", "-q", "-b", "main")
    h.git(inner, "config", "user.name", "A")
    h.git(inner, "config", "user.email", "a@example.org")
    h.commit(inner, {"x.txt": "x\n"})
    world.make(FILES)
    h.git(world.repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "inner")
    h.commit(world.repo, {"note.txt": "with a submodule\n"})
    world.agents_do({"test_half": [[FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)


async def test_without_an_identity_in_git_a_stated_one_commits(world, h):
    world.make(FILES)
    h.git(world.repo, "config", "--unset", "user.name")
    h.git(world.repo, "config", "--unset", "user.email")
    world.agents_do({"test_half": [[FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert h.git(world.repo, "log", "-1", "--format=%ce") == "agent-orchestrator@localhost"


async def test_names_that_are_taken_are_left_alone(daemon, h):
    taken = daemon.repo / ".worktrees" / "fix-test-half-tests-test-half-py"
    taken.mkdir(parents=True)
    (taken / "mine.txt").write_text("mine\n")
    h.git(daemon.repo, "branch", "ao/app-fix-test-half-tests-test-half-py-2")
    row = await daemon.hunt()
    assert row.green, daemon.account(row)
    assert [s.name for s in row.sessions] == ["fix-test-half-tests-test-half-py-3"]
    assert (taken / "mine.txt").read_text() == "mine\n"


async def test_no_hook_of_the_repository_runs(daemon, folder):
    hooks = daemon.repo / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    marker = folder / "hooked"
    for name in (
        "post-checkout",
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "post-merge",
        "post-index-change",
    ):
        hook = hooks / name
        hook.write_text(f"#!/bin/sh\necho {name} >>{marker}\n")
        hook.chmod(0o755)
    row = await daemon.hunt()
    assert row.green, daemon.account(row)
    assert not marker.exists()


# Agents


@pytest.mark.parametrize("crime", ["rm .git", "rm -rf .git; mkdir .git", "echo gitdir: /nowhere >.git"])
async def test_an_agent_that_destroys_its_git_file_harms_nobody(world, h, crime):
    world.make(FILES)
    world.agents_do({"test_half": [[["shell", crime], FIX]]})
    await world.start()
    row = await world.hunt()
    assert h.git(world.repo, "status", "--porcelain") == ""
    assert h.git(world.repo, "fsck", "--no-dangling") == ""
    assert row.green or row.sessions[0].detail.startswith("left"), world.account(row)


async def test_an_agent_that_changes_shared_git_configuration_is_held_for_a_person(world):
    world.make(FILES)
    world.agents_do({"test_half": [[["shell", "git config core.pager evil"], FIX]]})
    await world.start()
    row = await world.hunt()
    (session,) = row.sessions
    assert session.state == "waiting"
    assert "the shared git configuration changed: core.pager" in session.held[0]


async def test_an_agent_that_moves_another_branch_is_held_for_a_person(world, h):
    world.make(FILES)
    h.git(world.repo, "branch", "release")
    world.agents_do({"test_half": [[["shell", "git branch -D release"], FIX]]})
    await world.start()
    row = await world.hunt()
    assert "refs/heads/release" in row.sessions[0].held[0]


async def test_what_an_agent_leaves_running_ends_with_its_turn(world, folder):
    world.make(FILES)
    pid = folder / "pid"
    sleeper = f"setsid sh -c 'echo $$ >{pid}; exec sleep 1000' >/dev/null 2>&1"
    escape = f"{sleeper} & while [ ! -s {pid} ]; do :; done"
    world.agents_do({"test_half": [[["shell", escape], FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()


async def test_a_worktree_that_somebody_removed_is_said_and_no_crash(world):
    world.make(FILES)
    world.agents_do({"test_half": [[["shell", 'rm -rf "$PWD"']], [FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.sessions[0].detail.startswith(("worktree gone", "left")), world.account(row)
    assert not world.state.problems, world.account(row)


# Checks


async def proven(world, h, command: list[str], **check) -> str:
    """Why a hunt ended whose only check is ``command``."""
    world.make(FILES, checks={"odd": {"command": command, **check}})
    world.agents_do({})
    await world.start()
    return (await world.hunt()).reason


async def test_a_check_that_hangs_ends_with_the_key_that_allows_more(world, h):
    reason = await proven(world, h, ["sh", "-c", "sleep 1000"], timeout=1)
    assert "ran longer than 1 s" in reason
    assert "checks.odd.timeout" in reason


@pytest.mark.parametrize(
    "report",
    ["", "not xml", "<testsuites><testcase/>", '<!DOCTYPE a [<!ENTITY b "b">]><testsuites>&b;</testsuites>', "[]"],
)
async def test_a_malformed_report_is_no_proof(world, h, report):
    program = f"import sys; open(sys.argv[1], 'w').write({report!r})"
    reason = await proven(world, h, [sys.executable, "-S", "-c", program, "{report}"], format="junit")
    assert reason.startswith("the target can not be proven: odd"), reason


async def test_a_check_that_fails_without_a_word_is_one_failure_with_its_output(world):
    command = ["sh", "-c", "echo something is wrong; exit 3"]
    world.make(FILES, checks={"odd": {"command": command}})
    world.agents_do({"odd": [[["exit", 3]]]})
    await world.start()
    row = await world.hunt()
    (failure,) = row.failures
    assert (failure.key, failure.state) == ("", "left")
    assert "something is wrong" in world.told()[0]["failures"][0]["output"]


@pytest.mark.slow
async def test_a_hundred_megabytes_of_broken_utf8_are_survived(world):
    program = "import sys\nfor _ in range(100): sys.stdout.buffer.write(b'\\xff\\xfe' * 500_000 + b'\\n')\nsys.exit(1)"
    world.make(FILES, checks={"odd": {"command": [sys.executable, "-S", "-c", program]}})
    world.agents_do({"odd": [[["exit", 3]]]})
    await world.start()
    row = await world.hunt(patience=100)
    assert [f.state for f in row.failures] == ["left"]
