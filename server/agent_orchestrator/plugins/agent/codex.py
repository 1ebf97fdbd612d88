"""The ``codex`` agent: OpenAI's Codex CLI, talked to while it works (``codex app-server``) or not (``codex exec``)."""

from __future__ import annotations

import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.codex import CodexDialogue
from agent_orchestrator.plugins.agent.dialogue.codex_errors import kind_of, resets_at, usage_of, words_of
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.program import given, home, not_found, program_words
from agent_orchestrator.ports.agent import RATE_LIMITED, Attach, Bench, Launch, Task, Told
from agent_orchestrator.proc.bridge import websocket

#: Instead of a conversation's id: the newest one of this worktree, which is the session's own.
NEWEST = "--last"
_SETTINGS = ("check_for_update_on_startup=false", "analytics.enabled=false")
#: Before the place of the socket and the server's own arguments.
_BRIDGE = (sys.executable, "-I", "-S", str(websocket.__file__))
#: Arguments that its server takes as well, each with a value after it.
_SERVED = frozenset({"-c", "--config", "--enable", "--disable"})
#: Tools that it can be told to go without.
_WEB = frozenset({"WebFetch", "WebSearch"})


@frozen
class CodexAgent:
    """Talks with ``codex app-server``, where a person can join; one-shot: ``codex exec --json`` reads the prompt.

    Permissions: its sandbox instead of rules. Any command may run there; it can write in the worktree, in the temporary
    folders and what a commit there writes in the repository, and has no network. A command that it wants to run outside
    of the sandbox, a change of other files and a tool of an MCP server that wants consent are asked; one-shot, nothing
    is asked, and such commands fail. Web search is off unless ``allow`` has ``WebSearch``. Patterns decide what is
    asked; what it does in the sandbox it does unasked, so that it can not refuse single commands or files: with such a
    pattern in ``deny`` it is not used. ``bypass`` turns the sandbox and the questions off. The user's own settings,
    rules and servers count as well, but for the writable folders of the settings.

    No beginning of a message is a command, but ``$name`` of a skill of the user's adds that skill to the message. A
    later turn resumes the conversation. Its numbers of tokens are those of the whole conversation so far. With
    arguments that its server does not know (others than ``-c``, ``--enable`` and ``--disable``) it is one-shot.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "codex"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    clock: Callable[[], float] = field(default=time.time, repr=False, eq=False)
    free_text: bool = True
    channel: str = ""

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
        if self._talks(bench):
            dialogue = CodexDialogue(self._session(bench), bench.conversation)
            server = (*self._program(), "app-server", *self._quiet(), *self.args)
            # Where there is no place for a socket, it is talked to all the same, and can not be joined.
            argv = server if bench.door is None else (*_BRIDGE, str(bench.door), *server)
            return Launch(argv, self.env, dialogue=dialogue)
        resumed = bench.conversation
        argv = (
            *self._program(),
            *("exec", "--json"),
            *self._permitted(bench),
            *self._quiet(),
            *(("-m", self.model) if self.model else ()),
            *self.args,
            *(("resume", resumed) if resumed else ()),
            "-",
        )
        return Launch(argv, self.env, task.prompt)

    def attach(self, bench: Bench) -> Attach | str:
        """Its own screen, as another client of the server that runs."""
        if not bench.conversation:
            # The server knows no conversation before it was told something.
            return "it has only just begun, try again in a moment"
        if bench.door is None or not bench.door.is_socket():
            return f"`{self._program()[0]}` has no socket: a version that can not have one, or it is about to end"
        join = ("--remote", f"unix://{bench.door}", "-c", _SETTINGS[0], *self.args)
        return Attach((*self._program(), *join, "resume", bench.conversation), self.env)

    def _talks(self, bench: Bench) -> bool:
        """Can it be talked to? Its server neither takes all arguments nor looks for the newest conversation."""
        known = len(self.args) % 2 == 0 and _SERVED.issuperset(self.args[::2])
        return self.channel != "one-shot" and known and bench.conversation != NEWEST

    def _program(self) -> tuple[str, ...]:
        return program_words(self.command, "codex")

    def _quiet(self) -> tuple[str, ...]:
        web = "WebSearch" in self.permissions.allow and "WebSearch" not in self.permissions.deny
        off = () if web or self.permissions.bypass else ('web_search="disabled"',)
        return tuple(part for setting in (*off, *_SETTINGS) for part in ("-c", setting))

    def _permitted(self, bench: Bench) -> tuple[str, ...]:
        if self.permissions.bypass:
            return ("--dangerously-bypass-approvals-and-sandbox",)
        folders = [part for folder in _written_by_commits(bench) for part in ("--add-dir", str(folder))]
        return "-s", "workspace-write", *folders, "-c", 'approval_policy="never"'

    def _session(self, bench: Bench) -> dict[str, Any]:
        """The settings of a conversation with its server."""
        model = {"model": self.model} if self.model else {}
        if self.permissions.bypass:
            return {**model, "approvalPolicy": "never", "sandbox": "danger-full-access"}
        folders = [str(folder) for folder in _written_by_commits(bench)]
        config = {"sandbox_workspace_write.writable_roots": folders}
        return {**model, "approvalPolicy": "on-request", "sandbox": "workspace-write", "config": config}

    def told(self, output: str, code: int | None) -> Told:
        """The last message, or the error that ended the turn."""
        lines = json_lines(output)
        failure = _failure(lines, output, code)
        error = kind_of(failure) if failure else ""
        messages = [str(item.get("text")) for item in _items(lines) if item.get("type") == "agent_message"]
        completed: dict[str, Any] = next((line for line in reversed(lines) if line.get("type") == "turn.completed"), {})
        usage = completed.get("usage")
        return Told(
            words=paragraph(failure or (messages[-1] if messages else last_line(output))),
            conversation="" if "no rollout found" in failure else _conversation(lines),
            error=error,
            resets_at=resets_at(failure, self.clock()) if error == RATE_LIMITED else 0.0,
            usage=usage_of(usage, self.model) if isinstance(usage, dict) else None,
        )


def make(config: AgentConfig | None) -> CodexAgent:
    """The agent of a configuration."""
    return CodexAgent(**given(config))


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
        return words_of(str(error.get("message"))) if isinstance(error, dict) else ""
    if code == 0:
        return ""
    # It waits for a service that it can not reach, without an end, until it is killed.
    last = lines[-1] if lines else {}
    if last.get("type") == "error":
        return words_of(str(last.get("message")))
    return (last_line(output) or f"ended with {code}") if code else ""
