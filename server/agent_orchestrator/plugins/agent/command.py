"""The ``command`` agent: any executable, run once per turn with the prompt on its standard input."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from agent_orchestrator.ports.agent import Bench, Launch, Task, Told


@frozen
class CommandAgent:
    """Runs ``command`` (a shell text or words) with ``args`` added, in the session's worktree.

    Exit 0 means that the turn is done, 3 that it can not do this task, anything else that it failed.
    """

    command: str | tuple[str, ...]
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "command"
    free_text: bool = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Why its program can not be run: it is not on PATH."""
        words = shlex.split(self.command) if isinstance(self.command, str) else list(self.command)
        if not words:
            return f"agent {self.name!r} has no command (`agents.{self.name}.command`)"
        program = str(Path(words[0]).expanduser())
        if isinstance(self.command, str) or shutil.which(program, path=environ.get("PATH")):
            return None
        return f"agent {self.name!r}: {program} was not found"

    def told(self, output: str, code: int | None) -> Told:
        """The last line that it printed."""
        return Told(next((line.strip() for line in reversed(output.splitlines()) if line.strip()), ""))

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """The configured command; a text is run by the shell with the arguments after it."""
        if isinstance(self.command, str):
            argv: tuple[str, ...] = ("sh", "-c", f'{self.command} "$@"' if self.args else self.command, "sh")
        else:
            argv = (str(Path(self.command[0]).expanduser()), *self.command[1:])
        return Launch((*argv, *self.args), self.env, task.prompt)
