"""Conversations with opencode over HTTP: what is done in each, and the facts that have to come of it.

``python tests/agents/channel_opencode.py [-k NAME]`` records what comes over the bridge in them (the program has to be
installed). The tests hold some with the program, and replay ``recorded/opencode-channel/<name>.jsonl`` without it.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.plugins.agent.dialogue.opencode import OpencodeDialogue

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "opencode-channel"


def load(name: str) -> ModuleType:
    """A module of this folder."""
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


stage = load("stage_opencode")
for _part in ("work", "stops", "asks", "questions", "trouble"):
    load(f"scenes_opencode_{_part}")
SCENARIOS, check, talking, record = stage.SCENARIOS, stage.check, stage.talking, stage.record


def recorded(scenario: str) -> list[str]:
    """The lines of a recording."""
    return (RECORDED / f"{scenario}.jsonl").read_text().splitlines()


def listening(scenario: str) -> OpencodeDialogue:
    """The dialogue that such a conversation was held with."""
    one = SCENARIOS[scenario]
    return OpencodeDialogue("/place/tree", "earlier" if one.resumed else "", title="Fix add", tries=one.tries)


def hold(scenario: str, place: Any, program: Path) -> Any:
    """Hold one conversation, and look at what came of it."""
    with ExitStack() as stack:
        held = stage.Stage(place, program, stack)
        SCENARIOS[scenario].hold(held)
        check(held.talks[-1].facts, SCENARIOS[scenario], str(place.tree.parent))
        return held


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_record(scenario: str, place: Any, program: Callable[[str, str], Path]) -> None:
    """Write down what comes over the bridge."""
    installed, command, _ = record.PROGRAMS[0]
    talk = hold(scenario, place, program(installed, command)).talks[-1]
    text = "".join(f"{one}\n" for one in talk.lines).replace(str(place.tree.parent), "/place")
    text = re.sub(r"127\.0\.0\.1:(?!9/)\d+", "127.0.0.1:8123", text.replace(str(HERE.parents[1]), "/repository"))
    RECORDED.mkdir(parents=True, exist_ok=True)
    (RECORDED / f"{scenario}.jsonl").write_text(text)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-p", "no:cacheprovider", *sys.argv[1:]]))
