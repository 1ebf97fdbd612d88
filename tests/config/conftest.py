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
