"""The ``codex`` agent: OpenAI's Codex CLI, run once per turn (``codex exec``)."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.program import home, not_found, program_words
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

#: Instead of a conversation's id: the newest one of this worktree, which is the session's own.
NEWEST = "--last"
_SETTINGS = ("check_for_update_on_startup=false", "analytics.enabled=false")
#: Tools that it can be told to go without.
_WEB = frozenset({"WebFetch", "WebSearch"})
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RESET = re.compile(r"try again at (?:([A-Z][a-z]{2}) (\d+)\w\w, (\d{4}) )?(\d+):(\d\d) ([AP]M)")
#: What its errors say, by the first that fits: it names no kinds.
_ERRORS = (
    (RATE_LIMITED, r"usage limit|rate limit|\b429\b"),
    (NO_CREDIT, r"quota exceeded|out of credits|\b402\b"),
    (NOT_LOGGED_IN, r"\b40[13]\b|missing environment variable|log ?in|sign in|access token|refresh token"),
    (REFUSED, r"invalid_request_error|context window|content policy|\b4\d\d\b"),
    (UNREACHABLE, r"high demand|at capacity|stream disconnected|error sending request|connection|timed out|\b5\d\d\b"),
)


@frozen
class CodexAgent:
    """Runs ``codex exec --json`` with the prompt on standard input.

    Permissions: its sandbox instead of rules. Any command may run; it can write in the worktree, in the temporary
    folders and what a commit there writes in the repository, and has no network. Nothing is asked. Web search is off
    unless ``allow`` has ``WebSearch``; other patterns of ``allow`` change nothing, since all that they could name is
    either allowed or outside of the sandbox. It can not refuse single commands or files: with such a pattern in
    ``deny`` it is not used. ``bypass`` turns the sandbox off. The user's own settings, rules and servers count as well.

    A later turn resumes the conversation. Its numbers of tokens are those of the whole conversation so far.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "codex"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    clock: Callable[[], float] = field(default=time.time, repr=False, eq=False)
    free_text: bool = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Why it can not be used: no program, no login or key, or a rule that it can not keep."""
        seen = {**environ, **self.env}
        words = program_words(self.command, "codex")
        missing = not_found(self.name, words, seen, "install it with `npm install -g @openai/codex`")
        unkept = [pattern for pattern in self.permissions.deny if pattern not in _WEB]
        if missing:
            return missing
        if unkept:
            return f"agent {self.name!r}: codex can not refuse {unkept[0]!r} (`agents.{self.name}.permissions.deny`)"
        # Arguments may choose another provider or profile.
        return None if self.args else _no_login(self.name, words[0], seen)

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """One turn: a new conversation with the whole prompt, or the known one with what is new."""
        resumed = bench.conversation
        argv = (
            *program_words(self.command, "codex"),
            *("exec", "--json"),
            *self._permitted(bench),
            *(part for setting in _SETTINGS for part in ("-c", setting)),
            *(("-m", self.model) if self.model else ()),
            *self.args,
            *(("resume", resumed) if resumed else ()),
            "-",
        )
        return Launch(argv, self.env, task.prompt)

    def _permitted(self, bench: Bench) -> tuple[str, ...]:
        if self.permissions.bypass:
            return ("--dangerously-bypass-approvals-and-sandbox",)
        web = "WebSearch" in self.permissions.allow and "WebSearch" not in self.permissions.deny
        folders = [part for folder in _written_by_commits(bench) for part in ("--add-dir", str(folder))]
        return (
            *("-s", "workspace-write", *folders, "-c", 'approval_policy="never"'),
            *(() if web else ("-c", 'web_search="disabled"')),
        )

    def told(self, output: str, code: int | None) -> Told:
        """The last message, or the error that ended the turn."""
        lines = json_lines(output)
        failure = _failure(lines, output, code)
        error = _kind(failure) if failure else ""
        messages = [str(item.get("text")) for item in _items(lines) if item.get("type") == "agent_message"]
        completed: dict[str, Any] = next((line for line in reversed(lines) if line.get("type") == "turn.completed"), {})
        usage = completed.get("usage")
        return Told(
            words=paragraph(failure or (messages[-1] if messages else last_line(output))),
            conversation="" if "no rollout found" in failure else _conversation(lines),
            error=error,
            resets_at=_resets_at(failure, self.clock()) if error == RATE_LIMITED else 0.0,
            usage=_usage(usage, self.model) if isinstance(usage, dict) else None,
        )


def make(config: AgentConfig | None) -> CodexAgent:
    """The agent of a configuration."""
    if config is None:
        return CodexAgent()
    return CodexAgent(config.command, config.args, config.env, config.name, config.model or "", config.permissions)


def _no_login(name: str, program: str, environ: Mapping[str, str]) -> str | None:
    """Why it has no access to its model: no login, or no key for the provider of its own configuration."""
    folder = Path(environ.get("CODEX_HOME") or home(environ) / ".codex")
    try:
        config = tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        config = {}
    provider = config.get("model_provider", "openai")
    if provider == "openai":
        keyring = config.get("cli_auth_credentials_store", "file") != "file"
        if keyring or environ.get("CODEX_API_KEY") or (folder / "auth.json").exists():
            return None
        return f"agent {name!r}: {program} is not logged in; run `{program} login`, or set CODEX_API_KEY"
    providers = config.get("model_providers", {})
    key = providers.get(provider, {}).get("env_key") if isinstance(providers, dict) else None
    return f"agent {name!r}: {key} is not set, the key of its provider" if key and not environ.get(key) else None


def _written_by_commits(bench: Bench) -> tuple[Path, ...]:
    """The folders of the repository that a commit in the worktree writes: its sandbox keeps git folders from changes.

    Of the branches only the folder of the checked out one, as far as it exists. Configuration and hooks are not part.
    """
    try:
        own = Path((bench.tree / ".git").read_text(encoding="utf-8").removeprefix("gitdir:").strip())
        head = (own / "HEAD").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return (bench.git_dir,)
    branch = Path(head.removeprefix("ref:").strip() if head.startswith("ref:") else "refs/heads/_").parent
    common = bench.git_dir
    places = (own, common / "objects", common / branch, common / "logs" / branch)
    return tuple(dict.fromkeys(_existing(place, common) for place in places if _existing(place, common) != common))


def _existing(place: Path, above: Path) -> Path:
    """The folder, or the nearest one above it that exists: git makes and removes folders of branches as it needs."""
    while not place.is_dir() and place != above and place != place.parent:
        place = place.parent
    return place


def _items(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = [line.get("item") for line in lines if line.get("type") == "item.completed"]
    return [item for item in found if isinstance(item, dict)]


def _conversation(lines: list[dict[str, Any]]) -> str | None:
    """Its id, which only the first line says; without that line the newest conversation is the one."""
    named = [line["thread_id"] for line in lines if isinstance(line.get("thread_id"), str)]
    return named[-1] if named else NEWEST if any("type" in line for line in lines) else None


def _failure(lines: list[dict[str, Any]], output: str, code: int | None) -> str:
    """The error that ended the turn, in its words; empty when there was none."""
    ends = [line for line in lines if line.get("type") in ("turn.completed", "turn.failed")]
    if ends:
        error = ends[-1].get("error")
        return _message(str(error.get("message"))) if isinstance(error, dict) else ""
    if code == 0:
        return ""
    # It waits for a service that it can not reach, without an end, until it is killed.
    last = lines[-1] if lines else {}
    if last.get("type") == "error":
        return _message(str(last.get("message")))
    return (last_line(output) or f"ended with {code}") if code else ""


def _message(text: str) -> str:
    """What it says; a refused request is passed on as the service's own JSON."""
    try:
        value = json.loads(text)
        return str(value["error"]["message"]) + f" ({value['error'].get('type')})"
    except (ValueError, TypeError, KeyError, AttributeError):
        return text


def _kind(failure: str) -> str:
    return next((kind for kind, pattern in _ERRORS if re.search(pattern, failure, re.IGNORECASE)), FAILED)


def _resets_at(text: str, now: float) -> float:
    """When the limit ends, in seconds since 1970; 0 when that is not said.

    It tells the local time: of the day when that is today, to the minute. The end of that minute is safe.
    """
    found = _RESET.search(text)
    if found is None:
        return 0.0
    month, day, year, hour, minute, half = found.groups()
    today = time.localtime(now)
    date = (int(year), _MONTHS.index(month) + 1, int(day)) if month in _MONTHS else today[:3]
    when = time.mktime((*date, int(hour) % 12 + 12 * (half == "PM"), int(minute), 60, 0, 0, -1))
    return when if month or when > now else time.mktime((*date[:2], date[2] + 1, *time.localtime(when)[3:6], 0, 0, -1))


def _usage(used: dict[str, Any], model: str) -> Usage:
    return Usage(
        input_tokens=used.get("input_tokens"),
        output_tokens=used.get("output_tokens"),
        cached_tokens=used.get("cached_input_tokens"),
        model=model,
        so_far=True,
    )
