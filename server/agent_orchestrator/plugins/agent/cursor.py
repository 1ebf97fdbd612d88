"""The ``cursor`` agent: the Cursor CLI, built from its documentation. Not run by us."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.program import any_set, given, home, no_command, not_found, program_words
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told

#: Where it keeps its settings and its login, below the home.
_LOGINS = (".cursor/cli-config.json", ".config/cursor/auth.json")
_TRAITS = Traits(login="cursor_login")


@frozen
class CursorAgent:
    """Talks to ``cursor-agent acp``; ``one-shot``: runs ``cursor-agent -p --output-format stream-json``. Not run by us.

    All of it follows cursor.com/docs/cli (ACP, parameters, output format, authentication). What it asks for is decided
    by ``permissions``; what it does unasked is set in its own settings (``~/.cursor/cli-config.json``), which can not
    be given for one run, so it is not used with a ``deny``. In one shot it edits with ``--force`` only, which runs
    whatever those settings do not deny: that needs ``bypass: true``, and the prompt is an argument, which other users
    of the machine can see. What it uses it does not say.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "cursor"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Its program is missing, there is no key and no login, or it is to keep what it can not."""
        own = {**environ, **self.env}
        install = "install it as cursor.com/docs/cli/installation says"
        missing = not_found(self.name, program_words(self.command, "cursor-agent"), own, install)
        if missing:
            return missing
        if self.permissions.deny:
            return f"agent {self.name!r} can not keep `deny`; deny it in ~/.cursor/cli-config.json"
        if self.channel == "one-shot" and not self.permissions.bypass:
            return f"agent {self.name!r} edits in one shot only with `permissions.bypass: true`; remove `channel`"
        if any_set(own, "CURSOR_API_KEY", "CURSOR_AUTH_TOKEN") or any((home(own) / name).is_file() for name in _LOGINS):
            return None
        return f"agent {self.name!r} has no key and no login; set CURSOR_API_KEY, or run `cursor-agent login`"

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn in a new chat, or the next one in the chat of an earlier turn."""
        argv = [*program_words(self.command, "cursor-agent"), *(("--model", self.model) if self.model else ())]
        if self.channel != "one-shot":
            dialogue = AcpDialogue(str(bench.tree), bench.conversation, traits=_TRAITS)
            return Launch((*argv, *self.args, "acp"), self.env, dialogue=dialogue)
        argv += ["--print", "--output-format", "stream-json", "--force", "--trust"]
        argv += ["--resume", bench.conversation] if bench.conversation else []
        prompt = no_command(task.prompt)
        # It must not be taken for an option either.
        return Launch((*argv, *self.args, f"Task:\n{prompt}" if prompt.startswith("-") else prompt), self.env)

    def told(self, output: str, code: int | None) -> Told:
        """Its result, its chat, and the error that ended it: where there is no result it is on standard error."""
        events = json_lines(output)
        result: dict[str, Any] = next((event for event in reversed(events) if event.get("type") == "result"), {})
        chat = next((event["session_id"] for event in reversed(events) if event.get("session_id")), None)
        failed = bool(code) or bool(result.get("is_error"))
        words = str(result.get("result") or "") or (last_line(output) if failed else "")
        return Told(
            words=paragraph(words),
            conversation=chat if isinstance(chat, str) else None,
            error=kind_of(words) if failed else "",
        )


def make(config: AgentConfig | None) -> CursorAgent:
    """The agent of a configuration."""
    return CursorAgent(**given(config))
