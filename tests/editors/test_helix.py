"""Helix, which has no plugins: the language server alone shows the fleet, and answers an agent."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

CONFIGURATION = """
[language-server.ao]
command = "{ao}"
args = ["lsp"]

[[language]]
name = "python"
language-servers = ["ao"]

[[language]]
name = "markdown"
language-servers = ["ao"]
"""
FIXED = "def half(a):\n    return a / 2\n"


@pytest.fixture
def helix(hx: Path, asking: Any, h: Any, terminal: Any) -> Any:
    """The editor on the failing test."""
    settings = Path(asking.env["HOME"]) / ".config" / "helix"
    settings.mkdir(parents=True)
    (settings / "languages.toml").write_text(CONFIGURATION.format(ao=h.BIN / "ao"))
    (settings / "config.toml").write_text("[editor]\nend-of-line-diagnostics = 'hint'\n")
    loader = hx / "x86_64-linux-gnu" / "ld-linux-x86-64.so.2"
    argv = [loader, "--library-path", loader.parent, hx / "hx" / "hx", asking.env["FILE"]]
    env = {**asking.env, "TERM": "xterm-256color", "HELIX_RUNTIME": str(hx / "hx" / "runtime")}
    screen = terminal.Screen(asking.folder / "hx.sock", [str(word) for word in argv], asking.repo, env)
    yield screen
    screen.close()


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_from_diagnostic_through_the_sessions_document_to_the_landed_fix(helix, asking):
    # To trust the folder is the first thing that is asked.
    helix.shows("nothing in", "is run before you trust it")
    helix.type("", "Enter")
    helix.shows("AssertionError")
    # The failing line, and the first thing that can be done about it.
    helix.type("5G")
    helix.type(" a")
    helix.shows("Fix with agent")
    helix.type("", "Enter")
    helix.shows("asks:", "Yes")
    helix.type("", "Escape")
    helix.type(":lsp-workspace-command ao.showSessions", "Enter")
    helix.shows("# Sessions", "Needs you (1)", "permission")
    helix.type("/app-", "Enter")
    helix.type(" a")
    helix.shows("Yes")
    helix.type("", "Enter")
    helix.shows("## Over (1)")
    assert (asking.repo / "half.py").read_text() == FIXED
    assert len(asking.commits(asking.start_commit)) == 1
