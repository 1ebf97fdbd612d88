"""Journals in a folder of their own, closed at the end; events in short."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.store.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal.sqlite"


@pytest.fixture
def open_journal(path: Path) -> Iterator[Callable[..., Journal]]:
    """Opens the journal at ``path``."""
    opened: list[Journal] = []

    def open_here(**options: Any) -> Journal:
        opened.append(Journal(path, **options))
        return opened[-1]

    yield open_here
    for journal in opened:
        journal.close()
