"""What agents of the Agent Client Protocol ask for, and how they are answered."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.permission import DENY, Rules, decide, patterns
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.views.talking import question

load = sys.modules["ao_agents"].load
played = load("played_acp")
asks, busy, chunk, ready, seen = played.asks, played.busy, played.chunk, played.ready, played.seen
spoken, take, update = played.spoken, played.take, played.update


def test_what_options_do_is_known_by_their_kind():
    ask = asks(busy(), {"kind": "execute"}, "reject_always", "allow_always", "reject_once", "allow_once", "other")

    does = [a.DENY_ALWAYS, a.ALLOW_ALWAYS, a.DENY, a.ALLOW, a.CHOICE]
    assert [(one.id, one.does) for one in ask.options] == [(f"o{n}", does[n]) for n in range(5)]


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ({"kind": "execute", "title": "make all"}, ("", "run", ())),
        ({"kind": "execute", "rawInput": {"command": ["make", "a b"]}}, ("", "run", ("make 'a b'",))),
        ({"kind": "execute", "title": "Bash"}, ("Bash", "run", ())),
        ({"kind": "edit", "locations": [{"path": "a/../b.py"}]}, ("", "edit", ("/tree/b.py",))),
        ({"kind": "edit", "content": [{"type": "diff", "path": "/b.py"}]}, ("", "edit", ("/b.py",))),
        ({"kind": "delete", "rawInput": {"file_path": "/b.py"}}, ("", "edit", ("/b.py",))),
        ({"kind": "fetch", "rawInput": {"url": "https://a"}}, ("", "fetch", ("https://a",))),
        ({"kind": "search", "locations": [{"path": "/etc"}]}, ("", "read", ("/etc",))),
        ({"title": "mcp__x"}, ("mcp__x", "other", ())),
        ({"toolCallId": "sh__sh_17_0", "kind": "execute", "title": "ls"}, ("sh", "run", ())),
        ({"_meta": {"claudeCode": {"toolName": "Edit"}}, "kind": "edit"}, ("Edit", "edit", ())),
    ],
)
def test_what_is_asked_for(call: dict[str, Any], asked: tuple[str, str, tuple[str, ...]]):
    ask = asks(busy(), {"toolCallId": "c", **call})

    assert (ask.tool, ask.action, ask.subjects) == asked


def test_a_long_command_is_asked_whole():
    command = f"echo {'x' * 500}; rm -rf /"

    ask = asks(busy(), {"toolCallId": "c", "kind": "execute", "rawInput": {"command": command}})

    assert (ask.text, ask.subjects) == (f"Run: {command}", (command,))


def test_a_title_is_a_command_only_where_that_is_sure():
    ask = asks(busy(traits=Traits(titled=True)), {"toolCallId": "c", "kind": "execute", "title": "make all"})

    assert ask.subjects == ("make all",)


def test_a_text_is_no_command_where_that_is_not_sure():
    said = [{"type": "content", "content": {"type": "text", "text": '{"command": "git status"}'}}]

    ask = asks(busy(), {"toolCallId": "c", "kind": "execute", "title": "rm -rf /", "content": said})

    assert ask.subjects == ()


def test_rules_for_commands_are_about_one_of_which_only_its_tool_is_told():
    said = [{"type": "content", "content": {"type": "text", "text": "Running: git push"}}]
    rules = Rules("/tree", allow=patterns(["Bash"]), deny=patterns(["run(git push *)"]))

    ask = asks(busy(), {"toolCallId": "c", "title": "Bash", "content": said})

    assert (ask.action, ask.subjects, decide(ask, rules)) == ("run", (), DENY)
    assert ask.text.startswith("Running: git push\n(That is how it puts it. The command itself it does not tell")
    assert question(ask).startswith("Running: git push (That is how it puts it.")


def test_what_was_said_of_a_call_before_is_asked_with_it():
    dialogue = busy(traits=Traits(spelled=True))
    update(dialogue, "tool_call", toolCallId="c", title="Bash", kind="execute", status="pending")
    said = [{"type": "content", "content": {"type": "text", "text": '{"command": "touch x"}'}}]
    update(dialogue, "tool_call_update", toolCallId="c", status="in_progress", content=said)

    ask = asks(dialogue, {"toolCallId": "c", "title": "Bash"})

    assert (ask.tool, ask.action, ask.subjects, ask.text) == ("Bash", "run", ("touch x",), "Run: touch x")


def test_a_request_without_options_is_refused():
    params = {"sessionId": "s", "toolCall": {}, "options": []}

    (answer,) = spoken(take(busy(), id="r", method="session/request_permission", params=params))

    assert answer == {"jsonrpc": "2.0", "id": "r", "result": {"outcome": {"outcome": "cancelled"}}}


@pytest.mark.parametrize("method", ["fs/read_text_file", "fs/write_text_file", "terminal/create", "cursor/ask", "x"])
def test_files_and_terminals_of_ours_are_not_there(method: str):
    (answer,) = spoken(take(busy(), id=3, method=method, params={"path": "/etc/passwd"}))

    assert (answer["id"], answer["error"]["code"]) == (3, -32601)


def test_an_answer_is_taken_once_and_only_from_the_options():
    dialogue = busy()
    asks(dialogue, {"kind": "execute"}, "allow_once", "reject_once")

    assert [*dialogue.answer("5", "other")] == []
    (answer,) = spoken([*dialogue.answer("5", "o1", "Because.")])
    assert answer["result"] == {"outcome": {"outcome": "selected", "optionId": "o1"}}
    assert [*dialogue.answer("5", "o1")] == []


def test_what_is_not_asked_any_more_is_not_answered():
    dialogue = busy()
    asks(dialogue, {"kind": "execute"})
    take(dialogue, id="prompt:m", result={"stopReason": "end_turn"})

    assert [*dialogue.answer("5", "o0")] == []
