"""Neovim, the newest and the oldest that is supported, with the configuration that this project ships."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SUITES = {"0.12": "forky", "0.10": "trixie"}


@pytest.fixture(params=SUITES)
def nvim(request):
    """Neovim of a Debian suite, unpacked once into the cache."""
    folder = ROOT / ".cache" / "nvim" / SUITES[request.param]
    if not (folder / "nvim").exists():
        subprocess.run([Path(__file__).with_name("get_neovim.sh"), SUITES[request.param], folder], check=True)
    return folder / "nvim"


@pytest.mark.slow
@pytest.mark.network
def test_from_diagnostic_through_code_action_to_the_landed_fix(red, nvim):
    done = subprocess.run(
        [nvim, "--headless", "--clean", "-n", "-l", Path(__file__).with_name("hunt.lua")],
        env={**red.env, "PLUGIN": str(ROOT / "editors" / "neovim")},
        cwd=red.repo,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "line 5: ao:unit tests/test_half.py::test_half: AssertionError:"
    assert lines[1].startswith("actions: Fix with agent, Fix with …")
    assert "gone" in lines
    assert len(red.commits(red.start_commit)) == 1
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"


@pytest.mark.slow
@pytest.mark.network
def test_the_configuration_is_completed_explained_mended_and_put_into_shape(red, nvim):
    done = subprocess.run(
        [nvim, "--headless", "--clean", "-n", "-l", Path(__file__).with_name("configure.lua")],
        env={
            **red.env,
            "PLUGIN": str(ROOT / "editors" / "neovim"),
            "FILE": str(red.repo / "agent-orchestrator.yaml"),
        },
        cwd=red.repo,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines() == [
        "completed: projects:|  app|    landing: {checkout: |  : [",
        "hover: `limits.minutes.turn` Minutes one turn of an agent may take. Allowed: a number above 0.   Default: 30.",
        "formatted: # é😀|limits:  # why|  attempts: 3",
    ]
