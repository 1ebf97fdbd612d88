"""The scripted model: what a script says, every vendor's client understands."""

from __future__ import annotations

import http.client
import json
import threading
import time
from typing import Any

import pytest

STOPPED = {"anthropic": "end_turn", "responses": "completed", "chat": "stop", "gemini": "STOP"}
CALLED = {**STOPPED, "anthropic": "tool_use", "chat": "tool_calls"}
LONG = "Zeile mit Umlaut ä, 漢字 und 🎉.\n" * 40


def script(*steps: dict[str, Any]) -> tuple[str, str]:
    """A user's turn with a script between other text."""
    return "user", f"Fix it, please. MOCK{json.dumps(steps)} Thank you [1]."


def message(said: Any) -> str:
    return said.body["error"]["message"]


def test_a_text_arrives_as_it_is(running: Any, vendor: Any, stream: bool):
    said = running.ask(vendor, script({"text": LONG}), stream=stream)
    assert (said.text, said.calls, said.ended) == (LONG, [], STOPPED[vendor.name])


def test_a_tool_is_called_after_a_text(running: Any, vendor: Any, stream: bool):
    given = {"command": LONG, "n": 1, "deep": {"list": [True, None]}}
    said = running.ask(vendor, script({"tool": "Bash", "input": given, "text": "Look"}), stream=stream, tools=["Bash"])
    assert (said.text, said.calls, said.ended) == ("Look", [("Bash", given)], CALLED[vendor.name])


def test_several_tools_are_called_at_once(running: Any, vendor: Any, stream: bool):
    step = {"tools": [{"tool": "Read", "input": {"path": "a"}}, {"tool": "Bash"}, {"tool": "Read"}]}
    said = running.ask(vendor, script(step), stream=stream, tools=["Read", "Bash"])
    assert (said.text, said.calls) == ("", [("Read", {"path": "a"}), ("Bash", {}), ("Read", {})])


def test_a_wild_model_calls_what_is_not_offered(running: Any, vendor: Any, stream: bool):
    step = {"tool": "Fly", "input": {"to": "x"}, "wild": True}
    said = running.ask(vendor, script(step), stream=stream, tools=["Read"])
    assert said.calls == [("Fly", {"to": "x"})]


def test_a_wild_model_calls_with_arguments_that_are_none(running: Any, vendor: Any, stream: bool):
    step = {"tools": [{"tool": "Read", "input": '["no object"]'}], "wild": True}
    said = running.ask(vendor, script(step), stream=stream, tools=["Read"])
    # Where arguments are no text, they are a string.
    assert said.calls in ([("Read", ["no object"])], [("Read", '["no object"]')])


@pytest.mark.parametrize(
    ("name", "thought"),
    [("chat", '"reasoning_content": "Hm."'), ("gemini", '{"text": "Hm.", "thought": true}')],
)
def test_thoughts_are_told_apart_from_a_text(running: Any, vendors: Any, name: str, thought: str, stream: bool):
    (vendor,) = (vendor for vendor in vendors.VENDORS if vendor.name == name)
    said = running.ask(vendor, script({"think": "Hm.", "text": "Hi"}), stream=stream)
    assert thought in json.dumps(said.body or said.events)


def test_usage_is_what_the_script_says(running: Any, vendor: Any, stream: bool):
    said = running.ask(vendor, script({"usage": {"input": 1000, "output": 7, "cached": 900}}), stream=stream)
    assert said.usage == (1000, 7, 900)


def test_usage_grows_with_the_conversation_where_the_script_does_not_say(running: Any, vendor: Any, stream: bool):
    short = running.ask(vendor, script({"text": "a"}), stream=stream).usage
    long = running.ask(vendor, script({"text": "a"}), ("model", "a"), ("user", "b" * 4000), stream=stream).usage
    assert long[0] > short[0] + 900
    assert long[1] == short[1] > 0


def test_an_error_has_its_status_message_headers_and_body(running: Any, vendor: Any, stream: bool):
    step = {"error": 429, "message": "slow down", "headers": {"retry-after": "7"}, "body": {"resets_at": 1800000000}}
    said = running.ask(vendor, script(step), stream=stream)
    assert (said.status, said.headers["retry-after"]) == (429, "7")
    assert (message(said), said.body["error"]["resets_at"]) == ("slow down", 1800000000)


def test_it_sleeps_before_it_answers(running: Any, vendor: Any, stream: bool):
    began = time.monotonic()
    said = running.ask(vendor, script({"sleep": 0.1, "text": "late"}), stream=stream)
    assert said.text == "late"
    assert time.monotonic() - began >= 0.1


def test_it_is_slow_between_the_parts_of_a_stream(running: Any, vendor: Any):
    began = time.monotonic()
    said = running.ask(vendor, script({"slow": 0.02, "text": "x" * 200}))
    assert said.text == "x" * 200
    assert time.monotonic() - began >= 0.02 * (len(said.events) - 1) >= 0.08


def test_a_hang_says_nothing_until_the_server_ends_and_keeps_nobody_else_waiting(
    server: Any, vendor: Any, stream: bool
):
    asked = threading.Event()
    with server.Model(log=lambda record: asked.set()) as model:
        ended: list[type[Exception]] = []

        def ask() -> None:
            try:
                vendor.ask(model.port, script({"hang": True}), stream=stream)
            except (http.client.HTTPException, OSError) as error:
                ended.append(type(error))

        client = threading.Thread(target=ask)
        client.start()
        assert asked.wait(10)
        assert vendor.ask(model.port, script({"text": "now"}), stream=stream).text == "now"
        assert client.is_alive()
    client.join(10)
    assert ended == [http.client.RemoteDisconnected]


def test_a_dropped_connection_ends_in_the_middle_of_the_answer(running: Any, vendor: Any, stream: bool):
    with pytest.raises(http.client.IncompleteRead):
        running.ask(vendor, script({"drop": True, "text": LONG}), stream=stream)


def test_each_answer_in_the_conversation_leads_to_the_next_step(running: Any, vendor: Any, stream: bool):
    """Nothing is remembered: the same conversation has the same answer, however often and in which order it comes."""
    turns = [
        script({"tool": "Bash", "input": {}}, {"text": "two"}, {"text": "three"}),
        ("call", "Bash"),
        ("tool", "MOCK[ is not a script where a tool gave it"),
        ("model", "two"),
        ("user", "go on"),
        ("model", "three"),
        ("user", "and now?"),
    ]
    for length, expected in ((5, "three"), (1, ""), (3, "two"), (5, "three"), (7, "The script has no more steps.")):
        said = running.ask(vendor, *turns[:length], stream=stream, tools=["Bash"])
        assert (length, said.text, bool(said.calls)) == (length, expected, length == 1)


def test_what_a_model_says_in_one_go_is_one_answer(running: Any, vendor: Any):
    turns = (script({"text": "one"}, {"text": "two"}, {"text": "three"}), ("model", "one"), ("call", "Bash"))
    said = running.ask(vendor, *turns, ("tool", "done"), tools=["Bash"])
    assert said.text == "two"


def test_the_newest_script_counts(running: Any, vendor: Any):
    old, new = script({"text": "old"}, {"text": "old too"}), script({"text": "new"})
    assert running.ask(vendor, old, ("model", "old"), new).text == "new"


def test_the_first_script_of_a_text_counts(running: Any, vendor: Any):
    inner = script({"text": "inner"})[1]
    said = running.ask(vendor, script({"tool": "Task", "input": {"prompt": inner}}), tools=["Task"])
    assert said.calls == [("Task", {"prompt": inner})]


def test_a_step_that_is_over_is_as_if_it_were_not_there(running: Any, vendor: Any):
    over, coming = time.time() - 1, time.time() + 1000
    steps = ({"error": 500, "until": over}, {"error": 429, "until": coming}, {"text": "after"})
    assert running.ask(vendor, script(*steps)).status == 429
    assert running.ask(vendor, script(steps[0], steps[2])).text == "after"


@pytest.mark.parametrize(
    "told",
    [
        "Primary working directory: /tmp/a b",
        "<cwd>/tmp/a b</cwd>",
        "Working directory: /tmp/a b\nOther: c",
        "The current working directory is `/tmp/a b`. Tools",
        "**Workspace Directories:**\n  - /tmp/a b\n",
    ],
)
@pytest.mark.parametrize("where", ["system", "user"])
def test_a_script_can_name_the_working_directory(running: Any, vendor: Any, told: str, where: str):
    step = script({"tool": "Read", "input": {"path": "$CWD/x"}})
    turns = (step,) if where == "system" else (("user", told), step)
    said = running.ask(vendor, *turns, tools=["Read"], system=told if where == "system" else "")
    assert said.calls == [("Read", {"path": "/tmp/a b/x"})]


@pytest.mark.parametrize("system", ["You are a title generator.", "Write a one-line commit message", "Summarize this"])
def test_a_side_question_does_not_take_a_step(running: Any, vendor: Any, system: str):
    assert running.ask(vendor, script({"text": "step"}), system=system).text == "Scripted model"


def test_where_there_are_tools_no_question_is_a_side_question(running: Any, vendor: Any):
    said = running.ask(vendor, script({"text": "step"}), system="Never change the title.", tools=["Bash"])
    assert said.text == "step"


def test_a_side_question_that_wants_an_object_gets_one(running: Any, vendor: Any, stream: bool):
    schema = {"type": "object", "properties": {"title": {"type": "string"}}}
    more = {
        "output_config": {"format": {"type": "json_schema", "schema": schema}},
        "text": {"format": {"type": "json_schema", "schema": schema}},
        "response_format": {"type": "json_schema", "json_schema": {"schema": schema}},
        "generationConfig": {"responseMimeType": "application/json", "responseJsonSchema": schema},
    }
    said = running.ask(vendor, script({"text": "step"}), stream=stream, more=more)
    assert json.loads(said.text) == {"title": "Scripted model"}


def test_without_a_script_it_says_so(running: Any, vendor: Any, stream: bool):
    assert running.ask(vendor, ("user", "hello"), stream=stream).text == "There is no script in this conversation."


def test_a_book_has_scripts_for_prompts_without_one(server: Any, vendor: Any):
    books = {"test_half": 'MOCK[{"text": "half"}]', r"test_\w+": 'MOCK[{"text": "any"}]'}
    with server.Model(books=books) as model:
        assert vendor.ask(model.port, ("user", "fix test_half")).text == "half"
        assert vendor.ask(model.port, ("user", "fix test_other")).text == "any"
        assert vendor.ask(model.port, ("user", "fix test_half, but MOCK[{}]")).text == "ok"


def test_what_an_agent_adds_by_itself_begins_no_script_of_a_book(server: Any, vendor: Any):
    with server.Model(books={"test_half": 'MOCK[{"text": "one"}, {"text": "two"}]'}) as model:
        note = "<system-reminder>test_half.py has changed.</system-reminder>"
        said = vendor.ask(model.port, ("user", "fix test_half"), ("model", "one"), ("user", note))
    assert said.text == "two"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('MOCK[{"text": "a"}', "script: Expecting ',' delimiter at character 14, near '[{\"text\": \"a\"}'"),
        ('MOCK["a"]', 'script, step 0: an object is wanted, not "a"'),
        ('MOCK[{}, {"txt": "a"}]', "script, step 1: unknown 'txt'; there are body, drop, error, hang, headers, input,"),
        ('MOCK[{"text": 1}]', "script, step 0: 'text' can not be 1"),
        ('MOCK[{"sleep": true}]', "script, step 0: 'sleep' can not be true"),
        ('MOCK[{"error": 200}]', "script, step 0: an error is a status from 400 to 599, not 200"),
        ('MOCK[{"tools": ["a"]}]', 'script, step 0: a call is {"tool": name, "input": object}, not "a"'),
        ('MOCK[{"tool": "Edit", "input": "a"}]', 'script, step 0: a call is {"tool": name, "input": object}, not '),
        ('MOCK[{"usage": {"in": 1}}]', "script, step 0: usage knows cached, input, output, not in"),
        ('MOCK[{"tool": "Edt"}]', "script, step 0: no tool 'Edt'; this agent offers Read, Edit"),
        ('MOCK[{"text": "$CWD"}]', "script: $CWD is used, and the agent named no working directory"),
    ],
)
def test_a_wrong_script_is_refused_with_the_reason(running: Any, vendor: Any, text: str, why: str):
    said = running.ask(vendor, ("user", text), tools=["Read", "Edit"])
    assert said.status == 400
    assert message(said).startswith(why)
    assert running.records[-1]["refused"] == message(said)
