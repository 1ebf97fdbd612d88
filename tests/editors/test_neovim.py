"""Neovim, the newest and the oldest that is supported, with the plugin that this project ships."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent / "neovim"
FIXED = "def half(a):\n    return a / 2\n"

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture
def script(red, nvim):
    """Run a script inside Neovim; what it says, by lines."""

    def run(name: str) -> list[str]:
        done = subprocess.run(
            [nvim, "--headless", "--clean", "-n", "-l", HERE / name],
            env={**red.env, "PLUGIN": str(ROOT / "editors" / "neovim")},
            cwd=red.repo,
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


def test_from_diagnostic_through_code_action_to_the_landed_fix(red, script):
    lines = script("hunt.lua")
    assert lines[0] == "line 5: ao:unit tests/test_half.py::test_half: AssertionError:"
    assert lines[1].startswith("actions: Fix with agent, Fix with …")
    assert "gone" in lines
    assert len(red.commits(red.start_commit)) == 1
    assert (red.repo / "half.py").read_text() == FIXED


def test_a_hunt_is_followed_answered_and_landed_by_the_command(asking, script):
    lines = script("story.lua")
    session = "app-fix-test-half-tests-test-half-py"
    asked = next(line for line in lines if line.startswith("asked: "))
    assert asked.startswith(f"asked: {session} asks: Run: make half")
    assert [line for line in lines if not line.startswith(("told: ", "asked: "))] == [
        "red: ao:unit",
        "group: ## Needs you (1)",
        "options: yes, no",
        "cursor on: the session",
        "diff: -    return a // 2 / +    return a / 2",
        "sides:     return a // 2 |     return a / 2, line 2",
        "green",
    ]
    assert {"told: ao: 1 red", f"told: ao: {session}: Yes"} <= set(lines)
    assert len(asking.commits(asking.start_commit)) == 1
    assert (asking.repo / "half.py").read_text() == FIXED


@pytest.fixture
def specs(nvim, busted, folder, h):
    """Run the specs of a folder inside Neovim."""

    def run(name: str, others: list[Path]) -> None:
        done = subprocess.run(
            [nvim, "--headless", "--clean", "-n", "-l", HERE / "busted.lua", "--no-auto-insulate", HERE / name],
            env={
                "HOME": str(folder),
                "PATH": f"{h.BIN}:/usr/bin:/bin",
                "LANG": "C.UTF-8",
                "PLUGIN": str(ROOT / "editors" / "neovim"),
                "SPECS": str(HERE / name),
                "LUA": str(busted),
                "OTHERS": ",".join(map(str, others)),
            },
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"[1-9]\d* successes / 0 failures / 0 errors / 0 pending", done.stdout + done.stderr)

    return run


def test_the_specs_hold_inside_neovim(specs):
    specs("spec", [])


def test_its_pickers_work_in_telescope(specs, telescope):
    specs("telescope", telescope)


def test_the_configuration_is_completed_explained_mended_and_put_into_shape(red, script):
    red.env["FILE"] = str(red.repo / "agent-orchestrator.yaml")
    assert script("configure.lua") == [
        "completed: projects:|  app|    landing: {checkout: |  : [",
        "hover: `limits.minutes.turn` Minutes one turn of an agent may take. Allowed: a number above 0.   Default: 30.",
        "formatted: # é😀|limits:  # why|  attempts: 3",
    ]
