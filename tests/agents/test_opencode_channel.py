"""Conversations with opencode: what is made of what comes over the bridge, and whole ones with the program."""

from __future__ import annotations

import importlib.util
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.plugins.agent.dialogue.opencode import OpencodeDialogue
from agent_orchestrator.ports.channel import Send, Step

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


channel = _load("channel_opencode")
recorded, listening, talking = channel.recorded, channel.listening, channel.talking
SCENARIOS = [*channel.SCENARIOS]


def seen(steps: list[Step]) -> list[a.Fact]:
    """What was observed."""
    return [step for step in steps if isinstance(step, a.Fact)]


def heard(scenario: str) -> tuple[OpencodeDialogue, list[Step]]:
    """A recorded conversation, as a new dialogue hears it."""
    dialogue = listening(scenario)
    return dialogue, talking.replayed(dialogue, recorded(scenario))


def facts_of(scenario: str) -> list[a.Fact]:
    return seen(heard(scenario)[1])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_came_of_a_conversation(scenario: str):
    channel.check(facts_of(scenario), channel.SCENARIOS[scenario], "/place")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_replay_is_the_same_again(scenario: str):
    steps = heard(scenario)[1]

    assert steps == heard(scenario)[1]
    keys = [step.key for step in steps if isinstance(step, Send)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_was_said_meanwhile_changes_nothing_that_is_observed(scenario: str):
    dialogue = listening(scenario)
    facts = seen([*dialogue.open()])
    for line in recorded(scenario):
        found = seen([*dialogue.take(line)])
        facts += found
        for fact in found:
            if fact.kind == a.READY:
                [*dialogue.say("m1", "x"), *dialogue.interrupt()]
            elif fact.kind in a.ENDS:
                [*dialogue.say("m2", "x")]
            elif fact.ask is not None:
                [*dialogue.answer(fact.ask.id, fact.ask.options[0].id)]

    assert facts == facts_of(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_event_that_comes_twice_is_one(scenario: str):
    lines = [line for line in recorded(scenario) for _ in range(2 if '"event"' in line else 1)]

    assert seen(talking.replayed(listening(scenario), lines)) == facts_of(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_events_of_other_sessions_change_nothing(scenario: str):
    other = [line for line in recorded("a-subagent-asks") if '"event"' in line]
    lines = []
    for number, line in enumerate(recorded(scenario)):
        lines += [line, other[number % len(other)].replace("evt_", f"evt_{number:012x}").replace("ses_", "ses_x")]

    assert seen(talking.replayed(listening(scenario), lines)) == facts_of(scenario)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_line_makes_it_fail(scenario: str):
    """What is not as it should be is left out."""
    chance = random.Random(scenario)
    strange = [None, True, -1, 10**400, 1e308, "", "x" * 300, "\ud83d", [], [[1]], {}, {"type": 3}]

    def changed(value: Any) -> Any:
        if chance.random() < 0.05:
            return chance.choice(strange)
        if isinstance(value, dict):
            return {name: changed(one) for name, one in value.items() if chance.random() > 0.02}
        return [changed(one) for one in value] if isinstance(value, list) else value

    for _ in range(4):
        dialogue = listening(scenario)
        [*dialogue.open()]
        for line in recorded(scenario):
            steps = [*dialogue.take(json.dumps(changed(json.loads(line))))]
            assert all(isinstance(step, Send | a.Fact) for step in steps)
        [*dialogue.say("m", "\ud83d"), *dialogue.interrupt(), *dialogue.take("{"), *dialogue.take("[1]")]
        dialogue.told(1)


def works(scenario: str) -> list[str]:
    """What it worked on."""
    return [fact.text for fact in facts_of(scenario) if fact.kind == a.WORKING]


def test_what_it_works_on_is_told():
    assert works("fixes-and-commits") == [
        "Think",
        "Read: calc.py",
        "Think",
        "Edit: calc.py",
        "Think",
        "Run: git commit -qam 'Fix add'",
        "Think",
    ]


def test_what_a_subagent_does_is_told():
    assert "Run: git status" in works("a-subagent-works")


def test_it_says_what_it_is_and_what_the_conversation_is():
    dialogue, steps = heard("success")
    ready = next(fact for fact in seen(steps) if fact.kind == a.READY)

    assert ready.text == "OpenCode 1.18.33"
    assert ready.conversation.startswith("ses_")
    assert dialogue.told(0).conversation == ready.conversation


def test_all_calls_of_the_model_are_counted():
    assert heard("success")[0].told(0).usage == Usage(
        input_tokens=1000,
        output_tokens=50,
        cached_tokens=0,
        cost=0.0025,
        context=1050 / 200_000,
        steps=1,
        model="mock/mock-model",
    )
    used = heard("fixes-and-commits")[0].told(0).usage
    assert used is not None
    assert (used.steps, used.output_tokens) == (4, 80)


def test_calls_of_subagents_are_counted_and_do_not_fill_the_context():
    used = heard("a-subagent-works")[0].told(0).usage

    assert used is not None
    assert (used.steps, used.output_tokens) == (4, 65)
    # The newest call of its own was longer than that of the subagent, of 505 tokens.
    assert (used.context or 0) > 1000 / 200_000


@pytest.mark.parametrize(
    ("scenario", "error", "words"),
    [
        ("a-limit", "rate-limited", "Too many requests"),
        ("a-service-that-fails", "unreachable", "Internal server error"),
        ("a-key-that-is-refused", "not-logged-in", "Incorrect API key provided"),
        ("an-account-that-is-empty-in-the-middle", "no-credit", "Insufficient balance"),
        ("a-model-that-is-not-there", "refused", "Model not found: mock/nothing."),
        ("the-conversation-is-gone", "failed", "Session not found"),
        ("told-more-after-an-error", "", "It works again."),
        ("interrupted-while-it-asks", "", "Something else."),
    ],
)
def test_a_turn_is_told(scenario: str, error: str, words: str):
    found = heard(scenario)[0].told(0)

    assert (found.error, found.words[: len(words)]) == (error, words)
    assert (found.conversation == "") == (scenario == "the-conversation-is-gone")


def test_the_end_of_a_limit_is_told():
    (failed,) = [fact for fact in facts_of("a-limit") if fact.kind == a.FAILED]
    asked = [json.loads(line) for line in recorded("a-limit")]
    at = next(one["at"] for one in asked if '"type": "retry"' in json.dumps(one))

    assert abs(failed.until - at - 3600) < 5
    assert heard("a-limit")[0].told(0).resets_at == failed.until


def test_a_program_that_went_away_is_an_error():
    dialogue = heard("the-server-is-killed")[0]

    assert (dialogue.told(137).error, dialogue.told(None).error) == ("failed", "")


def test_one_that_is_killed_while_its_service_fails_tells_that():
    dialogue = listening("a-service-that-fails")
    for line in recorded("a-service-that-fails"):
        if any(fact.kind == a.RETRYING for fact in seen([*dialogue.take(line)])):
            break

    told = dialogue.told(None)
    assert (told.error, told.words) == ("unreachable", "Internal server error")


# The program itself


@pytest.mark.slow
@pytest.mark.parametrize("scenario", [name for name, one in channel.SCENARIOS.items() if one.live])
def test_with_the_program(scenario: str, place: Any, program: Callable[[str, str], Path]):
    installed, command, _ = channel.record.PROGRAMS[0]

    talk = channel.hold(scenario, place, program(installed, command)).talks[-1]

    held = talk.dialogue
    tries = channel.SCENARIOS[scenario].tries
    again = OpencodeDialogue(held.cwd, held.conversation, held.model, held.title, tries)
    steps = talking.replayed(again, talk.lines)
    assert talk.facts == seen(steps)
    sent = [step for step in steps if isinstance(step, Send)]
    assert [one for one in talk.sent if one in sent] == sent
    called = ("prompt:", "interrupt:", "answer:")
    assert all(one.key.startswith(called) for one in talk.sent if one not in sent)
    assert talk.dialogue.told(0) == again.told(0)
