"""The adapter of opencode: what it starts, what it reads from what the program printed, and both with the program."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.opencode import OpencodeAgent, make
from agent_orchestrator.ports.agent import Bench, Told, Usage

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


turns, record = _load("turns"), _load("record_opencode")
TASK = turns.task_of("Everything.", "Only this.")
CHECK = ("python", "-m", "pytest", "-q")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "tree").mkdir()
    place = SimpleNamespace(main=tmp_path / "main", tree=tmp_path / "tree", home=tmp_path)
    return turns.bench_of(place, checks=[CHECK])


def recording(case: str) -> str:
    return sanitize((HERE / "recorded" / "opencode" / f"{case}.jsonl").read_text())


def told(case: str, code: int | None = 0) -> Told:
    """What the adapter reads from a recording."""
    return OpencodeAgent().told(recording(case), code)


def rules(launch: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(launch.env["OPENCODE_PERMISSION"])
    return found


def decided(launch: Any, key: str, what: str) -> str:
    """What the last rule that matches decides, as the program reads them."""
    matching = [rule for pattern, rule in rules(launch)[key].items() if fnmatch.fnmatchcase(what + " ", pattern)]
    return matching[-1]


# Launch


LOGS = ("--print-logs", "--log-level", "ERROR")


def test_the_first_turn_gets_the_whole_prompt_on_standard_input(bench: Bench):
    launch = OpencodeAgent(channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert launch.argv == ("opencode", "run", "--format", "json", *LOGS)
    assert launch.stdin == "Everything."
    assert launch.files == {}


def test_a_later_turn_goes_on_with_the_session(bench: Bench):
    launch = OpencodeAgent(channel="one-shot").launch(TASK, evolve(bench, conversation="ses_1"), Path("/task.json"))

    assert launch.argv == ("opencode", "run", "--format", "json", "--session", "ses_1", *LOGS)
    assert launch.stdin == "Everything."


def test_model_arguments_and_environment_are_those_of_the_configuration(bench: Bench):
    config = AgentConfig(
        channel="one-shot", name="oc", command="/opt/oc --x", args=("--thinking",), env={"A": "b"}, model="a/b"
    )
    launch = make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv == ("/opt/oc", "--x", "run", "--format", "json", "--model", "a/b", *LOGS, "--thinking")
    assert launch.env["A"] == "b"


def test_it_neither_updates_itself_nor_shares_what_is_said(bench: Bench):
    env = OpencodeAgent(channel="one-shot").launch(TASK, bench, Path("/task.json")).env

    assert (env["OPENCODE_DISABLE_AUTOUPDATE"], env["OPENCODE_DISABLE_SHARE"]) == ("1", "1")


def test_it_may_edit_commit_and_check_and_nothing_else(bench: Bench):
    launch = OpencodeAgent(channel="one-shot").launch(TASK, bench, Path("/task.json"))

    allowed = ("git status", "git commit -m x", "python -m pytest -q tests")
    assert {decided(launch, "bash", command) for command in allowed} == {"allow"}
    refused = (
        "git push origin main",
        "git diff --output=/etc/x",
        "git commit-tree x",
        "rm -rf /",
        "python -m http.server",
    )
    assert {decided(launch, "bash", command) for command in refused} == {"deny"}
    assert rules(launch)["edit"] == {"*": "allow"}
    assert {rules(launch)[key]["*"] for key in ("webfetch", "websearch", "external_directory", "task")} == {"deny"}


def test_what_is_allowed_is_added_and_what_is_denied_wins(bench: Bench):
    permissions = PermissionsConfig(
        allow=("Bash(git *)", "WebFetch", "Edit(/data/*)"), deny=("Bash(git commit *)", "Edit(docs/*)")
    )
    launch = OpencodeAgent(permissions=permissions, channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert decided(launch, "bash", "git push") == "allow"
    assert decided(launch, "bash", "git commit -m x") == "deny"
    assert rules(launch)["webfetch"] == {"*": "allow"}
    assert rules(launch)["edit"] == {"*": "allow", "/data/*": "allow", "docs/*": "deny"}
    assert rules(launch)["external_directory"] == {"*": "deny", "/data/*": "allow"}


def test_bypass_is_its_own_with_only_what_is_denied_refused(bench: Bench):
    permissions = PermissionsConfig(bypass=True, deny=("Bash(git push *)",))
    launch = OpencodeAgent(permissions=permissions, channel="one-shot").launch(TASK, bench, Path("/task.json"))

    assert launch.argv == ("opencode", "run", "--format", "json", "--auto", *LOGS)
    assert rules(launch) == {"bash": {"git push *": "deny"}}


def test_a_missing_program_is_said_with_how_to_get_it():
    assert OpencodeAgent().unavailable({"PATH": "/nonexistent"}) == (
        "agent 'opencode': opencode was not found; install it with `npm install -g opencode-ai`"
    )


# What it says


def test_a_turn_is_told_by_its_last_text_its_session_and_its_usage():
    found = told("success")

    assert found.words == "Looked at it."
    assert (found.conversation or "").startswith("ses_")
    assert found.error == ""
    assert found.usage == Usage(input_tokens=1000, output_tokens=50, cached_tokens=0, cost=0.0025, steps=1)


def test_a_turn_that_goes_on_counts_its_own_usage():
    found = told("resume")

    assert found.words == "Added a test."
    assert found.usage is not None
    assert (found.usage.input_tokens, found.usage.cached_tokens, found.usage.output_tokens) == (700, 200, 30)


def test_every_call_of_the_model_is_a_step():
    usage = told("tools").usage

    assert usage is not None
    assert usage.steps == 4


def test_a_refused_tool_is_no_error():
    found = told("refused")

    assert (found.words, found.error) == ("I may not push.", "")


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("429", "rate-limited", "Too many requests"),
        ("401", "not-logged-in", "Incorrect API key provided"),
        ("400", "refused", "Unsupported parameter"),
        ("500", "unreachable", "Internal server error"),
        ("credit", "no-credit", "Insufficient credits"),
    ],
)
def test_an_error_is_told_by_its_kind_and_words(case: str, error: str, words: str):
    found = told(case, 1)

    assert (found.error, found.words, found.usage) == (error, words, None)


def test_a_limit_ends_when_the_service_said_so():
    event = next(json.loads(line) for line in recording("429").splitlines() if line.startswith('{"type":"error"'))

    assert told("429", 1).resets_at == event["timestamp"] / 1000 + 1


def test_a_service_that_can_not_be_reached_is_named():
    assert told("unreachable", 1).error == "unreachable"


def test_what_was_tried_when_it_was_ended_is_read_from_its_log():
    log = [line for line in recording("429").splitlines() if not line.startswith("{")]
    found = OpencodeAgent().told("\n".join(log), None)

    assert (found.error, found.words) == ("rate-limited", "AI_APICallError: Too many requests")


def test_an_error_that_had_passed_when_it_was_ended_is_none():
    log = [line for line in recording("429").splitlines() if not line.startswith("{")]
    work = [line for line in recording("tools").splitlines() if line.startswith("{")]
    found = OpencodeAgent().told("\n".join([*log, *work[:-1]]), None)

    assert found.error == ""


def test_a_session_that_is_gone_is_told():
    assert OpencodeAgent().told("Error: Session not found\n", 1).conversation == ""


def test_an_output_that_is_cut_tells_its_end():
    found = OpencodeAgent().told(recording("tools")[-900:], 0)

    assert found.words == "Fixed and committed."
    assert (found.conversation or "").startswith("ses_")


# The program itself


@pytest.fixture
def binary(program: Callable[[str, str], Path]) -> Path:
    installed, command, _ = record.PROGRAMS[0]
    return program(installed, command)


def run(place: Any, agent: Any, prompt: str, conversation: str = "") -> Any:
    task = turns.task_of(prompt, prompt if conversation else "")
    return turns.turn(place, agent, task, turns.bench_of(place, conversation))


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
        record.bash("git status"),
        {"tool": "write", "input": {"filePath": str(outside), "content": "x"}},
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
    steps = [{"error": 429, "message": "Too many requests", "headers": record.SOON}]

    found = run(place, record.with_key(place, binary), turns.scripted("Try.", steps))

    assert found.told.error == "rate-limited", found.output
