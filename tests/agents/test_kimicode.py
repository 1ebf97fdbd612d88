"""The adapter of Kimi Code: what it starts, what it reads from what the program printed, and both with the program."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.kimicode import KimicodeAgent, make
from agent_orchestrator.ports.agent import Bench, Told, Usage

load, recording = sys.modules["ao_agents"].load, sys.modules["ao_agents"].recording
turns, record = load("turns"), load("record_kimicode")
run = turns.run
TASK = turns.task_of("Everything.", "Only this.")


def told(case: str, code: int | None = 0) -> Told:
    """What the adapter reads from a recording."""
    return KimicodeAgent().told(recording("kimicode", case), code)


def profile(launch: Any) -> list[str]:
    """The tools that it is started with."""
    text = next(text for path, text in launch.files.items() if path.name == "kimi-agent.md")
    found: list[str] = json.loads(re.findall(r"^tools: (.*)$", text, re.MULTILINE)[0])
    return found


# Launch


PLAIN = ["Read", "ReadMediaFile", "Glob", "Grep", "Edit", "Write", "TodoList"]


def argv(bench: Bench, *more: str, prompt: str = "Everything.") -> tuple[str, ...]:
    return ("kimi", "--output-format", "stream-json", *more, "--prompt", prompt)


def test_the_first_turn_gets_the_whole_prompt(bench: Bench):
    launch = KimicodeAgent().launch(TASK, bench, Path("/task.json"))

    assert launch.argv == argv(bench, "--agent-file", str(bench.folder / "kimi-agent.md"))
    assert launch.stdin == ""


def test_it_may_read_and_edit_files_and_nothing_else(bench: Bench):
    assert profile(KimicodeAgent().launch(TASK, bench, Path("/task.json"))) == PLAIN


def test_a_later_turn_goes_on_with_the_session(bench: Bench):
    launch = KimicodeAgent().launch(TASK, evolve(bench, conversation="session_1"), Path("/task.json"))

    assert launch.argv == argv(bench, "--session", "session_1", prompt="Everything.")


def test_model_arguments_and_environment_are_those_of_the_configuration(bench: Bench):
    config = AgentConfig(
        name="k", args=("--add-dir", "/x"), env={"A": "b"}, model="m", permissions=PermissionsConfig(bypass=True)
    )
    launch = make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv == argv(bench, "--model", "m", "--add-dir", "/x")
    assert launch.env["A"] == "b"


def test_a_prompt_that_is_too_long_for_an_argument_is_a_file(bench: Bench):
    launch = KimicodeAgent().launch(turns.task_of("漢" * 40_000), bench, Path("/task.json"))

    file = bench.folder / "kimi-prompt.md"
    assert launch.argv[-1] == f"Read the file {file} whole and do what it says."
    assert launch.files[file] == "漢" * 40_000


def test_a_prompt_is_no_command_of_the_program(bench: Bench):
    assert KimicodeAgent().launch(turns.task_of("/goal x"), bench, Path("/t")).argv[-1] == "Task:\n/goal x"


def test_a_tool_can_be_allowed_and_what_is_denied_wins(bench: Bench):
    permissions = PermissionsConfig(allow=("Bash", "WebFetch", "Agent(x)"), deny=("WebFetch", "Write(docs/*)"))
    launch = KimicodeAgent(permissions=permissions).launch(TASK, bench, Path("/task.json"))

    assert profile(launch) == [*(tool for tool in PLAIN if tool != "Write"), "Bash"]


def test_bypass_gives_it_all_tools_but_those_that_are_denied(bench: Bench):
    permissions = PermissionsConfig(bypass=True, deny=("WebFetch",))
    launch = KimicodeAgent(permissions=permissions).launch(TASK, bench, Path("/task.json"))

    assert 'disallowedTools: ["FetchURL"]' in launch.files[bench.folder / "kimi-agent.md"]
    assert KimicodeAgent(permissions=PermissionsConfig(bypass=True)).launch(TASK, bench, Path("/t")).files == {}


def test_a_missing_program_is_said_with_how_to_get_it():
    assert KimicodeAgent().unavailable({"PATH": "/nonexistent"}) == (
        "agent 'kimicode': kimi was not found; install it with `npm install -g @moonshot-ai/kimi-code`; "
        "it needs Node 22.19 or newer"
    )


def test_a_login_or_a_model_is_looked_for(tmp_path: Path):
    agent = KimicodeAgent(command=(sys.executable,))
    nothing = {"HOME": str(tmp_path)}

    assert agent.unavailable(nothing) == "agent 'kimicode' is not logged in; run `kimi` once and use /login"
    assert agent.unavailable({**nothing, "KIMI_MODEL_NAME": "m"}) is None
    (tmp_path / "config.toml").write_text("")
    assert agent.unavailable({**nothing, "KIMI_CODE_HOME": str(tmp_path)}) is None


# What it says


def test_a_turn_is_told_by_its_last_message_and_its_session():
    found = told("success")

    assert found.words == "Looked at it."
    assert (found.conversation or "").startswith("session_")
    assert found.error == ""


def test_it_says_nothing_of_its_usage_but_how_often_the_model_answered():
    assert told("tools").usage == Usage(steps=4)


def test_a_turn_that_goes_on_tells_its_session():
    found = told("resume")

    assert (found.words, found.conversation[:8]) == ("Added a test.", "session_")


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("429", "rate-limited", "Too many requests"),
        ("401", "not-logged-in", "Incorrect API key provided"),
        ("400", "refused", "Unsupported parameter"),
        ("500", "unreachable", "Internal server error"),
        ("credit", "no-credit", "Insufficient balance"),
        ("unreachable", "unreachable", "Connection error."),
        ("no-login", "not-logged-in", "No model configured. Run `kimi` and use /login to sign in"),
    ],
)
def test_an_error_is_told_by_its_kind_and_words(case: str, error: str, words: str):
    found = told(case, 1)

    assert found.error == error
    assert found.words.startswith(words)
    assert found.conversation is None


def test_a_session_that_is_gone_is_told():
    found = KimicodeAgent().told('error: failed to run prompt: Session "session_1" not found.\n', 1)

    assert (found.conversation, found.words) == ("", 'Session "session_1" not found.')


def test_after_an_error_it_does_not_say_what_to_go_on_with():
    assert told("half", 1).conversation is None


def test_what_was_tried_when_it_was_ended_is_told():
    tries = [line for line in recording("kimicode", "429").splitlines() if line.startswith("{")]
    found = KimicodeAgent().told("\n".join(tries), None)

    assert (found.error, found.words) == ("rate-limited", "Too many requests")


def test_an_output_that_is_cut_tells_its_end():
    found = KimicodeAgent().told(recording("kimicode", "tools")[-400:], 0)

    assert found.words == "Fixed and committed."
    assert (found.conversation or "").startswith("session_")
    assert found.usage is None


# The program itself


@pytest.mark.slow
def test_it_fixes_and_commits_and_goes_on_with_the_conversation(place: Any, binary: Path):
    agent = record.with_key(place, binary)

    first = run(place, agent, turns.scripted(turns.PROMPT, record.FIX))
    second = run(place, agent, "And now?", first.told.conversation)

    assert place.git("show", "HEAD:calc.py").endswith("return a + b\n"), first.output
    assert place.git("status", "--porcelain") == ""
    assert place.git("-C", str(place.main), "status", "--porcelain") == ""
    assert (first.told.words, first.told.error) == ("Fixed and committed.", "")
    assert (second.told.error, second.told.conversation) == ("", first.told.conversation), second.output
    # The script was in the first turn's prompt: the model knows it only where that is in the conversation.
    assert [place.seen[-1]["step"], place.seen[-1]["said"][0]] == [len(record.FIX), "And now?"]


@pytest.mark.slow
def test_without_more_it_edits_and_has_no_shell_in_later_turns_too(place: Any, binary: Path):
    agent = record.with_key(place, binary, permissions=PermissionsConfig())

    first = run(place, agent, turns.scripted("Fix add.", [*record.edit("a - b", "a + b"), {"text": "Fixed."}]))
    run(place, agent, "And now?", first.told.conversation)

    assert place.git("status", "--porcelain") == " M calc.py\n", first.output
    offered = {tool for request in place.seen for tool in request["tools"]}
    assert offered == {"Read", "Glob", "Grep", "Edit", "Write", "TodoList"}


@pytest.mark.slow
def test_what_is_denied_is_not_there_with_bypass(place: Any, binary: Path):
    permissions = PermissionsConfig(bypass=True, deny=("Bash",))

    run(place, record.with_key(place, binary, permissions=permissions), turns.scripted("Try.", record.FIRST))

    assert "FetchURL" in place.seen[-1]["tools"]
    assert "Bash" not in place.seen[-1]["tools"]


@pytest.mark.slow
def test_a_limit_is_told(place: Any, binary: Path):
    steps = [{"error": 429, "message": "Too many requests", "headers": record.SOON}]

    found = run(place, record.with_key(place, binary), turns.scripted("Try.", steps))

    assert found.told.error == "rate-limited", found.output
