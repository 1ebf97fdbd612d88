"""Which checks a repository has, found by reading its files; nothing is executed."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.plugins.check.detect_node import detect_node
from agent_orchestrator.plugins.check.detect_python import detect_python
from agent_orchestrator.ports.check import Detected

__all__ = ["Detected", "detect"]


def detect(root: Path) -> tuple[Detected, ...]:
    """The checks of the tree at ``root``, tests first, each with the sentence that says why."""
    found = [*detect_python(root), *detect_node(root)]
    return tuple(sorted(found, key=lambda check: check.format not in ("pytest", "unittest", "junit")))
