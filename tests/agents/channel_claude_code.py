"""Conversations with Claude Code: what is done in each, and the facts that have to come of it.

``python tests/agents/channel_claude_code.py [-k NAME]`` records what the program prints in them (it has to be
installed). The tests hold them with the program, and replay ``recorded/claude-code-channel/<version>/<name>.jsonl``
without it.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent
RECORDED = HERE / "recorded" / "claude-code-channel"
VERSIONS = ["2.1.330", "2.1.197"]


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


stage = load("stage_claude_code")
for _part in ("work", "asks", "questions", "messages", "trouble"):
    load(f"scenes_claude_code_{_part}")
SCENARIOS, check = stage.SCENARIOS, stage.check


def hold(place: Any, program: Callable[[str, str], Path], version: str, name: str) -> Any:
    """Hold a conversation with the program; what was said with the last one."""
    with ExitStack() as stack:
        held = stage.Stage(place, program(f"claude-code-{version}", "claude"), stack)
        SCENARIOS[name].hold(held)
        return held.talks[-1]


def recorded(name: str, version: str) -> list[str]:
    """The lines of a recording."""
    return (RECORDED / version / f"{name}.jsonl").read_text().split("\n")[:-1]


def _short(value: Any) -> Any:
    """An event without long lists of what the program can do, which take most of a recording."""
    if isinstance(value, dict):
        long = ("commands", "agents", "tools", "slash_commands", "terminal_slash_commands", "skills", "plugins")
        return {key: one[:1] if key in long and isinstance(one, list) else _short(one) for key, one in value.items()}
    return value


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_record(place: Any, program: Callable[[str, str], Path], version: str, name: str):
    talk = hold(place, program, version, name)
    lines = [json.dumps(_short(json.loads(line)), ensure_ascii=False) for line in talk.lines]
    here = str(place.tree.parent)
    text = "".join(f"{line}\n" for line in lines).replace(here, "/place").replace(str(HERE.parents[1]), "/repository")
    text = text.replace(re.sub(r"[^0-9A-Za-z]", "-", here), "-place").replace(sys.executable, "/python")
    file = RECORDED / version / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(re.sub(r"127\.0\.0\.1:\d{2,}", "127.0.0.1:8123", text))
    check(talk.facts, name, version, here)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-p", "no:cacheprovider", *sys.argv[1:]]))
