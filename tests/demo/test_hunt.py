"""The whole demo, as a person runs it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import psutil
import pytest

pytestmark = pytest.mark.slow


def git(repository, *words):
    return subprocess.run(["git", "-C", repository, *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(600)
def test_twice_in_a_row_it_ends_green_with_everything_fixed_but_what_is_flaky(folder, run, checks):
    for name in ("ao-demo-1", "ao-demo-2"):
        ended = run("demo", "--svg", "demo.svg", cwd=folder)
        assert (ended.returncode, ended.stderr) == (0, ""), ended.stdout + ended.stderr
        repository = folder / name / "cornershop"
        assert "✓ main is green" in ended.stdout
        assert "FLAKY  1 failure" in ended.stdout
        assert str(repository) in ended.stdout
        assert checks(repository) == (set(), set())
        assert git(repository, "status", "--porcelain") == ""
        assert list((repository / ".worktrees").iterdir()) == []
        assert git(repository, "branch", "--format=%(refname:short)").split() == ["main"]
    assert list((folder / "home").iterdir()) == []
    picture = ElementTree.parse(folder / "demo.svg").getroot()
    assert "main\N{NO-BREAK SPACE}is\N{NO-BREAK SPACE}green" in " ".join(picture.itertext())


@pytest.mark.timeout(300)
def test_the_commands_that_it_names_at_the_end_work(folder, run):
    said = run("demo", "here", cwd=folder).stdout.splitlines()
    path = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder / "home")}
    try:
        codes = {
            command: subprocess.run(["sh", "-c", command], cwd=folder, env=path, capture_output=True).returncode
            for command in (line.strip() for line in said[-3:])
        }
    finally:
        subprocess.run(["sh", "-c", f". {folder}/here/env.sh; ao daemon stop"], env=path, capture_output=True)
    assert set(codes.values()) == {0}, codes


@pytest.mark.timeout(180)
def test_interrupted_it_takes_its_agents_and_its_daemon_along(folder):
    argv = [sys.executable, "-m", "agent_orchestrator", "demo", "here"]
    with subprocess.Popen(argv, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as demo:
        assert any("working" in line for line in demo.stdout), demo.stderr.read()
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate()
    assert demo.returncode == 130
    assert "its sessions and its daemon are stopped" in said
    assert list((folder / "here" / "cornershop" / ".worktrees").iterdir()) == []
    known = [process for process in psutil.process_iter(["cmdline"]) if str(folder) in str(process.info["cmdline"])]
    assert known == []
