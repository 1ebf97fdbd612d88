"""Codex with company: how it is joined, whose messages are whose, and what else people do at their own screens."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Fact
from agent_orchestrator.plugins.agent.codex import CodexAgent
from agent_orchestrator.plugins.agent.dialogue.codex import CodexDialogue
from agent_orchestrator.ports.agent import Attach, Attachable, Bench
from agent_orchestrator.proc.bridge import websocket

HERE = Path(__file__).parent
THREAD = "01a20449-95fd-7b60-a097-c7445a76bf90"
#: As the program's own screen names its messages.
THEIRS = "26a96627-380c-4cbf-b09b-c942ed280522"


def _load(name: str) -> ModuleType:
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


turns = _load("turns")


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A place with a short path."""
    with tempfile.TemporaryDirectory(prefix="ao-", dir="/tmp") as folder:
        place = Path(folder)
        made = turns.bench_of(SimpleNamespace(main=place, tree=place, home=place))
        yield evolve(made, door=place / "door", conversation=THREAD)


@pytest.fixture
def listening(bench: Bench) -> Iterator[None]:
    """Its server has its socket."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(bench.door))
        yield


# How it is joined


def test_its_server_is_started_by_the_bridge_that_has_the_place_of_the_socket(bench: Bench):
    launch = CodexAgent(command=("nice", "codex")).launch(turns.task_of(), bench, Path("/task.json"))

    assert launch.argv[:7] == (sys.executable, "-I", "-S", websocket.__file__, str(bench.door), "nice", "codex")
    assert launch.argv[7] == "app-server"


def test_without_a_place_for_a_socket_there_is_no_bridge(bench: Bench):
    launch = CodexAgent().launch(turns.task_of(), evolve(bench, door=None), Path("/task.json"))

    assert launch.argv[:2] == ("codex", "app-server")


@pytest.mark.usefixtures("listening")
def test_it_is_joined_with_its_own_screen_and_the_configured_environment(bench: Bench):
    agent = CodexAgent(command="codex2", args=("-c", "a=1"), env={"CODEX_HOME": "/x"})

    assert isinstance(agent, Attachable)
    remote = ("--remote", f"unix://{bench.door}", "-c", "check_for_update_on_startup=false", "-c", "a=1")
    assert agent.attach(bench) == Attach(("codex2", *remote, "resume", THREAD), {"CODEX_HOME": "/x"})


@pytest.mark.usefixtures("listening")
def test_one_that_was_told_nothing_yet_can_not_be_joined(bench: Bench):
    assert CodexAgent().attach(evolve(bench, conversation="")) == "it has only just begun, try again in a moment"


def test_one_without_a_socket_can_not_be_joined(bench: Bench):
    for one in (bench, evolve(bench, door=None)):
        why = CodexAgent().attach(one)
        assert isinstance(why, str)
        assert why.startswith("`codex` has no socket")


# Whose messages are whose


def started() -> CodexDialogue:
    """A dialogue whose program is ready."""
    dialogue = CodexDialogue({})
    list(dialogue.open())
    agent = {"id": "initialize", "result": {"userAgent": "agent-orchestrator/0.169.0 (x)"}}
    thread = {"id": "thread", "result": {"thread": {"id": THREAD}, "model": "gpt-x", "cwd": "/tree"}}
    for line in (agent, thread):
        list(dialogue.take(json.dumps(line)))
    return dialogue


def take(dialogue: CodexDialogue, method: str, **params: Any) -> list[Fact]:
    """The facts of a message about its conversation."""
    message = {"method": method, "params": {"threadId": THREAD, "turnId": "t1", **params}}
    return [step for step in dialogue.take(json.dumps(message)) if isinstance(step, Fact)]


def guests(dialogue: CodexDialogue, count: object) -> list[Fact]:
    line = {"method": "bridge/joined", "params": {"guests": count}}
    return [step for step in dialogue.take(json.dumps(line)) if isinstance(step, Fact)]


def told(dialogue: CodexDialogue, id: str | None, text: str = "Well.") -> list[Fact]:
    item = {"type": "userMessage", "id": "i1", "clientId": id, "content": [{"type": "text", "text": text}]}
    return take(dialogue, "item/started", item=item)


def answered(dialogue: CodexDialogue, message: str) -> list[Fact]:
    """It has answered a message of ours."""
    list(dialogue.say(message, "Well."))
    reply = {"id": f"say:{message}", "result": {"turn": {"id": "t1"}}}
    return [step for step in dialogue.take(json.dumps(reply)) if isinstance(step, Fact)]


def test_who_comes_and_goes_is_told_once():
    dialogue = started()

    assert guests(dialogue, 1) == [Fact(a.JOINED)]
    assert guests(dialogue, 2) == []
    assert guests(dialogue, 0) == [Fact(a.LEFT)]
    assert guests(dialogue, 0) == []


@pytest.mark.parametrize("count", [None, "1", True, 1.5, [], {}])
def test_only_a_number_of_guests_is_one(count: object):
    assert guests(started(), count) == []


def test_a_message_of_ours_is_accepted_whoever_is_there():
    dialogue = started()
    guests(dialogue, 1)

    assert answered(dialogue, "m1") == []
    assert told(dialogue, "m1") == [Fact(a.ACCEPTED, message="m1", conversation=THREAD)]


def test_one_that_it_tells_of_before_it_answers_is_ours_as_well():
    dialogue = started()

    assert told(dialogue, "m1") == []
    assert answered(dialogue, "m1") == [Fact(a.ACCEPTED, message="m1", conversation=THREAD)]


def test_what_somebody_typed_is_no_message_of_ours():
    dialogue = started()
    guests(dialogue, 1)

    assert told(dialogue, THEIRS, "Look\x1b[31m there:\nand there.") == [Fact(a.SAID, text="Look there:\nand there.")]


def test_what_somebody_typed_who_has_left_since_is_told_too():
    dialogue = started()
    guests(dialogue, 1)
    guests(dialogue, 0)

    assert [fact.kind for fact in told(dialogue, THEIRS)] == [a.SAID]


def test_words_that_go_with_an_answer_are_nobodys_message():
    dialogue = started()
    guests(dialogue, 1)

    assert told(dialogue, None) == []


def test_a_long_text_is_cut():
    dialogue = started()
    guests(dialogue, 1)

    (said,) = told(dialogue, THEIRS, "x" * 100_000)
    assert len(said.text) < 5000


def test_a_turn_that_somebody_began_is_work_and_ends():
    dialogue = started()
    guests(dialogue, 1)
    begun = take(dialogue, "turn/started", turn={"id": "t1"})
    ended = take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"})

    assert ([fact.kind for fact in begun], [fact.kind for fact in ended]) == ([a.WORKING], [a.DONE])


# What else goes on at the server


def active(dialogue: CodexDialogue, thread: str) -> None:
    take(dialogue, "thread/status/changed", threadId=thread, status={"type": "active", "activeFlags": []})


def ends(dialogue: CodexDialogue) -> Fact:
    (fact,) = take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"})
    return fact


def test_a_conversation_of_somebodys_own_is_no_work_in_the_background():
    dialogue = started()
    # As the program does to find a title for what somebody typed.
    take(dialogue, "thread/started", thread={"id": "title", "ephemeral": True, "parentThreadId": None})
    active(dialogue, "title")

    assert ends(dialogue).background == 0


def test_an_agent_below_is_work_in_the_background():
    dialogue = started()
    take(dialogue, "thread/started", thread={"id": "below", "ephemeral": False, "parentThreadId": THREAD})
    active(dialogue, "below")

    assert ends(dialogue).background == 1
