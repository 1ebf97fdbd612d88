"""How agents of the Agent Client Protocol are started."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.model.config_problem import Code
from agent_orchestrator.model.config_rules import agent_problems
from agent_orchestrator.plugins.agent import acp, cursor, gemini, kimicode
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.ports.agent import Bench, Launch, Told

load = sys.modules["ao_agents"].load
MAKE = {"gemini": gemini.make, "kimicode": kimicode.make, "cursor": cursor.make}
turns = load("turns")
TASK = turns.task_of("Everything.", "Only this.")


def launched(bench: Bench, name: str, **more: Any) -> Launch:
    """What a configured agent launches."""
    config = AgentConfig(name=name, **{"channel": "structured", **more})
    return MAKE[name](config).launch(TASK, bench, Path("/task.json"))


@pytest.mark.parametrize(
    ("name", "argv"),
    [
        ("gemini", ("gemini", "--acp", "--admin-policy", "POLICY", "--approval-mode", "default")),
        ("kimicode", ("kimi", "acp")),
        ("cursor", ("cursor-agent", "acp")),
    ],
)
def test_a_turn_is_a_conversation(bench: Bench, name: str, argv: tuple[str, ...]):
    launch = launched(bench, name)

    assert launch.argv == tuple(str(bench.folder / "gemini-policy.toml") if one == "POLICY" else one for one in argv)
    assert launch.stdin == ""
    assert isinstance(launch.dialogue, AcpDialogue)
    assert launch.dialogue.cwd == str(bench.tree)
    assert not launch.dialogue.steers


@pytest.mark.parametrize("name", ["gemini", "cursor"])
def test_it_is_talked_to_unless_it_is_to_be_run_in_one_shot(bench: Bench, name: str):
    assert launched(bench, name, channel=None).dialogue is not None
    assert launched(bench, name, channel="one-shot").dialogue is None


def test_kimi_is_run_in_one_shot_unless_it_is_to_be_talked_to(bench: Bench):
    assert launched(bench, "kimicode", channel=None).dialogue is None


def test_kimi_is_run_in_one_shot_with_a_deny_for_what_it_does_not_ask(bench: Bench):
    def denied(*patterns: str) -> Launch:
        return launched(bench, "kimicode", permissions=PermissionsConfig(deny=patterns))

    assert denied("Bash(git push *)").dialogue is not None
    assert denied("Bash(git push *)", "Edit(docs/*)").dialogue is None


@pytest.mark.parametrize("name", [*MAKE])
def test_it_goes_on_with_the_conversation(bench: Bench, name: str):
    dialogue = launched(evolve(bench, conversation="c-1"), name).dialogue

    assert isinstance(dialogue, AcpDialogue)
    assert dialogue.conversation == "c-1"


@pytest.mark.parametrize("name", [*MAKE])
def test_command_arguments_and_environment_are_the_configured_ones(bench: Bench, name: str):
    launch = launched(bench, name, command="nice it", args=("--x",), env={"A": "b"})

    assert launch.argv[:2] == ("nice", "it")
    assert "--x" in launch.argv
    assert launch.env["A"] == "b"


@pytest.mark.parametrize(("name", "said"), [("gemini", False), ("cursor", False), ("kimicode", True)])
def test_the_model_is_an_argument_or_is_said_in_the_conversation(bench: Bench, name: str, said: bool):
    launch = launched(bench, name, model="m")

    assert isinstance(launch.dialogue, AcpDialogue)
    assert (launch.dialogue.model == "m", "--model" in launch.argv) == (said, not said)


def test_what_gemini_may_not_unasked_it_asks_for(bench: Bench):
    def web(launch: Launch) -> str:
        text = next(text for path, text in launch.files.items() if path.suffix == ".toml")
        rule = text.partition('toolName = ["web_fetch", "google_web_search", "activate_skill"]')[2]
        return rule.splitlines()[1]

    assert web(launched(bench, "gemini")) == 'decision = "ask_user"'
    assert web(launched(bench, "gemini", channel="one-shot")) == 'decision = "deny"'


def test_bypass_is_the_programs_own(bench: Bench):
    bypass = PermissionsConfig(bypass=True)
    kimi = launched(bench, "kimicode", permissions=bypass).dialogue

    assert isinstance(kimi, AcpDialogue)
    assert kimi.mode == "yolo"
    assert "yolo" in launched(bench, "gemini", permissions=bypass).argv


def test_any_agent_of_the_protocol_can_be_configured(bench: Bench):
    config = AgentConfig(
        name="mine", plugin="acp", command=("my-agent", "--acp"), args=("-v",), env={"A": "b"}, model="m"
    )

    launch = acp.make(config).launch(TASK, bench, Path("/task.json"))

    assert launch.argv == ("my-agent", "--acp", "-v")
    assert launch.env == {"A": "b"}
    assert isinstance(launch.dialogue, AcpDialogue)
    assert launch.dialogue.model == "m"


def test_an_agent_of_the_protocol_needs_a_command():
    def problems(**more: Any) -> list[str]:
        return [str(one.code) for one in agent_problems(AgentConfig(name="mine", plugin="acp", **more), ())]

    assert problems() == [str(Code.MISSING)]
    assert problems(command=("my-agent",)) == []


def test_why_an_agent_of_the_protocol_can_not_be_used():
    def why(**more: Any) -> str | None:
        return acp.make(AgentConfig(name="mine", **more)).unavailable({"PATH": "/nonexistent"})

    program = (sys.executable,)
    assert why() == "agent 'mine' has no command (`agents.mine.command`)"
    assert why(command=("no-such",)) == "agent 'mine': no-such was not found; install it, or correct the command"
    assert why(command=program, channel="one-shot") == "agent 'mine' has no one-shot way; remove `channel`"
    assert why(command=program, permissions=PermissionsConfig(deny=("Bash",))) == (
        "agent 'mine' can not keep `deny`: it asks for what it chooses; deny it in its own settings"
    )
    assert why(command=program) is None
    assert acp.make(None).told("anything", 1) == Told()


# Cursor, from its documentation


def test_cursor_in_one_shot_is_forced(bench: Bench):
    agent = cursor.CursorAgent(channel="one-shot", model="m")

    launch = agent.launch(turns.task_of("-v"), evolve(bench, conversation="c-1"), Path("/t"))

    words = ("--print", "--output-format", "stream-json", "--force", "--trust")
    assert launch.argv == ("cursor-agent", "--model", "m", *words, "--resume", "c-1", "Task:\n-v")


def test_why_cursor_can_not_be_used(tmp_path: Path):
    def why(environ: dict[str, str], **more: Any) -> str:
        return cursor.CursorAgent(command=(sys.executable,), **more).unavailable(environ) or ""

    nothing = {"HOME": str(tmp_path)}
    key = {**nothing, "CURSOR_API_KEY": "k"}
    assert "cursor-agent was not found" in (cursor.make(None).unavailable({"PATH": "/nonexistent"}) or "")
    assert "no key and no login" in why(nothing)
    assert why(key) == ""
    assert "can not keep `deny`" in why(key, permissions=PermissionsConfig(deny=("Bash",)))
    assert "bypass: true" in why(key, channel="one-shot")
    assert why(key, channel="one-shot", permissions=PermissionsConfig(bypass=True)) == ""


@pytest.mark.parametrize(
    ("output", "code", "told"),
    [
        (
            '{"type":"result","subtype":"success","is_error":false,"result":"Done\\n it.","session_id":"c-1"}\n',
            0,
            Told("Done it.", "c-1"),
        ),
        ("Authentication required. Run login\n", 1, Told("Authentication required. Run login", None, "not-logged-in")),
    ],
)
def test_what_cursor_says_in_one_shot(output: str, code: int, told: Told):
    assert cursor.CursorAgent().told(output, code) == told
