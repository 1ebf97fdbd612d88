"""The built-in plugins, by slot and name. A static table: a vendored install may have no metadata for entry points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from agent_orchestrator.model.config import AgentConfig
from agent_orchestrator.plugins.agent import acp, aider, claude_code, codex, cursor, gemini, kimicode, opencode
from agent_orchestrator.plugins.agent.command import CommandAgent
from agent_orchestrator.plugins.agent.embedded import AutofixAgent
from agent_orchestrator.plugins.runtime.process import ProcessRuntime
from agent_orchestrator.plugins.runtime.tmux import TmuxRuntime
from agent_orchestrator.plugins.scm import gitlab
from agent_orchestrator.plugins.scm.github import scm as github
from agent_orchestrator.plugins.tracker.github.tracker import make as github_issues
from agent_orchestrator.plugins.tracker.gitlab.tracker import make as gitlab_issues
from agent_orchestrator.plugins.tracker.linear.tracker import make as linear_issues
from agent_orchestrator.ports.agent import Agent
from agent_orchestrator.ports.runtime import Runtime
from agent_orchestrator.ports.scm import Scm
from agent_orchestrator.ports.tracker import Tracker


def agents() -> Mapping[str, Callable[[AgentConfig | None], Agent]]:
    """Plugin name → agent made from its configuration (None: there is none)."""
    return {
        "acp": acp.make,
        "aider": aider.make,
        "claude-code": claude_code.make,
        "codex": codex.make,
        "cursor": cursor.make,
        "gemini": gemini.make,
        "kimicode": kimicode.make,
        "opencode": opencode.make,
        "autofix": lambda config: AutofixAgent(env=config.env if config else {}),
        "command": lambda config: CommandAgent(
            command=(config.command if config else None) or (),
            args=config.args if config else (),
            env=config.env if config else {},
            name=config.name if config else "command",
        ),
    }


def runtimes(runtime_dir: Path) -> Mapping[str, Runtime]:
    """Runtime name → runtime. ``runtime_dir`` holds tmux's own socket."""
    return {"process": ProcessRuntime(), "tmux": TmuxRuntime(socket=runtime_dir / "tmux")}


def scms() -> Mapping[str, Callable[..., Scm]]:
    """Forge name → ``make(place, http, env)``: one repository there. GitHub takes an ``app``. Nothing is asked yet."""
    return {"github": github.make, "gitlab": gitlab.make}


def trackers() -> Mapping[str, Callable[..., Tracker]]:
    """Tracker name → ``make(place, http, env, **settings)``, which raises ValueError for what it can not do without.

    GitHub takes an ``app``.
    """
    return {"github": github_issues, "gitlab": gitlab_issues, "linear": linear_issues}
