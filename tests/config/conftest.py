from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agent_orchestrator.config.load import Loaded, load_text

HOME = {"HOME": "/home/someone"}


@pytest.fixture
def reads() -> Callable[[str], Loaded]:
    """Loads a text as if it were /etc/ao/agent-orchestrator.yaml of a user whose home is /home/someone."""

    def read(text: str) -> Loaded:
        return load_text(text, Path("/etc/ao/agent-orchestrator.yaml"), environ=HOME)

    return read


@pytest.fixture
def original_files() -> tuple[Path, ...]:
    return tuple(sorted((Path(__file__).parent / "original").glob("*.yaml")))


@pytest.fixture
def at() -> Callable[[str], tuple[str, int, int]]:
    """A text with ``|`` in it → the text without it, and the line and the index in it where it stood."""

    def split(marked: str) -> tuple[str, int, int]:
        before, _, after = marked.partition("|")
        return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1

    return split


@pytest.fixture
def nested() -> Callable[[str, str], str]:
    """A dotted name of the documentation and what stands at its end → block YAML, two columns a level."""

    def text(dotted: str, last: str) -> str:
        parts = dotted.replace("<id>", "one").replace("<name>", "one").split(".")[:-1]
        lines = [f"{'  ' * depth}{part}:" for depth, part in enumerate(parts)]
        return "\n".join((*lines, "  " * len(parts) + last))

    return text
