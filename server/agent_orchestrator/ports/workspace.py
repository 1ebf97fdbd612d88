"""The ``workspace`` slot: how a session gets files of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository


@frozen
class Furnished:
    """A workspace that is ready. ``problems`` are sentences on files that could not be copied or linked."""

    path: Path
    problems: tuple[str, ...] = ()


class Workspace(Protocol):
    """One way to give a session its own files."""

    name: str

    async def create(
        self,
        repo: Repository,
        path: Path,
        branch: str,
        base: str,
        *,
        include: Sequence[str] = (),
        symlinks: Sequence[str] = (),
    ) -> Furnished | Problem:
        """A folder at ``path`` on the new branch ``branch`` at ``base``, with the user's files; idempotent."""
