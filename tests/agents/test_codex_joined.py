"""A session of the real codex that a person joins with codex's own screen: both see and lead one conversation."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest

from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

pytestmark = pytest.mark.slow

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
CODEX = [one for one in life_of.PROGRAMS if one.agent == "codex"]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.parametrize("program_of", CODEX, ids=[one.installed for one in CODEX], indirect=True),
]
IDLE, WORKS, ASKS = "Ask Codex to do anything", "esc to interrupt", "Would you like to run the following command?"


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


async def leave(life: Any, person: Any) -> None:
    """The person goes, when all is done that they see: before that, the key would do something else."""
    await life.shows("joined")
    await person.sees_no(WORKS)
    person.key("C-d")
    await person.sees("ended with 0")


async def left(life: Any) -> None:
    """Once nobody is there any more."""
    await life.until(lambda session: kinds(session)[-1:] == ["left"])


async def test_who_joins_sees_the_work_and_leaves_it_at_work(begin: Any, person: Any) -> None:
    life = await begin(life_of.watch, of.DONE)
    await life.works()
    program = life.program()
    await join(life, person)
    assert "Do it." in await person.sees(WORKS)
    await person.types("/exit")
    assert "Any running work continues." in await person.sees("ended with 0")
    await left(life)
    assert (life.program(), (await life.row())["detail"]) == (program, "working")
    assert life.tools()
    life.end_tool()
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    assert len(life.facts.turns) == 1
    person.close()
    await life.eventually(lambda: not life.left(), 10.0)


async def test_what_we_answer_is_not_asked_there_any_more(begin: Any, person: Any) -> None:
    life = await begin(life_of.make, of.DONE)
    await life.ask()
    await join(life, person)
    assert of.MAKE in await person.sees(ASKS)
    await life.command("answer", option="allow")
    await person.sees("• All is done.")
    assert ASKS not in await person.sees(IDLE)
    assert (life.tree / of.MADE).exists()
    # It does not end under a person's hands.
    assert (await life.shows("joined"))["state"] == "waiting"
    assert life.left()
    await leave(life, person)
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()


async def answers(life: Any, person: Any, key: str) -> None:
    """Press a key until it counts, as a person does: while it draws a question the program's own screen takes none."""
    for _ in range(9):
        person.key(key)
        with contextlib.suppress(AssertionError):
            await life.until(lambda session: not session.open_asks, 5.0)
            return
    raise AssertionError(f"the screen takes no answer\n{life.account()}")


async def test_what_is_answered_there_is_not_asked_here_any_more(begin: Any, person: Any) -> None:
    life = await begin(life_of.make, of.DONE)
    await life.ask()
    await join(life, person)
    await person.sees(ASKS)
    await answers(life, person, "y")
    (asked,) = life.facts.asks
    assert asked.by == "the agent's own screen"
    await person.sees("• All is done.")
    assert (life.tree / of.MADE).exists()
    # The first answer counts.
    with pytest.raises(Exception, match="asks nothing"):
        await life.command("answer", option="deny")
    await leave(life, person)
    assert (await life.turn(1)).error == "", life.account()


async def test_what_is_typed_there_is_in_the_transcript_and_no_message_of_ours(begin: Any, person: Any) -> None:
    life = await begin(life_of.watch, {"text": "First."}, {"text": "Second."})
    await life.works()
    await join(life, person)
    await person.sees(WORKS)
    await person.types("Look at the other file too.")
    # It is taken, for when the tool has ended.
    await person.sees(IDLE)
    life.end_tool()
    await person.sees("• First.")
    await life.shows("joined")
    await person.types("And a last word.")
    await person.sees("• Second.")
    await leave(life, person)
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("Second.", ""), life.account()
    told = life.transcript(1)
    for said in ("Look at the other file too.", "And a last word."):
        assert told.count(f"> {said}\n") == 1, told
        assert life.told(said) == 1, life.account()
    assert told.count("* somebody has joined\n") == told.count("* nobody is there any more\n") == 1
    assert life.facts.messages == ()


async def test_an_interrupt_there_waits_for_what_is_said_here_or_there(begin: Any, person: Any) -> None:
    life = await begin(life_of.watch, of.DONE)
    await life.works()
    program = life.program()
    await join(life, person)
    await person.sees(WORKS)
    person.key("Escape")
    assert (await life.shows("interrupted"))["state"] == "waiting"
    await person.sees("Conversation interrupted")
    await life.eventually(lambda: not life.tools(), 10.0)
    await person.types("/exit")
    await left(life)
    assert (await life.shows("interrupted"))["state"] == "waiting"
    assert life.program() == program
    await life.send({"text": "Something else."}, text="Rather this.")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("Something else.", ""), life.account()


async def test_what_it_runs_in_its_sandbox_can_not_join_it_to_allow_itself_more(begin: Any, world: Any) -> None:
    code = (
        "import glob, socket\\n"
        "for path in glob.glob(FOLDER + '/*'):\\n"
        "    try:\\n"
        "        socket.socket(socket.AF_UNIX).connect(path)\\n"
        "        print(path, 'let it in')\\n"
        "    except OSError as error:\\n"
        "        print(path, type(error).__name__)\\n"
    ).replace("FOLDER", repr(str(world.paths.runtime)))
    life = await begin(lambda kind: kind.shell(f'printf "{code}" | python3 - > tried'), of.DONE)
    turn = await life.turn(1)
    assert turn.error == "", life.account()
    tried = (life.tree / "tried").read_text().splitlines()
    door = life.world.app.context.places.door(life.id, 1)
    assert f"{door} PermissionError" in tried
    assert {line.split()[1] for line in tried} == {"PermissionError"}


# What is killed under a person's eyes


def _bridge(life: Any) -> psutil.Process:
    return life.program()


def _server(life: Any) -> psutil.Process:
    (server,) = life.program().children()
    return server


@pytest.mark.parametrize("victim", [_bridge, _server])
async def test_what_is_killed_leaves_no_process_and_the_next_turn_goes_on(
    begin: Any, person: Any, victim: Callable[[Any], psutil.Process]
) -> None:
    life = await begin(life_of.watch, *[of.DONE] * 3)
    await life.works()
    await join(life, person)
    await person.sees(WORKS)
    id = await life.send(text="Look at the other file too.")
    await life.eventually(lambda: life.facts.messages[0].turn)
    both = [life.program(), *life.program().children(recursive=True)]
    os.kill(victim(life).pid, signal.SIGKILL)
    turn = await life.turn(1)
    assert turn.error == "failed", life.account()
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in both)
    person.close()
    await life.eventually(lambda: life.end_tool() or (len(life.facts.turns) > 1 and life.facts.turns[1].ended_at))
    turn = await life.turn(2)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
    assert (await life.message(id))["state"] == "answered"
    assert life.told("Look at the other file too.") == 1, life.account()


@pytest.mark.parametrize("victim", [_bridge, _server])
async def test_what_is_killed_while_it_asks_asks_no_more(
    begin: Any, person: Any, victim: Callable[[Any], psutil.Process]
) -> None:
    life = await begin(life_of.make, *[of.DONE] * 3)
    await life.ask()
    await join(life, person)
    await person.sees(ASKS)
    both = [life.program(), *life.program().children(recursive=True)]
    os.kill(victim(life).pid, signal.SIGKILL)
    turn = await life.turn(1)
    assert turn.error == "failed", life.account()
    assert life.facts.asks[0].by == "the turn ended"
    assert not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in both)
    assert not (life.tree / of.MADE).exists()


async def test_a_new_daemon_knows_who_is_there_and_what_was_answered_meanwhile(begin: Any, person: Any) -> None:
    life = await begin(life_of.make, of.DONE)
    await life.ask()
    await join(life, person)
    await person.sees(ASKS)
    program = life.program()
    async with life.restarted():
        assert life.program() == program
        person.key("y")
        await life.until(lambda session: not session.open_asks)
        assert life.facts.asks[0].by == "the agent's own screen"
        await person.sees("• All is done.")
        assert (await life.shows("joined"))["state"] == "waiting"
        await leave(life, person)
        # As before the restart.
        turn = await life.turn(1)
        assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
        assert life.told("Do it.") == 1


# A version whose server has no socket


async def test_one_that_can_not_listen_works_and_says_that_it_can_not_be_joined(
    begin: Any, folder: Path, program: Callable[[str, str], Path]
) -> None:
    real = program("codex-0.169.0", "codex")
    older = folder / "older"
    older.write_text(
        f'#!/bin/sh\ncase "$*" in *--listen*) echo "unexpected argument" >&2; exit 2;; esac\nexec {real} "$@"\n'
    )
    older.chmod(0o755)
    life = await begin(life_of.make, of.DONE, command=[str(older)])
    await life.ask()
    with pytest.raises(Refused, match=r"can not be joined: `.*older` has no socket.*ao logs -f"):
        await life.world.call("attach", t.SessionParams(session=life.id))
    assert life.program().cmdline()[1:2] == ["app-server"]
    await life.command("answer", option="allow")
    turn = await life.turn(1)
    assert (turn.summary, turn.error) == ("All is done.", ""), life.account()
