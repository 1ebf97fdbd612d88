"""The adapter of opencode, where it is talked to: what it starts, and how that is joined."""

from __future__ import annotations

import importlib.util
import json
import socket
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.opencode import OpencodeDialogue
from agent_orchestrator.plugins.agent.opencode import OpencodeAgent, make
from agent_orchestrator.ports.agent import Attach, Attachable, Bench, Launch

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


turns = _load("turns")
TASK = turns.task_of("Everything.")
SERVE = ("serve", "--port", "0", "--hostname", "127.0.0.1", "--print-logs", "--log-level", "ERROR")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    (tmp_path / "tree").mkdir()
    place = SimpleNamespace(main=tmp_path / "main", tree=tmp_path / "tree", home=tmp_path)
    found = turns.bench_of(place, checks=[("python", "-m", "pytest", "-q")])
    return evolve(found, door=tmp_path / "door")


def launched(bench: Bench, **more: Any) -> Launch:
    """What a configured agent launches."""
    return make(AgentConfig(name="opencode", **more)).launch(TASK, bench, Path("/task.json"))


def rules(launch: Launch) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(launch.env["OPENCODE_PERMISSION"])
    return found


def test_a_turn_is_a_server_of_this_machine_behind_a_bridge(bench: Bench):
    launch = launched(bench)

    bridge, server = launch.argv[:6], launch.argv[6:]
    assert (Path(bridge[3]).name, bridge[4]) == ("http_main.py", str(bench.door))
    assert server == ("opencode", *SERVE)
    assert (launch.stdin, launch.files) == ("", {})
    assert isinstance(launch.dialogue, OpencodeDialogue)
    assert (launch.dialogue.cwd, launch.dialogue.title) == (str(bench.tree), "Fix add")
    assert not launch.dialogue.steers


def test_it_is_talked_to_unless_it_is_to_be_run_in_one_shot(bench: Bench):
    assert launched(bench, channel="structured").dialogue is not None
    assert launched(bench, channel="one-shot").dialogue is None


def test_the_conversation_and_the_model_are_said_to_it(bench: Bench):
    dialogue = launched(evolve(bench, conversation="ses_1"), model="a/b").dialogue

    assert isinstance(dialogue, OpencodeDialogue)
    assert (dialogue.conversation, dialogue.model) == ("ses_1", "a/b")


def test_command_arguments_and_environment_are_the_configured_ones(bench: Bench):
    launch = launched(bench, command="nice it", args=("--x",), env={"A": "b"})

    assert launch.argv[6:] == ("nice", "it", *SERVE, "--x")
    assert launch.env["A"] == "b"


def test_no_secret_is_in_what_is_launched(bench: Bench):
    """The bridge makes the password, and who joins is told it at the door."""
    assert "PASSWORD" not in str((launched(bench).argv, dict(launched(bench).env)))


def test_what_it_may_not_unasked_it_asks_for(bench: Bench):
    found = rules(launched(bench))

    assert found["bash"]["*"] == "ask"
    assert found["bash"]["git commit *"] == "allow"
    assert {rule for command, rule in found["bash"].items() if "pytest" in command} == {"allow"}
    assert found["bash"]["git * --output*"] == "deny"
    assert found["edit"] == {"*": "allow"}
    assert found["external_directory"] == {"*": "ask"}


def test_subagents_may_begin_since_what_they_want_is_asked(bench: Bench):
    assert rules(launched(bench))["task"] == {"*": "allow"}
    assert rules(launched(bench, permissions=PermissionsConfig(deny=("Agent",))))["task"] == {"*": "deny"}
    assert rules(launched(bench, channel="one-shot"))["task"] == {"*": "deny"}


def test_it_has_no_patterns_where_it_takes_none(bench: Bench):
    permissions = PermissionsConfig(allow=("WebFetch(https://a/*)", "WebSearch"), deny=("Doom_Loop(x)",))
    found = rules(launched(bench, permissions=permissions))

    assert (found["webfetch"], found["websearch"], found["doom_loop"]) == ("ask", "allow", "deny")


def test_bypass_has_no_rules(bench: Bench):
    assert rules(launched(bench, permissions=PermissionsConfig(bypass=True))) == {}


def test_a_refusal_does_not_end_its_turn(bench: Bench):
    content = json.loads(launched(bench).env["OPENCODE_CONFIG_CONTENT"])

    assert content == {"experimental": {"continue_loop_on_deny": True}}


# Who joins


def test_it_is_joined_by_its_own_screen(bench: Bench):
    assert bench.door is not None
    agent = OpencodeAgent(command="/opt/opencode", env={"A": "b"})
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(bench.door))
        found = agent.attach(evolve(bench, conversation="ses_1"))

    assert isinstance(agent, Attachable)
    assert isinstance(found, Attach)
    screen = ("/opt/opencode", "attach", "{url}", "--session", "ses_1", "--dir", str(bench.tree))
    assert (Path(found.argv[3]).name, *found.argv[4:]) == ("http_join.py", str(bench.door), *screen)
    assert found.env == {"A": "b"}


def test_it_is_said_why_it_can_not_be_joined(bench: Bench):
    gone = "its program has no socket to join it by, or is about to end"

    assert OpencodeAgent().attach(bench) == "it has only just begun, try again in a moment"
    assert OpencodeAgent().attach(evolve(bench, conversation="ses_1")) == gone
    assert OpencodeAgent().attach(evolve(bench, conversation="ses_1", door=None)) == gone
