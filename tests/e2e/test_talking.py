"""An agent that is talked to while it works: what it is told arrives once, what it asks is answered, and it can be held
up.

The program is a double that does what it is told (``talker.py``); everything else is real.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.model.activity import READY, WORKING
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "README": "x\n"}


def script(*steps: list[Any]) -> str:
    return f"Do it.\nDO {json.dumps(steps)}"


@pytest.fixture
async def place(world, talking):
    """A started world in which new tasks go to the talker."""

    async def begin(task: str, *, permissions: Any = None, limits: Any = None, **how: Any) -> Any:
        # Any plugin will do: the talker takes its place.
        agents = {"talker": {"plugin": "command", "command": ["talker"], "permissions": permissions or {}}}
        world.make(FILES, checks={}, agents=agents, limits=limits)
        talker = talking.Joinable(**how) if "why_not" in how else talking.Talker(**how)
        world.plugins["command"] = lambda _: talker
        await world.start()
        done = await world.call("new", t.NewParams(task=task, agent="talker"))
        return Session(world, done.id)

    world.begin = begin
    return world


class Session:
    """One session, as a person sees and steers it."""

    def __init__(self, world: Any, id: str) -> None:
        self.world = world
        self.id = id

    @property
    def facts(self) -> Any:
        return self.world.state.sessions[self.id]

    async def row(self) -> t.SessionRow:
        return (await self.world.call("session", t.SessionParams(session=self.id))).session

    async def until(self, detail: str) -> t.SessionRow:
        """The row once its detail begins so."""
        from agent_orchestrator.views.rows import session_state

        await self.world.until(lambda state: session_state(state, state.sessions[self.id])[1].startswith(detail))
        return await self.row()

    async def works(self) -> None:
        """Once it is at its first step."""
        await self.world.until(lambda state: any(f.kind == WORKING for f in state.sessions[self.id].facts))

    async def turn_over(self) -> Any:
        """Its first turn, once that is over."""
        try:
            await self.world.until(lambda state: any(turn.ended_at for turn in state.sessions[self.id].turns))
        except TimeoutError:
            row = await self.row()
            raise AssertionError(f"its turn does not end: {row}; {self.facts}; {self.printed()[-3:]}") from None
        return self.facts.turns[0]

    async def send(self, text: str) -> str:
        return (await self.world.call("send", t.SendParams(session=self.id, text=text))).id

    async def answer(self, option: str = "", **more: Any) -> t.Done:
        return await self.world.call("answer", t.AnswerParams(session=self.id, option=option, **more))

    async def interrupt(self) -> t.Done:
        return await self.world.call("interrupt", t.SessionParams(session=self.id))

    async def message(self, id: str) -> t.MessageRow:
        detail = await self.world.call("session", t.SessionParams(session=self.id))
        return next(m for m in detail.messages if m.id == id)

    def printed(self) -> list[dict[str, Any]]:
        """What its program printed in all turns."""
        folder = self.world.app.context.places.state / "sessions" / self.id
        lines = [line for log in sorted(folder.glob("turn-*/log")) for line in log.read_text().splitlines()]
        return [json.loads(line) for line in lines if line.startswith("{")]


async def test_its_turn_ends_with_its_words_and_what_it_committed(place):
    session = await place.begin(script(["write", "calc.py", "fixed\n"], ["commit"]))
    turn = await session.turn_over()
    assert (turn.summary, turn.code, turn.error) == ("as told", 0, "")
    assert place.show("calc.py", session.facts.head) == "fixed"


async def test_what_it_does_is_shown_while_it_does_it(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")]))
    await session.works()
    row = await session.row()
    assert (row.state, row.detail, row.doing) == ("working", "working", f"until {folder / 'go'}")
    (folder / "go").touch()
    assert (await session.turn_over()).code == 0


@pytest.mark.parametrize(("action", "subject"), [("edit", "calc.py"), ("read", "README"), ("run", "git status")])
async def test_what_it_may_do_unasked_is_allowed_by_the_rules(place, action, subject):
    session = await place.begin(script(["ask", "1", action, subject]))
    await session.turn_over()
    (asked,) = session.facts.asks
    assert (asked.option, asked.by) == ("y", "permissions")


async def test_what_the_rules_deny_is_refused_with_words_and_it_goes_on(place):
    session = await place.begin(script(["ask", "1", "run", "git push"]), permissions={"deny": ["Bash(git push *)"]})
    assert (await session.turn_over()).summary == "as told"
    (answer,) = [line for line in session.printed() if "answered" in line]
    assert answer == {"answered": "1", "option": "n", "text": "This is not allowed here. Go on without it."}


async def test_everything_else_waits_for_a_person(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]))
    row = await session.until("permission")
    assert (row.state, row.detail) == ("waiting", "permission: Run make install")
    assert [(ask.id, [o.label for o in ask.options]) for ask in row.asks] == [("1", ["Yes", "No"])]
    assert (await session.answer("allow")).message.endswith("Yes")
    assert (await session.turn_over()).code == 0
    (answer,) = [line for line in session.printed() if "answered" in line]
    assert answer["option"] == "y"


async def test_an_answer_is_named_by_its_id_its_label_or_what_it_does(place):
    session = await place.begin(script(*(["ask", str(n), "run", f"make {n}"] for n in range(3))))
    for said in ("n", "No", "deny"):
        await session.until("permission")
        await session.answer(said)
    await session.turn_over()
    assert [asked.option for asked in session.facts.asks] == ["n", "n", "n"]


async def test_an_answer_that_is_none_is_refused_with_those_that_are(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]))
    await session.until("permission")
    with pytest.raises(Refused, match="'Yes', 'No'"):
        await session.answer("maybe")
    with pytest.raises(Refused, match="Say which: 'Yes', 'No'"):
        await session.answer()
    await session.answer("Yes")
    await session.turn_over()


async def test_the_first_answer_wins(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]))
    await session.until("permission")
    await session.answer("No")
    with pytest.raises(Refused, match="asks nothing"):
        await session.answer("Yes")
    await session.turn_over()
    assert [asked.option for asked in session.facts.asks] == ["n"]
    assert not place.state.problems


async def test_nobody_answers_in_time_and_it_is_denied(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]), permissions={"wait": 0.001})
    await session.turn_over()
    (asked,) = session.facts.asks
    assert (asked.option, asked.by) == ("n", "time-out")
    assert "Nobody answered" in asked.text


async def test_a_question_takes_an_option_or_words(place):
    session = await place.begin(script(["question", "1", "Which colour?"], ["question", "2", "Sure?"]))
    row = await session.until("question: Which colour?")
    assert row.state == "waiting"
    await session.answer("Green")
    await session.until("question: Sure?")
    await session.answer(text="as you like")
    await session.turn_over()
    said = [(line["option"], line["text"]) for line in session.printed() if "answered" in line]
    assert said == [("g", ""), ("", "as you like")]


async def test_who_answered_what_is_in_its_history(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]))
    await session.until("permission")
    await session.answer("No", text="not today")
    await session.turn_over()
    detail = await place.call("session", t.SessionParams(session=session.id))
    said = [line for line in detail.history if "make install" in line]
    assert "asked: Run make install" in said[0]
    assert "No (not today), by" in said[1]


async def test_bypass_asks_nobody(place):
    session = await place.begin(script(["ask", "1", "run", "rm -rf /nowhere"]), permissions={"bypass": True})
    await session.turn_over()
    assert [(asked.option, asked.by) for asked in session.facts.asks] == [("y", "permissions")]


async def test_a_message_reaches_it_while_it_works(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")]))
    await session.works()
    id = await session.send("look at the other file too")
    await place.until(lambda state: state.sessions[session.id].messages[0].accepted_at)
    assert (await session.message(id)).state == "accepted"
    (folder / "go").touch()
    await session.turn_over()
    assert (await session.message(id)).state == "answered"
    assert len(session.facts.turns) == 1


async def test_one_that_takes_none_while_it_works_is_told_when_it_is_done_in_the_same_run(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")]), steers=False)
    await session.works()
    id = await session.send("and now that")
    assert (await session.message(id)).state == "queued"
    (folder / "go").touch()
    await session.turn_over()
    accepted = [line["accepted"] for line in session.printed() if "accepted" in line]
    assert accepted == ["turn-1", id]
    assert len(session.facts.turns) == 1


async def test_messages_arrive_one_at_a_time_in_their_order(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")]))
    await session.works()
    ids = [await session.send(f"message {n}") for n in range(20)]
    await place.until(lambda state: all(m.accepted_at for m in state.sessions[session.id].messages))
    (folder / "go").touch()
    await session.turn_over()
    assert [line["accepted"] for line in session.printed() if "accepted" in line] == ["turn-1", *ids]


async def test_nothing_is_said_while_it_waits_for_an_answer(place):
    session = await place.begin(script(["ask", "1", "run", "make install"]))
    await session.until("permission")
    id = await session.send("hurry up")
    assert (await session.message(id)).state == "queued"
    await session.answer("No")
    await session.turn_over()
    kinds = [key for line in session.printed() for key in ("answered", "accepted") if key in line]
    assert kinds == ["accepted", "answered", "accepted"]


async def test_nothing_more_is_said_before_it_has_taken_what_it_was_told_first(place):
    session = await place.begin("hello", env={"TALKER_DEAF": "1"})
    await place.until(lambda state: any(f.kind == READY for f in state.sessions[session.id].facts))
    id = await session.send("are you there?")
    assert (await session.message(id)).state == "queued"


async def test_it_is_interrupted_and_waits_for_what_a_person_says(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "never")]))
    await session.works()
    await session.interrupt()
    row = await session.until("interrupted")
    assert row.state == "waiting"
    await session.send("do it otherwise")
    turn = await session.turn_over()
    assert (turn.number, turn.summary) == (1, "as told")


async def test_one_that_is_not_running_can_not_be_interrupted(place):
    session = await place.begin("nothing")
    await session.turn_over()
    with pytest.raises(Refused, match="no agent running"):
        await session.interrupt()


async def test_a_program_that_dies_leaves_an_error_with_its_last_words(place):
    session = await place.begin(script(["exit", 7]))
    turn = await session.turn_over()
    assert turn.error == "failed"
    assert turn.code == 7


async def test_a_program_that_does_not_end_by_itself_is_ended(place, monkeypatch):
    monkeypatch.setattr("agent_orchestrator.engine.drive.talk.END_SECONDS", 0.2)
    session = await place.begin(script(["linger"]))
    turn = await session.turn_over()
    assert (turn.summary, turn.code) == ("as told", 0)
    assert not place.processes("talker.py")


async def test_a_program_that_takes_no_messages_is_ended_and_says_why(place, monkeypatch):
    monkeypatch.setattr("agent_orchestrator.engine.drive.talk.READY_SECONDS", 0.5)
    monkeypatch.setattr("agent_orchestrator.engine.drive.talk.END_SECONDS", 0.2)
    session = await place.begin("hello", env={"TALKER_NEVER_READY": "1"})
    turn = await session.turn_over()
    assert turn.summary.startswith("it took no message within")


async def test_what_it_prints_beside_its_protocol_does_no_harm(place):
    session = await place.begin(script(["say", "\x1b[2J{not json"], ["say", '{"ask": 3}'], ["say", "x" * 200_000]))
    turn = await session.turn_over()
    assert turn.number == 1


async def test_it_is_ended_when_its_session_has_used_up_its_tokens(place, folder: Path):
    session = await place.begin(script(["use", 1200], ["until", str(folder / "never")]), limits={"tokens": 1000})
    turn = await session.turn_over()
    assert turn.summary == "1200 of the 1000 tokens that `limits.tokens` allows"


# A daemon that is killed and started again


async def again(place: Any) -> None:
    """The daemon's insides end as by a kill, and another one's begin; agents go on meanwhile."""
    await place.end()
    await place.start()


async def test_a_new_daemon_goes_on_with_the_conversation_and_repeats_nothing(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")], ["ask", "1", "run", "make install"]))
    await session.works()
    id = await session.send("one more thing")
    await place.until(lambda state: state.sessions[session.id].messages[0].accepted_at)
    await again(place)
    (folder / "go").touch()
    await session.until("permission")
    await again(place)
    row = await session.until("permission")
    assert [ask.id for ask in row.asks] == ["1"]
    await session.answer("Yes")
    assert (await session.turn_over()).summary == "as told"
    assert [line["accepted"] for line in session.printed() if "accepted" in line] == ["turn-1", id]
    assert [line["option"] for line in session.printed() if "answered" in line] == ["y"]
    assert len(session.facts.asks) == 1


async def test_what_is_done_while_no_daemon_runs_is_known_afterwards(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "go")], ["write", "calc.py", "fixed\n"]))
    await session.works()
    await place.end()
    (folder / "go").touch()
    await place.start()
    turn = await session.turn_over()
    assert turn.summary == "as told"
    assert place.show("calc.py", session.facts.head) == "fixed"


async def test_its_log_is_the_conversation_in_words(place):
    session = await place.begin(script(["ask", "1", "run", "make install"], ["question", "2", "Which colour?"]))
    await session.until("permission")
    await session.answer("No", text="not today")
    await session.until("question")
    await session.answer("Green")
    await session.turn_over()
    log = await place.call("logs", t.LogsParams(session=session.id))
    said = [line[10:] for line in log.text.splitlines()]
    assert said[0] == "ready: talker 1"
    assert "> # Your task" in said
    assert said[-5:] == [
        "? Run make install [Yes, No]",
        f"= No not today ({session.facts.asks[0].by})",
        "? Which colour? [Red, Green]",
        f"= Green ({session.facts.asks[1].by})",
        "as told",
    ]


async def test_one_without_a_screen_is_not_attached_to(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "never")]))
    await session.works()
    with pytest.raises(Refused, match=r"has no screen.*channel: terminal"):
        await place.call("attach", t.SessionParams(session=session.id))


# Somebody who joins it with a screen of their own


async def test_one_that_can_be_joined_says_how(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "never")]), why_not="")
    await session.works()
    answer = await place.call("attach", t.SessionParams(session=session.id))
    door = place.app.context.places.door(session.id, 1)
    assert answer == t.Argv(argv=("screen", str(door), "conversation-1"), env={"KEY": "secret"})
    # After a restart as well.
    await place.end()
    await place.start()
    assert await place.call("attach", t.SessionParams(session=session.id)) == answer


async def test_one_that_can_not_be_joined_now_says_why(place, folder: Path):
    session = await place.begin(script(["until", str(folder / "never")]), why_not="it sleeps")
    await session.works()
    with pytest.raises(Refused, match=rf"can not be joined: it sleeps\. `ao logs -f {session.id}`"):
        await place.call("attach", t.SessionParams(session=session.id))


async def test_while_somebody_is_there_its_program_is_not_ended(place, folder: Path):
    session = await place.begin(script(["guest", str(folder / "gone")], ["typed", "Look there too."]))
    row = await session.until("joined")
    assert (row.state, row.detail) == ("waiting", "joined")
    # Neither by a new daemon.
    await place.end()
    await place.start()
    row = await session.until("joined")
    id = await session.send("Well.")
    await place.until(lambda state: state.sessions[session.id].messages[0].answered_at)
    assert (await session.until("joined")).state == "waiting"
    (folder / "gone").touch()
    turn = await session.turn_over()
    assert (turn.summary, turn.error, len(session.facts.turns)) == ("as told", "", 1)
    assert (await session.message(id)).state == "answered"
    log = await place.call("logs", t.LogsParams(session=session.id))
    said = [line[10:] for line in log.text.splitlines()]
    assert said[-6:] == [
        "* somebody has joined",
        "> Look there too.",
        "as told",
        "> Well.",
        "as told",
        "* nobody is there any more",
    ]


async def test_who_interrupts_it_there_and_goes_can_say_here_how_to_go_on(place, folder: Path):
    session = await place.begin(script(["guest", str(folder / "gone")], ["stop"]))
    assert (await session.until("interrupted")).state == "waiting"
    (folder / "gone").touch()
    await place.until(lambda state: any(fact.kind == "left" for fact in state.sessions[session.id].facts))
    assert (await session.until("interrupted")).state == "waiting"
    assert not session.facts.turns[0].exited_at
    await session.send("Go on.")
    turn = await session.turn_over()
    assert (turn.summary, turn.error, len(session.facts.turns)) == ("as told", "", 1)
