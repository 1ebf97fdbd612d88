"""What the real programs are told arrives once and as it was; the log of the model is the judge of what arrived."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
COUNT = 60
loaded = sys.modules["ao_agents"].loaded
hunts = loaded("ao_agents_hunts", HERE / "test_hunts.py")
texts = loaded("ao_fake_tui_texts", HERE.parent / "fakes" / "tui" / "texts.py")
scene, folder, world, h = hunts.scene, hunts.folder, hunts.world, hunts.h

#: The screen of 2.1.197 takes as long again.
SCREEN = [p for p in hunts.PROGRAMS if p.installed == "claude-code-2.1.330"]
CHANNEL = [p for p in hunts.PROGRAMS if p.agent in ("claude-code", "codex", "gemini", "opencode")]
#: It is one-shot unless told.
TALKED = [p for p in hunts.PROGRAMS if p.agent == "kimicode"]
CASES = [*((p, "terminal") for p in SCREEN), *((p, "") for p in CHANNEL), *((p, "structured") for p in TALKED)]


def heard(seen: list[dict[str, Any]]) -> Iterator[str]:
    """What users said in the conversation, once each.

    What is asked beside it, as which model is to answer, has no tools. While a program takes messages into one turn, a
    request holds those of the one before it and more; one that holds the same and no more is a message told twice.
    """
    said = [list(request["said"]) for request in seen if request.get("tools") and request.get("said")]
    for one, following in zip(said, [*said[1:], []], strict=True):
        if len(following) <= len(one) or following[: len(one)] != one:
            yield from one


@pytest.mark.parametrize(("chosen", "channel"), CASES, ids=[f"{p.installed}-{c or 'protocol'}" for p, c in CASES])
async def test_messages_arrive_once_each_and_as_they_were(scene: Any, world: Any, chosen: Any, channel: str) -> None:
    known = {"hasCompletedOnboarding": True, "projects": {str(world.repo): {"hasTrustDialogAccepted": True}}}
    (Path(world.env["HOME"]) / ".claude.json").write_text(json.dumps(known))
    settings = {"channel": channel} if channel else {}
    # It works for as long as the messages take to be stored.
    made = await scene(chosen, {"wait for me": [{"text": "Waited.", "sleep": 3, "until": time.time() + 8}]}, **settings)
    session = (await made.call("new", t.NewParams(task="wait for me", agent=chosen.agent))).id
    await made.until(lambda state: any(f.kind == "accepted" for f in state.sessions[session].facts), 60.0)
    sent = {}
    for text in texts.messages(COUNT, seed=7):
        try:
            sent[(await made.call("send", t.SendParams(session=session, text=text))).id] = text
        except Refused:
            assert not texts.expected(text), f"refused: {text!r}"
    try:
        await made.until(lambda state: state.sessions[session].turns[-1].ended_at, 110.0)
    except TimeoutError:
        now = made.state.sessions[session]
        waits = [m for m in now.messages if not m.accepted_at]
        pytest.fail(f"{len(waits)} of {len(sent)} were not taken, the first is {waits[:1]}")
    now = made.state.sessions[session]
    assert len(now.turns) == 1, [(turn.summary, turn.error) for turn in now.turns]
    assert [m.text for m in now.messages if not m.accepted_at] == []
    # Nothing of them was run: some have commands in them.
    assert hunts._e2e.harness.git(Path(now.path), "status", "--porcelain", "--ignored") == ""
    shown = texts.visible if channel == "terminal" else str
    said = "\n\0\n".join(shown(texts.unescaped(each)) for each in heard(made.seen))
    # A protocol needs nothing before a text.
    wanted = Counter(
        shown(texts.expected(text))
        if channel == "terminal"
        else texts.expected(text, typed=False).removeprefix(texts.BEFORE)
        for text in sent.values()
    )
    assert [text[:300] for text in wanted if text not in said] == []
    # A short one can be a part of any other.
    assert [text[:80] for text, count in wanted.items() if len(text) > 12 and said.count(text) != count] == []
