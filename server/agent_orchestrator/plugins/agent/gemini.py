"""The ``gemini`` agent: the Gemini CLI, by the Agent Client Protocol or without a terminal once per turn."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.acp import AcpDialogue
from agent_orchestrator.plugins.agent.dialogue.acp_traits import Traits
from agent_orchestrator.plugins.agent.output import json_lines, last_line, paragraph
from agent_orchestrator.plugins.agent.permit import GIT_OUTPUT, Pattern, default_commands, patterns
from agent_orchestrator.plugins.agent.program import any_set, given, home, no_command, not_found, program_words
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Bench, Launch, Task, Told, Usage

#: Tools of a pattern → the program's own; any other name is taken as it is.
_TOOLS = {
    "Bash": ("run_shell_command",),
    "Edit": ("replace", "write_file"),
    "Write": ("replace", "write_file"),
    "Read": ("read_file", "read_many_files"),
    "Grep": ("grep_search",),
    "Glob": ("glob",),
    "LS": ("list_directory",),
    "WebFetch": ("web_fetch",),
    "WebSearch": ("google_web_search",),
}
#: What it would ask before it writes down its plan, or looks at what it has started.
_OWN_NOTES = ("write_todos", "list_background_processes", "read_background_output")
#: Of rules for one call the one with the higher number counts.
_BASE, _OWN, _OWN_BUT, _ALLOW, _DENY = 1, 100, 200, 500, 999

#: Where it keeps what it knows of a login, below its folder in the home.
_LOGINS = ("oauth_creds.json", "gemini-credentials.json", "google_accounts.json", ".env")
_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA", "CLOUD_SHELL")

#: The conversation of a worktree whose id was not in what is left of the output.
LATEST = "latest"
#: What it says of a session that is no more.
_GONE = "Error resuming session"

#: It writes down a session that it loads as a new one before it reads it, over the old one where both began in the same
#: minute; the names of their files have only that and the id's beginning. The blank makes another name.
_TRAITS = Traits(
    silence="It ended its turn without a word: the answer of its model was empty or broken.",
    trails=True,
    loads=" ",
    titled=True,
)


@frozen
class GeminiAgent:
    """Talks to ``gemini --acp``; ``one-shot``: runs ``gemini -o stream-json`` with the prompt on standard input.

    It goes on with its session later, either way. Where it is talked to, commands that are not allowed, the web and
    skills are asked for, and subagents are refused: what they would ask reaches nobody.

    Its rules are those of a policy file of the session that stands over the user's own policies. Where an
    administrator's policies are installed the program reads no other file, and only those count. It edits no file
    outside of the worktree, whatever is allowed. A rule is about the commands of a line one by one. In one shot what
    needs a person's consent is refused, and so is a command with a redirection; ``@path`` in a prompt is the content of
    a file.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "gemini"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Its program is missing, or no key and no login is to be seen."""
        own = {**environ, **self.env}
        install = "install it with `npm install -g @google/gemini-cli`"
        missing = not_found(self.name, program_words(self.command, "gemini"), own, install)
        folder = Path(own.get("GEMINI_CLI_HOME") or home(own)) / ".gemini"
        if missing or any_set(own, *_KEYS) or any((folder / file).is_file() for file in _LOGINS):
            return missing
        return f"agent {self.name!r} has no key and no login; set GEMINI_API_KEY, or run `gemini` once and log in"

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn in a new session, or the next one in the session of an earlier turn."""
        policy, defaults = bench.folder / "gemini-policy.toml", bench.folder / "gemini-defaults.json"
        one_shot = self.channel == "one-shot"
        argv = [*program_words(self.command, "gemini"), *(("-o", "stream-json") if one_shot else ("--acp",))]
        argv += ["--admin-policy", str(policy), "--approval-mode", "yolo" if self.permissions.bypass else "default"]
        argv += ["--model", self.model] if self.model else []
        argv += ["--resume", bench.conversation] if one_shot and bench.conversation else []
        # Settings of the lowest rank: what the user has chosen counts.
        quiet = {
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False},
        }
        env = {"GEMINI_CLI_TRUST_WORKSPACE": "true", "GEMINI_CLI_SYSTEM_DEFAULTS_PATH": str(defaults)}
        rules = _policy(self.permissions, default_commands(task, bench), "deny" if one_shot else "ask_user")
        files = {policy: rules, defaults: json.dumps(quiet)}
        if one_shot:
            return Launch((*argv, *self.args), {**env, **self.env}, no_command(task.prompt), files)
        dialogue = AcpDialogue(str(bench.tree), bench.conversation, traits=_TRAITS)
        return Launch((*argv, *self.args), {**env, **self.env}, files=files, dialogue=dialogue)

    def told(self, output: str, code: int | None) -> Told:
        """Its last message, its session, its own statistics, and the error that ended it."""
        events = json_lines(output)
        result: dict[str, Any] = next((event for event in reversed(events) if event.get("type") == "result"), {})
        session = next((event["session_id"] for event in reversed(events) if event.get("session_id")), "")
        error = str((result.get("error") or {}).get("message", ""))
        if code and not error:
            error = _last_error(output)
        status = re.search(r'"code":\s*(\d{3})\b', error)
        return Told(
            words=paragraph(_message(error) if error else _said(events)),
            # It keeps a session only from the first answer on.
            conversation=(session or LATEST) if _answered(events) else "" if _GONE in output else None,
            error=kind_of(error, int(status[1]) if status else None) if error or code else "",
            usage=_usage(result.get("stats") or {}),
        )


def make(config: AgentConfig | None) -> GeminiAgent:
    """The agent of a configuration."""
    return GeminiAgent(**given(config))


def _policy(permissions: PermissionsConfig, commands: Iterable[str], otherwise: str) -> str:
    """Its rules, in its policy language. ``otherwise``: what is done with the web and skills."""
    rules: list[str] = []
    if not permissions.bypass:
        # Without this it hides the shell from the model, whatever single commands are allowed.
        rules.append(_rule(("run_shell_command",), "", "ask_user", _BASE))
        rules.append(_rule(_TOOLS["Edit"], "", "allow", _BASE))
        rules.append(_rule(("web_fetch", "google_web_search", "activate_skill"), "", otherwise, _BASE))
        rules.append(_rule(_OWN_NOTES, "", "allow", _BASE))
        rules.append(_rule(("invoke_agent",), "", "deny", _BASE))
        rules += [_decide(Pattern("Bash", f"{command} *"), "allow", _OWN) for command in commands]
        rules.append(_decide(Pattern("Bash", GIT_OUTPUT), "deny", _OWN_BUT))
    rules += [_decide(allowed, "allow", _ALLOW) for allowed in patterns(permissions.allow)]
    rules += [_decide(denied, "deny", _DENY) for denied in patterns(permissions.deny)]
    return "\n".join(rules)


def _decide(pattern: Pattern, decision: str, priority: int) -> str:
    tools = _TOOLS.get(pattern.tool, (pattern.tool,))
    return _rule(tools, _arguments(tools[0], pattern.what) if pattern.what else "", decision, priority)


def _arguments(tool: str, what: str) -> str:
    """The regular expression that finds ``what`` in the arguments of a call, written as JSON."""
    if tool == "run_shell_command":
        begins = what.endswith(" *")
        return '"command":"' + _glob(what[:-2] if begins else what) + (r'[\s"\\]' if begins else '"')
    key = {"web_fetch": "prompt", "google_web_search": "query"}.get(tool, "file_path")
    start = ".*" if key != "file_path" else "" if what.startswith(("/", "~")) else '[^"]*'
    return f'"{key}":"{start}{_glob(what)}'


def _glob(what: str) -> str:
    quoted = json.dumps(what, ensure_ascii=False)[1:-1]
    return ".*".join(re.sub(r"([\\^$.|?*+()\[\]{}/])", r"\\\1", piece) for piece in quoted.split("*"))


def _rule(tools: Iterable[str], arguments: str, decision: str, priority: int) -> str:
    lines = ["[[rule]]", f"toolName = {json.dumps(list(tools))}"]
    lines += [f"argsPattern = {json.dumps(arguments)}"] if arguments else []
    return "\n".join([*lines, f'decision = "{decision}"', f"priority = {priority}", ""])


def _answered(events: Iterable[Mapping[str, Any]]) -> bool:
    return any(event.get("type") == "tool_use" or event.get("role") == "assistant" for event in events)


def _said(events: Iterable[Mapping[str, Any]]) -> str:
    """The message that it ended with; it comes in pieces."""
    said = ""
    for event in events:
        if event.get("type") == "message" and event.get("role") == "assistant":
            said += str(event.get("content", ""))
        elif event.get("type") in ("tool_use", "tool_result", "message"):
            said = ""
    return said


def _message(error: str) -> str:
    """The message inside the answer of the service, where it is one."""
    found = re.search(r'"message":\s*("(?:[^"\\]|\\.)*")', error)
    return str(json.loads(found[1])) if found else re.sub(r"^\[API Error: (.*?)\]", r"\1.", error)


def _last_error(output: str) -> str:
    """The last line that says what is wrong, or the last one that is not of JSON."""
    lines = [line.strip() for line in output.splitlines() if not line.startswith(("{", " "))]
    return next((line for line in reversed(lines) if re.search(r"error|invalid|must ", line, re.I)), last_line(output))


def _usage(stats: Mapping[str, Any]) -> Usage | None:
    if "input_tokens" not in stats:
        return None
    models = {name: used.get("total_tokens", 0) for name, used in (stats.get("models") or {}).items()}
    return Usage(
        input_tokens=stats["input_tokens"],
        output_tokens=stats.get("output_tokens"),
        cached_tokens=stats.get("cached"),
        model=max(models, key=lambda name: models[name], default=""),
    )
