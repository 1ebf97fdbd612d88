"""How turns of the Agent Client Protocol begin and end."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.ports.channel import Send

load = sys.modules["ao_agents"].load
played = load("played_acp")
asks, busy, chunk, ready, seen = played.asks, played.busy, played.chunk, played.ready, played.seen
spoken, take, update = played.spoken, played.take, played.update


@pytest.mark.parametrize(("can", "method"), [({"loadSession": True}, "session/load"), ({}, "")])
def test_a_session_is_loaded_where_it_can_not_be_resumed(can: dict[str, Any], method: str):
    dialogue = AcpDialogue("/tree", "earlier")

    steps = take(dialogue, id="initialize", result={"agentCapabilities": can})

    assert [message["method"] for message in spoken(steps)] == ([method] if method else [])
    assert [fact.kind for fact in seen(steps)] == ([] if method else [a.FAILED])
    assert dialogue.told(0).conversation == (None if method else "")


def test_a_session_is_resumed_where_that_can_be():
    can = {"loadSession": True, "sessionCapabilities": {"resume": {}}}

    (message,) = spoken(take(AcpDialogue("/tree", "earlier"), id="initialize", result={"agentCapabilities": can}))

    assert message["method"] == "session/resume"
    assert message["params"] == {"sessionId": "earlier", "cwd": "/tree", "mcpServers": []}


def test_an_agent_that_can_not_load_sessions_gives_no_conversation():
    dialogue = ready(can={})

    assert dialogue.told(0).conversation == ""


def test_a_history_is_not_observed_even_when_it_comes_late():
    dialogue = ready("earlier", traits=Traits(trails=True))
    steps = chunk(dialogue, "Old.")
    for number in (1, 2):
        steps += take(dialogue, id=f"fence:{number}", error={"code": -32601, "message": ""})
        if number == 1:
            steps += update(dialogue, "tool_call", toolCallId="c", title="ls", kind="execute", status="completed")
    assert [message["id"] for message in spoken(steps)] == ["fence:2", "fence:3"]
    assert seen(steps) == []

    (fact,) = seen(take(dialogue, id="fence:3", error={"code": -32601, "message": ""}))

    assert (fact.kind, fact.conversation) == (a.READY, "earlier")


@pytest.mark.parametrize(
    ("session", "asked"),
    [
        (
            {"configOptions": [{"id": "model", "currentValue": "other"}]},
            ("session/set_config_option", {"sessionId": "s", "configId": "model", "value": "m"}),
        ),
        ({"models": {"currentModelId": "other"}}, ("session/set_model", {"sessionId": "s", "modelId": "m"})),
        ({"models": {"currentModelId": "m"}}, None),
    ],
)
def test_the_model_is_set_before_it_is_ready(session: dict[str, Any], asked: Any):
    dialogue = AcpDialogue("/tree", model="m")
    take(dialogue, id="initialize", result={})

    steps = take(dialogue, id="session", result={"sessionId": "s", **session})

    assert [(message["method"], message["params"]) for message in spoken(steps)] == ([asked] if asked else [])
    ready = seen([*steps, *take(dialogue, id="model", result={})])
    assert [(fact.kind, fact.text) for fact in ready] == [(a.READY, "m")]


def test_who_has_to_log_in_is_told_how_where_it_offers_that():
    dialogue = AcpDialogue("/tree", traits=Traits(login="cursor_login"))

    (login,) = spoken(take(dialogue, id="initialize", result={"authMethods": [{"id": "cursor_login"}]}))
    (session,) = spoken(take(dialogue, id="login", result={}))

    assert (login["method"], login["params"]) == ("authenticate", {"methodId": "cursor_login"})
    assert session["method"] == "session/new"


def test_nothing_is_said_before_it_is_ready():
    assert [*AcpDialogue("/tree").say("m", "x")] == []


def test_an_interrupt_cancels_the_turn_and_what_it_asks():
    dialogue = busy()
    asks(dialogue, {"kind": "execute"})

    cancel, answer = spoken(steps := [*dialogue.interrupt()])

    assert (cancel["method"], cancel["params"]) == ("session/cancel", {"sessionId": "s"})
    assert answer["result"] == {"outcome": {"outcome": "cancelled"}}
    assert [fact.kind for fact in seen(steps)] == [a.ANSWERED]


@pytest.mark.parametrize(
    "answer",
    [
        {"result": {"stopReason": "cancelled"}},
        {"result": {"stopReason": "end_turn"}},
        {"error": {"code": -32603, "message": "Aborted"}},
    ],
)
def test_a_turn_that_was_interrupted_is_over_whatever_the_agent_calls_it(answer: dict[str, Any]):
    dialogue = busy()
    [*dialogue.interrupt()]

    assert [fact.kind for fact in seen(take(dialogue, id="prompt:m", **answer))] == [a.INTERRUPTED]
    assert dialogue.told(0).error == ""


def test_there_is_nothing_to_interrupt_before_and_between_turns():
    dialogue = busy()
    take(dialogue, id="prompt:m", result={"stopReason": "end_turn"})

    assert [*dialogue.interrupt()] == [*ready().interrupt()] == []


def test_what_was_said_before_a_restart_can_be_interrupted_and_answered():
    dialogue = ready()
    take(dialogue, id="taken:m", error={})
    asks(dialogue, {"kind": "execute"})

    assert [message["id"] for message in spoken([*dialogue.answer("5", "o0")])] == [5]
    assert [message["method"] for message in spoken([*dialogue.interrupt()])] == ["session/cancel"]
    assert dialogue.told(1).error == "failed"


def test_interrupts_of_different_turns_are_different():
    dialogue = busy()
    first = [step.key for step in dialogue.interrupt() if isinstance(step, Send)]
    take(dialogue, id="prompt:m", result={"stopReason": "cancelled"})
    [*dialogue.say("m2", "x")]
    take(dialogue, id="taken:m2", error={})
    second = [step.key for step in dialogue.interrupt() if isinstance(step, Send)]

    assert not set(first) & set(second)


@pytest.mark.parametrize(
    ("answer", "kind", "error", "text"),
    [
        ({"result": {"stopReason": "end_turn"}}, a.DONE, "", "Said."),
        ({"result": {}}, a.DONE, "", "Said."),
        ({"result": {"stopReason": "refusal"}}, a.FAILED, "refused", "It refused to go on."),
        ({"result": {"stopReason": "max_tokens"}}, a.FAILED, "failed", "It reached the most tokens"),
        ({"error": {"code": -32000, "message": "Run login"}}, a.FAILED, "not-logged-in", "Run login"),
        ({"error": {"code": 429, "message": "Slow down"}}, a.FAILED, "rate-limited", "Slow down"),
        ({"error": {"code": -32603, "message": "Internal error: overloaded"}}, a.FAILED, "unreachable", "overloaded"),
        ({"error": {"code": -32603, "message": "Internal error", "data": {"details": "x"}}}, a.FAILED, "failed", "x"),
        ({"error": {"message": '{"error": {"message": "No key"}}', "code": 401}}, a.FAILED, "not-logged-in", "No key"),
    ],
)
def test_how_a_turn_ends(answer: dict[str, Any], kind: str, error: str, text: str):
    dialogue = busy()
    chunk(dialogue, "Said.")

    (fact,) = seen(take(dialogue, id="prompt:m", **answer))

    assert (fact.kind, fact.error) == (kind, error)
    assert fact.text.startswith(text)


def test_the_last_words_are_those_after_the_last_tool():
    dialogue = busy()
    chunk(dialogue, "Let me look.")
    update(dialogue, "tool_call", toolCallId="c", title="ls", kind="execute", status="completed")
    chunk(dialogue, "All ")
    chunk(dialogue, "is well.")

    (fact,) = seen(take(dialogue, id="prompt:m", result={"stopReason": "end_turn"}))

    assert fact.text == "All is well."


def test_words_before_a_tool_are_not_the_last_words_where_silence_is_a_failure():
    dialogue = busy(traits=Traits(silence="It said nothing."))
    chunk(dialogue, "Let me look.")
    update(dialogue, "tool_call", toolCallId="c", title="ls", kind="execute", status="completed")

    (fact,) = seen(take(dialogue, id="prompt:m", result={"stopReason": "end_turn"}))

    assert (fact.kind, fact.text) == (a.FAILED, "It said nothing.")


def test_a_prompt_that_nothing_said_was_taken_was_taken_when_it_is_answered():
    dialogue = ready()
    [*dialogue.say("m", "Go.")]

    facts = seen(take(dialogue, id="prompt:m", result={"stopReason": "end_turn"}))

    assert [(fact.kind, fact.message) for fact in facts] == [(a.ACCEPTED, "m"), (a.DONE, "")]
    assert seen(take(dialogue, id="taken:m", error={})) == []


def test_what_comes_after_the_end_of_a_turn_is_no_work():
    dialogue = busy()
    take(dialogue, id="prompt:m", result={"stopReason": "end_turn"})

    assert update(dialogue, "tool_call", toolCallId="c", title="ls", kind="execute", status="in_progress") == []


def test_what_is_said_before_a_prompt_is_known_to_be_taken_is_its_answer():
    dialogue = busy(traits=Traits(silence="It said nothing."))
    chunk(dialogue, "One.")
    take(dialogue, id="prompt:m", result={"stopReason": "end_turn"})
    [*dialogue.say("n", "Go on.")]
    early = chunk(dialogue, "Two.")

    facts = seen(
        [*take(dialogue, id="taken:n", error={}), *take(dialogue, id="prompt:n", result={"stopReason": "end_turn"})]
    )

    assert early == []
    assert [(fact.kind, fact.text) for fact in facts] == [(a.ACCEPTED, ""), (a.DONE, "Two.")]
