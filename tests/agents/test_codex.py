"""The adapter of Codex, one-shot: what it starts, what it reads from what the program printed, and both with it."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.codex import CodexAgent, make
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


turns, record = _load("turns"), _load("record_codex")
TASK = turns.task_of("Everything.", "Only this.")
ONCE = CodexAgent(channel="one-shot")
QUIET = ("-c", "check_for_update_on_startup=false", "-c", "analytics.enabled=false")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A linked worktree with the branch ``ao/s1``, as git lays it out."""
    main, tree = tmp_path / "main", tmp_path / "tree"
    own = main / ".git" / "worktrees" / "tree"
    for folder in (tree, own, main / ".git/objects", main / ".git/refs/heads/ao", main / ".git/logs/refs/heads/ao"):
        folder.mkdir(parents=True)
    (tree / ".git").write_text(f"gitdir: {own}\n")
    (own / "HEAD").write_text("ref: refs/heads/ao/s1\n")
    return turns.bench_of(SimpleNamespace(main=main, tree=tree, home=tmp_path))


def added(argv: tuple[str, ...]) -> list[str]:
    """The folders that can be written beside the worktree."""
    return [value for option, value in pairwise(argv) if option == "--add-dir"]


def told(case: str, code: int = 0, cut: float = 0.0, **more: Any) -> Told:
    """What the adapter reads from a recording, of which the first part is cut off."""
    text = recording(case)
    return CodexAgent(**more).told(sanitize(text[int(len(text) * cut) :]), code)


def recording(case: str) -> str:
    return (HERE / "recorded" / "codex" / f"{case}.jsonl").read_text()


# Launch


def test_a_turn_runs_in_the_sandbox_and_asks_nothing(bench: Bench):
    launch = ONCE.launch(TASK, bench, Path("/task.json"))

    git = bench.git_dir
    folders = [git / "worktrees/tree", git / "objects", git / "refs/heads/ao", git / "logs/refs/heads/ao"]
    options = [part for folder in folders for part in ("--add-dir", str(folder))]
    asked = ("-c", 'approval_policy="never"', "-c", 'web_search="disabled"')
    assert launch.argv == ("codex", "exec", "--json", "-s", "workspace-write", *options, *asked, *QUIET, "-")


def test_the_first_turn_gets_the_whole_prompt_on_standard_input(bench: Bench):
    assert ONCE.launch(TASK, bench, Path("/task.json")).stdin == "Everything."


def test_a_later_turn_resumes_the_conversation(bench: Bench):
    later = turns.bench_of(SimpleNamespace(main=bench.main, tree=bench.tree, home=bench.folder.parent), "thread-1")

    launch = ONCE.launch(TASK, later, Path("/task.json"))

    assert launch.argv[-3:] == ("resume", "thread-1", "-")
    assert launch.stdin == "Everything."


def test_bypass_is_its_own_bypass(bench: Bench):
    agent = CodexAgent(channel="one-shot", permissions=PermissionsConfig(bypass=True))

    argv = agent.launch(TASK, bench, Path("/task.json")).argv

    assert argv == ("codex", "exec", "--json", "--dangerously-bypass-approvals-and-sandbox", *QUIET, "-")


def test_command_model_arguments_and_environment_are_the_configured_ones(bench: Bench):
    config = AgentConfig(
        name="c", command="nice codex2", model="gpt-x", args=("--oss",), env={"A": "b"}, channel="one-shot"
    )

    launch = make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv[:3] == ("nice", "codex2", "exec")
    assert launch.argv[-4:] == ("-m", "gpt-x", "--oss", "-")
    assert launch.env == {"A": "b"}


def test_web_search_is_on_when_it_is_allowed(bench: Bench):
    agent = CodexAgent(channel="one-shot", permissions=PermissionsConfig(allow=("WebSearch",)))

    assert 'web_search="disabled"' not in agent.launch(TASK, bench, Path("/task.json")).argv


def test_web_search_that_is_allowed_and_denied_is_off(bench: Bench):
    agent = CodexAgent(channel="one-shot", permissions=PermissionsConfig(allow=("WebSearch",), deny=("WebSearch",)))

    assert 'web_search="disabled"' in agent.launch(TASK, bench, Path("/task.json")).argv


def test_a_folder_of_branches_that_git_has_packed_away_is_replaced_by_the_one_above(bench: Bench):
    (bench.git_dir / "refs/heads/ao").rmdir()

    assert str(bench.git_dir / "refs/heads") in added(ONCE.launch(TASK, bench, Path("/task.json")).argv)


def test_the_whole_git_folder_is_never_written(bench: Bench):
    (bench.git_dir / "logs/refs/heads/ao").rmdir()
    (bench.git_dir / "logs/refs/heads").rmdir()
    (bench.git_dir / "logs/refs").rmdir()
    (bench.git_dir / "logs").rmdir()

    assert str(bench.git_dir) not in added(ONCE.launch(TASK, bench, Path("/task.json")).argv)


# Availability


def installed(tmp_path: Path, config: str = "", **environ: str) -> dict[str, str]:
    """An environment with the program and a home of its own."""
    program = tmp_path / "bin" / "codex"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex" / "config.toml").write_text(config)
    return {"PATH": str(program.parent), "HOME": str(tmp_path), **environ}


def test_it_says_how_to_get_a_program_that_is_not_there(tmp_path: Path):
    said = CodexAgent().unavailable({"PATH": str(tmp_path)})

    assert said == "agent 'codex': codex was not found; install it with `npm install -g @openai/codex`"


def test_it_says_how_to_log_in(tmp_path: Path):
    said = CodexAgent().unavailable(installed(tmp_path))

    assert said == "agent 'codex': codex is not logged in; run `codex login`, or set CODEX_API_KEY"


def test_a_login_is_enough(tmp_path: Path):
    environ = installed(tmp_path)
    (tmp_path / ".codex" / "auth.json").write_text("{}")

    assert CodexAgent().unavailable(environ) is None


def test_a_key_is_enough(tmp_path: Path):
    assert CodexAgent().unavailable(installed(tmp_path, CODEX_API_KEY="k")) is None


PROVIDER = 'model_provider = "own"\n[model_providers.own]\nenv_key = "OWN_KEY"\n'


def test_it_names_the_key_that_its_provider_lacks(tmp_path: Path):
    said = CodexAgent().unavailable(installed(tmp_path, PROVIDER))

    assert said == "agent 'codex': OWN_KEY is not set, the key of its provider"


def test_the_key_of_its_provider_may_be_in_the_agents_own_environment(tmp_path: Path):
    assert CodexAgent(env={"OWN_KEY": "k"}).unavailable(installed(tmp_path, PROVIDER)) is None


def test_a_rule_that_it_can_not_keep_is_not_dropped(tmp_path: Path):
    agent = CodexAgent(permissions=PermissionsConfig(deny=("WebFetch", "Bash(git push *)")))

    said = agent.unavailable(installed(tmp_path, CODEX_API_KEY="k"))

    assert said == "agent 'codex': codex can not refuse 'Bash(git push *)' (`agents.codex.permissions.deny`)"


# What it reads


def test_a_turn_that_worked():
    thread = json.loads(recording("success").splitlines()[0])["thread_id"]

    assert told("success") == Told(
        "Looked at it.", thread, usage=Usage(input_tokens=1000, output_tokens=50, cached_tokens=0, so_far=True)
    )


def test_the_last_message_is_what_it_says_and_a_warning_is_no_error():
    assert told("tools").words == "Fixed and committed."
    assert told("tools").error == ""


def test_a_command_that_the_sandbox_stopped_is_no_error_of_the_turn():
    assert told("refused").words == "I may not."
    assert told("refused").error == ""


def test_a_resumed_conversation_keeps_its_name_and_its_usage_is_that_of_all_its_turns():
    thread = json.loads(recording("resume").splitlines()[0])["thread_id"]

    assert told("resume") == Told(
        "Added a test.", thread, usage=Usage(input_tokens=1700, output_tokens=80, cached_tokens=200, so_far=True)
    )


@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("limit", "rate-limited", "You’ve hit your usage limit."),
        ("limit-unknown", "rate-limited", "You’ve hit your usage limit."),
        ("429", "rate-limited", "exceeded retry limit, last status: 429"),
        ("401", "not-logged-in", "unexpected status 401 Unauthorized: Incorrect API key provided"),
        ("no-key", "not-logged-in", "Missing environment variable: `MOCK_API_KEY`."),
        ("quota", "no-credit", "Quota exceeded."),
        ("500", "unreachable", "We’re currently experiencing high demand"),
        ("drop", "unreachable", "stream disconnected before completion"),
        ("400", "refused", "Unsupported parameter (invalid_request_error)"),
        ("full", "refused", "Codex ran out of room in the model's context window."),
    ],
)
def test_an_error_is_named(case: str, error: str, words: str):
    said = told(case, 1)

    assert said.error == error
    assert said.words.startswith(words)
    assert said.usage is None


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program tells local time."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def limited(at: str, now: float) -> float:
    """When the limit ends, by what it says at some time."""
    message = f"You’ve hit your usage limit. Try again later, or try again at {at}."
    lines = json.dumps({"type": "turn.failed", "error": {"message": message}})
    return CodexAgent(clock=lambda: now).told(lines, 1).resets_at


NOON = 1795348800.0  # The 22nd of November 2026, 12:00 UTC.


@pytest.mark.usefixtures("utc")
def test_a_limit_ends_when_the_minute_that_it_says_is_over():
    assert 0 < told("limit", 1).resets_at - record.RESETS_AT <= 60


@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize(("at", "hours"), [("3:00 PM", 3), ("12:30 PM", 0.5), ("12:00 AM", 12), ("11:00 AM", 23)])
def test_a_time_of_the_day_is_the_next_one(at: str, hours: float):
    assert limited(at, NOON) == NOON + hours * 3600 + 60


def test_a_limit_without_a_time_has_none():
    assert told("limit-unknown", 1).resets_at == 0


def test_the_newest_conversation_is_meant_where_its_name_is_cut_off():
    assert told("tools", cut=0.3).conversation == "--last"


def test_a_cut_line_is_not_what_it_says():
    assert told("success", 1, cut=0.6).words == ""


def test_nothing_is_made_up_of_no_output():
    assert CodexAgent().told("", None) == Told()


def test_what_it_says_before_it_has_started_is_an_error():
    said = CodexAgent().told("Error: Not inside a trusted directory\n", 1)

    assert said == Told("Error: Not inside a trusted directory", error="failed")


def test_a_conversation_that_is_gone_is_not_gone_on_with():
    said = CodexAgent().told("Error: thread/resume failed: no rollout found for thread id 01a2 (code -32600)\n", 1)

    assert said.conversation == ""
    assert said.error == "failed"


def test_one_that_was_killed_while_it_waited_for_its_service_says_so():
    waiting = {"type": "error", "message": "Reconnecting... waiting for network (Connection failed)"}
    said = CodexAgent().told(json.dumps({"type": "turn.started"}) + "\n" + json.dumps(waiting), None)

    assert said.error == "unreachable"


# With the program

Run = Callable[..., Any]


@pytest.fixture
def run(place: Any, program: Callable[[str, str], Path]) -> Run:
    """Run a turn by steps of the model."""
    binary = program("codex-0.169.0", "codex")

    def run(*steps: Any, conversation: str = "", **more: Any) -> Any:
        prompt = turns.scripted(turns.PROMPT, steps) if steps else "Go on."
        task = turns.task_of(prompt, prompt if conversation else "")
        return turns.turn(place, record.with_key(place, binary, **more), task, turns.bench_of(place, conversation))

    return run


@pytest.mark.slow
def test_it_edits_and_commits_in_its_worktree(place: Any, run: Run):
    turn = run(*record.FIX)

    assert place.git("show", "HEAD:calc.py").endswith("return a + b\n"), turn.output
    assert place.git("rev-list", "--count", "main..HEAD") == "1\n"
    assert place.git("status", "--porcelain") == ""
    assert (turn.code, turn.told.words, turn.told.error) == (0, "Fixed and committed.", "")


@pytest.mark.slow
def test_it_commits_on_a_branch_in_a_folder_of_branches_that_is_packed_away(place: Any, run: Run):
    place.git("switch", "-q", "-c", "ao/s1")
    place.git("pack-refs", "--all")

    turn = run(*record.FIX)

    assert place.git("rev-list", "--count", "main..ao/s1") == "1\n", turn.output


@pytest.mark.slow
@pytest.mark.parametrize("named", [True, False], ids=["by its name", "the newest"])
def test_the_next_turn_goes_on_with_the_conversation(place: Any, run: Run, named: bool):
    # The second prompt has no script: its answer is the next step of the first one, if the model gets to see that.
    first = run({"text": "I saw a minus."}, {"text": "It is still there."})

    second = run(conversation=first.told.conversation if named else "--last")

    assert second.told.conversation == first.told.conversation
    assert second.told.words == "It is still there."


@pytest.mark.slow
def test_a_conversation_that_failed_at_once_is_gone_on_with(place: Any, run: Run):
    first = run({"error": 429, "message": "Too many requests"})

    # Its answer is of the first prompt's script: that prompt is part of the conversation.
    second = run(conversation=first.told.conversation)

    assert place.seen[-1]["step"] is not None
    assert second.told.conversation == first.told.conversation


@pytest.mark.slow
def test_it_can_not_write_outside_or_change_the_repository(place: Any, run: Run):
    outside = place.main / "outside"

    turn = run(
        record.run(f"touch {outside}"),
        record.run("git config a.b c"),
        record.run(f"touch {place.main}/.git/hooks/pre-commit"),
        {"text": "I tried."},
    )

    assert turn.told.words == "I tried."
    assert not outside.exists()
    assert not (place.main / ".git/hooks/pre-commit").exists()
    assert "[a]" not in (place.main / ".git/config").read_text()


@pytest.mark.slow
def test_with_bypass_it_can(place: Any, run: Run):
    outside = place.main / "outside"

    run(record.run(f"touch {outside}"), {"text": "Done."}, permissions=PermissionsConfig(bypass=True))

    assert outside.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("utc")
@pytest.mark.parametrize("days", [0, 3])
def test_a_usage_limit_is_told_with_its_end(run: Run, days: int):
    end = int(time.time()) + days * 86400 + 7200

    turn = run(*record.limit(resets_at=end, plan_type="pro"))

    assert turn.told.error == "rate-limited"
    assert 0 < turn.told.resets_at - end <= 60


@pytest.mark.slow
def test_a_conversation_that_is_gone_is_told(run: Run):
    turn = run({"text": "Again."}, conversation="01a20444-cb2a-73a1-b4c7-5f2d832af5c3")

    assert (turn.told.conversation, turn.told.error) == ("", "failed")
    assert "no rollout found" in turn.told.words
