"""Gates while they run: shown as progress, and ended when nobody waits for them any more."""

from __future__ import annotations

import pytest

FIXED = 'grep -q \'a / 2\' half.py && sleep 1000; exec "$0" "$@"'
HALF = "def half(a):\n    return a // 2\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"


@pytest.fixture
async def gated(world, editors, h):
    """A world in which the gate of the one fix goes on for ever, and does now; an editor on it."""
    check = {**h.UNIT, "command": ["sh", "-c", FIXED, *h.UNIT["command"]]}
    world.make({"half.py": HALF, "tests/test_half.py": TEST}, checks={"unit": check})
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    await world.start()
    editor = await editors()
    await editor.command("ao.hunt", checkout="never")
    await world.until(lambda s: {run.tree for run in s.runs.values()} & {x.head_tree for x in s.sessions.values()})
    await h.eventually(lambda: world.processes("sleep"))
    yield world, editor
    await editor.command("ao.stop", all=True)
    editor.messages.clear()


def shown(editor, title):
    """The token of the progress with that title."""
    titles = {token: values[0].get("title") for token, values in editor.progress.items() if values}
    return next((token for token, found in titles.items() if found == title), None)


async def test_a_gate_is_cancelled_by_its_progress(gated, h):
    world, editor = gated
    (session,) = world.state.sessions
    token = await editor.until(lambda: shown(editor, f"ao gate {session}"))
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    await h.eventually(lambda: not world.processes("sleep"), 20)
    await world.until(lambda s: s.sessions[session].closed)
    await editor.until(lambda: editor.progress[token][-1]["kind"] == "end")
    assert world.state.landings == {}


async def test_the_gate_of_a_session_that_is_stopped_ends(gated, h):
    world, editor = gated
    (session,) = world.state.sessions
    await editor.command("ao.stop", session=session)
    await h.eventually(lambda: not world.processes("sleep"), 20)
    await world.until(lambda s: not s.runs)
    assert not any((world.app.context.places.state / "gates").iterdir())


async def test_the_gate_of_the_target_can_not_be_cancelled(gated):
    _, editor = gated
    token = shown(editor, "ao gate main")
    assert editor.progress[token][0]["cancellable"] is False
