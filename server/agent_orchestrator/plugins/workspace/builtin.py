"""The ``worktree`` workspace behind the face that the engine sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.plugins.workspace.worktree import create
from agent_orchestrator.ports.workspace import Furnished


class WorktreeWorkspace:
    """A git worktree per session."""

    name = "worktree"

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
        """A worktree at ``path`` on the new branch ``branch`` at ``base``, with the user's untracked files."""
        made = await create(repo, path, branch, base, include=include, symlinks=symlinks)
        return made if isinstance(made, Problem) else Furnished(path, made.problems)
