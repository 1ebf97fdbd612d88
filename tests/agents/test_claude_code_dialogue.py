"""The dialogue with Claude Code, without the program: answers, messages, and how it is started."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import AgentConfig
from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent, make
from agent_orchestrator.plugins.agent.dialogue.claude_code import ClaudeCodeDialogue
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.ports.channel import Send, Step

HERE = Path(__file__).parent
_full = "ao_agents_channel_claude_code"
if _full not in sys.modules:
    _spec = importlib.util.spec_from_file_location(_full, HERE / "channel_claude_code.py")
    assert _spec is not None
    assert _spec.loader is not None
    sys.modules[_full] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules[_full])
channel = sys.modules[_full]
turns, talking = channel.stage.turns, channel.stage.talking


def facts_of(steps: Iterable[Step]) -> list[a.Fact]:
    return [step for step in steps if isinstance(step, a.Fact)]


def sends_of(steps: Iterable[Step]) -> list[Send]:
    return [step for step in steps if isinstance(step, Send)]


def replayed(lines: Iterable[str], dialogue: ClaudeCodeDialogue | None = None) -> list[Step]:
    return talking.replayed(dialogue or ClaudeCodeDialogue(), lines)


# Answers


def asked(tool: str = "Bash", id: str = "r1", **request: Any) -> str:
    given = {"command": "make"} if tool == "Bash" else {}
    return control(id, {"subtype": "can_use_tool", "tool_name": tool, "input": given, **request})


def control(id: str, request: Any) -> str:
    return json.dumps({"type": "control_request", "request_id": id, "request": request})


def ask_of(line: str, dialogue: ClaudeCodeDialogue | None = None) -> a.Ask:
    (fact,) = (dialogue or ClaudeCodeDialogue()).take(line)
    assert isinstance(fact, a.Fact)
    assert fact.ask is not None
    return fact.ask


def answered(steps: Iterable[Step]) -> Any:
    """What the only step sends."""
    (send,) = sends_of(steps)
    return json.loads(send.data)


def test_the_first_answer_counts():
    dialogue = ClaudeCodeDialogue()
    ask_of(asked(), dialogue)

    assert sends_of(dialogue.answer("r1", "allow"))
    assert dialogue.answer("r1", "deny") == []


@pytest.mark.parametrize(("ask", "option"), [("r2", "allow"), ("r1", "allow-always"), ("r1", ""), ("r1", "1")])
def test_nothing_is_answered_to_what_is_not_asked_or_with_what_is_no_option(ask: str, option: str):
    dialogue = ClaudeCodeDialogue()
    ask_of(asked(), dialogue)

    assert dialogue.answer(ask, option) == []


def test_questions_go_back_when_each_is_answered():
    dialogue = ClaudeCodeDialogue()
    questions = [{"question": f"{name}?", "options": [{"label": f"{name}1"}]} for name in "AB"]
    dialogue.take(asked("AskUserQuestion", input={"questions": questions, "kept": 1}))

    assert dialogue.answer("r1#2", "1", "and more") == []
    response = answered(dialogue.answer("r1#1", "", "Words."))["response"]["response"]

    assert response["updatedInput"] == {
        "questions": questions,
        "kept": 1,
        "answers": {"A?": "Words.", "B?": "B1, and more"},
    }


def test_what_is_allowed_for_good_is_noted_in_no_settings_and_changes_no_mode():
    rule = {"type": "addRules", "rules": [{"toolName": "Bash", "ruleContent": "make *"}], "behavior": "allow"}
    suggestions = [
        {**rule, "destination": "localSettings"},
        {"type": "addDirectories", "directories": ["/other"], "destination": "userSettings"},
        {"type": "setMode", "mode": "bypassPermissions", "destination": "session"},
        {**rule, "behavior": "deny", "destination": "session"},
        {"type": "removeRules", "rules": [], "destination": "session"},
    ]
    dialogue = ClaudeCodeDialogue()
    ask = ask_of(asked(permission_suggestions=suggestions), dialogue)

    response = answered(dialogue.answer("r1", "allow-always"))["response"]["response"]

    option = ask.option(a.ALLOW_ALWAYS)
    assert option is not None
    assert option.label == "Allow for this turn: Bash(make *), /other"
    assert response["updatedPermissions"] == [
        {**rule, "destination": "session"},
        {"type": "addDirectories", "directories": ["/other"], "destination": "session"},
    ]


def test_nothing_can_be_allowed_for_good_where_it_does_not_say_what_or_does_not_want_that():
    rule = {"type": "addRules", "rules": [{"toolName": "Bash"}], "behavior": "allow"}

    assert ask_of(asked()).option(a.ALLOW_ALWAYS) is None
    unwanted = asked(permission_suggestions=[rule], suppress_always_allow_rule=True)
    assert ask_of(unwanted).option(a.ALLOW_ALWAYS) is None


@pytest.mark.parametrize(
    ("tool", "given", "action", "subjects"),
    [
        ("Bash", {"command": "a\nb"}, "run", ("a\nb",)),
        ("Edit", {"file_path": "/w/a.py"}, "edit", ("/w/a.py",)),
        ("Write", {"file_path": "../a.py"}, "edit", ("/a.py",)),
        ("Write", {"file_path": "/tree/../etc/x"}, "edit", ("/etc/x",)),
        ("NotebookEdit", {"notebook_path": " /w/a.ipynb"}, "edit", ("/w/a.ipynb",)),
        # Where it is not said which file that is, no rule for files may fit.
        ("Write", {"file_path": "~/../../etc/x"}, "edit", ()),
        ("Write", {"file_path": 1}, "edit", ()),
        # It asks for no file of the worktree but for links out of it and for its own settings.
        ("Write", {"file_path": "/tree/.claude/settings.json"}, "edit", ()),
        ("Read", {"file_path": "link/../link"}, "read", ()),
        ("Glob", {"pattern": "/etc/*", "path": "/tree"}, "read", ()),
        ("Read", {"file_path": "/etc/passwd"}, "read", ("/etc/passwd",)),
        ("WebFetch", {"url": "https://example.org"}, "fetch", ("https://example.org",)),
        ("mcp__mail__send", {"to": "a"}, "other", ()),
        ("AskUserQuestion", {"questions": "none"}, "other", ()),
    ],
)
def test_what_is_asked_says_what_it_is_about(tool: str, given: Any, action: str, subjects: tuple[str, ...]):
    dialogue = ClaudeCodeDialogue()
    dialogue.take('{"type": "system", "subtype": "init", "cwd": "/tree"}')

    ask = ask_of(asked(tool, input=given), dialogue)

    assert (ask.tool, ask.action, ask.subjects) == (tool, action, subjects)


def test_a_path_is_no_subject_before_it_is_known_against_what_it_is_relative():
    assert ask_of(asked("Write", input={"file_path": "a.py"})).subjects == ()


def test_what_we_do_not_have_is_refused_in_the_protocols_own_words():
    dialogue = ClaudeCodeDialogue()

    (send,) = dialogue.take(control("r1", {"subtype": "mcp_message", "server_name": "x"}))

    assert isinstance(send, Send)
    assert send.key == "answer:r1"
    response = {"subtype": "error", "error": "not supported: mcp_message", "request_id": "r1"}
    assert json.loads(send.data) == {"type": "control_response", "response": response}


def test_words_with_a_permission_go_before_it_as_a_message():
    dialogue = ClaudeCodeDialogue()
    ask_of(asked(), dialogue)

    sent = sends_of(dialogue.answer("r1", "allow", "But only once."))

    assert [send.key for send in sent] == ["words:r1", "answer:r1"]
    assert json.loads(sent[0].data)["message"]["content"] == [{"type": "text", "text": "But only once."}]


# Messages and interrupts


def test_a_message_is_one_line_with_its_id():
    (send,) = sends_of(ClaudeCodeDialogue().say("m-1", "Two\nlines."))

    assert send.key == "message:m-1"
    assert send.data.count(b"\n") == 1
    sent = json.loads(send.data)
    assert (sent["type"], sent["uuid"]) == ("user", "ao:m-1")
    assert sent["message"] == {"role": "user", "content": [{"type": "text", "text": "Two\nlines."}]}


@pytest.mark.parametrize("text", ["/compact", "\n /x", "mail a@example.org", "@x", "", " \n"])
def test_what_it_would_interpret_or_drop_is_not_the_last_part(text: str):
    sent = answered(ClaudeCodeDialogue().say("m1", text))

    assert [part["text"] for part in sent["message"]["content"]] == [text, "(End of the message.)"]


def test_a_message_of_its_own_that_comes_back_is_none_of_ours():
    line = {"type": "user", "uuid": "1", "isReplay": True, "message": {"content": "<local-command-stdout>"}}

    assert ClaudeCodeDialogue().take(json.dumps(line)) == []


def test_each_interrupt_has_the_key_of_its_number():
    dialogue = ClaudeCodeDialogue()

    assert [sends_of(dialogue.interrupt())[0].key for _ in range(2)] == ["interrupt:1", "interrupt:2"]


def test_an_interrupt_waits_for_the_message_that_it_is_to_end():
    dialogue = ClaudeCodeDialogue()
    dialogue.say("m1", "Work.")

    assert dialogue.interrupt() == []
    began = sends_of(dialogue.take('{"type": "system", "subtype": "init"}'))
    assert [send.key for send in began] == ["interrupt:1"]


# What is left of it


def test_what_it_says_instead_of_starting_is_an_error():
    dialogue = ClaudeCodeDialogue()

    dialogue.take("error: unknown option '--replay-user-messages'")

    assert dialogue.told(1) == Told("error: unknown option '--replay-user-messages'", error="failed")


def test_nothing_is_made_up_of_nothing():
    assert ClaudeCodeDialogue().told(None) == Told()


# How it is started


def launch_of(tmp_path: Path, agent: ClaudeCodeAgent, conversation: str = "") -> Any:
    place = SimpleNamespace(main=tmp_path / "main", tree=tmp_path / "tree", home=tmp_path)
    return agent.launch(turns.task_of("Work."), turns.bench_of(place, conversation), tmp_path / "task.json")


def test_it_is_talked_to_unless_it_is_told_otherwise(tmp_path: Path):
    launch = launch_of(tmp_path, ClaudeCodeAgent(new_id=lambda: "new-id"))

    duplex = ("--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
    asks = ("--permission-prompt-tool", "stdio", "--replay-user-messages", "--permission-mode", "acceptEdits")
    (settings,) = launch.files
    assert launch.argv == ("claude", "-p", *duplex, *asks, "--settings", str(settings), "--session-id", "new-id")
    assert launch.dialogue == ClaudeCodeDialogue()
    assert launch.stdin == ""


def test_a_later_turn_is_talked_to_in_the_same_conversation(tmp_path: Path):
    launch = launch_of(tmp_path, ClaudeCodeAgent(model="opus"), "old-id")

    assert launch.argv[-4:] == ("--resume", "old-id", "--model", "opus")
    assert launch.dialogue == ClaudeCodeDialogue("old-id", "opus")


@pytest.mark.parametrize(("configured", "talks"), [(None, True), ("structured", True), ("one-shot", False)])
def test_the_channel_is_the_configured_one(tmp_path: Path, configured: str | None, talks: bool):
    launch = launch_of(tmp_path, make(AgentConfig(name="c", channel=configured)))

    assert (launch.dialogue is not None) is talks
    assert (launch.stdin == "") is talks
