"""Emacs with eglot, which knows nothing of this project: the standard alone carries a whole hunt."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

EGLOT = any(Path("/usr/share/emacs/site-lisp").glob("elpa*/eglot*")) if shutil.which("emacs") else False


@pytest.mark.skipif(not EGLOT, reason="needs Emacs with eglot (Debian: emacs-nox elpa-eglot)")
def test_from_diagnostic_through_code_action_to_the_landed_fix(red, h):
    script = Path(__file__).with_name("hunt.el")
    done = subprocess.run(
        ["emacs", "--batch", "--no-init-file", "-l", script],
        env={**red.env, "TERM": "dumb"},
        cwd=red.repo,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "line 5: ao:unit [tests/test_half.py::test_half]: AssertionError:"
    assert lines[1].startswith("actions: Fix with agent, Fix with …")
    assert next(line for line in lines if line.startswith("asked: ")).endswith("Choose an option: ")
    assert red.show("half.py") == "def half(a):\n    return a / 2"
    assert len(red.commits(red.start_commit)) == 1
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"
