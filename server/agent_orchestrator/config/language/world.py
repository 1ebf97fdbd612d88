"""What a configuration names and the machine does not have: branches, agents, programs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import yaml
from attrs import frozen

from agent_orchestrator.config.diagnostic import Diagnostic, at_node
from agent_orchestrator.config.language.known import Known
from agent_orchestrator.config.load import Loaded
from agent_orchestrator.config.nodes import compose, find_node
from agent_orchestrator.model.config import Command, Config, ProjectConfig
from agent_orchestrator.model.config_agents import AGENT
from agent_orchestrator.model.config_problem import Code, KeyPath, Problem, Severity, nearest, shown

#: The first word of a command, where the rest can not change what it means.
_FIRST = re.compile(r"\s*([A-Za-z0-9_./+~-]+)(?=\s|\Z)")
#: What a shell does itself, or what only begins a longer command.
_SHELL = re.compile(
    r"[.:\[]|alias|bg|break|case|cd|command|continue|do|done|echo|elif|else|esac|eval|exec|exit|export|false|fg|fi|for|"
    r"function|getopts|hash|if|in|jobs|kill|let|local|printf|pwd|read|readonly|return|set|shift|source|test|then|time|"
    r"times|trap|true|type|ulimit|umask|unalias|unset|until|wait|while"
)


@frozen
class Run:
    """A program's name as written, the project that it is run in (None: in any), and what is set in its environment."""

    program: str
    project: ProjectConfig | None
    env: Mapping[str, str]


def world_diagnostics(
    text: str, loaded: Loaded, known: Known, missing: Callable[[Run], str | None]
) -> tuple[Diagnostic, ...]:
    """A warning for each thing that is not there, of what could be read of a file."""
    config = loaded.config
    problems = (*_branches(config, known), *_agents(config, known), *_programs(config, missing))
    if not problems:
        return ()
    root = compose(text.removeprefix("\ufeff"))
    if not isinstance(root, yaml.Node):
        return ()
    file = str(loaded.file or "")
    found = ((problem, find_node(root, problem.path)) for problem in problems)
    return tuple(at_node(file, nodes[1], problem) for problem, nodes in found if nodes is not None)


def _branches(config: Config, known: Known) -> Iterator[Problem]:
    for project in config.projects.values():
        repo = known.repos.get(project.id)
        if repo is None or not repo.branches:
            continue
        at: KeyPath = ("projects", project.id)
        for path, branch in (
            ((*at, "defaultBranch"), project.default_branch),
            ((*at, "landing", "target"), project.landing.target),
        ):
            if branch is not None and branch not in repo.branches:
                yield _warning(
                    path, "the repository has no such branch", Code.BRANCH, branch, ", ".join(repo.branches[:8]),
                    nearest(branch, repo.branches) or repo.head,
                )  # fmt: skip


def _agents(config: Config, known: Known) -> Iterator[Problem]:
    usable = [name for name, lacks in known.agents.items() if not lacks]
    named = [(("defaults", "agent"), config.defaults.agent)]
    named += [(("projects", p.id, "agent"), p.agent) for p in config.projects.values() if p.agent]  # type: ignore[misc]
    for path, agent in named:
        # Without a project nothing is known. One of the file's own is judged by its command.
        if not known.agents or agent not in AGENT.values or agent in config.agents or agent in usable:
            continue
        lacks = known.agents.get(agent) or "its program was not found"
        yield _warning(
            path, f"the agent can not be used on this machine: {lacks}", Code.PROGRAM, agent, ", ".join(usable),
            nearest(agent, usable) or next(iter(usable), ""),
        )  # fmt: skip


def _programs(config: Config, missing: Callable[[Run], str | None]) -> Iterator[Problem]:
    for path, command, project, env in _commands(config):
        word = program_of(command)
        near = missing(Run(word, project, env)) if word else None
        if near is not None:
            at = (*path, 0) if isinstance(command, tuple) else path
            yield _warning(at, "this program was not found", Code.PROGRAM, word, "a program on PATH", near)


def _commands(config: Config) -> Iterator[tuple[KeyPath, Command | None, ProjectConfig | None, Mapping[str, str]]]:
    for agent in config.agents.values():
        yield ("agents", agent.name, "command"), agent.command, None, agent.env
    for project in config.projects.values():
        at: KeyPath = ("projects", project.id)
        for check in project.checks.values():
            env = {**project.env, **check.env}
            yield (*at, "checks", check.id, "command"), check.command, project, env
            yield (*at, "checks", check.id, "rerun"), check.rerun, project, env
        yield (*at, "postCreate"), project.post_create, project, project.env
        yield (*at, "landing", "setup"), project.landing.setup, project, project.env


def program_of(command: Command | None) -> str:
    """The program that a command runs first; empty where that is not sure, or is the shell's own."""
    if isinstance(command, tuple):
        return command[0] if _FIRST.fullmatch(command[0]) else ""
    match = _FIRST.match(command or "")
    return match[1] if match and not _SHELL.fullmatch(match[1]) else ""


def _warning(path: KeyPath, message: str, code: Code, found: str, allowed: str, suggestion: str) -> Problem:
    return Problem(
        path=path, message=message, code=code, severity=Severity.WARNING, found=shown(found), allowed=allowed,
        suggestion=suggestion,
    )  # fmt: skip
