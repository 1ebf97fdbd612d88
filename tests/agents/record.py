"""Record what the real programs print: ``python tests/agents/record.py [-k PROGRAM]`` (they have to be installed).

Each ``record_<program>.py`` beside has ``PROGRAMS`` (folder of the installed program, its command, folder of the
recordings) and ``CASES``: name → what makes the adapter from the place and the program's path, and the model's steps in
each turn of one conversation (or what makes them from the place), of which the last is recorded. Tests replay
``recorded/<folder>/<case>.jsonl``: look at what changed before it stays.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """A module of this folder."""
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


turns = load("turns")
RECORDERS = [load(path.stem) for path in sorted(HERE.glob("record_*.py"))]


@pytest.mark.parametrize(
    ("installed", "command", "folder", "name", "agent", "steps"),
    [
        pytest.param(*program, name, *case, id=f"{program[2]}-{name}")
        for recorder in RECORDERS
        for program in recorder.PROGRAMS
        for name, case in recorder.CASES.items()
    ],
)
def test_record(
    place: Any,
    program: Callable[[str, str], Path],
    installed: str,
    command: str,
    folder: str,
    name: str,
    agent: Any,
    steps: Any,
):
    adapter = agent(place, program(installed, command))
    conversation, last = "", None
    for one in steps:
        prompt = turns.scripted(turns.PROMPT, one(place) if callable(one) else one)
        task = turns.task_of(prompt, prompt if conversation else "")
        last = turns.turn(place, adapter, task, turns.bench_of(place, conversation))
        conversation = last.told.conversation or ""
    assert last is not None
    here = str(place.tree.parent)
    text = last.output.replace(here, "/place").replace(re.sub(r"[^0-9A-Za-z]", "-", here), "-place")
    text = text.replace(str(HERE.parents[1]), "/repository")
    file = HERE / "recorded" / folder / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8123", text))


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-p", "no:cacheprovider", *sys.argv[1:]]))
