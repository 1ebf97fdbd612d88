"""The life of a session with each real program, from an editor: asked, answered, interrupted, told more, and killed."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.views import rows

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent


def _load(full: str, file: Path) -> ModuleType:
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


hunts = _load("ao_agents_hunts", HERE / "test_hunts.py")
_lsp = _load("ao_lsp_conftest", HERE.parent / "lsp" / "conftest.py")
of = _load("ao_agents_life", HERE / "life.py")
scene, folder, world, h, editors = hunts.scene, hunts.folder, hunts.world, hunts.h, _lsp.editors

PROGRAMS = [one for one in hunts.PROGRAMS if one.agent in of.KINDS]


@pytest.fixture(params=PROGRAMS, ids=[one.installed for one in PROGRAMS])
def program_of(request: Any) -> Any:
    """Each program."""
    return request.param


@pytest.fixture
def begin(program_of: Any, scene: Any, editors: Any) -> Callable[..., Any]:
    """Begin a life: a world with the program as its agent, an editor, and a task with a script for the model."""
    chosen = program_of
    kind = of.KINDS[chosen.agent]

    async def begin(*steps: Any, **settings: Any) -> Any:
        given = {"permissions": of.ALLOWED, **kind.settings, **settings}
        made = await scene(chosen, {}, **given)
        made.views, made.eventually = rows, hunts._e2e.harness.eventually
        made.scripted = lambda text, *steps: f"{text}\nMOCK{json.dumps(steps)}"
        editor = await editors()
        editor.answers["window/showMessageRequest"] = None
        await editor.idle()
        life = of.Life(made, editor, kind, chosen.agent, _lsp._editor.Editor)
        if steps:
            await life.spawn(*(step(kind) if callable(step) else step for step in steps))
        return life

    return begin


def watch(kind: Any) -> dict[str, Any]:
    """A command that runs until it is ended."""
    return kind.shell(of.WATCH)


def make(kind: Any) -> dict[str, Any]:
    """A command that has to be asked for."""
    return kind.outside(of.MAKE)


def write(name: str) -> Callable[[Any], dict[str, Any]]:
    """A command that makes a file and commits it."""
    return lambda kind: kind.shell(f"touch {name} && {of.COMMIT}")


async def test_what_it_asks_is_asked_in_the_editor_and_allowed_there(begin: Any) -> None:
    life = await begin(make, of.DONE)
    asked = await life.ask()
    assert of.MAKE in asked["message"]
    assert not (life.tree / of.MADE).exists()
    (ask,) = (await life.shows("permission"))["asks"]
    assert [one["title"] for one in asked["actions"]] == [one["label"] for one in ask["options"]]
    life.choose(next(one["label"] for one in ask["options"] if one["does"] == "allow"))
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    assert (life.tree / of.MADE).exists()


async def test_what_is_denied_with_words_is_not_done_and_the_model_is_told(begin: Any) -> None:
    life = await begin(make, of.DONE)
    await life.ask()
    await life.command("answer", option="deny", text="Use git.")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    assert not (life.tree / of.MADE).exists()
    assert life.kind.refused in str(life.seen[-1]["got"]), life.seen[-1]


async def test_it_is_interrupted_while_a_tool_runs_and_goes_on_in_the_same_process(begin: Any) -> None:
    life = await begin(watch, of.DONE)
    await life.works()
    program = life.program()
    await life.command("interrupt")
    assert (await life.shows("interrupted"))["state"] == "waiting"
    await life.eventually(lambda: not life.tools(), 10.0)
    assert life.program() == program
    await life.send({"text": "Something else."}, text="Rather this.")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("Something else.", ""), life.account()
    assert life.told("Rather this.") == 1
    assert len(life.facts.turns) == 1
    await life.eventually(lambda: not life.left(), 10.0)


# Of opencode a tool whose process is ended from outside does not end, which nobody has explained yet; that it is told
# when it is done is in its recorded conversations and in the delivery test.
NOT_OPENCODE = [one for one in PROGRAMS if one.agent != "opencode"]


@pytest.mark.parametrize("program_of", NOT_OPENCODE, ids=[one.installed for one in NOT_OPENCODE])
async def test_a_message_while_it_works_reaches_the_model_once_and_as_it_is(begin: Any) -> None:
    words = 'Look at  the "other" file too: é 漢字 🎉 \\n $HOME <b>'
    life = await begin(watch, {"text": "First."}, {"text": "Then."})
    await life.works()
    id = await life.send(text=words)
    assert (await life.message(id))["state"] in ("queued", "offered", "accepted")
    await life.eventually(life.tools)
    life.end_tool()
    turn = await life.turn(1)
    assert turn.error == "", life.account()
    assert (await life.message(id))["state"] == "answered"
    assert life.told(words) == 1, life.account()
    assert len(life.facts.turns) == 1


async def test_a_program_that_is_killed_leaves_no_tool_and_its_next_turn_resumes_the_conversation(
    begin: Any, h: Any
) -> None:
    # Some answer by themselves what they left open: then a step is passed over.
    life = await begin(watch, write("work"), write("work"), *[of.DONE] * 3)
    await life.works()
    await life.keeps()
    life.program().kill()
    turn = await life.turn(1)
    assert turn.error == "failed", life.account()
    assert "its program ended by signal 9" in turn.summary
    assert not life.tools()
    first = life.facts.conversation
    # Some call the tool again of which they have no answer.
    await life.eventually(lambda: life.end_tool() or (len(life.facts.turns) > 1 and life.facts.turns[1].ended_at))
    turn = await life.turn(2)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    assert life.facts.conversation == first
    # The script is in what was said in the first turn: it goes on only where the model is told of that.
    assert "MOCK" not in str(life.seen[-1]["said"])
    assert h.git(life.world.repo, "ls-tree", "--name-only", await life.landed(), "work") == "work"


async def test_one_that_is_stopped_while_a_tool_runs_is_brought_back_and_goes_on(begin: Any, h: Any) -> None:
    life = await begin(lambda kind: kind.shell(f"touch work && {of.WATCH}"), of.DONE)
    await life.works()
    tree, conversation = life.tree, life.facts.conversation
    await life.command("stop")
    assert (await life.row())["detail"] == "stopped"
    assert not life.left()
    assert not tree.exists()
    await life.command("restore")
    assert life.tree == tree
    assert (tree / "work").exists()
    await life.send(write("more")(life.kind), {"text": "Back again."}, text="And now?")
    turn = await life.turn(2)
    assert (turn.summary, turn.error) == ("Back again.", ""), life.account()
    assert life.facts.conversation == conversation
    assert "# Your task" not in life.transcript(2)
    assert h.git(life.world.repo, "ls-tree", "--name-only", await life.landed(), "work", "more") == "more\nwork"


async def test_a_worktree_that_somebody_removed_is_brought_back(begin: Any) -> None:
    # What takes a test away is held: the session stays open.
    life = await begin(lambda kind: kind.shell(f"git rm -q tests/test_half.py && {of.COMMIT}"), of.DONE)
    await life.shows("held")
    await life.ask()
    conversation = life.facts.conversation
    shutil.rmtree(life.tree)
    await life.send({"text": "Back again."}, text="And now?")
    assert "restore" in (await life.shows("worktree gone"))["detail"]
    await life.ask()
    await life.command("restore")
    turn = await life.turn(2)
    assert (turn.summary, turn.error) == ("Back again.", ""), life.account()
    assert life.facts.conversation == conversation
    assert (life.tree / "half.py").exists()
    assert not (life.tree / "tests").exists()
    assert "Do it." not in str(life.seen[-1]["said"])


async def test_a_new_daemon_knows_what_was_asked_and_goes_on(begin: Any) -> None:
    life = await begin(make, of.DONE)
    await life.ask()
    program = life.program()
    async with life.restarted():
        (ask,) = (await life.shows("permission"))["asks"]
        assert life.program() == program
        await life.command("answer", ask=ask["id"], option="allow")
        turn = await life.turn(1)
        assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
        assert (life.tree / of.MADE).exists()
        assert len(life.facts.asks) == 1
        assert life.told("Do it.") == 1
