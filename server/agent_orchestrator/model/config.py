"""The configuration ``agent-orchestrator.yaml``: every key, its default and its documentation.

This model is the single source of what the file may hold: the reader, the JSON Schema, ``ao config-help`` and
``docs/configuration.md`` are derived from it. A default that depends on the world (number of cores, the remote's HEAD)
is None here and resolved by whoever knows the world; its documentation says to what.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import Factory, field, frozen

from agent_orchestrator.model.config_agents import AGENT, AgentConfig, PermissionsConfig, ProjectAgentConfig
from agent_orchestrator.model.config_checks import BRANCH, ENV, CheckConfig, LandingConfig, PatternConfig
from agent_orchestrator.model.config_forge import TRACKER, IntakeConfig, ScmConfig, TrackerConfig, WebhooksConfig
from agent_orchestrator.model.config_kinds import (
    ID_PATTERN,
    ID_SAYS,
    Command,
    Flag,
    Folder,
    Integer,
    Many,
    Name,
    Number,
    Section,
    Sections,
    Shell,
    Text,
    key,
)
from agent_orchestrator.model.config_reactions import ReactionConfig

__all__ = [
    "FILE_NAMES",
    "AgentConfig",
    "CheckConfig",
    "Command",
    "Config",
    "DefaultsConfig",
    "IntakeConfig",
    "LandingConfig",
    "LimitsConfig",
    "MinutesConfig",
    "PatternConfig",
    "PermissionsConfig",
    "PowerConfig",
    "ProjectAgentConfig",
    "ProjectConfig",
    "ReactionConfig",
    "ScmConfig",
    "TrackerConfig",
    "WebhooksConfig",
]

FILE_NAMES = ("agent-orchestrator.yaml", "agent-orchestrator.yml")
RUNTIME = Name("runtime", ("tmux", "process"), ("docker",))
WORKSPACE = Name("workspace", ("worktree",), ("clone",))
NOTIFIER = Name("notifier", (), ("desktop", "slack", "discord", "composio", "webhook", "openclaw"))


@frozen(kw_only=True)
class ProjectConfig:
    """One repository that is kept green, by its id under `projects`."""

    id: str
    name: str | None = field(default=None, metadata=key(Text(), "The name people see.", default="the project's id"))
    path: Path = field(
        default=Path(),
        metadata=key(
            Folder(),
            "The repository's folder. `~` is your home folder; a relative path starts at this file's folder.",
            required=True,
        ),
    )
    repo: str | None = field(
        default=None,
        metadata=key(
            Text(r"[^\s-]\S*", "owner/name or a URL, without spaces"),
            "The repository at its host: owner/name or a URL.",
            default="the remote `origin`",
        ),
    )
    default_branch: str | None = field(
        default=None,
        metadata=key(BRANCH, "The main branch.", default="the remote's HEAD, else the current branch"),
    )
    session_prefix: str | None = field(
        default=None,
        metadata=key(
            Text(ID_PATTERN, ID_SAYS),
            "The short form of the project in session names: `app` makes `app-fix-login` reach `my-app-fix-login`.",
            default="the project's id",
        ),
    )
    worktree_dir: str = field(
        default=".worktrees",
        metadata=key(
            Text(r"[^\x00-\x1f]+", "a folder"), "Where the sessions' worktrees are made, in the repository's folder."
        ),
    )
    include: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Text()),
            "Untracked files that are copied into each new worktree and slot (patterns as in .gitignore), in addition "
            "to those that `.worktreeinclude` names.",
        ),
    )
    symlinks: tuple[str, ...] = field(
        default=(),
        metadata=key(
            Many(Text()),
            "Files and folders that are linked into each new worktree. `.venv` and `node_modules` are refused: checks "
            "would then test the main checkout.",
        ),
    )
    post_create: Command | None = field(
        default=None, metadata=key(Shell(), "Runs in each new worktree before the agent starts.", default="none")
    )
    env: Mapping[str, str] = field(
        default=Factory(dict),
        metadata=key(ENV, "Environment variables for the project's agents, checks and set-up commands."),
    )
    agent: str | None = field(
        default=None, metadata=key(AGENT, "The agent of this project's sessions.", default="`defaults.agent`")
    )
    agents: Mapping[str, ProjectAgentConfig] = field(
        default=Factory(dict),
        metadata=key(Sections(ProjectAgentConfig, "name"), "What is different for agents in this project, by name."),
    )
    runtime: str | None = field(
        default=None, metadata=key(RUNTIME, "The runtime of this project's sessions.", default="`defaults.runtime`")
    )
    workspace: str | None = field(
        default=None,
        metadata=key(WORKSPACE, "The workspace of this project's sessions.", default="`defaults.workspace`"),
    )
    checks: Mapping[str, CheckConfig] = field(
        default=Factory(dict),
        metadata=key(
            Sections(CheckConfig),
            "What can be red, by an id of your choice.",
            default="detected from the repository's files; `ao check` says what was found and why",
        ),
    )
    landing: LandingConfig = field(
        default=LandingConfig(), metadata=key(Section(LandingConfig), "How proven fixes reach the main branch.")
    )
    scm: ScmConfig | None = field(
        default=None,
        metadata=key(
            Section(ScmConfig), "Where its pull requests and its CI are; with it they are followed.", default="none"
        ),
    )
    tracker: TrackerConfig | None = field(
        default=None, metadata=key(Section(TrackerConfig), "Where its issues are.", default="the forge")
    )
    intake: IntakeConfig | None = field(
        default=None,
        metadata=key(Section(IntakeConfig), "Which issues agents are given by themselves.", default="none"),
    )
    reactions: Mapping[str, ReactionConfig] = field(
        default=Factory(dict),
        metadata=key(
            Sections(ReactionConfig),
            "What happens by itself here, in place of the reactions to the same events.",
        ),
    )

    @property
    def prefix(self) -> str:
        """The session prefix with its default applied."""
        return self.session_prefix or self.id


@frozen(kw_only=True)
class DefaultsConfig:
    """What a project uses where it does not say otherwise."""

    runtime: str | None = field(
        default=None,
        metadata=key(RUNTIME, "Where agents run.", default="tmux where it is installed, else process"),
    )
    agent: str = field(
        default="autofix",
        metadata=key(AGENT, "The agent sessions get. A paid agent is used only where it is named here or asked for."),
    )
    workspace: str = field(default="worktree", metadata=key(WORKSPACE, "How each session gets its own files."))
    notifiers: tuple[str, ...] = field(
        default=(), metadata=key(Many(NOTIFIER), "Who tells you that you must act.", default="none", planned=True)
    )
    tracker: str | None = field(default=None, metadata=key(TRACKER, "Where issues come from.", default="the forge"))


@frozen(kw_only=True)
class MinutesConfig:
    """How long agents may take."""

    turn: float = field(default=30, metadata=key(Number(), "Minutes one turn of an agent may take."))
    session: float = field(default=120, metadata=key(Number(), "Minutes all turns of one session may take."))


@frozen(kw_only=True)
class LimitsConfig:
    """What the machine and the purse allow, over all projects."""

    agents: int | None = field(
        default=None,
        metadata=key(Integer(1), "Agents at work at one time.", default="the number of cores"),
    )
    checks: int | None = field(
        default=None,
        metadata=key(Integer(1), "Checks and gates that run at one time.", default="the number of cores"),
    )
    attempts: int = field(
        default=3, metadata=key(Integer(1), "Turns an agent gets for one task before it is left, with the reason.")
    )
    minutes: MinutesConfig = field(
        default=MinutesConfig(), metadata=key(Section(MinutesConfig), "How long agents may take.")
    )
    cost: float | None = field(
        default=None,
        metadata=key(Number(zero=True), "US dollars one session may spend, for agents that report it.", default="none"),
    )
    tokens: int | None = field(
        default=None,
        metadata=key(Integer(1), "Tokens one session may read and write, for agents that report them.", default="none"),
    )


@frozen(kw_only=True)
class PowerConfig:
    """What is done to the machine's power management."""

    prevent_idle_sleep: bool | None = field(
        default=None,
        metadata=key(Flag(), "Keep the machine awake while agents work.", default="true on macOS", planned=True),
    )


@frozen(kw_only=True)
class Config:
    """All of ``agent-orchestrator.yaml``. Projects and agents with an error in them are not in it."""

    schema: str | None = field(
        default=None,
        metadata=key(Text(), "The JSON Schema of this file, for editors.", default="none", wire="$schema"),
    )
    port: int = field(
        default=3000,
        metadata=key(Integer(0, 65535), "The dashboard's TCP port; 0 takes a free one.", machine_wide=True),
    )
    host: str = field(
        default="127.0.0.1",
        metadata=key(
            Text(r"[A-Za-z0-9.:_%-]+", "a host name or address"),
            "The address the dashboard listens on.",
            machine_wide=True,
        ),
    )
    defaults: DefaultsConfig = field(
        default=DefaultsConfig(),
        metadata=key(Section(DefaultsConfig), "What a project uses where it does not say otherwise."),
    )
    agents: Mapping[str, AgentConfig] = field(
        default=Factory(dict),
        metadata=key(Sections(AgentConfig, "name"), "Agents of your own, by name, and settings for the built-in ones."),
    )
    projects: Mapping[str, ProjectConfig] = field(
        default=Factory(dict), metadata=key(Sections(ProjectConfig), "The repositories that are kept green, by id.")
    )
    limits: LimitsConfig = field(
        default=LimitsConfig(),
        metadata=key(
            Section(LimitsConfig), "What the machine and the purse allow, over all projects.", machine_wide=True
        ),
    )
    power: PowerConfig = field(
        default=PowerConfig(), metadata=key(Section(PowerConfig), "The machine's power management.", machine_wide=True)
    )
    webhooks: WebhooksConfig = field(
        default=WebhooksConfig(),
        metadata=key(
            Section(WebhooksConfig),
            "How forges tell of changes before they are asked.",
            machine_wide=True,
            planned=True,
        ),
    )
    reactions: Mapping[str, ReactionConfig] = field(
        default=Factory(dict),
        metadata=key(
            Sections(ReactionConfig),
            "What happens by itself after an event, by the event's name (see the page about reactions).",
        ),
    )
