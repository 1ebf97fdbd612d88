"""The configuration of agents: everywhere, and in one project."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, evolve, field, frozen

from agent_orchestrator.model.config_checks import ENV
from agent_orchestrator.model.config_kinds import (
    Choice,
    Command,
    Flag,
    Many,
    Name,
    Number,
    Scalar,
    Section,
    Shell,
    key,
)

_PROGRAMS = ("aider", "claude-code", "codex", "cursor", "gemini", "kimicode", "opencode")
AGENT_PLUGIN = Name("agent", ("acp", "autofix", "command", *_PROGRAMS))
AGENT = evolve(AGENT_PLUGIN, values=("autofix", *_PROGRAMS), own=True)

_BOTH = ("structured", "one-shot")
#: How the programs that are known can be talked to, by the plugin.
CHANNELS: Mapping[str, tuple[str, ...]] = {
    "acp": ("structured",),
    "aider": ("one-shot",),
    "claude-code": ("structured", "terminal", "one-shot"),
    "codex": _BOTH,
    "cursor": _BOTH,
    "gemini": _BOTH,
    "kimicode": _BOTH,
    "opencode": _BOTH,
}


@frozen(kw_only=True)
class PermissionsConfig:
    """What an agent may do unasked. Beside this: edit in its worktree, commit there, and run the project's checks."""

    allow: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Scalar()),
            "What it may do as well: a tool, with a pattern where it takes one (`Bash(npm run *)`, `WebFetch`).",
        ),
    )
    deny: tuple[str, ...] = field(
        default=(), metadata=key(Many(Scalar()), "What it must not do, whatever is allowed: as in `allow`.")
    )
    bypass: bool = field(
        default=False,
        metadata=key(Flag(), "It may do anything on this machine unasked. Shown on every session that runs so."),
    )
    wait: float = field(
        default=10,
        metadata=key(
            Number(zero=True),
            "Minutes that what an agent asks waits for you; then it is denied, and the agent goes on without. 0: it "
            "waits as long as the turn may take.",
        ),
    )


@frozen(kw_only=True)
class AgentConfig:
    """One agent that sessions can use, by its name under `agents`."""

    name: str
    plugin: str | None = field(
        default=None,
        metadata=key(
            AGENT_PLUGIN,
            "The plugin that runs it.",
            default="its own name when that is a plugin or no `command` is set, else `command`",
        ),
    )
    command: Command | None = field(
        default=None,
        metadata=key(
            Shell(),
            "What is run in the worktree, with the prompt on standard input and the task in `AO_TASK_FILE`; for a "
            "plugin that knows its own program: the program to use instead.",
            default="the plugin's own; required for `command` and `acp`",
        ),
    )
    args: tuple[str, ...] = field(default=(), metadata=key(Many(Scalar()), "Arguments added to the agent's command."))
    env: Mapping[str, str] = field(default=Factory(dict), metadata=key(ENV, "Environment variables for the agent."))
    model: str | None = field(
        default=None, metadata=key(Scalar(), "The model that it is to use, by its own name.", default="the agent's own")
    )
    resume: str = field(
        default="auto",
        metadata=key(
            Choice(("auto", "ask")),
            "After a usage limit: `auto` goes on when it is over, `ask` when you say `ao resume`.",
        ),
    )
    channel: str | None = field(
        default=None,
        metadata=key(
            Choice(("structured", "terminal", "one-shot")),
            "How it is talked to. `structured`: while it works, by its own protocol: it can be asked, told more and "
            "interrupted. `terminal`: the same with its own screen, which `ao attach` joins. `one-shot`: it is given "
            "its task and says what came of it.",
            default="the best that the agent has",
        ),
    )
    permissions: PermissionsConfig = field(
        default=PermissionsConfig(), metadata=key(Section(PermissionsConfig), "What it may do unasked.")
    )

    @property
    def resolved_plugin(self) -> str:
        """The plugin's name with the default of ``plugin`` applied."""
        own = self.command is None or self.name in _PROGRAMS
        return self.plugin or (self.name if own else "command")


@frozen(kw_only=True)
class ProjectPermissionsConfig:
    """What an agent may do in one project, beside what it may do everywhere."""

    allow: tuple[str, ...] = field(
        default=(),
        metadata=key(Many(Scalar()), "What it may do here as well, as in `agents`."),
    )
    deny: tuple[str, ...] = field(
        default=(), metadata=key(Many(Scalar()), "What it must not do here, whatever is allowed.")
    )
    bypass: bool | None = field(
        default=None, metadata=key(Flag(), "It may do anything unasked here, or not.", default="as everywhere")
    )
    wait: float | None = field(
        default=None,
        metadata=key(Number(zero=True), "Minutes that what it asks here waits for you.", default="as everywhere"),
    )


@frozen(kw_only=True)
class ProjectAgentConfig:
    """What is different for one agent in a project."""

    name: str
    permissions: ProjectPermissionsConfig = field(
        default=ProjectPermissionsConfig(),
        metadata=key(Section(ProjectPermissionsConfig), "What it may do unasked in this project."),
    )


def in_project(agents: Mapping[str, AgentConfig], own: Mapping[str, ProjectAgentConfig]) -> dict[str, AgentConfig]:
    """The agents as they are in a project: patterns are added, the rest of what the project says counts."""
    found = dict(agents)
    for name, here in own.items():
        agent = found.get(name, AgentConfig(name=name))
        everywhere, more = agent.permissions, here.permissions
        permissions = PermissionsConfig(
            allow=(*everywhere.allow, *more.allow),
            deny=(*everywhere.deny, *more.deny),
            bypass=everywhere.bypass if more.bypass is None else more.bypass,
            wait=everywhere.wait if more.wait is None else more.wait,
        )
        found[name] = evolve(agent, permissions=permissions)
    return found
