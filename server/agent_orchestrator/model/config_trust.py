"""What a configuration can make the machine run: the keys a person trusts before anything of them runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from agent_orchestrator.model.config import Config, ProjectConfig
from agent_orchestrator.model.config_agents import in_project
from agent_orchestrator.model.config_kinds import Command
from agent_orchestrator.model.config_problem import dotted

#: Where a command stands in the file (dotted), and the command or the value of an environment variable.
CommandKey: TypeAlias = tuple[str, Command]


def command_keys(config: Config, project: ProjectConfig) -> tuple[CommandKey, ...]:
    """Every command, and every environment variable of one, that work in ``project`` may run; in a stable order.

    All agents of the file count, as any of them may be asked for. Values are the file's own: show them to the person
    who is asked for trust, and put them into no log.
    """
    return tuple(sorted(_command_keys(config, project), key=lambda pair: pair[0]))


def trust_hash(config: Config, project: ProjectConfig, extra: bytes = b"") -> str:
    """SHA-256 (hex) over the project's command-bearing keys and ``extra`` (git's filter and merge drivers).

    Two configurations have one hash exactly when they can run the same things; order, comments and other keys do not
    count.
    """
    keys = json.dumps(command_keys(config, project), ensure_ascii=True, separators=(",", ":")).encode()
    return hashlib.sha256(len(keys).to_bytes(8, "big") + keys + extra).hexdigest()


def _command_keys(config: Config, project: ProjectConfig) -> Iterator[CommandKey]:
    here: tuple[str, ...] = ("projects", project.id)
    yield dotted((*here, "agent")), project.agent or config.defaults.agent
    yield from _present((*here, "postCreate"), project.post_create)
    yield from _present((*here, "landing", "setup"), project.landing.setup)
    yield from _environment(here, project.env)
    if project.repo and ("://" in project.repo or "@" in project.repo):
        # It names a server, as the remote does: tokens are sent there.
        yield from _present((*here, "repo"), project.repo)
    if project.scm is not None:
        # Tokens are sent there.
        yield from _present((*here, "scm", "plugin"), project.scm.plugin)
        yield from _present((*here, "scm", "url"), project.scm.url)
        yield from _present((*here, "scm", "trusted"), project.scm.trusted)
        yield from _present((*here, "scm", "bots"), project.scm.bots)
        if (app := project.scm.app) is not None:
            # What it signs with the key is sent there as well.
            yield from _present((*here, "scm", "app", "id"), app.id)
            yield from _present((*here, "scm", "app", "key"), str(app.private_key))
            yield from _present((*here, "scm", "app", "installation"), str(app.installation or ""))
    if project.tracker is not None:
        yield from _present((*here, "tracker", "url"), project.tracker.url)
    for reaction in (*config.reactions.values(), *project.reactions.values()):
        yield from _present(("reactions", reaction.id, "command"), reaction.command)
    for check in project.checks.values():
        at: tuple[str, ...] = (*here, "checks", check.id)
        yield from _present((*at, "command"), check.command)
        yield from _present((*at, "rerun"), check.rerun)
        yield from _environment(at, check.env)
    for agent in in_project(config.agents, project.agents).values():
        at = ("agents", agent.name)
        yield dotted((*at, "plugin")), agent.resolved_plugin
        yield from _present((*at, "command"), agent.command)
        yield from _present((*at, "args"), agent.args)
        yield from _environment(at, agent.env)
        yield from _present((*at, "permissions", "allow"), agent.permissions.allow)
        yield from _present((*at, "permissions", "deny"), agent.permissions.deny)
        yield from _present((*at, "permissions", "bypass"), "true" if agent.permissions.bypass else None)


def _present(path: tuple[str, ...], command: Command | None) -> Iterator[CommandKey]:
    if command:
        yield dotted(path), command


def _environment(path: tuple[str, ...], env: Mapping[str, str]) -> Iterator[CommandKey]:
    for name, value in env.items():
        yield dotted((*path, "env", name)), value
