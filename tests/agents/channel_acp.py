"""Conversations in the Agent Client Protocol: what is done in each, and the facts that have to come of it.

``pytest tests/agents/channel_acp.py [-k NAME]`` records what the programs print in them (they have to be installed).
The tests hold them with the programs, and replay ``recorded/<program>-channel/<name>.jsonl`` without them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.plugins.agent import gemini, kimicode
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.ports.channel import Step

HERE = Path(__file__).parent
load = sys.modules["ao_agents"].load
stage = load("stage_acp")
for _part in ("work", "stops", "tools", "asks", "questions", "trouble"):
    load(f"scenes_acp_{_part}")
PROGRAMS, RECORDS, SCENARIOS, check = stage.PROGRAMS, stage.RECORDS, stage.SCENARIOS, stage.check


def recorded(name: str, scenario: str) -> list[str]:
    """The lines of a recording."""
    return (HERE / "recorded" / f"{name}-channel" / f"{scenario}.jsonl").read_text().splitlines()


def listening(name: str, scenario: str = "") -> AcpDialogue:
    """The dialogue that such a conversation was held with."""
    resumed = bool(scenario) and SCENARIOS[scenario].resumed
    model = {"a-model-that-is-not-there": "mock/nothing", "a-model-that-is-chosen": "other"}.get(scenario, "")
    mode = "yolo" if (name, scenario) == ("kimicode", "anything-unasked") else ""
    traits = {"gemini": gemini._TRAITS, "kimicode": kimicode._TRAITS}[name]
    return AcpDialogue("/place/tree", "earlier" if resumed else "", model, mode, traits)


def heard(name: str, scenario: str) -> tuple[AcpDialogue, list[Step]]:
    """A recorded conversation, as a new dialogue hears it."""
    dialogue = listening(name, scenario)
    return dialogue, stage.talking.replayed(dialogue, recorded(name, scenario))


def hold(name: str, scenario: str, place: Any, program: Path) -> Any:
    """Hold one conversation, and look at what came of it."""
    with ExitStack() as stack:
        held = stage.Stage(name, place, program, stack)
        SCENARIOS[scenario].hold(held)
        check(name, held.talks[-1].facts, SCENARIOS[scenario], str(place.tree.parent))
        return held


CASES = [
    pytest.param(program, name, id=f"{program}-{name}")
    for program in PROGRAMS
    for name, one in SCENARIOS.items()
    if program in one.programs
]


@pytest.mark.parametrize(("name", "scenario"), CASES)
def test_record(name: str, scenario: str, place: Any, program: Callable[[str, str], Path]) -> None:
    """Write down what the program prints."""
    installed, command, _ = RECORDS[name].PROGRAMS[0]
    talk = hold(name, scenario, place, program(installed, command)).talks[-1]
    text = "".join(f"{one}\n" for one in talk.lines).replace(str(place.tree.parent), "/place")
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8123", text.replace(str(HERE.parents[1]), "/repository"))
    file = HERE / "recorded" / f"{name}-channel" / f"{scenario}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
