"""What ``tests/conftest.py`` holds a whole run to, tried on small runs of pytest's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"

SKIPPED = """
import pytest

def test_works(): pass

def test_needs_more(): pytest.skip("no such program here")
"""
LEFT = """
import subprocess, sys

def test_leaves_something():
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
"""


@pytest.fixture
def run(tmp_path):
    """Runs pytest on one test file under our conftest; (exit code, output)."""

    def run(text, *, ci=False):
        shutil.copy(CONFTEST, tmp_path)
        (tmp_path / "test_it.py").write_text(text)
        env = {**os.environ, "CI": "true" if ci else "", "TEST_SKIPS": str(tmp_path / "skips")}
        argv = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            "/dev/null",
            "--rootdir",
            tmp_path,
        ]
        ended = subprocess.run([*argv, tmp_path], cwd=tmp_path, env=env, capture_output=True, text=True)
        return ended.returncode, ended.stdout

    return run


def test_a_skip_is_listed_with_its_reason(run, tmp_path):
    code, output = run(SKIPPED)
    assert code == 0
    assert "could not run on this machine" in output
    assert (tmp_path / "skips").read_text().strip() == "test_it.py::test_needs_more: no such program here"


def test_on_a_ci_machine_a_skip_fails_the_run(run):
    code, output = run(SKIPPED, ci=True)
    assert code == 1
    assert "skipped on a CI machine: test_it.py::test_needs_more" in output


@pytest.mark.slow
def test_a_process_that_is_left_running_fails_the_run(run):
    code, output = run(LEFT)
    left = [line.split()[3].rstrip(":") for line in output.splitlines() if line.startswith("left running: process")]
    for pid in left:
        os.kill(int(pid), 9)
    assert (code, len(left)) == (1, 1), output
