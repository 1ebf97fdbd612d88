"""Emacs with eglot, which knows nothing of this project: the standard alone carries a whole hunt."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

EGLOT = any(Path("/usr/share/emacs/site-lisp").glob("elpa*/eglot*")) if shutil.which("emacs") else False


pytestmark = pytest.mark.skipif(not EGLOT, reason="needs Emacs with eglot (Debian: emacs-nox elpa-eglot)")


def emacs(script: str, world: Any) -> list[str]:
    """The lines that a script prints."""
    done = subprocess.run(
        ["emacs", "--batch", "--no-init-file", "-l", Path(__file__).with_name("emacs") / script],
        env={**world.env, "TERM": "dumb"},
        cwd=world.repo,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_from_diagnostic_through_code_action_to_the_landed_fix(red):
    lines = emacs("hunt.el", red)
    assert lines[0] == "line 5: ao:unit [tests/test_half.py::test_half]: AssertionError:"
    assert lines[1].startswith("actions: Fix with agent, Fix with …")
    assert next(line for line in lines if line.startswith("asked: ")).endswith("Choose an option: ")
    assert red.show("half.py") == "def half(a):\n    return a / 2"
    assert len(red.commits(red.start_commit)) == 1
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"


@pytest.mark.slow
def test_an_agent_is_answered_on_its_line_of_the_sessions_document(asking):
    lines = emacs("sessions.el", asking)
    assert "headings: Needs you (1)" in lines
    assert next(line for line in lines if line.startswith("line: ")).startswith("line: - app-")
    assert lines[-1] == "over"
    assert (asking.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"
