"""The adapter of aider: what it starts, what it reads from what the program printed, and both with the program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.aider import AiderAgent, make
from agent_orchestrator.ports.agent import Bench, TaskFailure, Told, Usage

load, recording = sys.modules["ao_agents"].load, sys.modules["ao_agents"].recording
turns, record = load("turns"), load("record_aider")
run = turns.run
TASK = turns.task_of("Everything.", "Only this.")


def told(case: str, code: int | None = 0) -> Told:
    """What the adapter reads from a recording."""
    return AiderAgent().told(recording("aider", case), code)


def failure(file: str, output: str = "") -> TaskFailure:
    """A failure in a file."""
    return TaskFailure("f", "tests", "test", "t", "", file, 1, "wrong", ("pytest",), output)


# Launch


QUIET = (
    *("--yes-always", "--no-suggest-shell-commands", "--no-detect-urls", "--disable-playwright"),
    *("--no-check-update", "--no-analytics", "--no-show-release-notes", "--no-show-model-warnings"),
    *("--no-pretty", "--no-stream", "--no-fancy-input", "--no-gitignore"),
)


def argv(bench: Bench, *more: str) -> tuple[str, ...]:
    folder = bench.folder
    files = ("--chat-history-file", f"{folder}/aider-chat.md", "--input-history-file", f"{folder}/aider-input")
    return ("aider", *QUIET, "--message-file", f"{folder}/aider-message", *files, *more)


def message(launch: Any) -> str:
    return next(text for path, text in launch.files.items() if path.name == "aider-message")


def test_it_edits_the_files_of_the_failures(bench: Bench):
    (bench.tree / "half.py").touch()
    launch = AiderAgent().launch(turns.task_of(failures=(failure("half.py"),)), bench, Path("/task.json"))

    assert launch.argv == argv(bench, "--map-tokens", "0", "half.py")


def test_files_that_the_output_of_a_test_names_are_edited_too(bench: Bench):
    for name in ("half.py", "util.py", "deep.py"):
        (bench.tree / name).touch()
    output = (
        f'half.py:3: in test\nutil.py:9: AssertionError\n  File "{bench.tree}/deep.py", line 3, in x\n/usr/x.py:1: y'
    )
    launch = AiderAgent().launch(turns.task_of(failures=(failure("half.py", output),)), bench, Path("/task.json"))

    assert launch.argv[-3:] == ("half.py", "util.py", "deep.py")


@pytest.mark.parametrize("name", ["gone.py", "../outside.py", "/etc/passwd", "--yes", ""])
def test_what_is_no_file_of_the_worktree_is_not_edited(bench: Bench, name: str):
    (bench.tree.parent / "outside.py").touch()
    launch = AiderAgent().launch(turns.task_of(failures=(failure(name),)), bench, Path("/task.json"))

    assert "--map-tokens" not in launch.argv


def test_without_a_file_it_has_a_map_of_the_repository_that_does_not_stay(bench: Bench):
    launch = AiderAgent().launch(TASK, bench, Path("/task.json"))

    clean = '"$@"; code=$?; rm -rf .aider.tags.cache.v*; exit $code'
    assert launch.argv == ("sh", "-c", clean, "sh", *argv(bench))


def test_the_first_turn_gets_the_whole_prompt_in_a_file(bench: Bench):
    launch = AiderAgent().launch(TASK, bench, Path("/task.json"))

    assert (message(launch), launch.stdin) == ("Everything.", "")


def test_a_later_turn_goes_on_with_the_chat(bench: Bench):
    (bench.folder / "aider-chat.md").touch()
    launch = AiderAgent().launch(TASK, evolve(bench, conversation="chat-history"), Path("/task.json"))

    assert "--restore-chat-history" in launch.argv
    assert message(launch) == "Everything."


def test_a_chat_that_is_gone_begins_anew(bench: Bench):
    launch = AiderAgent().launch(TASK, evolve(bench, conversation="chat-history"), Path("/task.json"))

    assert "--restore-chat-history" not in launch.argv
    assert message(launch) == "Everything."


@pytest.mark.parametrize("prompt", ["/run rm -rf x", "!rm -rf x", "  /exit"])
def test_a_prompt_is_no_command_of_the_program(bench: Bench, prompt: str):
    assert message(AiderAgent().launch(turns.task_of(prompt), bench, Path("/t"))) == f"Task:\n{prompt}"


def test_model_arguments_and_environment_are_those_of_the_configuration(bench: Bench):
    config = AgentConfig(name="a", command="/opt/aider", args=("--vim",), env={"A": "b"}, model="m")
    launch = make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv[4:] == ("/opt/aider", *argv(bench, "--model", "m", "--vim")[1:])
    assert launch.env["A"] == "b"


def test_a_file_that_it_must_not_edit_is_hidden_from_it(bench: Bench):
    (bench.tree / ".aiderignore").write_text("build/\n")
    launch = AiderAgent(permissions=PermissionsConfig(deny=("Edit(docs/*)", "Bash(x)"))).launch(
        TASK, bench, Path("/task.json")
    )

    ignored = bench.folder / "aider-ignore"
    assert launch.argv[-2:] == ("--aiderignore", str(ignored))
    assert launch.files[ignored] == "build/\ndocs/*\n"


def test_bypass_changes_nothing(bench: Bench):
    bypass = AiderAgent(permissions=PermissionsConfig(bypass=True))

    assert bypass.launch(TASK, bench, Path("/t")) == AiderAgent().launch(TASK, bench, Path("/t"))


def test_a_missing_program_is_said_with_how_to_get_it():
    assert AiderAgent().unavailable({"PATH": "/nonexistent"}) == (
        "agent 'aider': aider was not found; install it with `python -m pip install aider-install && aider-install`"
    )


def test_a_key_or_a_configuration_is_looked_for(tmp_path: Path):
    agent = AiderAgent(command=(sys.executable,))
    nothing = {"HOME": str(tmp_path)}

    assert agent.unavailable(nothing) == (
        "agent 'aider' has no key; set one, like OPENAI_API_KEY, or write it into ~/.aider.conf.yml"
    )
    assert agent.unavailable({**nothing, "DEEPSEEK_API_KEY": "k"}) is None
    (tmp_path / ".aider.conf.yml").touch()
    assert agent.unavailable(nothing) is None


# What it says


def test_a_turn_is_told_by_what_it_said_and_its_usage():
    assert told("success") == Told(
        words="Looked at it.",
        conversation="chat-history",
        usage=Usage(input_tokens=1000, output_tokens=50, steps=1),
    )


def test_a_turn_that_goes_on_counts_its_own_usage():
    found = told("resume")

    assert (found.words, found.usage) == ("Added a test.", Usage(input_tokens=700, output_tokens=30, steps=1))


def test_of_an_edit_the_words_beside_it_are_told():
    text = "Aider v0.86.2\n\nHere.\ncalc.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\nDone.\n"
    end = "\nTokens: 2.2k sent, 1,020 received. Cost: $0.01 message, $0.03 session.\nApplied edit to calc.py\n"
    found = AiderAgent().told(text + end, 0)

    assert found.words == "Here. Done."
    assert found.usage == Usage(input_tokens=2200, output_tokens=1020, cost=0.01, steps=1)


def test_a_commit_is_told_where_nothing_was_said():
    assert AiderAgent().told("\nTokens: 10 sent, 2 received.\nCommit e1 Fix add\n", 0).words == "Commit e1 Fix add"


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("429", "rate-limited", "Too many requests"),
        ("401", "not-logged-in", "Incorrect API key provided"),
        ("400", "refused", "Unsupported parameter"),
        ("500", "unreachable", "Internal server error"),
    ],
)
def test_an_error_is_told_though_it_exits_with_0(case: str, error: str, words: str):
    assert told(case, 0) == Told(words=words, error=error)


def test_an_error_that_passed_is_none():
    found = AiderAgent().told(recording("aider", "429") + "\nFine.\n\nTokens: 10 sent, 2 received.\n", 0)

    assert (found.words, found.error) == ("Fine.", "")


def test_who_can_not_pay_is_told_so():
    line = "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your quota (insufficient_quota)\n"

    assert AiderAgent().told(line, 0).error == "no-credit"


def test_an_output_that_is_cut_tells_its_end():
    found = AiderAgent().told(recording("aider", "success")[-48:].replace("\n", "\r\n"), 0)

    assert (found.words, found.conversation) == ("Looked at it.", "chat-history")


# The program itself


@pytest.mark.slow
def test_it_fixes_and_commits_and_goes_on_with_the_chat(place: Any, binary: Path):
    agent, about = record.with_key(place, binary), (failure("calc.py"),)

    first = run(place, agent, turns.scripted(turns.PROMPT, record.FIX), failures=about)
    second = run(place, agent, "And now?", first.told.conversation, failures=about)

    assert place.git("show", "HEAD:calc.py").endswith("return a + b\n"), first.output
    assert place.git("status", "--porcelain") == ""
    assert place.git("-C", str(place.main), "status", "--porcelain") == ""
    assert (first.told.words, first.told.error) == ("Fixed and committed.", "")
    assert second.told.error == "", second.output
    # The script was in the first turn's prompt: the model knows it only where that is in the chat.
    assert place.seen[-1]["step"] is not None


@pytest.mark.slow
def test_its_map_of_the_repository_does_not_stay(place: Any, binary: Path):
    found = run(place, record.with_key(place, binary), turns.scripted("Look.", record.FIRST))

    assert found.told.words == "Looked at it.", found.output
    assert place.git("status", "--porcelain", "--ignored") == ""
