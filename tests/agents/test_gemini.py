"""The adapter of Gemini: what it starts, what it reads from what the program printed, and both with the program."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.gemini import GeminiAgent, make
from agent_orchestrator.ports.agent import Bench, Told, Usage

load, recording = sys.modules["ao_agents"].load, sys.modules["ao_agents"].recording
turns, record = load("turns"), load("record_gemini")
run = turns.run
TASK = turns.task_of("Everything.", "Only this.")


def told(case: str, code: int | None = 0) -> Told:
    """What the adapter reads from a recording."""
    return GeminiAgent().told(recording("gemini", case), code)


def policy(launch: Any) -> list[dict[str, Any]]:
    """The rules of the policy file, the one that counts first."""
    text = next(text for path, text in launch.files.items() if path.suffix == ".toml")
    return sorted(tomllib.loads(text).get("rule", []), key=lambda rule: -rule["priority"])


def decided(launch: Any, tool: str, **arguments: str) -> str:
    """What the first rule that matches decides; the program writes arguments as JSON without spaces."""
    text = json.dumps(arguments, separators=(",", ":"))
    for rule in policy(launch):
        if tool in rule["toolName"] and re.search(rule.get("argsPattern", ""), text):
            return str(rule["decision"])
    return ""


def shell(launch: Any, command: str) -> str:
    return decided(launch, "run_shell_command", command=command, description="x")


# Launch


def argv(bench: Bench, *more: str, mode: str = "default") -> tuple[str, ...]:
    policy = str(bench.folder / "gemini-policy.toml")
    return ("gemini", "-o", "stream-json", "--admin-policy", policy, "--approval-mode", mode, *more)


def test_the_first_turn_gets_the_whole_prompt_on_standard_input(bench: Bench):
    launch = GeminiAgent(channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert launch.argv == argv(bench)
    assert launch.stdin == "Everything."


def test_a_later_turn_goes_on_with_the_session(bench: Bench):
    launch = GeminiAgent(channel="one-shot").launch(TASK, evolve(bench, conversation="1-2"), Path("/task.json"))

    assert launch.argv == argv(bench, "--resume", "1-2")
    assert launch.stdin == "Everything."


def test_a_prompt_is_no_command_of_the_program(bench: Bench):
    launch = GeminiAgent(channel="one-shot").launch(turns.task_of("/quit"), bench, Path("/task.json"))

    assert launch.stdin == "Task:\n/quit"


def test_model_arguments_and_environment_are_those_of_the_configuration(bench: Bench):
    config = AgentConfig(
        channel="one-shot", name="g", command=("gemini",), args=("--debug",), env={"A": "b"}, model="m"
    )
    launch = make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv == argv(bench, "--model", "m", "--debug")
    assert launch.env["A"] == "b"


def test_only_files_of_the_session_are_written(bench: Bench):
    launch = GeminiAgent(channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert {path.parent for path in launch.files} == {bench.folder}


def test_it_may_edit_commit_and_check_and_nothing_else(bench: Bench):
    launch = GeminiAgent(channel="one-shot").launch(TASK, bench, Path("/task.json"))

    allowed = ("git status", "git commit -m 'x'", "python -m pytest -q tests", 'git commit -m "x"')
    assert {shell(launch, command) for command in allowed} == {"allow"}
    refused = ("git push", "git commit-tree x", "rm -rf /", "sh -c 'git status'")
    assert {shell(launch, command) for command in refused} == {"ask_user"}
    assert shell(launch, "git diff --output=/etc/x") == "deny"
    assert {decided(launch, tool, file_path="a.py") for tool in ("replace", "write_file")} == {"allow"}
    assert decided(launch, "web_fetch", prompt="x") == "deny"


@pytest.mark.parametrize("channel", ["structured", "one-shot"])
def test_its_plan_it_writes_down_unasked(bench: Bench, channel: str):
    launch = GeminiAgent(channel=channel).launch(TASK, bench, Path("/task.json"))

    tools = ("write_todos", "list_background_processes", "read_background_output")
    assert {decided(launch, tool) for tool in tools} == {"allow"}
    assert decided(launch, "invoke_agent") == "deny"


def test_what_is_allowed_is_added_and_what_is_denied_wins(bench: Bench):
    permissions = PermissionsConfig(
        allow=("Bash(git *)", "Bash(make)", "WebFetch"), deny=("Bash(git commit *)", "Edit(docs/*)")
    )
    launch = GeminiAgent(permissions=permissions, channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert [shell(launch, c) for c in ("git push", "make", "git commit -m x")] == ["allow", "allow", "deny"]
    assert shell(launch, "make install") == "ask_user"
    assert decided(launch, "web_fetch", prompt="x") == "allow"
    assert decided(launch, "replace", file_path="/tree/docs/a.md") == "deny"
    assert decided(launch, "replace", file_path="src/docs.py") == "allow"


def test_the_program_takes_every_rule(bench: Bench):
    """It leaves out expressions that repeat a repetition, and longer ones than 2048 characters."""
    permissions = PermissionsConfig(allow=("Bash(a(b)* {c}+ [d] *)",), deny=("Edit(**/x?.py)",))
    launch = GeminiAgent(permissions=permissions, channel="one-shot").launch(TASK, bench, Path("/task.json"))

    patterns = [rule["argsPattern"] for rule in policy(launch) if "argsPattern" in rule]
    assert [one for one in patterns if re.search(r"\([^)]*[*+?{].*\)[*+?{]", one) or len(one) > 2048] == []
    assert shell(launch, "a(b)z {c}+ [d] e") == "allow"


def test_bypass_is_its_own_with_only_what_is_denied_refused(bench: Bench):
    permissions = PermissionsConfig(bypass=True, deny=("Bash(git push *)",))
    launch = GeminiAgent(permissions=permissions, channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert launch.argv == argv(bench, mode="yolo")
    assert [rule["decision"] for rule in policy(launch)] == ["deny"]
    assert shell(launch, "git push") == "deny"


def test_a_missing_program_is_said_with_how_to_get_it():
    assert GeminiAgent().unavailable({"PATH": "/nonexistent"}) == (
        "agent 'gemini': gemini was not found; install it with `npm install -g @google/gemini-cli`"
    )


def test_a_key_or_a_login_is_looked_for(tmp_path: Path):
    agent = GeminiAgent(command=(sys.executable,))
    nothing = {"HOME": str(tmp_path)}

    assert agent.unavailable(nothing) == (
        "agent 'gemini' has no key and no login; set GEMINI_API_KEY, or run `gemini` once and log in"
    )
    assert agent.unavailable({**nothing, "GEMINI_API_KEY": "k"}) is None
    (tmp_path / ".gemini").mkdir()
    (tmp_path / ".gemini/oauth_creds.json").write_text("{}")
    assert agent.unavailable(nothing) is None


# What it says


def test_a_turn_is_told_by_its_last_message_its_session_and_its_usage():
    found = told("success")

    assert found.words == "Looked at it."
    assert found.conversation is not None
    assert len(found.conversation) == 36
    assert found.error == ""
    assert found.usage == Usage(input_tokens=1000, output_tokens=50, cached_tokens=0, model="gemini-2.5-flash")


def test_a_turn_that_goes_on_counts_its_own_usage():
    found = told("resume")

    assert found.words == "Added a test."
    assert found.usage == Usage(input_tokens=700, output_tokens=30, cached_tokens=200, model="gemini-2.5-flash")


def test_only_the_last_message_is_told():
    assert told("tools").words == "Fixed and committed."


def test_a_refused_tool_is_no_error():
    found = told("refused")

    assert (found.words, found.error) == ("I may not push.", "")


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("429", "rate-limited", "Resource has been exhausted. Please wait and try again later."),
        ("401", "not-logged-in", "API key not valid"),
        ("400", "refused", "Unsupported parameter"),
        ("500", "unreachable", "An internal error has occurred"),
        ("no-key", "not-logged-in", "When using Gemini API, you must specify the GEMINI_API_KEY environment variable."),
        ("unreachable", "unreachable", "exception TypeError: fetch failed sending request."),
    ],
)
def test_an_error_is_told_by_its_kind_and_words(case: str, error: str, words: str):
    found = told(case, 1)

    assert found.error == error
    assert found.words.startswith(words)


def test_there_is_no_session_to_go_on_with_before_the_first_answer():
    assert told("429", 1).conversation is None


def test_a_session_that_is_gone_is_told():
    found = GeminiAgent().told("Error resuming session: No previous sessions found for this project.\n", 42)

    assert (found.conversation, found.error) == ("", "failed")


def test_an_output_that_is_cut_tells_its_end():
    found = GeminiAgent().told(recording("gemini", "tools")[-600:], 0)

    assert found.words == "Fixed and committed."
    assert found.conversation == "latest"
    assert found.usage is not None


def test_a_turn_that_was_ended_tells_its_session():
    found = GeminiAgent().told(recording("gemini", "tools").partition('{"type":"result"')[0], None)

    assert (found.error, found.usage, found.conversation) == ("", None, told("tools").conversation)


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
def test_what_it_may_not_is_not_done(place: Any, binary: Path):
    outside = place.home / "outside"
    steps = [
        record.bash(f"touch {outside}"),
        record.bash("git status && touch inside"),
        record.bash("git status > inside"),
        record.bash("git status"),
        {"tool": "write_file", "input": {"file_path": str(outside), "content": "x"}},
        {"text": "Done."},
    ]

    found = run(place, record.with_key(place, binary), turns.scripted("Try.", steps))

    assert found.told.words == "Done.", found.output
    assert not outside.exists()
    assert place.git("status", "--porcelain") == ""
    assert "nothing to commit" in place.seen[-2]["got"][0]


@pytest.mark.slow
def test_what_is_denied_is_not_done_with_bypass(place: Any, binary: Path):
    permissions = PermissionsConfig(bypass=True, deny=("Bash(touch denied*)",))
    steps = [record.bash("touch denied"), record.bash("touch allowed"), {"text": "Done."}]

    run(place, record.with_key(place, binary, permissions=permissions), turns.scripted("Try.", steps))

    assert place.git("status", "--porcelain") == "?? allowed\n"


@pytest.mark.slow
def test_a_limit_is_told(place: Any, binary: Path):
    steps = [{"error": 429, "message": "Too many requests"}]

    found = run(place, record.with_key(place, binary), turns.scripted("Try.", steps))

    assert found.told.error == "rate-limited", found.output
