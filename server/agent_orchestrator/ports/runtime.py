"""The ``runtime`` slot: where an agent's process lives. The run directory is the truth about its start and end."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from agent_orchestrator.proc.values import End, RunSpec, State


class Runtime(Protocol):
    """One kind of runtime."""

    @property
    def name(self) -> str:
        """The name that the configuration uses."""

    def available(self) -> str | None:
        """Why it can not be used here, in a sentence; None when it can."""

    async def start(self, run_dir: Path, spec: RunSpec, name: str) -> State:
        """Start (or adopt) the run under a name that is unique to the session and turn."""

    async def stop(self, run_dir: Path, name: str, grace: float = 5.0) -> End:
        """End the run and everything it started; ``grace`` is in seconds."""

    async def rest(self) -> None:
        """End what is kept for runs, when there is none left; the daemon is about to end."""

    def attach_argv(self, run_dir: Path, name: str) -> tuple[str, ...]:
        """The command that attaches a terminal to the run."""
