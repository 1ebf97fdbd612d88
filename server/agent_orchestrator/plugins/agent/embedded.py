"""The ``autofix`` agent: the embedded repair program under the project's own interpreter. Needs no model, no key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from agent_orchestrator.ports.agent import Bench, Launch, Task, Told

PROGRAM = Path(__file__).with_name("autofix")


@frozen
class AutofixAgent:
    """Repairs simple Python bugs by search, and lint violations with the tool's own fixer."""

    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "autofix"
    free_text: bool = False

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """It is always there."""
        return None

    def told(self, output: str, code: int | None) -> Told:
        """Its sentence for people: the line before the figures."""
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        return Told(next((line for line in reversed(lines) if not line.startswith("AUTOFIX ")), ""))

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """The program under the project's interpreter, which knows the project's packages."""
        # Isolated mode would drop PYTHONPATH, which leads to the worktree's own sources.
        env = {"PYTHONDONTWRITEBYTECODE": "1", **self.env}
        return Launch((bench.python or "python3", str(PROGRAM)), env, task.prompt)
