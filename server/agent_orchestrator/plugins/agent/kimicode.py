"""The ``kimicode`` agent: Kimi Code in its print mode once per turn, or by the Agent Client Protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.permit import patterns
from agent_orchestrator.plugins.agent.program import any_set, given, home, no_command, not_found, program_words
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told, Usage

#: The tools that it has without being allowed more. No shell and no subagents (they have one).
TOOLS = ("Read", "ReadMediaFile", "Glob", "Grep", "Edit", "Write", "TodoList")
_NAMES = {"WebFetch": "FetchURL", "Task": "Agent", "MultiEdit": "Edit", "LS": "Glob"}

#: Bytes of a prompt that is given as an argument; Linux has no room for one of 128 KiB.
ARGUMENT_CAP = 100_000

#: What it says of a session that is no more.
_GONE = re.compile(r'^Session "[^"]*" (not found|was created under)')
_FAILED = re.compile(r"^error: (?:failed to run prompt: )?(?P<words>.*)$", re.MULTILINE)


#: What it asks for before it does it, where it is talked to.
_ASKED = ("Bash",)
_TRAITS = Traits(
    silence="It ended its turn without a word, as it does when its service fails, or when it is told something while "
    "it deals with the end of what it ran in the background; why, it does not say.",
    spelled=True,
)


@frozen
class KimicodeAgent:
    """Runs ``kimi -p … --output-format stream-json``, and goes on with its session later.

    Without a person it runs every tool that it has unasked, and its rules for single commands and paths can not be set
    for one run. So it is started with the tools to read and edit files alone: no shell, no web, no subagents, no tools
    of MCP servers; the work is committed and checked after its turn. ``allow: [Bash]`` gives it the whole shell; a
    pattern inside a tool's parentheses can not be kept: allowed, it is left out; denied, it takes the whole tool away.
    Edits are not bound to the worktree. The tools are those of the session's first turn. The prompt is an argument,
    which other users of the machine can see. It tells its session only when a turn ends well, so one that begins with
    an error is followed by a new session; to go on with the newest one would be to have all tools if there is none.
    What it uses it does not say.

    ``structured``: talks to ``kimi acp``, where it has all of its tools and asks for every command; edits it makes
    unasked. This is not the default, since it does not tell there that its service failed or a limit is reached, only
    that its key is refused: after a limit its turns would be tried in vain. With a ``deny`` for what it does not ask
    for it is run in one shot.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "kimicode"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Its program is missing, or it has no model, which it has from a login or a configuration."""
        own = {**environ, **self.env}
        install = "install it with `npm install -g @moonshot-ai/kimi-code`; it needs Node 22.19 or newer"
        missing = not_found(self.name, program_words(self.command, "kimi"), own, install)
        folder = Path(own.get("KIMI_CODE_HOME") or home(own) / ".kimi-code")
        if missing or any_set(own, "KIMI_MODEL_NAME") or (folder / "config.toml").is_file():
            return missing
        return f"agent {self.name!r} is not logged in; run `kimi` once and use /login"

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn in a new session, or the next one in the session of an earlier turn."""
        # Its program runs for a turn: what it would begin by itself at some time nobody would hear of.
        quiet = ("KIMI_CODE_NO_AUTO_UPDATE", "KIMI_DISABLE_TELEMETRY", "KIMI_DISABLE_CRON")
        env = {**dict.fromkeys(quiet, "1"), **self.env}
        if self.channel == "structured" and all(one.tool in _ASKED for one in patterns(self.permissions.deny)):
            mode = "yolo" if self.permissions.bypass else ""
            dialogue = AcpDialogue(str(bench.tree), bench.conversation, self.model, mode, _TRAITS)
            return Launch((*program_words(self.command, "kimi"), *self.args, "acp"), env, dialogue=dialogue)
        argv = [*program_words(self.command, "kimi"), "--output-format", "stream-json"]
        argv += ["--model", self.model] if self.model else []
        files: dict[Path, str] = {}
        if bench.conversation:
            argv += ["--session", bench.conversation]
        elif not self.permissions.bypass or self.permissions.deny:
            profile = bench.folder / "kimi-agent.md"
            files[profile] = _profile(self.permissions)
            argv += ["--agent-file", str(profile)]
        prompt = no_command(task.prompt)
        if len(prompt.encode()) > ARGUMENT_CAP:
            written = bench.folder / "kimi-prompt.md"
            files[written] = prompt
            prompt = f"Read the file {written} whole and do what it says."
        return Launch((*argv, *self.args, "--prompt", prompt), env, "", files)

    def told(self, output: str, code: int | None) -> Told:
        """Its last message, its session, and the error that ended it."""
        events = json_lines(output)
        said = [event for event in events if event.get("role") == "assistant"]
        session = next((event["session_id"] for event in reversed(events) if event.get("session_id")), "")
        error, status = _error(output, events, code)
        words = error or next((str(event["content"]) for event in reversed(said) if event.get("content")), "")
        return Told(
            words=paragraph(words or (last_line(output) if code else "")),
            conversation=session or ("" if _GONE.search(error) else None),
            error=kind_of(error, status) if error or code else "",
            usage=_usage(events, len(said)),
        )


def make(config: AgentConfig | None) -> KimicodeAgent:
    """The agent of a configuration."""
    return KimicodeAgent(**given(config))


def _profile(permissions: PermissionsConfig) -> str:
    """Its own agent with another list of tools, as a file of its agent profiles."""
    denied = [_NAMES.get(pattern.tool, pattern.tool) for pattern in patterns(permissions.deny)]
    allowed = [_NAMES.get(pattern.tool, pattern.tool) for pattern in patterns(permissions.allow) if not pattern.what]
    tools = [name for name in dict.fromkeys((*TOOLS, *allowed)) if name not in denied]
    kept = f"disallowedTools: {json.dumps(denied)}" if permissions.bypass else f"tools: {json.dumps(tools)}"
    return f"---\nname: unattended\ndescription: Works without a person.\n{kept}\n---\n${{base_prompt}}\n"


def _error(output: str, events: list[dict[str, Any]], code: int | None) -> tuple[str, int | None]:
    """The words and the HTTP status of what it failed with, or was about to try again when it was ended."""
    failed = list(_FAILED.finditer(output))
    if failed and code != 0:
        found = re.match(r"(?:(?P<name>[a-z_]+\.[a-z_]+): )?(?:(?P<status>\d{3}) )?(?P<words>.*)", failed[-1]["words"])
        return (found["words"], int(found["status"]) if found["status"] else None) if found else ("", None)
    last = events[-1] if events and code != 0 else {}
    if last.get("type") != "turn.step.retrying":
        return "", None
    return re.sub(r"^\d{3} ", "", str(last.get("error_message", ""))), last.get("status_code")


def _usage(events: list[dict[str, Any]], steps: int) -> Usage | None:
    """How often the model answered, where the whole output is there: it begins with the program's version."""
    whole = bool(events) and events[0].get("type") == "system.version"
    return Usage(steps=steps) if whole and steps else None
