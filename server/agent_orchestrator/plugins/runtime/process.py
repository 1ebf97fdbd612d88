"""The `process` runtime: the agent runs in the holder's own pseudo-terminal. Needs nothing but Python."""

from __future__ import annotations

import sys
from pathlib import Path

from attrs import evolve, frozen

from agent_orchestrator.proc import attach, run
from agent_orchestrator.proc.values import End, Running, RunSpec, State


@frozen
class ProcessRuntime:
    """Starts agents under a detached holder with a pty; the run directory is the whole truth."""

    name: str = "process"

    def available(self) -> str | None:
        """Return why this runtime cannot be used here, None when it can."""
        return None

    async def start(self, run_dir: Path, spec: RunSpec, name: str) -> State:
        """Start the agent, or adopt the run that is there already. `name` is used by other runtimes."""
        return await run.launch(run_dir, spec if spec.mode == "talk" else evolve(spec, mode="pty"))

    async def stop(self, run_dir: Path, name: str, grace: float = 5.0) -> End:
        """End the agent and all it started."""
        return await run.stop(run_dir, grace)

    async def alive(self, run_dir: Path, name: str) -> bool | None:
        """Whether the agent runs; None when that cannot be known now."""
        try:
            return isinstance(run.state(run_dir), Running)
        except (OSError, ValueError):
            return None

    async def rest(self) -> None:
        """Nothing is kept: each run has a holder of its own."""

    def attach_argv(self, run_dir: Path, name: str) -> tuple[str, ...]:
        """Return the command that joins a terminal to the agent."""
        return (sys.executable, "-I", str(attach.__file__), str(run_dir))
