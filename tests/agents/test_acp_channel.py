"""Conversations in the Agent Client Protocol: what is made of what programs print, and whole ones with the programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.usage import Usage, total
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.ports.channel import Send

load = sys.modules["ao_agents"].load
channel, talking, played = load("channel_acp"), load("talk"), load("played_acp")
recorded, listening, heard, seen = channel.recorded, channel.listening, channel.heard, played.seen
RECORDED = channel.CASES
#: What follows from calls, not from what the program prints.
CALLED = ("prompt:", "taken:", "interrupt:", "answer:")


@pytest.mark.parametrize(("name", "scenario"), RECORDED)
def test_what_came_of_a_conversation(name: str, scenario: str):
    facts = seen(heard(name, scenario)[1])

    channel.check(name, facts, channel.SCENARIOS[scenario], "/place", replayed=True)


@pytest.mark.parametrize(("name", "scenario"), RECORDED)
def test_a_replay_is_the_same_again(name: str, scenario: str):
    steps = heard(name, scenario)[1]

    assert steps == heard(name, scenario)[1]
    keys = [step.key for step in steps if isinstance(step, Send)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("name", "scenario"), RECORDED)
def test_what_was_said_meanwhile_changes_nothing_that_is_observed(name: str, scenario: str):
    dialogue = listening(name, scenario)
    facts = seen([*dialogue.open()])
    for line in recorded(name, scenario):
        found = seen([*dialogue.take(line)])
        facts += found
        for fact in found:
            if fact.kind == a.READY:
                [*dialogue.say("m1", "x")]
            elif fact.kind in a.ENDS:
                [*dialogue.say("m2", "x")]
            elif fact.ask is not None:
                [*dialogue.answer(fact.ask.id, fact.ask.options[0].id)]

    assert facts == seen(heard(name, scenario)[1])


def works(name: str) -> list[str]:
    """What it worked on as it fixed and committed."""
    return [fact.text for fact in seen(heard(name, "fixes-and-commits")[1]) if fact.kind == a.WORKING]


def test_what_it_works_on_is_told():
    commit = "Run: git commit -qam 'Fix add'"

    assert works("gemini") == ["Edit: calc.py", "Think", commit, "Think"]
    # It is told before it asks, and when it was allowed.
    assert works("kimicode") == ["Read: calc.py", "Think", "Edit: calc.py", "Think", commit, commit, "Think"]


@pytest.mark.parametrize(
    ("name", "program"),
    [
        ("gemini", "Gemini CLI 0.61.0, gemini-2.5-flash"),
        ("kimicode", "Kimi Code CLI 2.1.0, mock"),
    ],
)
def test_it_says_what_it_is_and_what_the_conversation_is(name: str, program: str):
    dialogue, steps = heard(name, "success")
    ready = next(fact for fact in seen(steps) if fact.kind == a.READY)

    assert ready.text == program
    assert ready.conversation
    assert dialogue.told(0).conversation == ready.conversation


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("gemini", Usage(input_tokens=1000, output_tokens=50, model="gemini-2.5-flash")),
        ("kimicode", Usage(context=1050 / 200_000)),
    ],
)
def test_what_it_used_is_told(name: str, usage: Usage):
    dialogue, steps = heard(name, "success")

    assert [fact.usage for fact in seen(steps) if fact.kind == a.USED] == [usage]
    assert dialogue.told(0).usage == usage


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("gemini", Usage(input_tokens=6000, output_tokens=180, model="gemini-2.5-flash")),
        ("kimicode", Usage(context=3070 / 200_000)),
    ],
)
def test_what_all_its_turns_used_is_told(name: str, usage: Usage):
    assert heard(name, "what-it-uses-is-counted")[0].told(0).usage == usage


def test_costs_of_a_whole_conversation_are_not_added_up():
    turns = [Usage(cost=0.5, input_tokens=10), Usage(cost=0.7, so_far=True), Usage(cost=0.9, so_far=True)]

    assert total(turns) == Usage(cost=0.9, input_tokens=10)


@pytest.mark.parametrize(
    ("name", "scenario", "told"),
    [
        ("gemini", "a-limit", ("rate-limited", "Too many requests", None)),
        ("gemini", "a-service-that-fails", ("unreachable", "Internal server error", None)),
        ("kimicode", "the-conversation-is-gone", ("failed", "", "")),
        ("gemini", "the-conversation-is-gone", ("failed", "No previous sessions found for this project.", "")),
        ("gemini", "nobody-is-logged-in", ("not-logged-in", "", None)),
        ("kimicode", "goes-on-in-a-new-process", ("", "The script has no more steps.", "earlier")),
    ],
)
def test_a_turn_is_told(name: str, scenario: str, told: tuple[str, str, str | None]):
    error, words, conversation = told
    found = heard(name, scenario)[0].told(0)

    assert (found.error, found.conversation) == (error, conversation)
    assert words in found.words


@pytest.mark.parametrize("name", channel.PROGRAMS)
def test_a_program_that_went_away_is_an_error(name: str):
    dialogue = listening(name)
    for line in recorded(name, "success"):
        if any(fact.kind == a.READY for fact in seen([*dialogue.take(line)])):
            break
    [*dialogue.say("m1", "Go.")]

    assert (dialogue.told(1).error, dialogue.told(None).error) == ("failed", "")


# The programs themselves


def begun(dialogue: AcpDialogue) -> AcpDialogue:
    """A new dialogue as that one began."""
    return AcpDialogue(dialogue.cwd, dialogue.conversation, dialogue.model, dialogue.mode, dialogue.traits)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scenario"), [case for case in RECORDED if channel.SCENARIOS[case.values[1]].live])
def test_with_the_program(name: str, scenario: str, place: Any, program: Callable[[str, str], Path]):
    installed, command, _ = channel.RECORDS[name].PROGRAMS[0]

    talk = channel.hold(name, scenario, place, program(installed, command)).talks[-1]

    steps = talking.replayed(begun(talk.dialogue), talk.lines)
    assert [fact for fact in talk.facts if fact.kind != a.ANSWERED] == seen(steps)
    sent = [step for step in steps if isinstance(step, Send)]
    assert [one for one in talk.sent if one in sent] == sent
    assert all(one.key.startswith(CALLED) for one in talk.sent if one not in sent)
