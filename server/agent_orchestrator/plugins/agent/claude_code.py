"""The ``claude-code`` agent: Claude Code, talked to while it works, or run once per turn (``claude -p``)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.claude_code import DUPLEX, ClaudeCodeDialogue
from agent_orchestrator.plugins.agent.dialogue.claude_code_outcome import Outcome
from agent_orchestrator.plugins.agent.dialogue.claude_code_terminal import ClaudeCodeTerminal, hooks
from agent_orchestrator.plugins.agent.dialogue.claude_code_values import an_object
from agent_orchestrator.plugins.agent.dialogue.claude_code_wire import user_message
from agent_orchestrator.plugins.agent.output import json_lines, last_line
from agent_orchestrator.plugins.agent.program import any_set, given, home, no_command, not_found, program_words
from agent_orchestrator.plugins.agent.runners import check_commands
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told

_ENV = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
    "DISABLE_ERROR_REPORTING": "1",
    "DISABLE_TELEMETRY": "1",
    # What would outlive the turn, or start a fleet inside of one.
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_CODE_DISABLE_CRON": "1",
    "CLAUDE_CODE_DISABLE_WORKFLOWS": "1",
    # It is the user's, outside of the worktree, and read by all of their conversations.
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
}
#: Beside edits in the working folder and commands that only read there, which its mode and its own rules allow.
_ALLOW = ("Bash(git add *)", "Bash(git commit *)")
#: It would go on in a worktree that is not the session's.
_DENY = ("EnterWorktree",)
_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN")
_CLOUDS = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
_MANAGED = (
    Path("/etc/claude-code/managed-settings.json"),
    Path("/Library/Application Support/ClaudeCode/managed-settings.json"),
)
#: Told once, and said what came of it.
_ONCE = ("-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
_ONE_SHOT, _TERMINAL = "one-shot", "terminal"
#: For its screen: what it prints can be scrolled back, and a file that a message names with `@`, anywhere on the
#: machine, is not read into it unasked. Newer versions have a switch for that alone; older ones only one for all
#: attachments.
_SCREEN = {
    "CLAUDE_CODE_DISABLE_ALTERNATE_SCREEN": "1",
    "CLAUDE_CODE_DISABLE_FILE_MENTIONS": "1",
    "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",
}
#: Bytes of a prompt that is an argument; Linux takes 128 KiB in one.
_ARGUMENT = 100_000


@frozen
class ClaudeCodeAgent:
    """Runs ``claude -p`` with messages on standard input and its events, a line of JSON each, as output.

    Permissions: mode ``acceptEdits`` (edits in the worktree, and commands that only read there), and rules for
    ``git add``, ``git commit`` and the project's checks; whatever else it would do it asks for, and with ``channel``
    ``one-shot`` goes without. ``allow`` and ``deny`` are rules in its own syntax, unchanged; deny wins, even with
    ``bypass``. The user's own settings and those of the repository count as well: what they allow is allowed.
    ``bypass`` is mode ``bypassPermissions``, which it refuses to root unless ``IS_SANDBOX=1`` is set.

    A later turn resumes the conversation. Usage and cost are the turn's.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "claude-code"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    new_id: Callable[[], str] = field(default=lambda: str(uuid4()), repr=False, eq=False)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Why it can not be used: no program, or no key and no login."""
        seen = {**environ, **self.env}
        words = program_words(self.command, "claude")
        missing = not_found(self.name, words, seen, "install it with `npm install -g @anthropic-ai/claude-code`")
        if missing or _has_login(seen):
            return missing
        how = f"run `{words[0]}` and there `/login`, or set ANTHROPIC_API_KEY"
        return f"agent {self.name!r}: {words[0]} is not logged in; {how}"

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """One turn: a new conversation with the whole prompt, or the known one with what is new."""
        settings = bench.folder / "claude-settings.json"
        checks = [f"Bash({shlex.join(command)} *)" for command in check_commands(task, bench)]
        rules = {
            "allow": [*_ALLOW, *checks, *self.permissions.allow],
            "deny": [*_DENY, *self.permissions.deny],
        }
        if self.channel == _TERMINAL:
            spool = bench.folder / f"hooks-{task.attempt}.jsonl"
            given = {"permissions": rules, "hooks": hooks(spool)}
            prompt = no_command(task.prompt)
            fits = len(prompt.encode()) <= _ARGUMENT
            return Launch(
                argv=(*self._argv((), settings, bench), *((prompt,) if fits else ())),
                env={**_ENV, **_SCREEN, **self.env},
                files={settings: json.dumps(given, indent=1)},
                dialogue=ClaudeCodeTerminal(prompt if fits else ""),
                spool=spool,
            )
        once = self.channel == _ONE_SHOT
        return Launch(
            argv=self._argv(_ONCE if once else DUPLEX, settings, bench),
            env={**_ENV, **self.env},
            stdin=user_message(task.prompt) if once else "",
            files={settings: json.dumps({"permissions": rules}, indent=1)},
            dialogue=None if once else ClaudeCodeDialogue(bench.conversation, self.model),
        )

    def _argv(self, how: tuple[str, ...], settings: Path, bench: Bench) -> tuple[str, ...]:
        resumed = bench.conversation
        return (
            *program_words(self.command, "claude"),
            *how,
            *("--permission-mode", "bypassPermissions" if self.permissions.bypass else "acceptEdits"),
            *("--settings", str(settings)),
            *(("--resume", resumed) if resumed else ("--session-id", self.new_id())),
            *(("--model", self.model) if self.model else ()),
            *self.args,
        )

    def told(self, output: str, code: int | None) -> Told:
        """The result event; without one (killed, or cut) the last message."""
        outcome = Outcome()
        for event in json_lines(output):
            outcome.take(event)
        return outcome.told(code, last_line(output))


def make(config: AgentConfig | None) -> ClaudeCodeAgent:
    """The agent of a configuration."""
    return ClaudeCodeAgent(**given(config))


def _has_login(environ: Mapping[str, str]) -> bool:
    """Is there a key in the environment, or a trace of a login or key in the program's own files?"""
    if any_set(environ, *_KEYS, *_CLOUDS):
        return True
    own = environ.get("CLAUDE_CONFIG_DIR")
    folder = Path(own) if own else home(environ) / ".claude"
    if (folder / ".credentials.json").exists():
        return True
    state = _read((folder if own else home(environ)) / ".claude.json")
    if state.get("oauthAccount") or state.get("primaryApiKey"):
        return True
    settings = [_read(path) for path in (folder / "settings.json", *_MANAGED)]
    return any(one.get("apiKeyHelper") or set(an_object(one.get("env"))) & {*_KEYS, *_CLOUDS} for one in settings)


def _read(path: Path) -> dict[str, Any]:
    try:
        return an_object(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
