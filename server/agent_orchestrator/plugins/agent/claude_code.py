"""The ``claude-code`` agent: Claude Code, run once per turn (``claude -p``)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.program import any_set, home, not_found, program_words
from agent_orchestrator.plugins.agent.runners import check_commands
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import (
    FAILED,
    NO_CREDIT,
    NOT_LOGGED_IN,
    RATE_LIMITED,
    REFUSED,
    UNREACHABLE,
    Bench,
    Launch,
    Task,
    Told,
    Usage,
)

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
#: The program's names of errors (`error` of a message).
_ERRORS = {
    "rate_limit": RATE_LIMITED,
    "authentication_failed": NOT_LOGGED_IN,
    "oauth_org_not_allowed": NOT_LOGGED_IN,
    "verification_required": NOT_LOGGED_IN,
    "cloud_credential_error": NOT_LOGGED_IN,
    "billing_error": NO_CREDIT,
    "server_error": UNREACHABLE,
    "overloaded": UNREACHABLE,
    "invalid_request": REFUSED,
    "max_output_tokens": REFUSED,
}


@frozen
class ClaudeCodeAgent:
    """Runs ``claude -p`` with the prompt on standard input and its events, a line of JSON each, as output.

    Permissions: mode ``acceptEdits`` (edits in the worktree, and commands that only read there), and rules for
    ``git add``, ``git commit`` and the project's checks; whatever else would be asked is denied. ``allow`` and ``deny``
    are rules in its own syntax, unchanged; deny wins, even with ``bypass``. The user's own settings and those of the
    repository count as well: what they allow is allowed. ``bypass`` is mode ``bypassPermissions``, which it refuses to
    root unless ``IS_SANDBOX=1`` is set.

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
        resumed = bench.conversation
        argv = (
            *program_words(self.command, "claude"),
            *("-p", "--output-format", "stream-json", "--verbose"),
            *("--permission-mode", "bypassPermissions" if self.permissions.bypass else "acceptEdits"),
            *("--settings", str(settings)),
            *(("--resume", resumed) if resumed else ("--session-id", self.new_id())),
            *(("--model", self.model) if self.model else ()),
            *self.args,
        )
        checks = [f"Bash({shlex.join(command)} *)" for command in check_commands(task, bench)]
        rules = {
            "allow": [*_ALLOW, *checks, *self.permissions.allow],
            "deny": [*_DENY, *self.permissions.deny],
        }
        return Launch(
            argv=argv,
            env={**_ENV, **self.env},
            stdin=_not_a_command(task.prompt),
            files={settings: json.dumps({"permissions": rules}, indent=1)},
        )

    def told(self, output: str, code: int | None) -> Told:
        """The result event; without one (killed, or cut) the last message."""
        lines = json_lines(output)
        result = _last(lines, "result")
        answer = result.get("result") if isinstance(result.get("result"), str) else ""
        errors = [text for text in result.get("errors") or () if isinstance(text, str)]
        said = answer or "; ".join(errors) or _last_text(lines) or last_line(output)
        # It gives the id that it was asked for even when there is no such conversation.
        gone = "No conversation found" in "".join(errors)
        known = [line["session_id"] for line in lines if isinstance(line.get("session_id"), str)]
        error = _error(lines, result, said, code)
        return Told(
            words=paragraph(said),
            conversation="" if gone else known[-1] if known else None,
            error=error,
            resets_at=_resets_at(lines) if error == RATE_LIMITED else 0.0,
            usage=_usage(lines, result),
        )


def make(config: AgentConfig | None) -> ClaudeCodeAgent:
    """The agent of a configuration."""
    if config is None:
        return ClaudeCodeAgent()
    return ClaudeCodeAgent(config.command, config.args, config.env, config.name, config.model or "", config.permissions)


def _not_a_command(prompt: str) -> str:
    """A prompt that the model gets: one that starts with a slash is a command to the program."""
    return f" {prompt}" if prompt.startswith("/") else prompt


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
    return any(one.get("apiKeyHelper") or set(_object(one.get("env"))) & {*_KEYS, *_CLOUDS} for one in settings)


def _read(path: Path) -> dict[str, Any]:
    try:
        return _object(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _last(lines: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((line for line in reversed(lines) if line.get("type") == kind), {})


def _messages(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The model's messages to the person, oldest first: not those of subagents."""
    return [
        _object(line.get("message"))
        for line in lines
        if line.get("type") == "assistant" and not line.get("parent_tool_use_id")
    ]


def _last_text(lines: list[dict[str, Any]]) -> str:
    for message in reversed(_messages(lines)):
        parts = [_object(part) for part in message.get("content") or ()]
        text = "\n".join(str(part["text"]) for part in parts if part.get("type") == "text" and part.get("text"))
        if text:
            return text
    return ""


def _error(lines: list[dict[str, Any]], result: dict[str, Any], said: str, code: int | None) -> str:
    if not result:
        return FAILED if code else ""
    if not result.get("is_error") and result.get("subtype") == "success":
        return ""
    named = _ERRORS.get(str(_last(lines, "assistant").get("error")))
    status = result.get("api_error_status")
    # Its message may be cut off, or name none.
    return named or kind_of(said, status if isinstance(status, int) else None)


def _resets_at(lines: list[dict[str, Any]]) -> float:
    """When the usage limit ends. Only with a login: with a key the program does not say."""
    found = _object(_last(lines, "rate_limit_event").get("rate_limit_info"))
    when = found.get("resetsAt")
    return float(when) if found.get("status") == "rejected" and isinstance(when, (int, float)) else 0.0


def _usage(lines: list[dict[str, Any]], result: dict[str, Any]) -> Usage | None:
    """The turn's usage, with that of subagents.

    In newer versions `modelUsage` and `total_cost_usd` count the whole conversation when one is resumed, and
    `model_usage_since_last_result` the turn; older ones always count the turn.
    """
    models = _object(result.get("model_usage_since_last_result", result.get("modelUsage")))
    used = [_object(one) for one in models.values()]
    messages = [one for one in _messages(lines) if one.get("model") != "<synthetic>"]
    model = str(messages[-1].get("model") or "") if messages else ""
    if not used:
        return Usage(model=model) if model else None
    cached = _sum(used, "cacheReadInputTokens")
    return Usage(
        input_tokens=_sum(used, "inputTokens") + cached + _sum(used, "cacheCreationInputTokens"),
        output_tokens=_sum(used, "outputTokens"),
        cached_tokens=cached,
        cost=sum(float(one["costUSD"]) for one in used) if all("costUSD" in one for one in used) else None,
        context=_context(messages, _object(result.get("modelUsage"))),
        steps=result.get("num_turns"),
        model=model,
    )


def _sum(used: list[dict[str, Any]], key: str) -> int:
    return sum(int(one.get(key) or 0) for one in used)


def _context(messages: list[dict[str, Any]], models: dict[str, Any]) -> float | None:
    """The share of the context window that the last call of the model filled."""
    if not messages:
        return None
    name, usage = str(messages[-1].get("model")), _object(messages[-1].get("usage"))
    # A window of another size has a name of its own: `claude-opus-4-8[1m]`.
    windows = [_object(one).get("contextWindow") for key, one in models.items() if key.split("[")[0] == name]
    parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "output_tokens")
    return sum(int(usage.get(part) or 0) for part in parts) / windows[0] if windows and windows[0] else None
