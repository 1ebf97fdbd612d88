"""Projects as they are configured now: from a folder to :class:`Driven` and the settings that the journal keeps."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from agent_orchestrator.config.load import Loaded, find, load
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.events import ProjectConfigured
from agent_orchestrator.engine.state import Settings
from agent_orchestrator.git.drivers import driver_overrides, fingerprint
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.remotes import origin, short_name
from agent_orchestrator.git.repository import Repository, default_branch, discover
from agent_orchestrator.model.config import Config, ProjectConfig
from agent_orchestrator.model.config_agents import in_project
from agent_orchestrator.model.config_checks import CheckConfig, PatternConfig
from agent_orchestrator.model.config_forge import AppConfig
from agent_orchestrator.model.config_reactions import commands_of, rules_of
from agent_orchestrator.model.config_trust import command_keys, trust_hash
from agent_orchestrator.model.forge import Forge, forge_of
from agent_orchestrator.model.tracked import Tracked, intake_of, tracked_of
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.runtime.choose import choose
from agent_orchestrator.ports.check import ResolvedCheck
from agent_orchestrator.ports.scm import Place, Scm
from agent_orchestrator.ports.tracker import Tracker
from agent_orchestrator.protocol.wire import camel


@frozen
class Found:
    """A project in a configuration: ``file`` is None when there is no configuration and defaults apply."""

    config: Config
    project: ProjectConfig
    file: Path | None
    notices: tuple[str, ...] = ()


def look_up(folder: Path, environ: Mapping[str, str], id: str = "", file: str = "") -> Found | str:
    """The project that a folder belongs to, by its configuration; a sentence when the configuration has none."""
    path = Path(file) if file else find(folder, environ)
    if path is None or not path.exists():
        return Found(Config(), ProjectConfig(id=id or folder.name, path=folder), None)
    loaded = load(path, environ=environ)
    notices = tuple(str(d) for d in loaded.diagnostics)
    real = Path(os.path.realpath(folder))
    projects = loaded.config.projects.values()
    chosen = next((p for p in projects if p.id == id), None) if id else None
    chosen = chosen or next((p for p in projects if _holds(p, real)), None)
    if chosen is not None:
        return Found(loaded.config, chosen, path, notices)
    if id and (error := _error_about(loaded, id)):
        return error
    return Found(loaded.config, ProjectConfig(id=id or folder.name, path=folder), path, notices)


def _holds(project: ProjectConfig, folder: Path) -> bool:
    home = Path(os.path.realpath(project.path))
    return home == folder or home in folder.parents


def _error_about(loaded: Loaded, id: str) -> str:
    wrong = [d for d in loaded.diagnostics if d.severity == "error" and d.path[:2] == ("projects", id)]
    return "; ".join(str(d) for d in wrong)


async def read(
    context: Context, found: Found, env: Mapping[str, str], limits: Limits
) -> tuple[Driven, ProjectConfigured] | str:
    """The project as it is configured now, with the client's environment, and the event that says so; or why not."""
    config, project = found.config, found.project
    repo = await discover(project.path, env=_git_env(env))
    if isinstance(repo, Problem):
        return repo.sentence
    driven = await _driven(context, found, repo, env)
    trust = await _trust(driven, config)
    known = context.state.projects.get(project.id)
    if known is not None and known.trusted == trust:
        # The person trusted these drivers too (Git LFS is one): they are part of the hash.
        driven.repo = repo
    branch = project.landing.target or project.default_branch or await default_branch(repo)
    if branch is None:
        return f"{project.path} is on a detached HEAD; check a branch out, or set `projects.{project.id}.defaultBranch`"
    driven.trust = trust
    runtime, _ = _runtime(context, config, project)
    remote = await origin(repo.common_dir) or ""
    publishes = project.landing.mode == "pull-request"
    forge = forge_of(remote, project.repo or "", project.scm, publishes=publishes)
    if forge is not None and forge.app is not None and forge.plugin != "github":
        return f"`projects.{project.id}.scm.app` is an app of GitHub, and the forge of {project.id} is {forge.plugin}"
    driven.scm = _scm(context, driven, forge)
    tracked = tracked_of(forge, project.tracker, config.defaults.tracker)
    driven.tracker = _tracker(context, driven, tracked, forge)
    settings = Settings(
        name=project.name or project.id,
        path=str(driven.main),
        prefix=project.prefix,
        target=branch,
        strategy=project.landing.strategy,
        checkout=project.landing.checkout,
        checks=tuple(check.id for check in driven.checks),
        gate=tuple(check.id for check in driven.gate),
        agent=project.agent or config.defaults.agent,
        runtime=runtime,
        attempts=config.limits.attempts,
        agents=limits.agents,
        session_seconds=float(config.limits.minutes.session * 60),
        cost=config.limits.cost,
        tokens=config.limits.tokens,
        trust=trust,
        config=str(found.file or ""),
        push=project.landing.push,
        reactions=rules_of(config.reactions, project.reactions),
        repo=project.repo or short_name(remote),
        forge=forge,
        tracker=tracked,
        intake=intake_of(project.intake),
    )
    return driven, ProjectConfigured(context.now(), project.id, settings)


def _scm(context: Context, driven: Driven, forge: Forge | None) -> Scm | None:
    """What asks the project's forge. The one of before goes on, with what it remembers, while it would be the same."""
    if forge is None or forge.plugin not in context.scms:
        return None
    place = Place(forge.server, forge.path)
    before = context.projects.get(driven.id)
    same = before is not None and dict(before.env) == dict(driven.env) and _app(before) == _app(driven)
    known = before.scm if before is not None and same else None
    if known is not None and (known.name, known.place) == (forge.plugin, place):
        return known
    app = {"app": forge.app} if forge.app else {}
    return context.scms[forge.plugin](place, HttpClient(env=driven.env), driven.env, **app)


def _app(driven: Driven) -> AppConfig | None:
    return driven.config.scm.app if driven.config.scm else None


def _tracker(context: Context, driven: Driven, tracked: Tracked | None, forge: Forge | None) -> Tracker | None:
    """What asks the project's tracker; None: what it needs is not configured."""
    if tracked is None or tracked.plugin not in context.trackers:
        return None
    linear = tracked.plugin == "linear"
    place = None if linear else Place(tracked.server, tracked.path)
    settings: dict[str, Any] = {}
    if linear:
        settings = {"team": tracked.team, "api": f"{tracked.server}/graphql" if tracked.server else ""}
    elif forge is not None and forge.app is not None and tracked.server == forge.server:
        settings = {"app": forge.app}
    try:
        return context.trackers[tracked.plugin](place, HttpClient(env=driven.env), driven.env, **settings)
    except ValueError:
        return None


@frozen
class Limits:
    """Machine-wide caps, resolved."""

    agents: int
    checks: int


def limits_of(config: Config) -> Limits:
    """``limits`` with the number of cores where nothing is said."""
    cores = os.cpu_count() or 1
    return Limits(config.limits.agents or cores, config.limits.checks or cores)


async def _driven(context: Context, found: Found, repo: Repository, env: Mapping[str, str]) -> Driven:
    project = found.project
    main = repo.main_worktree or repo.top
    checks = resolve_checks(context, project, main)
    detected = [] if project.checks else [(f"detected check {c.id}", c.command) for c in checks]
    return Driven(
        id=project.id,
        config=project,
        repo=repo.distrusting(await driver_overrides(repo)),
        checks=checks,
        env=dict(env),
        agents=in_project(found.config.agents, project.agents),
        turn_seconds=float(found.config.limits.minutes.turn * 60),
        reaction_commands=commands_of(found.config.reactions, project.reactions),
        commands=(*command_keys(found.config, project), *detected),
    )


def resolve_checks(context: Context, project: ProjectConfig, main: Path) -> tuple[ResolvedCheck, ...]:
    """The configured checks, or the detected ones where none are configured."""
    if project.checks:
        return tuple(_configured(context, check) for check in project.checks.values())
    return tuple(
        ResolvedCheck(id=d.id, command=d.command, format=d.format, pattern=d.pattern, why=d.why)
        for d in context.tools.detect(main)
    )


#: A check whose output nobody can read is red or not as a whole: a pattern that matches nothing.
_EXIT_ONLY = {"regexp": "(?!)"}


def _configured(context: Context, check: CheckConfig) -> ResolvedCheck:
    pattern: object = None
    if isinstance(check.format, str):
        name = check.format
    elif check.format is not None:
        name, pattern = "regex", [_pattern(p) for p in check.format]
    else:
        name = context.tools.format_of(check.command) or "regex"
        pattern = _EXIT_ONLY if name == "regex" else None
    return ResolvedCheck(
        id=check.id,
        command=check.command,
        format=name,
        pattern=pattern,  # type: ignore[arg-type]
        rerun=check.rerun,
        timeout=check.timeout,
        env=check.env,
        on=check.on,
    )


def _pattern(pattern: PatternConfig) -> Mapping[str, object]:
    return {camel(name): value for name, value in asdict(pattern).items() if value not in (None, False)}


def _runtime(context: Context, config: Config, project: ProjectConfig) -> tuple[str, str | None]:
    unavailable = {name: runtime.available() for name, runtime in context.runtimes.items()}
    wanted = project.runtime or config.defaults.runtime or "tmux"
    return choose(wanted, unavailable)


async def _trust(driven: Driven, config: Config) -> str:
    """What the person trusts: every command of the configuration, every detected one, and git's drivers."""
    drivers = await fingerprint(driven.repo)
    return trust_hash(config, driven.config, json.dumps([driven.commands, drivers]).encode())


def _git_env(env: Mapping[str, str]) -> Mapping[str, str] | None:
    """Git works with the client's environment, so that its identity and its credentials are the person's."""
    return dict(env) if env else None


class EnvironmentStore:
    """The last accepted environment of each project, 0600 in the runtime folder and never in the journal."""

    def __init__(self, folder: Path) -> None:
        """``folder`` must vanish when the user logs out."""
        self._folder = folder / "environments"

    def save(self, project: str, env: Mapping[str, str]) -> None:
        """Remember ``env`` for the next daemon of this login."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._folder / f".{project}.tmp"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(dict(env), file)
        temporary.rename(self._folder / f"{project}.json")

    def load(self, project: str) -> dict[str, str] | None:
        """The environment of before, or None: the project waits for a client."""
        try:
            value = json.loads((self._folder / f"{project}.json").read_text())
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) else None
