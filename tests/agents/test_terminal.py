"""Claude Code on its own screen: its hooks say what it does, and what it is told is typed."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t

pytestmark = pytest.mark.slow

_spec = importlib.util.spec_from_file_location("ao_agents_hunts", Path(__file__).with_name("test_hunts.py"))
assert _spec is not None
assert _spec.loader is not None
hunts = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = hunts
_spec.loader.exec_module(hunts)
scene, folder, world, h = hunts.scene, hunts.folder, hunts.world, hunts.h

CLAUDE = [p for p in hunts.PROGRAMS if p.agent == "claude-code"]


@pytest.fixture(params=CLAUDE, ids=[p.installed for p in CLAUDE])
def on_screen(request: Any, scene: Any, world: Any) -> Any:
    """A place where claude was used before: it asks nothing of a new user, and trusts the repository."""

    async def make(book: Any, **settings: Any) -> Any:
        home = Path(world.env["HOME"])
        known = {"hasCompletedOnboarding": True, "projects": {str(world.repo): {"hasTrustDialogAccepted": True}}}
        (home / ".claude.json").write_text(json.dumps(known))
        return await scene(request.param, book, channel="terminal", **settings)

    return make


async def test_a_failing_test_becomes_a_landed_commit(on_screen, h):
    made = await on_screen({"test_half": hunts.CLAUDE})
    row = await made.hunt(patience=100.0)
    assert row.green, made.account(row)
    (session,) = row.sessions
    assert (session.error, session.attempt, session.summary) == ("", 1, hunts.DONE)
    assert h.git(made.repo, "status", "--porcelain") == ""


async def test_a_permission_is_answered_with_a_key(on_screen, folder):
    steps = [{"tool": "Bash", "input": {"command": f"touch {folder}/made", "description": "Touch"}}, {"text": "Made."}]
    made = await on_screen({"make it": steps})
    session = (await made.call("new", t.NewParams(task="make it", agent="claude-code"))).id
    state = await made.until(lambda state: state.sessions[session].open_asks, 60.0)
    assert state.sessions[session].open_asks[0].ask.subjects == (f"touch {folder}/made",)
    await made.call("answer", t.AnswerParams(session=session, option="allow"))
    state = await made.until(lambda state: state.sessions[session].turns[0].ended_at, 60.0)
    assert state.sessions[session].turns[0].summary == "Made."
    assert (folder / "made").exists()


async def test_a_file_that_a_message_names_is_not_read_into_it(on_screen, folder):
    (folder / "secret").write_text("nobody is to read this\n")
    made = await on_screen({"make it": [{"text": "Made."}]})
    task = f"make it like @{folder}/secret is, please"
    session = (await made.call("new", t.NewParams(task=task, agent="claude-code"))).id
    await made.until(lambda state: any(turn.ended_at for turn in state.sessions[session].turns), 60.0)
    await made.call("send", t.SendParams(session=session, text=f"make it as @{folder}/secret once more"))
    # What its screen lost is typed again in another turn.
    await made.until(lambda state: state.sessions[session].messages[0].answered_at, 110.0)
    said = json.dumps(made.seen)
    assert "once more" in said
    assert "nobody is to read this" not in said
