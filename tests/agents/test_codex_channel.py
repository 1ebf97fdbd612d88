"""Codex while it works: what is launched, what is made of what it prints, and whole conversations with the program."""

from __future__ import annotations

import importlib.util
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import asdict
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.model.permission import Pattern, Rules, decide
from agent_orchestrator.plugins.agent.codex import CodexAgent, make
from agent_orchestrator.plugins.agent.dialogue.codex import CodexDialogue
from agent_orchestrator.ports.agent import Bench, Launch, Told, Usage
from agent_orchestrator.ports.channel import Send, Step

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


channel, talking, turns = _load("channel_codex"), _load("talk"), _load("turns")
TASK = turns.task_of("Everything.", "Only this.")
QUIET = ("-c", "check_for_update_on_startup=false", "-c", "analytics.enabled=false")
NO_WEB = ("-c", 'web_search="disabled"')
NAMES = list(channel.SCENARIOS)
#: What follows from calls, not from what the program prints.
CALLED = ("say:", "answer:", "words:", "interrupt:")
THREAD = "01a20449-95fd-7b60-a097-c7445a76bf90"


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


def launched(bench: Bench, agent: CodexAgent) -> Launch:
    return agent.launch(TASK, bench, Path("/task.json"))


def settings(launch: Launch) -> Any:
    """What a new conversation is started with."""
    assert isinstance(launch.dialogue, CodexDialogue)
    return launch.dialogue.settings


# Launch


def test_a_turn_is_a_conversation_with_its_server(bench: Bench):
    launch = launched(bench, CodexAgent())

    assert launch.argv == ("codex", "app-server", *NO_WEB, *QUIET)
    assert launch.stdin == ""


def test_it_works_in_the_sandbox_and_asks_for_more(bench: Bench):
    git = bench.git_dir
    folders = [git / "worktrees/tree", git / "objects", git / "refs/heads/ao", git / "logs/refs/heads/ao"]

    assert settings(launched(bench, CodexAgent())) == {
        "approvalPolicy": "on-request",
        "sandbox": "workspace-write",
        "config": {"sandbox_workspace_write.writable_roots": [str(folder) for folder in folders]},
    }


def test_with_bypass_there_is_no_sandbox_and_nothing_is_asked(bench: Bench):
    launch = launched(bench, CodexAgent(permissions=PermissionsConfig(bypass=True)))

    assert launch.argv == ("codex", "app-server", *QUIET)
    assert settings(launch) == {"approvalPolicy": "never", "sandbox": "danger-full-access"}


def test_command_model_arguments_and_environment_are_the_configured_ones(bench: Bench):
    config = AgentConfig(name="c", command="nice codex2", model="gpt-x", args=("-c", "a=1"), env={"A": "b"})

    launch = launched(bench, make(config))

    assert launch.argv == ("nice", "codex2", "app-server", *NO_WEB, *QUIET, "-c", "a=1")
    assert settings(launch)["model"] == "gpt-x"
    assert launch.env == {"A": "b"}


def test_web_search_is_on_when_it_is_allowed(bench: Bench):
    agent = CodexAgent(permissions=PermissionsConfig(allow=("WebSearch",)))

    assert launched(bench, agent).argv == ("codex", "app-server", *QUIET)


@pytest.mark.parametrize("args", [("--oss",), ("--profile", "p"), ("-c",)])
def test_with_arguments_that_its_server_does_not_know_it_is_one_shot(bench: Bench, args: tuple[str, ...]):
    launch = launched(bench, CodexAgent(args=args))

    assert launch.dialogue is None
    assert launch.argv[1] == "exec"


def test_a_conversation_without_a_name_is_gone_on_with_one_shot(bench: Bench):
    home = bench.folder.parent
    newest = turns.bench_of(SimpleNamespace(main=bench.main, tree=bench.tree, home=home), "--last")

    launch = launched(newest, CodexAgent())

    assert launch.dialogue is None
    assert launch.argv[-3:] == ("resume", "--last", "-")


# Recorded conversations


def lines_of(name: str) -> list[str]:
    return (HERE / "recorded" / "codex-channel" / f"{name}.jsonl").read_text().splitlines()


def thread_of(name: str) -> str:
    """The conversation of a recording."""
    replies = {message["id"]: message for line in lines_of(name) if "result" in (message := json.loads(line))}
    return str(replies["thread"]["result"]["thread"]["id"])


def dialogue_of(name: str) -> CodexDialogue:
    """A new dialogue for a recording: it goes on with a conversation where that one did."""
    return CodexDialogue({}, "known" if channel.SCENARIOS[name].resumed else "")


def facts_of(steps: list[Step]) -> list[a.Fact]:
    return [step for step in steps if isinstance(step, a.Fact)]


def keys_of(steps: list[Step]) -> list[str]:
    return [step.key for step in steps if isinstance(step, Send)]


@pytest.mark.parametrize("name", NAMES)
def test_the_facts_of_a_recorded_conversation(name: str):
    facts = facts_of(talking.replayed(dialogue_of(name), lines_of(name)))

    channel.check(facts, channel.SCENARIOS[name].facts, "/place")


def test_every_recording_is_of_a_conversation():
    assert {path.stem for path in (HERE / "recorded" / "codex-channel").iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_lines_always_give_the_same_steps(name: str):
    one, other = (talking.replayed(dialogue_of(name), lines_of(name)) for _ in range(2))

    assert one == other


@pytest.mark.parametrize(("name", "clean"), [("interrupted-in-a-tool", 1), ("interrupted-while-the-model-hangs", 0)])
def test_what_runs_when_it_is_interrupted_is_ended(name: str, clean: int):
    keys = keys_of(talking.replayed(dialogue_of(name), lines_of(name)))

    assert keys[:3] == ["initialize", "initialized", "thread"]
    assert [key.split(":")[0] for key in keys[3:]] == ["clean"] * clean


def started(*lines: object, conversation: str = "") -> CodexDialogue:
    """A dialogue whose program is ready."""
    dialogue = CodexDialogue({}, conversation)
    agent = {"id": "initialize", "result": {"userAgent": "agent-orchestrator/0.169.0 (x)"}}
    thread = {"id": "thread", "result": {"thread": {"id": THREAD}, "model": "gpt-x", "cwd": "/tree"}}
    talking.replayed(dialogue, [json.dumps(line) for line in (agent, thread, *lines)])
    return dialogue


def take(dialogue: CodexDialogue, method: str, id: object = None, **params: Any) -> list[Step]:
    """It prints a message about its conversation."""
    message = {"method": method, "params": {"threadId": THREAD, "turnId": "t1", **params}}
    return [*dialogue.take(json.dumps(message if id is None else {"id": id, **message}))]


def sent(steps: Any) -> list[Any]:
    return [json.loads(step.data) for step in steps if isinstance(step, Send)]


def test_ready_says_the_version_and_the_model():
    dialogue = CodexDialogue({})
    ready = facts_of(talking.replayed(dialogue, lines_of("success")))[0]

    assert ready.text == "codex 0.169.0, mock-model"


def test_a_new_conversation_can_be_gone_on_with_once_it_was_told_something():
    facts = facts_of(talking.replayed(dialogue_of("success"), lines_of("success")))
    thread = thread_of("success")

    assert [fact.conversation for fact in facts if fact.kind in (a.READY, a.ACCEPTED)] == ["", thread]


def test_a_resumed_conversation_is_known_at_once():
    ready, *_ = facts_of(talking.replayed(dialogue_of("resumed"), lines_of("resumed")))

    assert ready.conversation == thread_of("resumed")


def test_usage_is_that_of_the_whole_conversation_and_the_share_of_its_window():
    facts = facts_of(talking.replayed(dialogue_of("success"), lines_of("success")))
    usage = Usage(1000, 50, 0, context=1050 / 258400, model="mock-model", so_far=True)

    assert [fact.usage for fact in facts if fact.kind == a.USED] == [usage]


@pytest.mark.parametrize(
    ("name", "code", "told"),
    [
        ("success", 0, ("Looked at it.", "")),
        ("error-429", 0, ("exceeded retry limit, last status: 429 Too Many Requests", "rate-limited")),
        ("goes-on-after-an-error", 0, ("Better.", "")),
        ("unreachable", None, ("Connection failed: error sending request", "unreachable")),
        ("interrupted-in-a-tool", 0, ("", "")),
    ],
)
def test_what_a_turn_came_to(name: str, code: int | None, told: tuple[str, str]):
    dialogue = dialogue_of(name)
    talking.replayed(dialogue, lines_of(name))

    assert (dialogue.told(code).words, dialogue.told(code).error) == told


def test_a_conversation_that_was_told_nothing_is_none():
    assert started().told(0) == Told()


def test_a_program_that_does_not_start_says_why():
    dialogue = CodexDialogue({})

    talking.replayed(dialogue, ["error: unexpected argument '--x' found"])

    assert dialogue.told(2) == Told("error: unexpected argument '--x' found", error="failed")


def test_a_program_that_ends_without_a_word_is_an_error():
    assert started().told(101).words == "ended with 101"


def test_usage_is_told_when_its_numbers_change():
    dialogue = started()
    numbers = {"total": {"inputTokens": 5}, "last": {"totalTokens": 5}, "modelContextWindow": 10}

    assert len(take(dialogue, "thread/tokenUsage/updated", tokenUsage=numbers)) == 1
    assert take(dialogue, "thread/tokenUsage/updated", tokenUsage=numbers) == []


def test_what_it_does_is_told_when_that_changes():
    dialogue = started()
    take(dialogue, "turn/started", turn={"id": "t1"})

    assert take(dialogue, "item/started", item={"type": "reasoning", "id": "i"}) == []
    search = take(dialogue, "item/started", item={"type": "webSearch", "id": "i", "query": "a\nb"})
    assert search == [a.Fact(a.WORKING, text="Search: a b")]


def test_what_it_waited_for_is_over_when_it_goes_on():
    error = {"message": "Reconnecting", "additionalDetails": "Connection failed"}
    dialogue = started()
    take(dialogue, "turn/started", turn={"id": "t1"})
    take(dialogue, "error", willRetry=True, error=error)
    take(dialogue, "item/started", item={"type": "reasoning", "id": "i"})

    assert dialogue.told(None).error == ""


# Errors and limits


def failed(message: str, info: object = None, at: int = 0, *before: object) -> a.Fact:
    """What a turn that ended in this error is."""
    dialogue = started(*before)
    turn = {"id": "t1", "status": "failed", "error": {"message": message, "codexErrorInfo": info}}
    line = {"method": "turn/completed", "params": {"threadId": THREAD, "turn": turn}, "emittedAtMs": at * 1000}
    return facts_of(dialogue.take(json.dumps(line)))[0]


@pytest.mark.parametrize(
    ("info", "error"),
    [
        ("usageLimitExceeded", "rate-limited"),
        ("unauthorized", "not-logged-in"),
        ("modelNotFound", "refused"),
        ("serverOverloaded", "unreachable"),
        ({"httpConnectionFailed": {"httpStatusCode": None}}, "unreachable"),
        ({"httpConnectionFailed": {"httpStatusCode": 403}}, "not-logged-in"),
        ({"responseTooManyFailedAttempts": {"httpStatusCode": 402}}, "no-credit"),
        ("other", "failed"),
        ("newInTheNextVersion", "failed"),
        ({}, "failed"),
        (None, "failed"),
    ],
)
def test_an_error_is_known_by_its_name_where_its_words_do_not_tell(info: object, error: str):
    assert failed("It did not work.", info).error == error


NOON = 1795348800  # The 22nd of November 2026, 12:00 UTC.
LIMIT = "You’ve hit your usage limit. Purchase more credits or try again at 3:00 PM."


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The program tells local time."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("utc")
def test_a_limit_that_ends_today_ends_at_that_time_after_it_was_said():
    assert failed(LIMIT, "usageLimitExceeded", NOON).until == NOON + 3 * 3600 + 60


def test_a_limit_of_which_is_not_known_when_it_was_said_has_no_end():
    assert failed(LIMIT, "usageLimitExceeded").until == 0


def windows(*used: tuple[int, int]) -> dict[str, Any]:
    named = zip(("primary", "secondary"), used, strict=True)
    limits = {name: {"usedPercent": percent, "resetsAt": end} for name, (percent, end) in named}
    return {"method": "account/rateLimits/updated", "params": {"rateLimits": limits}}


def test_a_limit_ends_when_all_windows_that_are_full_are_over():
    assert failed(LIMIT, "usageLimitExceeded", NOON, windows((100, NOON + 10), (100, NOON + 20))).until == NOON + 20


def test_a_window_that_is_not_full_is_no_limit():
    assert failed(LIMIT, "usageLimitExceeded", 0, windows((99, NOON + 10), (40, NOON + 20))).until == 0


def test_how_a_program_ends_that_was_done_is_no_error():
    dialogue = dialogue_of("success")
    talking.replayed(dialogue, lines_of("success"))

    assert dialogue.told(143).error == ""


# What it asks

ELICIT = "mcpServer/elicitation/request"
COMMAND = "item/commandExecution/requestApproval"


def asked(method: str, **params: Any) -> tuple[CodexDialogue, a.Ask]:
    dialogue = started()
    ask = facts_of(take(dialogue, method, 0, **params))[0].ask
    assert ask is not None
    return dialogue, ask


def test_a_command_is_shown_without_the_shell_that_runs_it():
    assert asked(COMMAND, command="/bin/bash -lc 'git push && ls'", cwd="/tree")[1].subjects == ("git push && ls",)


def test_a_command_in_another_folder_says_so():
    assert asked(COMMAND, command="/bin/bash -lc ls", cwd="/else where")[1].subjects == ("cd '/else where' && ls",)


def test_what_is_typed_into_a_command_is_no_command():
    ask = asked(COMMAND, command="y", kind="writeStdin")[1]

    assert (ask.text, ask.subjects) == ("y", ())


@pytest.mark.parametrize(
    ("command", "cwd", "decision"),
    [
        ("git commit -qm x && cat a", "/tree", "allow"),
        ("git push", "/tree", "ask"),
        ("cat a", "/else", "ask"),
        ("rm a", "/tree", "deny"),
    ],
)
def test_rules_decide_about_what_it_asks(command: str, cwd: str, decision: str):
    ask = asked(COMMAND, command=f"/bin/bash -lc {shlex.quote(command)}", cwd=cwd)[1]
    rules = Rules("/tree", ("git commit",), deny=(Pattern("Bash", "rm *"),))

    assert decide(ask, rules) == decision


def test_a_host_that_is_asked_for_is_fetched():
    context = {"host": "example.org", "protocol": "https"}
    ask = asked(COMMAND, command="curl", networkApprovalContext=context)[1]

    assert (ask.action, ask.subjects) == ("fetch", ("https://example.org",))


def test_decisions_about_hosts_are_offered_and_given_as_they_were():
    decisions = [
        {"applyNetworkPolicyAmendment": {"network_policy_amendment": {"host": "example.org", "action": action}}}
        for action in ("allow", "deny")
    ]
    dialogue, ask = asked(COMMAND, command="curl", availableDecisions=["accept", *decisions, "cancel"])

    assert [option.does for option in ask.options] == ["allow", "allow-always", "deny-always", "deny", "deny"]
    reply = sent(dialogue.answer("0", "applyNetworkPolicyAmendment:deny"))
    assert reply == [{"id": 0, "result": {"decision": decisions[1]}}]


def test_a_refusal_after_which_it_goes_on_is_always_offered_first():
    ask = asked(COMMAND, command="ls", availableDecisions=["cancel", "accept"])[1]

    assert ask.option(a.DENY) == a.Option("decline", "Refuse", a.DENY)


def test_a_decision_that_is_not_known_is_not_offered():
    ask = asked(COMMAND, command="ls", availableDecisions=["accept", "later", {"new": 1}, 7, "cancel"])[1]

    assert [option.id for option in ask.options] == ["accept", "decline", "cancel"]


def test_a_folder_that_a_change_wants_to_write_in_is_what_is_asked_for():
    ask = asked("item/fileChange/requestApproval", itemId="i", grantRoot="/else")[1]

    assert (ask.action, ask.subjects) == ("edit", ("/else",))


def test_control_characters_are_not_shown():
    assert asked(COMMAND, command="ls", reason="a\x1b[2K\u202eb")[1].text == "ab"


#: A tool of an MCP server that changes something, as Codex 0.169.0 asks for it.
DROP = {
    "serverName": "db",
    "mode": "form",
    "_meta": {
        "codex_approval_kind": "mcp_tool_call",
        "persist": ["session", "always"],
        "tool_name": "drop",
        "tool_params": {"t": "x"},
        "tool_params_display": [{"name": "t", "value": "x", "display_name": "t"}, {"name": "u", "value": [[]]}],
    },
    "message": 'Allow the db MCP server to run tool "drop"?',
    "requestedSchema": {"type": "object", "properties": {}},
}


def test_a_tool_of_a_server_is_asked_with_what_it_is_given():
    ask = asked(ELICIT, **DROP)[1]

    assert (ask.kind, ask.tool, ask.action) == ("permission", "mcp__db__drop", "other")
    assert ask.text == 'Allow the db MCP server to run tool "drop"?\nt: x'


@pytest.mark.parametrize(
    ("option", "result"),
    [
        ("accept", {"action": "accept", "content": {}, "_meta": None}),
        ("session", {"action": "accept", "content": {}, "_meta": {"persist": "session"}}),
        ("decline", {"action": "decline", "content": None, "_meta": None}),
    ],
)
def test_a_server_gets_the_consent_that_was_chosen(option: str, result: object):
    assert sent(asked(ELICIT, **DROP)[0].answer("0", option)) == [{"id": 0, "result": result}]


def test_a_form_can_only_be_declined():
    ask = asked(ELICIT, serverName="db", message="Who?", mode="form", requestedSchema={"required": ["name"]})[1]

    assert [option.does for option in ask.options] == [a.DENY]


@pytest.mark.parametrize("method", ["item/tool/call", "account/chatgptAuthTokens/refresh", "what/ever"])
def test_what_is_not_supported_is_an_error_to_it(method: str):
    steps = take(started(), method, "r1")

    assert [step.key for step in steps if isinstance(step, Send)] == ["answer:r1"]
    error = {"code": -32601, "message": f"{method} is not supported"}
    assert sent(steps) == [{"id": "r1", "error": error}]


def test_an_answer_is_given_once():
    dialogue, _ = asked(COMMAND, command="ls")

    assert len(sent(dialogue.answer("0", "accept"))) == 1
    assert dialogue.answer("0", "decline") == []


@pytest.mark.parametrize(("ask", "option"), [("1", "accept"), ("0", "acceptForever"), ("0", "")])
def test_what_is_not_asked_or_not_offered_is_no_answer(ask: str, option: str):
    assert asked(COMMAND, command="ls")[0].answer(ask, option, "words") == []


def test_what_was_asked_before_a_restart_can_be_answered_after_it():
    dialogue = dialogue_of("allowed")
    lines = lines_of("allowed")
    asked = next(n for n, line in enumerate(lines) if COMMAND in line)
    talking.replayed(dialogue, lines[: asked + 1])

    assert sent(dialogue.answer("0", "accept")) == [{"id": 0, "result": {"decision": "accept"}}]


# Several conversations in one program


def work_below(status: str) -> dict[str, Any]:
    params = {"threadId": "other", "status": {"type": status, "activeFlags": []}}
    return {"method": "thread/status/changed", "params": params}


def test_an_agent_below_does_not_end_the_turn():
    dialogue = started()

    assert take(dialogue, "turn/completed", threadId="other", turn={"id": "t9", "status": "completed"}) == []


def test_an_agent_below_that_works_is_left_running():
    dialogue = started(work_below("active"))

    assert facts_of(take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"}))[0].background == 1


def test_an_agent_below_that_has_ended_is_not():
    dialogue = started(work_below("active"), work_below("idle"))

    assert facts_of(take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"}))[0].background == 0


def test_an_agent_below_asks_as_well_and_its_words_stay_out_of_our_conversation():
    dialogue = started()
    take(dialogue, COMMAND, 0, threadId="other", command="ls")

    assert sent(dialogue.answer("0", "decline", "No.")) == [{"id": 0, "result": {"decision": "decline"}}]


def test_our_own_conversation_is_not_one_below():
    dialogue = CodexDialogue({}, THREAD)
    active = {**work_below("active")["params"], "threadId": THREAD}
    dialogue.take(json.dumps({"method": "thread/status/changed", "params": active}))
    dialogue.take(json.dumps({"id": "thread", "result": {"thread": {"id": THREAD}}}))

    assert facts_of(take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"}))[0].background == 0


# What it is told


def test_an_interrupt_without_a_turn_is_nothing():
    assert started().interrupt() == []


def test_an_interrupt_is_sent_once_for_a_turn():
    dialogue = started()
    take(dialogue, "turn/started", turn={"id": "t1"})

    assert [step.key for step in dialogue.interrupt()] == ["interrupt:t1"]
    assert dialogue.interrupt() == []


def test_half_a_surrogate_pair_is_replaced_in_what_is_said():
    assert sent(started().say("m1", "a\ud800b"))[0]["params"]["input"] == [{"type": "text", "text": "a\ufffdb"}]


def test_half_a_surrogate_pair_is_replaced_in_what_it_says():
    item = {"type": "agentMessage", "id": "i", "text": "a\ud800b"}
    dialogue = started()

    take(dialogue, "item/completed", item=item)

    assert dialogue.told(0).words == "a\ufffdb"


REFUSED = json.dumps({"id": "say:m1", "error": {"code": -32602, "message": "Input exceeds 9"}})


def test_a_message_that_it_refuses_is_an_error():
    dialogue = started()
    dialogue.say("m1", "x")

    assert dialogue.take(REFUSED) == [a.Fact(a.FAILED, error="refused", text="Input exceeds 9")]


def test_a_message_that_it_refuses_does_not_end_a_turn():
    dialogue = started()
    take(dialogue, "turn/started", turn={"id": "t1"})
    dialogue.say("m1", "x")

    assert dialogue.take(REFUSED) == []


def test_a_conversation_is_gone_on_with_without_its_past():
    dialogue = CodexDialogue({"sandbox": "s"}, THREAD)
    hello = json.dumps({"id": "initialize", "result": {}})

    resume = sent(talking.replayed(dialogue, [hello]))[-1]

    params = {"sandbox": "s", "threadId": THREAD, "excludeTurns": True}
    assert resume == {"id": "thread", "method": "thread/resume", "params": params}


def test_a_message_is_lost_with_the_turn_that_did_not_come_to_it():
    dialogue = started()
    take(dialogue, "turn/started", turn={"id": "t1"})
    dialogue.say("m1", "x")
    take(dialogue, "turn/completed", turn={"id": "t1", "status": "interrupted"})

    assert dialogue.interrupt() == []


def test_words_do_not_go_with_an_answer_that_ends_the_turn():
    dialogue, _ = asked(COMMAND, command="ls")

    assert sent(dialogue.answer("0", "cancel", "Enough.")) == [{"id": 0, "result": {"decision": "cancel"}}]


def test_what_is_open_at_one_time_is_bounded():
    dialogue = started()
    for number in range(1000):
        take(dialogue, "item/started", item={"type": "commandExecution", "id": str(number), "command": "x"})

    assert facts_of(take(dialogue, "turn/completed", turn={"id": "t1", "status": "completed"}))[0].background == 256


# Whatever it prints

TEXT = st.text(st.characters(), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
#: As if all were of one conversation, else nearly none would be about the one that was begun.
PRINTED = sorted(
    {
        line.replace(thread_of(name), THREAD)
        for name in NAMES
        if name != "resumed-what-is-gone"
        for line in lines_of(name)
        if len(line) < 4000
    }
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A line that it has printed, with another value at one place in it."""
    value = json.loads(draw(st.sampled_from(PRINTED)))
    at: Any = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = draw(st.sampled_from(keys))
        if isinstance(at[key], dict | list) and at[key] and draw(st.booleans()):
            at = at[key]
            continue
        at[key] = draw(JSON)
        return json.dumps(value)


@given(st.lists(st.sampled_from(PRINTED) | mutated() | TEXT | st.builds(json.dumps, JSON), max_size=40))
def test_no_lines_in_no_order_make_it_raise(lines: list[str]):
    dialogue = started()
    steps: list[Step] = []
    for line in lines:
        steps += dialogue.take(line)
        for fact in facts_of(steps[-1:]):
            if fact.ask is not None and fact.ask.options:
                steps += dialogue.answer(fact.ask.id, fact.ask.options[0].id, "words")
    steps += [*dialogue.say("m", "text"), *dialogue.interrupt()]

    for step in steps:
        if isinstance(step, Send):
            assert step.data.endswith(b"\n")
            assert isinstance(json.loads(step.data), dict)
        else:
            # No half of a surrogate pair, which could not be stored.
            assert json.dumps(asdict(step), ensure_ascii=False).encode()
    assert json.dumps(asdict(dialogue.told(1)), ensure_ascii=False).encode()


NAN = '{"id": 0, "method": "item/permissions/requestApproval", "params": {"permissions": {"network": NaN}}}'


@pytest.mark.parametrize("line", ["[" * 100_000, "{}" * 9, NAN, "1" * 5000, '"\ud800"', "\x00\xff", "null"])
def test_a_line_that_is_no_message_is_ignored(line: str):
    assert started().take(line) == []


# With the program


@pytest.fixture
def schema(program: Callable[[str, str], Path], tmp_path: Path) -> Path:
    """What the program says of its own protocol."""
    argv = [
        program("codex-0.169.0", "codex"),
        "app-server",
        "generate-json-schema",
        "--experimental",
        "--out",
        "schema",
    ]
    subprocess.run(argv, cwd=tmp_path, env={"HOME": str(tmp_path)}, check=True)
    return tmp_path / "schema"


#: Request of the program → where the form of its answer is.
RESULTS = {
    COMMAND: "CommandExecutionRequestApprovalResponse",
    "item/fileChange/requestApproval": "FileChangeRequestApprovalResponse",
    "item/permissions/requestApproval": "PermissionsRequestApprovalResponse",
    "item/tool/requestUserInput": "ToolRequestUserInputResponse",
    ELICIT: "McpServerElicitationRequestResponse",
}


@pytest.fixture
def valid(schema: Path) -> Callable[[Any, str], None]:
    """Fails where a message has not the form that the program wants."""
    validators: dict[str, Any] = {}

    def valid(message: Any, name: str) -> None:
        if name not in validators:
            validators[name] = Draft7Validator(json.loads((schema / f"{name}.json").read_text()))
        validators[name].validate(message)

    return valid


@pytest.mark.slow
@pytest.mark.parametrize("conversation", ["", THREAD], ids=["new", "resumed"])
@pytest.mark.parametrize("bypass", [False, True], ids=["sandbox", "bypass"])
def test_what_it_is_told_at_first_has_the_form_that_it_wants(
    bench: Bench, valid: Callable[[Any, str], None], conversation: str, bypass: bool
):
    agent = CodexAgent(model="gpt-x", permissions=PermissionsConfig(bypass=bypass))
    dialogue = CodexDialogue(settings(launched(bench, agent)), conversation)

    opening = sent(talking.replayed(dialogue, lines_of("resumed")))
    valid(opening.pop(1), "ClientNotification")

    assert len(opening) == 2
    for message in opening:
        valid(message, "ClientRequest")


@pytest.mark.slow
def test_what_it_is_told_later_has_the_form_that_it_wants(valid: Callable[[Any, str], None]):
    for name in NAMES:
        dialogue = dialogue_of(name)
        before: list[str] = []
        for line in lines_of(name):
            before.append(line)
            steps = dialogue.take(line)
            for message in sent(steps):
                valid(message, "ClientRequest" if "id" in message else "ClientNotification")
            for ask in [fact.ask for fact in facts_of(steps) if fact.ask]:
                for option in ask.options:
                    again = dialogue_of(name)
                    talking.replayed(again, before)
                    *words, reply = sent(again.answer(ask.id, option.id, "words"))
                    valid(reply["result"], RESULTS[json.loads(line)["method"]])
                    assert len(words) == (ask.kind == a.PERMISSION and option.id != "cancel")
                    for message in words:
                        valid(message, "ClientRequest")
        for message in sent([*dialogue.say("m", "x"), *dialogue.interrupt()]):
            valid(message, "ClientRequest")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_conversation(place: Any, program: Callable[[str, str], Path], name: str):
    talk = channel.hold(place, program, name)

    channel.check(talk.facts, channel.SCENARIOS[name].facts, str(place.tree.parent))
    again = talking.replayed(CodexDialogue(talk.dialogue.settings, talk.dialogue.conversation), talk.lines)
    assert channel.rendered(facts_of(again)) == channel.rendered(talk.facts)
    told = [step for step in again if isinstance(step, Send)]
    assert told == [step for step in talk.sent if not step.key.startswith(CALLED)]


@pytest.fixture
def stage(place: Any, program: Callable[[str, str], Path]) -> Iterator[Any]:
    """Where conversations are held."""
    with ExitStack() as stack:
        yield channel.Stage(place, program("codex-0.169.0", "codex"), stack)


@pytest.mark.slow
def test_the_users_own_settings_stay_as_they_are(place: Any, stage: Any):
    first = stage.say({"text": "One."})
    settings = place.home / ".codex" / "config.toml"
    before = settings.read_text()
    first.until(a.DONE)
    first.close()

    stage.start(first.dialogue.told(0).conversation).close()

    assert settings.read_text() == before


@pytest.mark.slow
def test_with_bypass_nothing_is_asked_and_everything_is_allowed(place: Any, stage: Any):
    outside = place.main / "outside"
    talk = stage.say(channel.run(f"touch {outside}"), channel.DONE, permissions=PermissionsConfig(bypass=True))

    talk.until(a.DONE)

    assert outside.exists()
    assert all(fact.kind != a.ASKED for fact in talk.facts)


@pytest.mark.slow
def test_it_ends_with_its_input_while_it_asks(place: Any, stage: Any):
    talk = stage.say(channel.COMMAND, channel.DONE)
    talk.until(a.ASKED)

    assert talk.close() == 0
    assert not (place.tree.parent / "out").exists()


@pytest.mark.slow
def test_a_restart_in_the_middle_of_a_question_changes_nothing(place: Any, stage: Any):
    talk = stage.say(channel.COMMAND, channel.DONE)
    talk.until(a.ASKED)

    talk.dialogue = CodexDialogue(talk.dialogue.settings)
    talking.replayed(talk.dialogue, talk.lines)
    talk.answer("0", "accept")

    assert talk.until(a.DONE).text == "Done."
    assert (place.tree.parent / "out").exists()


@pytest.mark.slow
def test_a_turn_that_just_begins_can_be_interrupted(place: Any, stage: Any):
    talk = stage.say(channel.LONG, channel.DONE)

    talk.interrupt()
    talk.until(a.INTERRUPTED)

    assert talk.close() == 0
    assert not (place.tree / "started").exists()


@pytest.mark.slow
def test_a_command_that_runs_is_ended_with_the_turn(place: Any, stage: Any):
    talk = stage.say(channel.LONG, channel.DONE)
    talk.until(a.WORKING, text="Run: touch started; sleep 300")
    stage.wait_for("started")

    talk.interrupt()
    talk.until(a.INTERRUPTED)
    talk.until_printed('"type":"commandExecution"')

    assert '"status":"failed"' in talk.lines[-1]
    assert len(place.seen) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["/quit", "!touch out", "@calc.py", "#note", "x" * 65536, "a\n\n\tb \n", "\x00\x03\x04\x1b", "résumé 漢字 🎉"],
    ids=["command", "shell", "file", "note", "64 KB", "space", "control", "unicode"],
)
def test_a_message_arrives_as_it_is_and_is_no_command(place: Any, stage: Any, text: str):
    talk = stage.start()

    talk.say("m1", text)

    talk.until(a.DONE)
    assert place.seen[-1]["said"][-1] == text
    assert not (place.tree / "out").exists()


@pytest.mark.slow
def test_a_resumed_conversation_has_the_same_permissions(place: Any, stage: Any):
    first = stage.say(channel.DONE)
    first.until(a.DONE)
    first.close()
    talk = stage.start(first.dialogue.told(0).conversation)

    talk.say("m2", channel.script(*channel.record.FIX[:2], channel.COMMAND, channel.DONE))

    assert talk.until(a.ASKED).ask.subjects == ("touch ../out",)
    assert place.git("rev-list", "--count", "main..HEAD") == "1\n"


@pytest.mark.slow
def test_words_go_with_an_answer_before_the_model_is_asked_again(place: Any, stage: Any):
    talk = stage.say(channel.COMMAND, channel.DONE)
    talk.until(a.ASKED)

    talk.answer("0", "accept", "This once.")
    talk.until(a.DONE)

    assert place.seen[-1]["said"] == ["This once."]


@pytest.mark.slow
def test_it_can_be_killed_once_it_has_taken_a_message(place: Any, stage: Any):
    first = stage.say({"hang": True})
    conversation = first.until(a.ACCEPTED).conversation
    first.kill()

    talk = stage.start(conversation)
    talk.say("m2", channel.script({"text": "Went on."}))

    assert talk.until(a.DONE).text == "Went on."
    # What was said before it was killed is part of the conversation.
    assert sum("hang" in text for text in place.seen[-1]["said"]) == 1
