"""The ``acp`` agent: any program that speaks the Agent Client Protocol."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.program import given, not_found, program_words
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told


@frozen
class AcpAgent:
    """Talks to the configured ``command`` over its standard input and output.

    What it asks for is decided by ``permissions``; what it does unasked is its own affair, and is set up with its own
    settings. So it is not used with a ``deny``, which it may never ask for. ``model`` is set where it offers a choice
    of models. It goes on with a conversation where it can load one.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "acp"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """It has no program, or one that is missing, or it is to do what the protocol can not."""
        if not self.command:
            return f"agent {self.name!r} has no command (`agents.{self.name}.command`)"
        if self.channel == "one-shot":
            return f"agent {self.name!r} has no one-shot way; remove `channel`"
        if self.permissions.deny:
            return f"agent {self.name!r} can not keep `deny`: it asks for what it chooses; deny it in its own settings"
        words = program_words(self.command, "")
        return not_found(self.name, words, {**environ, **self.env}, "install it, or correct the command")

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn in a new session, or the next one in the session of an earlier turn."""
        dialogue = AcpDialogue(str(bench.tree), bench.conversation, self.model)
        return Launch((*program_words(self.command, ""), *self.args), self.env, dialogue=dialogue)

    def told(self, output: str, code: int | None) -> Told:
        """Nothing: all that it says it says to the dialogue."""
        return Told()


def make(config: AgentConfig | None) -> AcpAgent:
    """The agent of a configuration."""
    return AcpAgent(**given(config))
