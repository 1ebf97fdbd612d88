"""The adapter of Claude Code: what it starts, what it reads from the program's output, and both with the program."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent, make
from agent_orchestrator.ports.agent import Bench, TaskFailure, Told, Usage

HERE = Path(__file__).parent
load = sys.modules["ao_agents"].load
VERSIONS = ["2.1.330", "2.1.197"]
turns, record = load("turns"), load("record_claude_code")
TASK = turns.task_of("Everything.", "Only this.")
STREAM = ("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose")


def bench_of(home: Path, **more: Any) -> Bench:
    place = SimpleNamespace(main=home / "main", tree=home / "tree", home=home)
    return turns.bench_of(place, **more)


def agent_of(**more: Any) -> ClaudeCodeAgent:
    return ClaudeCodeAgent(new_id=lambda: "new-id", channel="one-shot", **more)


def sent(launch: Any) -> list[str]:
    """The parts of the message on standard input."""
    return [part["text"] for part in json.loads(launch.stdin)["message"]["content"]]


def rules(agent: ClaudeCodeAgent, bench: Bench, task: Any = TASK) -> dict[str, list[str]]:
    """The permission rules of a turn."""
    launch = agent.launch(task, bench, Path("/task.json"))
    (text,) = launch.files.values()
    return json.loads(text)["permissions"]


def recording(case: str, version: str = VERSIONS[0]) -> str:
    return (HERE / "recorded" / "claude-code" / version / f"{case}.jsonl").read_text()


def told(case: str, version: str = VERSIONS[0], code: int = 0) -> Told:
    return ClaudeCodeAgent().told(sanitize(recording(case, version)), code)


# Launch


def test_a_turn_starts_a_conversation_of_its_own_with_rules_in_the_sessions_folder(tmp_path: Path):
    bench = bench_of(tmp_path)

    launch = agent_of().launch(TASK, bench, Path("/task.json"))

    settings = bench.folder / "claude-settings.json"
    asked = ("--permission-mode", "acceptEdits", "--settings", str(settings), "--session-id", "new-id")
    assert launch.argv == ("claude", *STREAM, *asked)
    assert list(launch.files) == [settings]


def test_the_first_turn_gets_the_whole_prompt_on_standard_input(tmp_path: Path):
    assert sent(agent_of().launch(TASK, bench_of(tmp_path), Path("/task.json"))) == ["Everything."]


def test_a_later_turn_resumes_the_conversation(tmp_path: Path):
    launch = agent_of().launch(TASK, bench_of(tmp_path, conversation="old-id"), Path("/task.json"))

    assert launch.argv[-2:] == ("--resume", "old-id")
    assert sent(launch) == ["Everything."]


@pytest.mark.parametrize("prompt", ["/compact this", "Read @/etc/hostname."])
def test_a_prompt_is_never_a_command_of_the_program_and_reads_no_file(tmp_path: Path, prompt: str):
    launch = agent_of().launch(turns.task_of(prompt), bench_of(tmp_path), Path("/task.json"))

    # The program looks for both in the last part only.
    assert sent(launch) == [prompt, "(End of the message.)"]


def test_each_conversation_has_another_id(tmp_path: Path):
    ids = {ClaudeCodeAgent().launch(TASK, bench_of(tmp_path), Path("/task.json")).argv[-1] for _ in range(3)}

    assert len(ids) == 3


def test_nothing_is_updated_reported_or_left_in_the_background(tmp_path: Path):
    assert agent_of(env={"A": "b"}).launch(TASK, bench_of(tmp_path), Path("/task.json")).env == {
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_TELEMETRY": "1",
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
        "CLAUDE_CODE_DISABLE_CRON": "1",
        "CLAUDE_CODE_DISABLE_WORKFLOWS": "1",
        "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
        "A": "b",
    }


def test_command_model_and_arguments_are_the_configured_ones(tmp_path: Path):
    config = AgentConfig(name="c", command="nice claude2", model="opus", args=("--effort", "high"), env={"A": "b"})

    launch = make(config).launch(TASK, bench_of(tmp_path), Path("/task.json"))

    assert launch.argv[:3] == ("nice", "claude2", "-p")
    assert launch.argv[-4:] == ("--model", "opus", "--effort", "high")
    assert launch.env["A"] == "b"


def test_bypass_is_its_own_bypass(tmp_path: Path):
    agent = agent_of(permissions=PermissionsConfig(bypass=True))

    argv = agent.launch(TASK, bench_of(tmp_path), Path("/task.json")).argv

    assert argv[argv.index("--permission-mode") + 1] == "bypassPermissions"


def test_it_may_commit_and_nothing_else(tmp_path: Path):
    assert rules(agent_of(), bench_of(tmp_path)) == {
        "allow": ["Bash(git add *)", "Bash(git commit *)"],
        "deny": ["EnterWorktree"],
    }


def test_what_is_allowed_and_denied_is_added_in_the_same_words(tmp_path: Path):
    agent = agent_of(permissions=PermissionsConfig(allow=("WebFetch", "Bash(npm run *)"), deny=("Edit(src/*)",)))

    found = rules(agent, bench_of(tmp_path))

    assert found["allow"][-2:] == ["WebFetch", "Bash(npm run *)"]
    assert found["deny"][-1:] == ["Edit(src/*)"]


def test_it_may_run_a_known_check_by_any_of_its_names_and_with_any_arguments(tmp_path: Path):
    bench = bench_of(tmp_path, checks=[("/venv/bin/python", "-m", "pytest", "-q"), ("ruff", "check", ".")])

    assert rules(agent_of(), bench)["allow"][2:] == [
        "Bash(/venv/bin/python -m pytest *)",
        "Bash(pytest *)",
        "Bash(python -m pytest *)",
        "Bash(python3 -m pytest *)",
        "Bash(ruff *)",
        "Bash(python -m ruff *)",
        "Bash(python3 -m ruff *)",
    ]


@pytest.mark.parametrize("argv", [("sh", "-c", "make test"), ("python", "check.py"), ("npm", "run", "test")])
def test_it_may_run_another_check_only_as_it_is_configured(tmp_path: Path, argv: tuple[str, ...]):
    rule = {"sh": "Bash(sh -c 'make test' *)", "python": "Bash(python check.py *)", "npm": "Bash(npm run test *)"}

    assert rules(agent_of(), bench_of(tmp_path, checks=[argv]))["allow"][2:] == [rule[argv[0]]]


def test_it_may_run_what_repeats_a_failure(tmp_path: Path):
    failure = TaskFailure("f", "c", "test", "t", "", "t.py", 1, "m", ("make", "one", "T=t"))

    found = rules(agent_of(), bench_of(tmp_path), turns.task_of("Everything.", failures=(failure,)))

    assert found["allow"][2:] == ["Bash(make one T=t *)"]


# Availability


def installed(tmp_path: Path, **environ: str) -> dict[str, str]:
    """An environment with the program and a home of its own."""
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return {"PATH": str(program.parent), "HOME": str(tmp_path), **environ}


def test_it_says_how_to_get_a_program_that_is_not_there(tmp_path: Path):
    said = ClaudeCodeAgent().unavailable({"PATH": str(tmp_path)})

    assert said == (
        "agent 'claude-code': claude was not found; install it with `npm install -g @anthropic-ai/claude-code`"
    )


def test_it_says_how_to_log_in(tmp_path: Path):
    said = ClaudeCodeAgent().unavailable(installed(tmp_path))

    how = "run `claude` and there `/login`, or set ANTHROPIC_API_KEY"
    assert said == f"agent 'claude-code': claude is not logged in; {how}"


@pytest.mark.parametrize(
    "name",
    ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK"],
)
def test_a_key_is_enough(tmp_path: Path, name: str):
    assert ClaudeCodeAgent().unavailable(installed(tmp_path, **{name: "1"})) is None


def test_a_key_in_the_agents_own_environment_is_enough(tmp_path: Path):
    assert ClaudeCodeAgent(env={"ANTHROPIC_API_KEY": "k"}).unavailable(installed(tmp_path)) is None


@pytest.mark.parametrize(
    ("file", "content"),
    [
        (".claude/.credentials.json", "{}"),
        (".claude.json", '{"oauthAccount": {"emailAddress": "a@example.org"}}'),
        (".claude/settings.json", '{"apiKeyHelper": "get-key"}'),
        (".claude/settings.json", '{"env": {"ANTHROPIC_AUTH_TOKEN": "k"}}'),
    ],
)
def test_a_login_is_enough(tmp_path: Path, file: str, content: str):
    environ = installed(tmp_path)
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(content)

    assert ClaudeCodeAgent().unavailable(environ) is None


def test_a_file_of_the_program_that_can_not_be_read_is_no_login(tmp_path: Path):
    environ = installed(tmp_path)
    (tmp_path / ".claude.json").write_text("[")

    assert ClaudeCodeAgent().unavailable(environ) is not None


# What it reads


def conversation(case: str, version: str) -> str:
    first = json.loads(recording(case, version).splitlines()[0])
    return first["session_id"]


@pytest.mark.parametrize(
    ("version", "model", "cost"), [("2.1.330", "claude-opus-5-5", 0.005), ("2.1.197", "claude-opus-4-8", 0.00625)]
)
def test_a_turn_that_worked(version: str, model: str, cost: float):
    usage = Usage(
        input_tokens=1000, output_tokens=50, cached_tokens=0, cost=cost, context=0.001001, steps=1, model=model
    )

    assert told("success", version) == Told("Looked at it.", conversation("success", version), usage=usage)


@pytest.mark.parametrize(("version", "cost"), [("2.1.330", 0.00344), ("2.1.197", 0.00435)])
def test_a_resumed_conversation_keeps_its_name_and_its_usage_is_the_turns(version: str, cost: float):
    said = told("resume", version)

    assert said.words == "Added a test."
    assert said.conversation == conversation("resume", version)
    assert said.usage is not None
    assert (said.usage.input_tokens, said.usage.output_tokens, said.usage.cached_tokens) == (900, 30, 200)
    assert said.usage.cost == pytest.approx(cost)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "words", "steps"), [("tools", "Fixed and committed.", 4), ("refused", "I may not push.", 2)]
)
def test_the_last_message_is_what_it_says(version: str, case: str, words: str, steps: int):
    said = told(case, version)

    assert (said.words, said.error) == (words, "")
    assert said.usage is not None
    assert said.usage.steps == steps


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "error", "words"),
    [
        ("limit", "rate-limited", "You've hit your "),
        ("429", "rate-limited", "API Error: Request rejected (429) · Too many requests"),
        ("401", "not-logged-in", "Invalid API key"),
        ("no-login", "not-logged-in", "Not logged in"),
        ("credit", "no-credit", "Credit balance is too low"),
        ("500", "unreachable", "API Error: 500 Internal server error."),
        ("unreachable", "unreachable", "API Error: "),
        ("400", "refused", "API Error: 400 messages: at least one"),
    ],
)
def test_an_error_is_named(version: str, case: str, error: str, words: str):
    said = told(case, version, 1)

    assert said.error == error
    assert said.words.startswith(words)
    assert said.usage is None
    assert said.conversation == conversation(case, version)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_end_of_a_limit_is_told_to_those_with_a_login(version: str):
    assert told("limit", version, 1).resets_at == record.RESETS_AT


@pytest.mark.parametrize("version", VERSIONS)
def test_the_end_of_a_limit_is_unknown_to_those_with_a_key(version: str):
    assert told("429", version, 1).resets_at == 0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("case", "error"),
    [
        ("429", "rate-limited"),
        ("401", "not-logged-in"),
        ("no-login", "not-logged-in"),
        ("credit", "no-credit"),
        ("500", "unreachable"),
        ("unreachable", "unreachable"),
        ("400", "refused"),
    ],
)
def test_the_result_alone_tells_the_error(version: str, case: str, error: str):
    result = recording(case, version).splitlines()[-1]

    assert ClaudeCodeAgent().told(f'ut":"half a line"}}\n{result}', 1).error == error


def test_a_turn_that_was_killed_has_its_last_message_and_no_usage():
    lines = recording("tools").splitlines()

    said = ClaudeCodeAgent().told("\n".join(lines[:-1]), None)

    assert (said.words, said.error) == ("Fixed and committed.", "")
    assert said.conversation == conversation("tools", VERSIONS[0])
    assert said.usage == Usage(model="claude-opus-5-5")


def test_lines_of_other_things_and_other_line_ends_are_no_harm():
    text = "Warning: {not json}\r\n" + recording("success").replace("\n", "\r\n") + "bye\r\n"

    assert ClaudeCodeAgent().told(text, 0) == told("success")


def test_a_cut_line_is_not_what_it_says():
    text = recording("success")

    assert ClaudeCodeAgent().told(text[-400:], 1) == Told(error="failed")


def test_nothing_is_made_up_of_no_output():
    assert ClaudeCodeAgent().told("", None) == Told()


def test_what_it_says_instead_of_starting_is_an_error():
    said = ClaudeCodeAgent().told("Error: Session ID 1 is already in use.\n", 1)

    assert said == Told("Error: Session ID 1 is already in use.", error="failed")


# With the program

Run = Callable[..., Any]


@pytest.fixture(params=VERSIONS)
def run(request: pytest.FixtureRequest, place: Any, program: Callable[[str, str], Path]) -> Run:
    """Run a turn by steps of the model; without any the model goes on with those of before."""
    binary = program(f"claude-code-{request.param}", "claude")

    def run(
        *steps: Any,
        text: str = turns.PROMPT,
        conversation: str = "",
        checks: Any = (),
        agent: Any = record.with_key,
        **more: Any,
    ) -> Any:
        prompt = turns.scripted(text, steps) if steps else "Go on."
        task = turns.task_of(prompt, prompt if conversation else "")
        return turns.turn(place, agent(place, binary, **more), task, turns.bench_of(place, conversation, checks))

    return run


@pytest.mark.slow
def test_it_edits_and_commits_in_its_worktree(place: Any, run: Run):
    turn = run(*record.FIX)

    assert place.git("show", "HEAD:calc.py").endswith("return a + b\n"), turn.output
    assert place.git("rev-list", "--count", "main..HEAD") == "1\n"
    assert place.git("status", "--porcelain") == ""
    assert (turn.code, turn.told.words, turn.told.error) == (0, "Fixed and committed.", "")


@pytest.mark.slow
def test_the_next_turn_goes_on_with_the_conversation(run: Run):
    # The second prompt has no script: its answer is the next step of the first one, if the model gets to see that.
    first = run({"text": "I saw a minus."}, {"text": "It is still there."})

    second = run(conversation=first.told.conversation)

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
def test_a_message_that_looks_like_a_command_of_the_program_reaches_the_model(place: Any, run: Run):
    first = run({"text": "Hello."})
    task = turns.task_of(turns.scripted("/compact", [{"text": "Heard."}]))
    bench = turns.bench_of(place, first.told.conversation)

    turn = turns.turn(place, record.with_key(place, Path(first.launch.argv[0])), task, bench)

    assert turn.told.words == "Heard."


@pytest.mark.slow
def test_a_file_that_a_prompt_only_speaks_of_is_not_read(place: Any, run: Run):
    place.write("secret", "very secret")

    run({"text": "Heard."}, text=f"Look at @{place.home}/secret and @calc.py.")

    said = [text for request in place.seen for text in request.get("said") or ()]
    assert any("/secret and @calc.py" in text for text in said)
    assert not any("very secret" in text or "return a - b" in text for text in said)


@pytest.mark.slow
def test_it_runs_only_what_it_may(place: Any, run: Run):
    bash = record.bash
    outside = place.main / "outside"

    turn = run(
        bash("git status --short && git diff && git log --oneline"),
        bash("touch inside && rm inside"),
        bash('python3 -c \'open("ran", "w")\''),
        bash(f"git commit --allow-empty -qm first && touch {outside}"),
        bash(f"git diff --output={outside}"),
        bash("git push . HEAD:pushed"),
        {"tool": "Write", "input": {"file_path": str(outside), "content": "x"}},
        {"text": "I tried."},
    )

    got = [text for request in place.seen for text in request.get("got") or ()]
    assert turn.told.words == "I tried."
    assert got[0].endswith("broken")
    refused = [any(word in text for word in ("approval", "permission", "blocked")) for text in got]
    assert refused == [False, False, True, True, True, True, True]
    assert not outside.exists()
    assert not (place.tree / "ran").exists()
    assert place.git("branch", "--list", "pushed") == ""
    assert place.git("rev-list", "--count", "main..HEAD") == "0\n"


@pytest.mark.slow
def test_it_runs_the_checks(place: Any, run: Run):
    (place.tree / "check.sh").write_text("echo checked >$1\n")

    run(record.bash("sh check.sh one"), record.bash("sh other.sh"), {"text": "Ok."}, checks=[("sh", "check.sh")])

    assert (place.tree / "one").read_text() == "checked\n"
    assert "approval" in place.seen[-1]["got"][0]


@pytest.mark.slow
def test_it_runs_what_it_is_allowed(place: Any, run: Run):
    allowed = PermissionsConfig(allow=("Bash(python3 *)",))

    run(record.bash('python3 -c \'open("ran", "w")\''), {"text": "Ok."}, permissions=allowed)

    assert (place.tree / "ran").exists()


@pytest.mark.slow
def test_what_is_denied_is_not_done_even_with_bypass(place: Any, run: Run):
    denied = PermissionsConfig(deny=("Bash(git push *)", "Edit(calc.py)"), bypass=True)

    run(record.bash("git push . HEAD:pushed"), *record.edit("a - b", "a + b"), {"text": "I tried."}, permissions=denied)

    assert place.git("branch", "--list", "pushed") == ""
    assert place.git("status", "--porcelain") == ""


@pytest.mark.slow
def test_with_bypass_it_may_do_anything(place: Any, run: Run):
    outside = place.main / "outside"

    run(record.bash(f"touch {outside}"), {"text": "Done."}, permissions=PermissionsConfig(bypass=True))

    assert outside.exists()


@pytest.mark.slow
def test_a_usage_limit_is_told_with_its_end(run: Run):
    end = str(int(time.time()) + 7200)
    headers = {**record.LIMIT, "anthropic-ratelimit-unified-reset": end}

    turn = run({"error": 429, "message": "limit", "headers": headers}, agent=record.with_login)

    assert (turn.told.error, turn.told.resets_at) == ("rate-limited", float(end))


@pytest.mark.slow
def test_a_conversation_that_is_gone_is_told(run: Run):
    turn = run({"text": "Again."}, conversation="11111111-1111-4111-8111-111111111111")

    assert (turn.told.conversation, turn.told.error) == ("", "failed")
    assert turn.told.words.startswith("No conversation found")


@pytest.mark.slow
def test_nothing_of_the_user_is_changed(place: Any, run: Run):
    place.write(".claude/settings.json", '{"cleanupPeriodDays": 30}')

    run({"text": "Done."})

    assert (place.home / ".claude/settings.json").read_text() == '{"cleanupPeriodDays": 30}'
    assert place.git("status", "--porcelain", "--ignored") == ""
