"""What a person sees of the plugin for Neovim on a real terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parents[2] / "editors" / "neovim"
pytestmark = [pytest.mark.slow, pytest.mark.network]

INIT = """
vim.opt.runtimepath:prepend({plugin!r})
vim.g.agent_orchestrator = {{ cmd = {{ {ao!r}, 'lsp' }} }}
-- So that these keys are surely typed before it asks.
require('agent_orchestrator.prompts').PAUSE = 3000
vim.o.laststatus = 2
vim.o.statusline = "%f:%l%=%{{v:lua.require'agent_orchestrator'.statusline()}}"
"""
#: A status line when nothing is going on.
GREEN = re.compile(r"^tests/test_half\.py:\d+ +ao *$", re.MULTILINE)


@pytest.fixture
def screen(asking, nvim, terminal):
    """Neovim on the failing test, as a person starts it."""
    init = asking.folder / "init.lua"
    init.write_text(INIT.format(plugin=str(PLUGIN), ao=asking.env["AO"]))
    env = {**asking.env, "TERM": "tmux-256color"}
    argv = [str(nvim), "-n", "-u", str(init), "tests/test_half.py"]
    shown = terminal.Screen(asking.folder / "t", argv, asking.repo, env)
    yield shown
    shown.close()


def test_a_person_takes_a_failing_test_to_green(asking, screen):
    screen.shows("is run before you trust it", "1: Trust and run")
    screen.type("1", "Enter")
    screen.shows("ao: 1 red")
    screen.type(":Ao hunt", "Enter")
    # Whoever types is not asked.
    screen.shows("ao: 1 need you")
    screen.type(":Ao sessions", "Enter")
    screen.shows("## Needs you (1)", "permission: Run: make half", "sessions.md")
    screen.shows("asker asks: Run: make half", "1: Yes", "2: No")
    screen.type("", "Enter")
    screen.until(lambda text: "1: Yes" not in text, "more question")
    screen.type("a")
    screen.shows("asks: Run: make half", "1: Yes")
    screen.type("1", "Enter")
    screen.shows("## Over (1)", "landed")
    screen.until(lambda text: GREEN.search(text), "green status line")
    screen.type("d")
    screen.shows("-    return a // 2", "+    return a / 2")
    assert (asking.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"


def test_a_question_waits_until_nobody_types(asking, screen):
    screen.shows("1: Trust and run")
    screen.type("1", "Enter")
    screen.shows("ao: 1 red")
    screen.type(":Ao hunt", "Enter")
    screen.type("i")
    screen.shows("ao: 1 need you", "-- INSERT --")
    screen.type("1", "Enter")
    text = screen.until(lambda text: text.startswith("1\n") and "ao: 1 need you" in text, "typed line")
    assert "asker asks" not in text
    screen.type("", "Escape")
    screen.shows("asker asks: Run: make half", "1: Yes")
    screen.type("1", "Enter")
    screen.until(lambda text: GREEN.search(text), "green status line")
