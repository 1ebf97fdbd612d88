"""The ``opencode`` agent: ``opencode serve`` or, once per turn, ``opencode run``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.config import AgentConfig, PermissionsConfig
from agent_orchestrator.plugins.agent.dialogue.lines import obj, shown
from agent_orchestrator.plugins.agent.dialogue.opencode import OpencodeDialogue
from agent_orchestrator.plugins.agent.dialogue.opencode_ends import Error, error_of, more
from agent_orchestrator.plugins.agent.dialogue.opencode_wire import EVENTS
from agent_orchestrator.plugins.agent.output import json_lines, paragraph
from agent_orchestrator.plugins.agent.permit import GIT_OUTPUT, Pattern, default_commands, patterns
from agent_orchestrator.plugins.agent.program import given, not_found, program_words
from agent_orchestrator.plugins.agent.trouble import kind_of
from agent_orchestrator.ports.agent import Attach, Bench, Launch, Task, Told, Usage
from agent_orchestrator.proc.bridge.http_argv import URL, http_bridge_argv, http_join_argv

#: Tools of a pattern → the program's own permissions; any other is the name of a permission in small letters.
_KEYS = {"Write": "edit", "MultiEdit": "edit", "LS": "list", "Agent": "task"}
#: What is refused where it is not allowed. Refused is more than unasked: the model is told, and goes on without it.
_REFUSED = ("bash", "webfetch", "websearch", "codesearch", "external_directory", "task", "doom_loop")
#: What takes no patterns: with one its configuration is not valid, and it goes to a model of its own.
_FLAT = ("webfetch", "websearch", "todowrite", "question", "doom_loop")
#: Else a refusal without words ends its turn.
_GO_ON = {"experimental": {"continue_loop_on_deny": True}}
#: Of this machine only, on a port that is free.
_SERVE = ("serve", "--port", "0", "--hostname", "127.0.0.1")
#: Characters of a title.
_TITLE = 100

#: What it says of a session that is no more.
_GONE = "Session not found"

_Rules = dict[str, dict[str, str]]


@frozen
class OpencodeAgent:
    """Talks to ``opencode serve``; ``one-shot``: runs ``opencode run --format json`` with the prompt on standard input.

    It goes on with its session later, either way. Where it is talked to, what is not allowed is asked for, also what
    its subagents want, and a pattern for the web can not be kept (allowed, it is asked for; denied, it takes the whole
    tool away). A person can join it. Its commands see the password of its server, as all of its environment: what they
    run could answer in a person's place, and what it was answered is told. One-shot, subagents are refused: what one of
    them is told is seen nowhere.

    Its rules are set for the turn over those of the user's own configuration, by permission: what that allows with a
    narrower pattern, or for one of its agents, stays allowed, and so do the tools of its MCP servers. A rule is about
    the commands of a line one by one; an allowed command may be redirected into any file. While its service fails it
    tries again: for half a minute where it is talked to, one-shot for a minute or more, without a word.
    """

    command: str | tuple[str, ...] | None = None
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(factory=dict, repr=False)
    name: str = "opencode"
    model: str = ""
    permissions: PermissionsConfig = field(factory=PermissionsConfig)
    free_text: bool = True
    channel: str = ""

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Its program is missing. It has models that need no key, so none is looked for."""
        return not_found(
            self.name,
            program_words(self.command, "opencode"),
            {**environ, **self.env},
            "install it with `npm install -g opencode-ai`",
        )

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        """A turn in a new session, or the next one in the session of an earlier turn."""
        logs = ("--print-logs", "--log-level", "ERROR")
        quiet = {"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_SHARE": "1"}
        commands = () if self.permissions.bypass else default_commands(task, bench)
        if self.channel != "one-shot":
            rules: Mapping[str, object] = _flat(_rules(self.permissions, commands, "ask"))
            env = {"OPENCODE_PERMISSION": json.dumps(rules), "OPENCODE_CONFIG_CONTENT": json.dumps(_GO_ON), **quiet}
            title = shown(task.title, _TITLE) or "Task"
            dialogue = OpencodeDialogue(os.path.realpath(bench.tree), bench.conversation, self.model, title)
            server = (*program_words(self.command, "opencode"), *_SERVE, *logs, *self.args)
            return Launch(http_bridge_argv(bench.door, EVENTS, server), {**env, **self.env}, dialogue=dialogue)
        argv = [*program_words(self.command, "opencode"), "run", "--format", "json"]
        argv += ["--model", self.model] if self.model else []
        argv += ["--auto"] if self.permissions.bypass else []
        argv += ["--session", bench.conversation] if bench.conversation else []
        # What is on standard error then says why it is silent.
        argv += logs
        env = {"OPENCODE_PERMISSION": json.dumps(_rules(self.permissions, commands, "deny")), **quiet}
        return Launch((*argv, *self.args), {**env, **self.env}, task.prompt)

    def attach(self, bench: Bench) -> Attach | str:
        """Its own screen, as another client of the server that runs."""
        if not bench.conversation:
            return "it has only just begun, try again in a moment"
        if bench.door is None or not bench.door.is_socket():
            return "its program has no socket to join it by, or is about to end"
        words = program_words(self.command, "opencode")
        screen = (*words, "attach", URL, "--session", bench.conversation, "--dir", str(bench.tree))
        return Attach(http_join_argv(bench.door, screen), self.env)

    def told(self, output: str, code: int | None) -> Told:
        """Its last text, its session, the usage of the steps that it finished, and the error that ended it."""
        events = [event for event in json_lines(output) if isinstance(event.get("sessionID"), str)]
        said = [part["text"] for part in _parts(events, "text") if isinstance(part.get("text"), str)]
        error = _error(events)
        logged = "" if error or code == 0 else _log_error(output)
        words = error.words if error else logged or (said[-1] if said else "")
        usage: Usage | None = None
        for step in _parts(events, "step_finish"):
            usage = more(usage, step)
        return Told(
            words=paragraph(words),
            conversation=events[-1]["sessionID"] if events else "" if _GONE in output else None,
            error=error.kind if error else kind_of(words) if logged or code else "",
            resets_at=error.until if error else 0.0,
            usage=usage,
        )


def make(config: AgentConfig | None) -> OpencodeAgent:
    """The agent of a configuration."""
    return OpencodeAgent(**given(config))


def _rules(permissions: PermissionsConfig, commands: Iterable[str], otherwise: str) -> _Rules:
    """Its permissions: of those that match, the last one counts. ``otherwise``: what is done with anything else."""
    rules: _Rules = {}
    if not permissions.bypass:
        # What a subagent wants is asked like anything else, where there is somebody to ask.
        task = "deny" if otherwise == "deny" else "allow"
        rules |= {"edit": {"*": "allow"}, **{key: {"*": otherwise} for key in _REFUSED}, "task": {"*": task}}
        for command in commands:
            # What ends in " *" is the command without arguments as well.
            _set(rules, "bash", f"{command} *", "allow")
        _set(rules, "bash", GIT_OUTPUT, "deny")
    for allowed in patterns(permissions.allow):
        _decide(rules, allowed, "allow")
    for denied in patterns(permissions.deny):
        _decide(rules, denied, "deny")
    return rules


def _flat(rules: _Rules) -> dict[str, object]:
    """The rules, with one decision for each tool that takes no patterns."""

    def decision(of: Mapping[str, str]) -> str:
        return "deny" if "deny" in of.values() else of.get("*", "ask")

    return {key: decision(of) if key in _FLAT else of for key, of in rules.items()}


def _decide(rules: _Rules, pattern: Pattern, decision: str) -> None:
    key = _KEYS.get(pattern.tool, pattern.tool.lower())
    _set(rules, key, pattern.what or "*", decision)
    if key in ("edit", "read") and pattern.what.startswith(("/", "~")):
        _set(rules, "external_directory", pattern.what, decision)


def _set(rules: _Rules, key: str, what: str, decision: str) -> None:
    of = rules.setdefault(key, {})
    of.pop(what, None)
    of[what] = decision


def _parts(events: Iterable[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    for event in events:
        if event.get("type") == kind and isinstance(part := event.get("part"), dict):
            yield part


def _error(events: Iterable[Mapping[str, Any]]) -> Error | None:
    """The last error that it names; None: there was none."""
    event: Mapping[str, Any] = next((event for event in reversed(list(events)) if event.get("type") == "error"), {})
    at = event.get("timestamp")
    return error_of(obj(event, "error"), at / 1000 if isinstance(at, int | float) else 0.0) if event else None


def _log_error(output: str) -> str:
    """What it says after its last event: the message of an error in its log, or a line that is not of the log."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            break
        _, found, message = line.partition('error.error="')
        if found:
            return message.rpartition('"')[0]
        if line.strip() and not line.startswith("timestamp="):
            return line.strip()
    return ""
