"""An agent that is talked to, and what can go wrong with its program, its streams and the clock.

The program is a double that does what it is told (``troubled.py``); everything else is real.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from attrs import evolve

from agent_orchestrator.model.activity import WORKING
from agent_orchestrator.model.usage import UNREACHABLE
from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import Running
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.rows import session_state

HERE = Path(__file__).parent
FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "README": "x\n"}
TALK = "agent_orchestrator.engine.drive.talk"


def script(*steps: list[Any]) -> str:
    return f"Do it.\nDO {json.dumps(steps)}"


class Clock:
    """The time of day, which somebody can change."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


class Session:
    """One session, and the program of it."""

    def __init__(self, world: Any, id: str) -> None:
        self.world, self.id = world, id

    @property
    def facts(self) -> Any:
        return self.world.state.sessions[self.id]

    async def until(self, condition: Any, seconds: float = 20.0) -> Any:
        try:
            await self.world.until(lambda state: condition(state.sessions[self.id]), seconds)
        except TimeoutError:
            raise AssertionError(f"{self.shown()}: {self.facts}") from None
        return self.facts

    def shown(self) -> tuple[str, str]:
        return session_state(self.world.state, self.facts)

    async def shows(self, detail: str, seconds: float = 20.0) -> None:
        await self.until(lambda _: self.shown()[1].startswith(detail), seconds)

    async def works(self, on: str = "") -> None:
        await self.until(lambda s: any(f.kind == WORKING and f.text.startswith(on) for f in s.facts))

    async def turn(self, number: int = 1, seconds: float = 20.0) -> Any:
        found = await self.until(lambda s: len(s.turns) >= number and s.turns[number - 1].ended_at, seconds)
        return found.turns[number - 1]

    async def send(self, text: str) -> str:
        return (await self.world.call("send", t.SendParams(session=self.id, text=text))).id

    async def do(self, command: str) -> Any:
        params = t.StopParams(session=self.id) if command == "stop" else t.SessionParams(session=self.id)
        return await self.world.call(command, params)

    def program(self) -> psutil.Process:
        found = run.state(self.world.app.context.places.turn(self.id, len(self.facts.turns)))
        assert isinstance(found, Running), found
        return psutil.Process(found.child)

    def printed(self, word: str) -> list[dict[str, Any]]:
        """What its program printed of this in all turns."""
        folder = self.world.app.context.places.state / "sessions" / self.id
        lines = [line for log in sorted(folder.glob("turn-*/log")) for line in log.read_text().splitlines()]
        return [told for line in lines if line.startswith("{") and word in (told := json.loads(line))]


@pytest.fixture
def program(folder: Path) -> Path:
    """The program as somebody installed it."""
    installed = folder / "bin"
    installed.mkdir()
    (installed / "talker.py").write_text((HERE / "talker.py").read_text())
    path = installed / "troubled"
    path.write_text(f"#!{sys.executable} -S\n{(HERE / 'troubled.py').read_text()}")
    path.chmod(0o755)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def begin(world: Any, talking: Any, program: Path, clock: Clock) -> Any:
    """Begin a session of the program."""

    class Dialogue(talking.Dialogue):
        """As those of real programs: one that was killed may have been ended by us, and is no failure by itself."""

        fails = False

        def told(self, code: int | None) -> Any:
            told = super().told(code)
            return evolve(told, error=UNREACHABLE if self.fails else told.error if code else "")

    class Adapter(talking.Talker):
        def launch(self, task: Any, bench: Any, task_file: Path) -> Any:
            launch = super().launch(task, bench, task_file)
            return evolve(launch, argv=(str(program),), dialogue=Dialogue(self.steers))

    async def begin(
        task: str, *, permissions: Any = None, limits: Any = None, fails: bool = False, **how: Any
    ) -> Session:
        Dialogue.fails = fails
        agents = {"talker": {"plugin": "command", "command": ["talker"], "permissions": permissions or {}}}
        world.make(FILES, checks={}, agents=agents, limits=limits)
        adapter = Adapter(**how)
        world.plugins["command"] = lambda _: adapter
        await world.start()
        world.app.context.now = clock
        return Session(world, (await world.call("new", t.NewParams(task=task, agent="talker"))).id)

    return begin


# Its process


async def test_one_that_is_killed_in_the_middle_of_its_turn_is_an_error_and_gets_another_turn(begin: Any) -> None:
    session = await begin(script(["until", "/nonexistent"]))
    await session.works()
    session.program().kill()
    turn = await session.turn()
    assert (turn.error, turn.summary) == ("failed", "its program ended by signal 9 before its turn was over")
    await session.until(lambda s: len(s.turns) == 2)
    assert session.facts.conversation == "conversation-1"


async def test_one_that_quits_in_the_middle_of_its_turn_is_an_error(begin: Any) -> None:
    session = await begin(script(["exit", 0]))
    turn = await session.turn()
    assert (turn.error, turn.summary) == ("failed", "its program ended with 0 before its turn was over")


async def test_a_turn_that_failed_has_failed_even_when_its_program_ended_well(begin: Any) -> None:
    session = await begin("hello", fails=True)
    await session.shows("left: left after")
    assert {(turn.error, turn.code) for turn in session.facts.turns} == {("unreachable", 1)}


async def test_what_it_had_accepted_before_it_died_is_not_said_again(begin: Any) -> None:
    session = await begin(script(["until", "/nonexistent"]))
    await session.works()
    id = await session.send("one more thing")
    await session.until(lambda s: s.messages[0].accepted_at)
    session.program().kill()
    await session.turn(2)
    assert len([line for line in session.printed("accepted") if line["accepted"] == id]) == 1
    assert session.facts.messages[0].turn == 1


async def test_a_program_that_is_removed_while_it_runs_finishes_its_turn(
    begin: Any, program: Path, folder: Path
) -> None:
    session = await begin(script(["until", str(folder / "go")]))
    await session.works()
    program.unlink()
    (folder / "go").touch()
    assert (await session.turn()).summary == "as told"


async def test_a_program_that_is_removed_between_turns_is_said_and_may_come_back(
    begin: Any, program: Path, folder: Path
) -> None:
    session = await begin("nothing")
    await session.turn()
    kept = program.rename(folder / "kept")
    await session.send("and now?")
    await session.shows("waits: ")
    assert "troubled" in session.shown()[1]
    kept.rename(program)
    await session.do("restore")
    await session.until(lambda s: s.messages[0].answered_at)
    assert [turn.error for turn in session.facts.turns] == ["", "missing", ""]
    assert session.facts.conversation == "conversation-1"
    assert session.facts.messages[0].tries == 0


async def test_a_program_of_another_version_goes_on_with_the_conversation(begin: Any, program: Path) -> None:
    session = await begin("nothing")
    await session.turn()
    other = program.with_name("other")
    other.write_text(program.read_text().replace("Troubled().run()", "talker.tell(version=2)\n    Troubled().run()"))
    other.chmod(0o755)
    other.rename(program)
    await session.send("and now?")
    assert (await session.turn(2)).summary == "as told"
    assert session.facts.conversation == "conversation-1"
    assert session.printed("version") == [{"version": 2}]


async def test_one_that_does_not_end_when_it_is_asked_to_is_ended_when_it_is_stopped(begin: Any, world: Any) -> None:
    session = await begin(script(["stubborn"], ["write", "calc.py", "half done\n"], ["until", "/nonexistent"]))
    await session.works("until")
    await session.do("stop")
    assert session.shown() == ("idle", "stopped")
    assert not world.processes("troubled")
    await session.do("restore")
    assert (Path(session.facts.path) / "calc.py").read_text() == "half done\n"


@pytest.mark.parametrize("end", ["done", "killed"])
async def test_what_it_left_running_is_ended_with_it(begin: Any, world: Any, folder: Path, h: Any, end: str) -> None:
    rest = [] if end == "done" else [["until", "/nonexistent"]]
    session = await begin(script(["fork", str(folder / "pid")], ["until", str(folder / "pid")], *rest))
    pid = int(await h.eventually(lambda: (folder / "pid").exists() and (folder / "pid").read_text()))
    left = psutil.Process(pid)
    if end == "killed":
        await session.works("until /nonexistent")
        session.program().kill()
    await session.turn()
    assert not left.is_running()


# What it asks


async def test_what_the_rules_answer_nobody_is_asked_not_for_a_moment(begin: Any, world: Any, folder: Path) -> None:
    session = await begin(script(["until", str(folder / "go")], ["ask", "1", "edit", "calc.py"]))
    await session.works()
    seen: list[Any] = []
    world.app.engine.listeners.append(lambda: seen.extend(session.facts.open_asks))
    (folder / "go").touch()
    await session.turn()
    assert [asked.by for asked in session.facts.asks] == ["permissions"]
    assert not seen


# Its streams


@pytest.mark.slow
async def test_a_flood_of_output_takes_no_memory_and_the_daemon_stays_responsive(begin: Any, folder: Path) -> None:
    session = await begin(script(["until", str(folder / "go")], ["flood", 100]))
    await session.works()
    process = psutil.Process()
    before, most, longest = process.memory_info().rss, 0, 0.0
    (folder / "go").touch()
    over = asyncio.create_task(session.turn(1, 90.0))
    while not over.done():
        asked = time.perf_counter()
        await asyncio.sleep(0.01)
        longest = max(longest, time.perf_counter() - asked)
        most = max(most, process.memory_info().rss)
    turn = await over
    print(f"grew {(most - before) >> 20} MB, longest pause {longest * 1000:.0f} ms, {turn.summary[:50]!r}")
    assert most - before < 150 << 20
    assert longest < 1.0


def recorded(session: Session) -> Any:
    """What is kept of a session's conversation, but for what it works on."""
    facts = [(fact.kind, fact.text, fact.message) for fact in session.facts.facts if fact.kind != WORKING]
    return facts, session.facts.asks, session.facts.messages, session.facts.conversation


@pytest.mark.slow
async def test_a_daemon_that_begins_anew_after_a_flood_knows_all_and_goes_on(
    begin: Any, world: Any, folder: Path
) -> None:
    asks = ["ask", "1", "edit", "calc.py"], ["ask", "2", "run", "make install"]
    session = await begin(script(["until", str(folder / "go")], asks[0], ["chatter", 48], asks[1]))
    await session.works()
    await session.send("one more thing")
    await session.until(lambda s: s.messages[0].accepted_at)
    (folder / "go").touch()
    await session.shows("permission", 60.0)
    before = recorded(session)
    await world.end()
    await world.start()
    await session.send("and this")
    await session.world.call("answer", t.AnswerParams(session=session.id, option="Yes"))
    assert (await session.turn(1, 60.0)).summary == "as told"
    after = recorded(session)
    assert after[1][0] == before[1][0]
    assert (after[2][0].accepted_at, after[3]) == (before[2][0].accepted_at, before[3])
    assert [asked.option for asked in after[1]] == ["y", "y"]
    assert all(message.answered_at for message in after[2])
    assert len(session.printed("accepted")) == 3


@pytest.mark.parametrize("restart", [False, True])
async def test_one_that_prints_without_end_is_ended_and_what_it_had_said_is_kept(
    begin: Any, world: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, restart: bool
) -> None:
    monkeypatch.setattr("agent_orchestrator.engine.drive.program.TALK_CAP", 1 << 20)
    ask = ["ask", "1", "edit", "calc.py"]
    session = await begin(script(ask, ["until", str(folder / "go")], ["chatter", 100_000]), limits={"attempts": 2})
    await session.works("until")
    id = await session.send("one more thing")
    await session.until(lambda s: s.messages[0].accepted_at)
    before = recorded(session)
    if restart:
        await world.end()
        (folder / "go").touch()
        await world.start()
    (folder / "go").touch()
    turn = await session.turn()
    assert (turn.error, turn.summary) == ("failed", "it printed more than 1 MB in one turn, and was ended")
    assert [asked.ask.id for asked in session.facts.asks] == [asked.ask.id for asked in before[1]]
    assert (session.facts.messages[0].id, session.facts.messages[0].accepted_at) == (id, before[2][0].accepted_at)
    await session.until(lambda s: len(s.turns) == 2)
    assert session.facts.conversation == "conversation-1"


@pytest.mark.parametrize("restart", [False, True])
async def test_one_that_closes_its_output_and_goes_on_is_ended(
    begin: Any, world: Any, monkeypatch: pytest.MonkeyPatch, restart: bool
) -> None:
    monkeypatch.setattr(f"{TALK}.CLOSED_SECONDS", 0.2 if not restart else 3600.0)
    session = await begin(script(["shut"]), limits={"attempts": 1})
    await session.works("shut")
    if restart:
        await world.end()
        monkeypatch.setattr(f"{TALK}.CLOSED_SECONDS", 0.2)
        await world.start()
    turn = await session.turn()
    assert (turn.error, turn.summary) == ("failed", "it closed its output and went on running")
    assert not world.processes("troubled")


async def test_one_that_reads_no_more_gets_its_messages_in_its_next_turn(begin: Any, folder: Path) -> None:
    session = await begin(script(["deafen"]))
    await session.works("deafen")
    ids = [await session.send(f"message {n} {'x' * 50_000}") for n in range(20)]
    await session.until(lambda s: any(m.turn for m in s.messages))
    assert session.shown() == ("working", "working")
    session.program().kill()
    await session.turn(2)
    await session.until(lambda s: all(m.accepted_at for m in s.messages))
    assert [m.id for m in session.facts.messages] == ids
    assert not any(m.lost for m in session.facts.messages)


# The clock

BACK, FORWARD = -3600.0, 3600.0


@pytest.mark.parametrize("jump", [BACK, FORWARD])
async def test_what_it_does_is_shown_whatever_the_clock_does(
    begin: Any, clock: Clock, folder: Path, jump: float
) -> None:
    session = await begin(script(["until", "/nonexistent"]))
    await session.works()
    await session.do("interrupt")
    await session.shows("interrupted")
    clock.offset = jump
    await session.send(script(["until", str(folder / "go")]))
    await session.until(lambda s: s.messages[0].accepted_at)
    assert session.shown() == ("working", "working")
    (folder / "go").touch()
    assert (await session.turn()).summary == "as told"


@pytest.mark.parametrize("jump", [BACK, FORWARD])
async def test_it_has_its_time_to_start_whatever_the_clock_does(
    begin: Any, clock: Clock, folder: Path, h: Any, jump: float
) -> None:
    session = await begin("nothing", env={"TALKER_READY_WHEN": str(folder / "go")})
    await h.eventually(lambda: session.printed("starting"))
    clock.offset = jump
    await session.send("are you there?")
    (folder / "go").touch()
    turn = await session.turn()
    assert (turn.summary, turn.error) == ("as told", "")


async def test_a_person_has_their_time_to_answer_when_the_clock_goes_forward(begin: Any, clock: Clock) -> None:
    session = await begin(script(["ask", "1", "run", "make install"]), permissions={"wait": 30})
    await session.shows("permission")
    clock.offset = FORWARD
    await session.send("hurry up")
    await session.world.call("answer", t.AnswerParams(session=session.id, option="Yes"))
    await session.turn()
    assert [asked.option for asked in session.facts.asks] == ["y"]


async def test_nobody_answers_in_time_and_the_clock_goes_back(begin: Any, clock: Clock) -> None:
    session = await begin(script(["ask", "1", "run", "make install"]), permissions={"wait": 0.02})
    await session.shows("permission")
    clock.offset = BACK
    await session.turn()
    assert [asked.by for asked in session.facts.asks] == ["time-out"]


async def test_one_that_does_not_end_by_itself_is_ended_when_the_clock_goes_back(
    begin: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"{TALK}.END_SECONDS", 1.0)
    session = await begin(script(["linger"]))
    await session.until(lambda s: any(f.kind == "done" for f in s.facts))
    clock.offset = BACK
    assert (await session.turn()).summary == "as told"
