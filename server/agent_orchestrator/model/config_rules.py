"""What a configuration must hold beyond the kind of each value: rules between keys, and rules git or a tool sets."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from agent_orchestrator.model.config import AgentConfig, Config, ProjectConfig
from agent_orchestrator.model.config_agents import AGENT_PLUGIN, CHANNELS
from agent_orchestrator.model.config_checks import (
    CHECK_PLACEHOLDERS,
    RERUN_PLACEHOLDERS,
    CheckConfig,
    LandingConfig,
    PatternConfig,
)
from agent_orchestrator.model.config_forge import BODY_FIELDS, TrackerConfig
from agent_orchestrator.model.config_kinds import Command, keys
from agent_orchestrator.model.config_problem import Code, KeyPath, Problem, Severity, nearest, shown
from agent_orchestrator.model.reaction import template

_PLACEHOLDER = re.compile(r"(?<!\$)\{([a-z]{3,10})\}")
#: Linked into a worktree, these make a check test the main checkout, or let it change the user's environment.
_NEVER_LINKED = frozenset({".venv", "venv", "node_modules"})


def project_problems(project: ProjectConfig) -> Iterator[Problem]:
    """Problems of one project alone; paths are relative to the project."""
    yield from _commands(("postCreate",), project.post_create)
    for name in ("include", "symlinks"):
        yield from _inside((name,), getattr(project, name))
    yield from _linked(project.symlinks)
    for check in project.checks.values():
        yield from _check(("checks", check.id), check)
    yield from _landing(project.landing, tuple(project.checks))
    if project.scm is not None and project.scm.body is not None:
        for odd in template.problems(project.scm.body, BODY_FIELDS):
            yield Problem(
                path=("scm", "body"),
                message=odd.message,
                code=Code.REFERENCE,
                severity=Severity.WARNING,
                found=shown(odd.field) if odd.field else "",
                allowed=", ".join(BODY_FIELDS),
                suggestion=nearest(odd.field, BODY_FIELDS) if odd.field else "",
            )
    if project.scm is not None and project.scm.app is not None and project.scm.plugin not in (None, "github"):
        yield Problem(
            path=("scm", "app"),
            message="an app can be had at GitHub alone",
            code=Code.VALUE,
            found=shown(project.scm.plugin or ""),
            allowed="`scm.plugin: github`, or no `app`",
        )
    if project.intake is not None and not (project.intake.label or project.intake.assignee):
        yield Problem(
            path=("intake",),
            message="this names no issues, so none are given to agents",
            code=Code.MISSING,
            severity=Severity.WARNING,
            allowed="`label`, `assignee` or both",
        )
    yield from teamless(project)


def teamless(project: ProjectConfig, default: str | None = None) -> Iterator[Problem]:
    """The problem of a project whose issues are Linear's and that names no team. ``default``: of all projects."""
    tracker = project.tracker or TrackerConfig()
    if (tracker.plugin or default) == "linear" and not tracker.team:
        yield Problem(
            path=("tracker",) if project.tracker is not None else (),
            message="the issues are in Linear, and nothing says which team's",
            code=Code.MISSING,
            allowed="`tracker: {plugin: linear, team: ENG}`, with the letters before the numbers of the team's issues",
        )


def agent_problems(agent: AgentConfig, installed: Collection[str]) -> Iterator[Problem]:
    """Problems of one agent alone; paths are relative to the agent. ``installed``: further agent plugins' names."""
    plugin = agent.resolved_plugin
    channels = CHANNELS.get(plugin, ())
    if agent.channel is not None and channels and agent.channel not in channels:
        yield Problem(
            path=("channel",),
            message=f"the agent {plugin} has no such channel",
            code=Code.VALUE,
            found=shown(agent.channel),
            allowed=", ".join(channels),
        )
    if plugin in AGENT_PLUGIN.planned and agent.plugin is None and plugin not in installed:
        yield Problem(
            path=(),
            message=f"the agent {plugin} is not built yet",
            code=Code.PLANNED,
            severity=Severity.INFORMATION,
        )
    elif plugin in ("acp", "command") and agent.command is None:
        yield Problem(
            path=(),
            message=f"the agent {shown(agent.name)} has no command",
            code=Code.MISSING,
            allowed="`command`: what to run in the worktree",
        )
    elif agent.plugin is None and plugin not in (*AGENT_PLUGIN.values, *installed):
        yield Problem(
            path=(),
            message=f"nothing says how to run the agent {shown(agent.name)}",
            code=Code.MISSING,
            allowed="`command`: what to run in the worktree, or `plugin`: " + ", ".join(AGENT_PLUGIN.values),
            suggestion=nearest(plugin, (*AGENT_PLUGIN.values, *AGENT_PLUGIN.planned)),
        )


def repeated_prefixes(projects: Iterable[ProjectConfig]) -> Iterator[tuple[ProjectConfig, ProjectConfig]]:
    """Pairs (second, first) of projects that share a session prefix, in the order of the file."""
    taken: dict[str, ProjectConfig] = {}
    for project in projects:
        first = taken.setdefault(project.prefix, project)
        if first is not project:
            yield project, first


def machine_wide_differences(project_file: Config, user_file: Config, written: Callable[[str], bool]) -> Iterator[str]:
    """Wire names of machine-wide keys that the project's file writes and the user's file decides otherwise."""
    for key in keys(Config):
        same = getattr(project_file, key.attribute) == getattr(user_file, key.attribute)
        if key.machine_wide and written(key.wire) and not same:
            yield key.wire


def _check(path: KeyPath, check: CheckConfig) -> Iterator[Problem]:
    yield from _commands((*path, "command"), check.command)
    yield from _placeholders((*path, "command"), check.command, CHECK_PLACEHOLDERS)
    yield from _commands((*path, "rerun"), check.rerun)
    yield from _placeholders((*path, "rerun"), check.rerun, RERUN_PLACEHOLDERS)
    if isinstance(check.format, tuple):
        for number, pattern in enumerate(check.format):
            yield from _pattern((*path, "format"), pattern, last=number == len(check.format) - 1)


def _landing(landing: LandingConfig, checks: tuple[str, ...]) -> Iterator[Problem]:
    yield from _commands(("landing", "setup"), landing.setup)
    for name in ("keep", "cache"):
        yield from _inside(("landing", name), getattr(landing, name))
    if not checks:  # Checks are detected then, so their ids are not known here.
        return
    for position, check in enumerate(landing.gate or ()):
        if check not in checks:
            yield Problem(
                path=("landing", "gate", position),
                message="the gate names a check that does not exist",
                code=Code.REFERENCE,
                found=shown(check),
                allowed="one of " + ", ".join(checks),
                suggestion=nearest(check, checks),
            )


def _linked(paths: tuple[str, ...]) -> Iterator[Problem]:
    for position, path in enumerate(paths):
        if _NEVER_LINKED.intersection(re.split(r"[/\\]", path)):
            yield Problem(
                path=("symlinks", position),
                message="linking an environment makes checks test the main checkout instead of the fix",
                code=Code.VALUE,
                found=shown(path),
                allowed="files and folders that hold no installed packages",
                suggestion="leave it out and build it with `landing.setup` and `postCreate` (`uv sync`, `npm ci`); "
                "without them node_modules is copied and Python uses the main environment read-only",
            )


def _inside(path: KeyPath, patterns: tuple[str, ...]) -> Iterator[Problem]:
    for position, pattern in enumerate(patterns):
        if pattern.startswith("~") or ".." in re.split(r"[/\\]", pattern):
            yield Problem(
                path=(*path, position),
                message="this leaves the repository",
                code=Code.VALUE,
                found=shown(pattern),
                allowed="a path or pattern inside the repository",
            )


def _commands(path: KeyPath, command: Command | None) -> Iterator[Problem]:
    if isinstance(command, tuple) and " " in command[0] and "/" not in command[0]:
        yield Problem(
            path=path,
            message="a list is one command and its arguments, and no program has this name",
            code=Code.VALUE,
            severity=Severity.WARNING,
            found=shown(command[0]),
            allowed="the program alone as first item",
            suggestion="for several commands write one text, joined with &&",
        )


def _placeholders(path: KeyPath, command: Command | None, known: tuple[str, ...]) -> Iterator[Problem]:
    words = () if command is None else (command,) if isinstance(command, str) else command
    for name in dict.fromkeys(name for word in words for name in _PLACEHOLDER.findall(word)):
        # Shells and tools use braces too, so only what is almost a placeholder is worth a word.
        if name not in known and (meant := nearest(name, known)):
            yield Problem(
                path=path,
                message="this is not a placeholder, and is passed on as it stands",
                code=Code.VALUE,
                severity=Severity.WARNING,
                found="{" + name + "}",
                allowed=", ".join("{" + one + "}" for one in known),
                suggestion="{" + meant + "}",
            )


def _pattern(path: KeyPath, pattern: PatternConfig, *, last: bool) -> Iterator[Problem]:
    try:
        groups = re.compile(pattern.regexp).groups
    except (re.error, RecursionError, OverflowError) as error:
        yield Problem(
            path=path,
            message=f"this is not a regular expression: {error}",
            code=Code.VALUE,
            found=shown(pattern.regexp),
            allowed="a regular expression as Python's re takes it",
        )
        return
    for key in keys(PatternConfig):
        group = getattr(pattern, key.attribute)
        if type(group) is int and group > groups:
            yield Problem(
                path=path,
                message=f"`{key.wire}` names a group that the regular expression does not have",
                code=Code.VALUE,
                found=str(group),
                allowed=f"0 to {groups}",
            )
    if pattern.loop and not last:
        yield Problem(
            path=path,
            message="only the last pattern of a list can loop",
            code=Code.VALUE,
            found="loop: true",
            allowed="loop on the last pattern",
        )
