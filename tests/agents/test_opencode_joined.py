"""A session of the real opencode that a person joins with opencode's own screen: both see and lead one conversation."""

from __future__ import annotations

import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.protocol import types as t

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


life_of, people = _load("test_life"), _load("person")
scene, folder, world, h = life_of.scene, life_of.folder, life_of.world, life_of.h
editors, program_of, begin, of = life_of.editors, life_of.program_of, life_of.begin, life_of.of
OPENCODE = [one for one in life_of.PROGRAMS if one.agent == "opencode"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("program_of", OPENCODE, ids=[one.installed for one in OPENCODE], indirect=True),
]
WORKS, ASKS = "esc interrupt", "Permission required"


@pytest.fixture
def person() -> Iterator[Any]:
    """Somebody with a terminal."""
    with tempfile.TemporaryDirectory(prefix="ao-", dir="/tmp") as place:
        made = people.Person(Path(place) / "tmux")
        yield made
        made.close()


async def join(life: Any, person: Any) -> None:
    """The person joins the session, from their checkout, as ``ao attach`` does."""
    answer = await life.world.call("attach", t.SessionParams(session=life.id))
    person.run(answer.argv, {**life.world.env, **answer.env}, life.world.repo)
    await life.until(lambda session: kinds(session)[-1:] == ["joined"])


def kinds(session: Any) -> list[str]:
    """Whether somebody came or left last."""
    return [fact.kind for fact in session.facts if fact.kind in ("joined", "left")]


async def test_who_joins_sees_the_work_and_leaves_it_at_work(begin: Any, person: Any) -> None:
    life = await begin(life_of.watch, of.DONE)
    await life.works()
    program = life.program()
    await join(life, person)
    await person.sees(of.BEGUN)
    await person.sees(WORKS)
    person.key("C-c")
    await life.until(lambda session: kinds(session)[-1:] == ["left"])
    assert (life.program(), (await life.row())["state"]) == (program, "working")
    assert life.tools()
    await life.command("interrupt")
    await life.shows("interrupted")
    await life.send({"text": "All is done."})
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    person.close()
    await life.eventually(lambda: not life.left(), 10.0)


async def test_what_is_typed_there_is_asked_and_answered_on_both_sides(begin: Any, person: Any) -> None:
    life = await begin(life_of.make, of.DONE)
    await life.ask()
    await join(life, person)
    await person.sees(WORKS)
    await life.command("answer", option="allow")
    await person.sees("All is done.")
    assert (await life.shows("joined"))["state"] == "waiting"
    more = [life.kind.shell("dd if=/dev/null of=one"), life.kind.shell("dd if=/dev/null of=two"), {"text": "And more."}]
    await person.types(f"Make more. MOCK{json.dumps(more)}")
    await life.ask()
    await person.sees(ASKS)
    person.key("Enter")
    assert "of=two" in (await life.ask())["message"]
    assert life.facts.asks[1].by == "the agent's own screen"
    await person.sees("of=two")
    await life.command("answer", option="allow")
    # The screen shows the words of the script as well, and a key while it works may be taken for something else.
    await life.until(lambda session: any((f.kind, f.text) == ("done", "And more.") for f in session.facts))
    await person.sees_no(WORKS)
    assert ASKS not in person.screen()
    assert "> Make more." in life.transcript(1)
    person.key("C-c")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("And more.", ""), life.account()
    assert (life.tree / "one").exists()
    assert (life.tree / "two").exists()
    assert len(life.facts.turns) == 1
