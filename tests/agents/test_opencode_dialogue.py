"""A turn of opencode, played by hand: what its events and answers come to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.dialogue.opencode import OpencodeDialogue
from agent_orchestrator.ports.channel import Send, Step

NOW = 1_795_400_000


def spoken(steps: list[Step]) -> list[dict[str, Any]]:
    """What was asked for, as requests."""
    return [json.loads(step.data) for step in steps if isinstance(step, Send)]


def seen(steps: list[Step]) -> list[tuple[str, str]]:
    """What was observed, but for what it works on and uses."""
    facts = [step for step in steps if isinstance(step, a.Fact)]
    return [(one.kind, one.message or one.text) for one in facts if one.kind not in (a.WORKING, a.USED)]


def take(dialogue: OpencodeDialogue, **message: Any) -> list[Step]:
    return [*dialogue.take(json.dumps(message))]


def event(dialogue: OpencodeDialogue, kind: str, session: str = "s", **properties: Any) -> list[Step]:
    return take(dialogue, event={"type": kind, "properties": {"sessionID": session, **properties}}, at=NOW)


def ready(conversation: str = "", **more: Any) -> OpencodeDialogue:
    """A dialogue with a session that has begun."""
    dialogue = OpencodeDialogue("/tree", conversation, **more)
    [*dialogue.open()]
    take(dialogue, stream="open", number=1)
    take(dialogue, event={"id": "evt_2079b9a9001a", "type": "server.connected"}, at=NOW)
    take(dialogue, id="session", status=200, body={"id": conversation or "s", "version": "1.2.3"})
    return dialogue


TEXT = {"type": "text", "text": "Go."}


def prompted(dialogue: OpencodeDialogue, message: str = "m") -> str:
    """The id of a message that was said."""
    (request,) = spoken([*dialogue.say(message, "Go.")])
    return str(request["body"]["messageID"])


def accepted(dialogue: OpencodeDialogue, id: str) -> list[Step]:
    """It has the message of this id, and begins to work."""
    part = {"id": f"p{id}", "sessionID": "s", "messageID": id, **TEXT}
    return [
        *event(dialogue, "message.updated", info={"id": id, "role": "user"}),
        *event(dialogue, "message.part.updated", part=part),
        *event(dialogue, "session.status", status={"type": "busy"}),
    ]


def busy(**more: Any) -> OpencodeDialogue:
    """One that works on a message of ours."""
    dialogue = ready(**more)
    accepted(dialogue, prompted(dialogue))
    return dialogue


def writes(dialogue: OpencodeDialogue, id: str = "a1", **end: Any) -> list[Step]:
    """It begins a message, or with ``end`` has ended it."""
    time = {"created": NOW * 1000, **({"completed": NOW * 1000} if end else {})}
    return event(dialogue, "message.updated", info={"id": id, "role": "assistant", "time": time, **end})


def idle(dialogue: OpencodeDialogue) -> list[Step]:
    return event(dialogue, "session.idle")


def retry(
    dialogue: OpencodeDialogue, attempt: int, wait: float = 2.0, message: str = "Internal server error"
) -> list[Step]:
    status = {"type": "retry", "attempt": attempt, "message": message, "next": int((NOW + wait) * 1000)}
    return event(dialogue, "session.status", status=status)


# What is said


def test_a_new_session_has_the_title_of_the_task():
    (request,) = spoken([*OpencodeDialogue("/tree", title="Fix add").open()])

    assert request == {"id": "session", "method": "POST", "path": "/session", "body": {"title": "Fix add"}}


def test_a_known_session_is_looked_for():
    (request,) = spoken([*OpencodeDialogue("/tree", "ses/1").open()])

    assert (request["method"], request["path"]) == ("GET", "/session/ses%2F1")


def test_a_session_of_another_folder_is_not_gone_on_with_for_it_would_work_there():
    dialogue = OpencodeDialogue("/tree", "s")
    steps = take(dialogue, id="session", status=200, body={"id": "s", "directory": "/other"})

    assert seen(steps) == [(a.FAILED, "Its conversation belongs to another folder: /other")]
    assert [*dialogue.say("m", "Go.")] == []
    assert dialogue.told(0).conversation == ""


def test_a_session_of_its_own_folder_is_gone_on_with():
    dialogue = OpencodeDialogue("/tree", "s")
    steps = take(dialogue, id="session", status=200, body={"id": "s", "directory": "/tree"})

    assert [kind for kind, _ in seen(steps)] == [a.READY]


def test_a_prompt_has_our_id_in_the_order_of_time_and_the_configured_model():
    dialogue = ready(model="a/b/c")
    (send,) = [*dialogue.say("turn-1", "Go \ud83d.")]
    assert isinstance(send, Send)
    (request,) = spoken([send])

    assert (send.key, request["path"]) == ("prompt:turn-1", "/session/s/prompt_async")
    assert request["body"] == {
        "messageID": "msg_2079b9a9001aao_turn-1",
        "parts": [{"type": "text", "text": "Go \ufffd."}],
        "model": {"providerID": "a", "modelID": "b/c"},
    }


def test_nothing_is_said_before_there_is_a_session():
    dialogue = OpencodeDialogue("/tree")

    assert [*dialogue.say("m", "Go.")] == []
    assert [*dialogue.interrupt()] == []
    assert [*dialogue.answer("p", "once")] == []


def test_any_id_of_ours_is_known_again():
    dialogue = ready()

    assert seen(accepted(dialogue, prompted(dialogue, "a/b ü:1")))[0] == (a.ACCEPTED, "a/b ü:1")


# How a turn ends


def test_a_turn_is_over_when_it_is_idle_and_no_message_is_open():
    dialogue = busy()
    writes(dialogue)
    event(dialogue, "session.error", error={"name": "MessageAbortedError"})

    assert seen(idle(dialogue)) == []
    writes(dialogue, error={"name": "MessageAbortedError"})
    assert seen(idle(dialogue)) == [(a.INTERRUPTED, "")]
    assert seen(idle(dialogue)) == []


def test_the_last_words_are_those_of_the_last_message():
    dialogue = busy()
    writes(dialogue)
    text = {"type": "text", "text": "First.", "messageID": "a1", "sessionID": "s", "time": {"end": 1}}
    event(dialogue, "message.part.updated", part=text)
    writes(dialogue, finish="tool-calls")
    writes(dialogue, "a2")
    event(dialogue, "message.part.updated", part={**text, "messageID": "a2", "text": " Last.\n"})
    writes(dialogue, "a2", finish="stop")

    assert seen(idle(dialogue)) == [(a.DONE, "Last.")]
    assert dialogue.told(0).words == "Last."


def test_a_summary_of_the_conversation_is_no_answer():
    dialogue = busy()
    info = {"id": "a1", "role": "assistant", "summary": True, "time": {"created": 1}}
    event(dialogue, "message.updated", info=info)
    text = {"type": "text", "text": "Sum.", "messageID": "a1", "sessionID": "s", "time": {"end": 1}}
    event(dialogue, "message.part.updated", part=text)
    writes(dialogue, "a2")
    writes(dialogue, "a2", finish="stop")

    assert seen(idle(dialogue)) == [(a.DONE, "")]


@pytest.mark.parametrize(
    ("finish", "error", "words"),
    [
        ("length", "failed", "It reached the most tokens that it may use."),
        ("content-filter", "refused", "The model's service refused to go on."),
    ],
)
def test_an_answer_that_was_cut_is_an_error(finish: str, error: str, words: str):
    dialogue = busy()
    writes(dialogue)
    writes(dialogue, finish=finish)
    idle(dialogue)

    told = dialogue.told(0)
    assert (told.error, told.words) == (error, words)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"name": "ProviderAuthError", "data": {"message": "No key."}}, "not-logged-in"),
        ({"name": "ContextOverflowError", "data": {"message": "Too long."}}, "refused"),
        ({"name": "UnknownError", "data": {"message": "fetch failed"}}, "unreachable"),
        ({"name": "APIError", "data": {"message": "no", "statusCode": 503}}, "unreachable"),
        ({"name": "APIError", "data": {}}, "failed"),
        ({}, "failed"),
    ],
)
def test_errors_have_a_kind(error: dict[str, Any], kind: str):
    dialogue = busy()
    event(dialogue, "session.error", error=error)
    idle(dialogue)

    told = dialogue.told(0)
    assert (told.error, bool(told.words)) == (kind, True)


def test_the_error_of_one_turn_is_not_that_of_the_next():
    dialogue = busy()
    event(dialogue, "session.error", error={"name": "UnknownError"})
    idle(dialogue)
    accepted(dialogue, prompted(dialogue, "m2"))
    writes(dialogue)
    writes(dialogue, finish="stop")

    assert seen(idle(dialogue)) == [(a.DONE, "")]
    assert dialogue.told(0).error == ""


def test_a_session_that_is_deleted_is_gone():
    dialogue = busy()

    assert seen(event(dialogue, "session.deleted", info={"id": "s"})) == [(a.FAILED, "Its session was deleted.")]
    assert dialogue.told(0).conversation == ""


def test_a_message_that_is_refused_is_an_error():
    dialogue = ready()
    prompted(dialogue)
    steps = take(dialogue, id="prompt:m", status=404, body={"name": "NotFoundError", "data": {"message": "Not there."}})

    assert seen(steps) == [(a.FAILED, "Not there.")]
    assert dialogue.told(0).error == "refused"


def test_what_the_bridge_says_of_a_server_that_can_not_be_talked_to_is_the_error():
    dialogue = OpencodeDialogue("/tree")
    [*dialogue.open()]

    assert seen(take(dialogue, failed="opencode ended with 1 before it listened")) == [
        (a.FAILED, "opencode ended with 1 before it listened")
    ]
    assert dialogue.told(1).error == "failed"


# A service that fails


def test_a_service_that_fails_for_too_long_ends_the_turn():
    dialogue = busy(tries=3)
    writes(dialogue)

    assert seen(retry(dialogue, 1)) == [(a.RETRYING, "Internal server error")]
    assert seen(retry(dialogue, 2, 4.0)) == [(a.RETRYING, "Internal server error")]
    (abort,) = retry(dialogue, 3, 8.0)
    assert isinstance(abort, Send)
    assert (abort.key, spoken([abort])[0]["path"]) == ("give-up:0", "/session/s/abort")
    assert retry(dialogue, 4, 16.0) == []
    # Ended while it waits, its message has no error.
    writes(dialogue, id="a1", cost=0)
    assert seen(idle(dialogue)) == [(a.FAILED, "Internal server error")]
    assert dialogue.told(0).error == "unreachable"


@pytest.mark.parametrize(
    ("message", "wait", "error", "until"),
    [
        ("Too many requests", 3600, "rate-limited", NOW + 3600),
        ("Free usage exceeded: quota", 90, "rate-limited", NOW + 90),
        ("Overloaded", 3600, "unreachable", 0.0),
    ],
)
def test_one_that_is_to_be_waited_for_long_ends_the_turn_at_once(message: str, wait: float, error: str, until: float):
    dialogue = busy()
    writes(dialogue)

    assert [step.key for step in retry(dialogue, 1, wait, message) if isinstance(step, Send)] == ["give-up:0"]
    writes(dialogue, id="a1", cost=0)
    idle(dialogue)
    told = dialogue.told(0)
    assert (told.error, told.words, told.resets_at) == (error, message, until)


def test_a_service_that_works_again_is_forgotten():
    dialogue = busy()
    writes(dialogue)
    retry(dialogue, 1)
    event(dialogue, "session.status", status={"type": "busy"})
    text = {"type": "text", "text": "Well.", "messageID": "a1", "sessionID": "s", "time": {"end": 1}}
    event(dialogue, "message.part.updated", part=text)
    writes(dialogue, finish="stop")

    assert seen(idle(dialogue)) == [(a.DONE, "Well.")]


def test_a_service_that_fails_a_subagent_ends_the_turn_too():
    dialogue = busy(tries=1)
    event(dialogue, "session.created", "child", info={"id": "child", "parentID": "s"})
    status = {"type": "retry", "attempt": 1, "message": "Internal server error", "next": 0}

    (abort,) = event(dialogue, "session.status", "child", status=status)
    assert spoken([abort])[0]["path"] == "/session/s/abort"


# What it asks


def asks(dialogue: OpencodeDialogue, permission: str, session: str = "s", **more: Any) -> a.Ask:
    about = {"id": "per_1", "permission": permission, "patterns": ["x"], "metadata": {}, "always": [], **more}
    (fact,) = [one for one in event(dialogue, "permission.asked", session, **about) if isinstance(one, a.Fact)]
    assert fact.ask is not None
    return fact.ask


@pytest.mark.parametrize(
    ("permission", "more", "tool", "action", "subjects"),
    [
        ("bash", {"metadata": {"command": "a > b; c"}, "patterns": ["a", "c"]}, "bash", "run", ("a > b; c",)),
        ("bash", {"patterns": ["a"]}, "bash", "run", ()),
        ("edit", {"metadata": {"filepath": "/tree/x"}}, "edit", "edit", ("/tree/x",)),
        ("edit", {"patterns": ["y", "../z"]}, "edit", "edit", ("/tree/y", "/z")),
        ("read", {"patterns": ["y"]}, "read", "read", ("/tree/y",)),
        ("grep", {"patterns": ["words"], "metadata": {"path": "/etc"}}, "grep", "read", ("/etc",)),
        ("glob", {"patterns": ["*.py"]}, "glob", "read", ("/tree",)),
        ("webfetch", {"metadata": {"url": "https://a/b"}}, "webfetch", "fetch", ("https://a/b",)),
        ("task", {"patterns": ["general"]}, "task", "other", ()),
        ("mcp_tool", {}, "mcp_tool", "other", ()),
        ("external_directory", {"patterns": ["/etc/*"]}, "external_directory", "other", ()),
    ],
)
def test_what_it_asks_for_is_what_rules_are_about(
    permission: str, more: Any, tool: str, action: str, subjects: tuple[str, ...]
):
    ask = asks(busy(), permission, **more)

    assert (ask.tool, ask.action, ask.subjects) == (tool, action, subjects)
    assert [one.does for one in ask.options] == [a.ALLOW, a.ALLOW_ALWAYS, a.DENY]


def test_a_folder_outside_is_asked_for_what_is_done_there():
    dialogue = busy()
    writes(dialogue)
    call = {"type": "tool", "tool": "write", "callID": "c1", "messageID": "a1", "sessionID": "s", "state": {}}
    event(dialogue, "message.part.updated", part={**call, "state": {"status": "pending"}})

    ask = asks(dialogue, "external_directory", metadata={"filepath": "/etc/x"}, tool={"callID": "c1"})
    assert (ask.tool, ask.action, ask.subjects) == ("write", "edit", ("/etc/x",))


def test_what_other_sessions_ask_is_not_ours():
    assert event(busy(), "permission.asked", "other", id="per_1", permission="bash") == []


def test_what_a_subagent_of_a_subagent_asks_is_ours():
    dialogue = busy()
    event(dialogue, "session.created", "child", info={"id": "child", "parentID": "s"})
    event(dialogue, "session.created", "below", info={"id": "below", "parentID": "child"})

    assert asks(dialogue, "bash", "below").id == "per_1"


def test_only_what_it_asks_is_answered_and_only_so():
    dialogue = busy()
    asks(dialogue, "bash")

    assert [*dialogue.answer("per_2", "once")] == []
    assert [*dialogue.answer("per_1", "never")] == []
    (request,) = spoken([*dialogue.answer("per_1", "reject", "Why.")])
    assert request == {
        "id": "answer:per_1",
        "method": "POST",
        "path": "/permission/per_1/reply",
        "body": {"reply": "reject", "message": "Why."},
    }


def test_an_answer_that_comes_too_late_ends_the_question():
    dialogue = busy()
    asks(dialogue, "bash")

    assert seen(take(dialogue, id="answer:per_1", status=404, body={"message": "Gone."})) == [(a.ANSWERED, "per_1")]
    assert seen(event(dialogue, "permission.replied", requestID="per_1", reply="once")) == []


def test_an_interrupt_refuses_what_it_asks_after_its_turn_is_ended():
    dialogue = busy()
    asks(dialogue, "bash")
    requests = spoken([*dialogue.interrupt()])

    assert [one["path"] for one in requests] == ["/session/s/abort", "/permission/per_1/reply"]
    assert requests[1]["body"] == {"reply": "reject"}


def test_an_interrupt_waits_until_there_is_something_to_end():
    dialogue = ready()
    assert [*dialogue.interrupt()] == []
    id = prompted(dialogue)
    assert [*dialogue.interrupt()] == []

    assert [one["id"] for one in spoken(accepted(dialogue, id))] == ["interrupt:0"]
    assert seen(idle(dialogue)) == [(a.INTERRUPTED, "")]
    assert spoken(accepted(dialogue, prompted(dialogue, "m2"))) == []


# Who else is there


def test_who_joins_and_leaves_is_told():
    dialogue = ready()

    assert seen(take(dialogue, guests=1)) == [(a.JOINED, "")]
    assert seen(take(dialogue, guests=0)) == [(a.LEFT, "")]


def test_what_is_typed_at_its_screen_is_no_message_of_ours():
    dialogue = ready()

    assert seen(accepted(dialogue, "msg_2079b9a90020theirs")) == [(a.SAID, "Go.")]


def test_what_the_program_tells_itself_nobody_said():
    dialogue = ready()
    event(dialogue, "message.updated", info={"id": "u", "role": "user"})
    part = {"id": "p", "sessionID": "s", "messageID": "u", "synthetic": True, **TEXT}

    assert event(dialogue, "message.part.updated", part=part) == []


# Events that were missed


def again(dialogue: OpencodeDialogue, messages: list[Any], asked: list[Any], status: Any) -> list[Step]:
    """The answers to what is asked for after the events broke off."""
    requests = spoken(take(dialogue, stream="open", number=2))
    assert [one["id"] for one in requests] == ["messages:2", "permissions:2", "questions:2", "status:2"]
    return [
        *take(dialogue, id="messages:2", status=200, body=messages),
        *take(dialogue, id="permissions:2", status=200, body=asked),
        *take(dialogue, id="questions:2", status=200, body=[]),
        *take(dialogue, id="status:2", status=200, body=status),
    ]


def test_an_end_that_was_missed_is_known_afterwards():
    dialogue = ready()
    id = prompted(dialogue)
    at = {"created": NOW * 1000}
    step = {"id": "x", "type": "step-finish", "messageID": "a1", "sessionID": "s", "tokens": {"input": 5, "output": 1}}
    text = {"id": "y", "type": "text", "text": "Done.", "messageID": "a1", "sessionID": "s", "time": {"end": 1}}
    old = {"info": {"id": "a0", "role": "assistant", "time": {"created": 1}}, "parts": [{**step, "id": "old"}]}
    mine = {
        "info": {"id": id, "role": "user", "time": at},
        "parts": [{**TEXT, "id": "u", "messageID": id, "sessionID": "s"}],
    }
    info = {"id": "a1", "role": "assistant", "time": {**at, "completed": 1}, "finish": "stop"}

    steps = again(dialogue, [old, mine, {"info": info, "parts": [step, text]}], [], {})
    assert seen(steps) == [(a.ACCEPTED, "m"), (a.DONE, "Done.")]
    used = dialogue.told(0).usage
    assert used is not None
    assert (used.steps, used.input_tokens) == (1, 5)


def test_a_question_that_was_missed_is_asked_and_one_that_is_over_is_answered():
    dialogue = busy()
    asks(dialogue, "bash")
    new = {"id": "per_2", "sessionID": "s", "permission": "bash", "metadata": {"command": "b"}}

    steps = again(dialogue, [], [new], {"s": {"type": "busy"}})
    assert seen(steps) == [(a.ASKED, ""), (a.ANSWERED, "per_1")]


def test_a_turn_that_was_over_is_not_over_again():
    dialogue = busy()
    writes(dialogue)
    writes(dialogue, finish="stop")
    assert seen(idle(dialogue)) == [(a.DONE, "")]
    info = {"id": "a1", "role": "assistant", "time": {"created": NOW * 1000, "completed": 1}, "finish": "stop"}

    assert seen(again(dialogue, [{"info": info, "parts": []}], [], {})) == []
