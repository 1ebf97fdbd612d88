"""The composition root: journal, engine, plugins and commands are put together here and nowhere else."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from agent_orchestrator.config.load import load, user_config_file
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.bytecode import importing
from agent_orchestrator.daemon.commands.table import COMMANDS, run
from agent_orchestrator.daemon.forges import Forges
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.daemon.placing import Placing
from agent_orchestrator.daemon.projects import EnvironmentStore, limits_of, look_up, read
from agent_orchestrator.daemon.rpc import Handler
from agent_orchestrator.daemon.server import Server, Upgrade
from agent_orchestrator.daemon.sheet import keep_sheet
from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.daemon.waiting import end_limits, escalate, find_stuck, retry_landings
from agent_orchestrator.engine.drive.context import Context, Places
from agent_orchestrator.engine.drive.slots import SlotPool
from agent_orchestrator.engine.drive.sweep import sweep
from agent_orchestrator.engine.drive.table import handlers
from agent_orchestrator.engine.events import ProjectConfigured
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Project
from agent_orchestrator.git.lock import WRITERS_NAME, released
from agent_orchestrator.model.config import Config
from agent_orchestrator.plugins import builtin
from agent_orchestrator.plugins.check.builtin import BuiltinTools
from agent_orchestrator.plugins.workspace.builtin import WorktreeWorkspace
from agent_orchestrator.protocol.paths import Paths
from agent_orchestrator.store.journal import Journal

log = logging.getLogger(__name__)

#: Seconds that the git processes of a daemon that was killed are waited for.
GIT_ENDS = 5.0


def build(paths: Paths, *, max_pages: int | None = None) -> App:
    """The daemon's parts, put together; the journal is replayed and nothing is started. Raises the journal's errors."""
    config_file = user_config_file(os.environ)
    limits = limits_of(load(config_file, environ=os.environ).config if config_file.exists() else Config())
    journal = Journal(paths.state / "journal.sqlite", max_pages=max_pages)
    table: dict[Any, Any] = {}
    engine = Engine(journal, table, time.time)
    context = Context(
        engine=engine,
        places=Places(paths.state, paths.cache, paths.runtime),
        tools=BuiltinTools(),
        workspace=WorktreeWorkspace(),
        runtimes=builtin.runtimes(paths.runtime),
        agents=builtin.agents(),
        now=time.time,
        new_id=lambda: secrets.token_hex(4),
        check_places=asyncio.Semaphore(limits.checks),
        scms=builtin.scms(),
        trackers=builtin.trackers(),
    )
    pool = SlotPool(paths.cache / "slots")
    table.update(handlers(context, pool))
    engine.replay()
    return App(
        engine=engine,
        context=context,
        pool=pool,
        environments=EnvironmentStore(paths.runtime),
        limits=limits,
        started_at=time.time(),
    )


Listen = Callable[[Mapping[str, Handler], Mapping[str, Upgrade]], Awaitable[Server]]


async def serve(paths: Paths, listen: Listen) -> None:
    """Be the daemon until a client asks it to end or a signal does."""
    app = build(paths)
    running = await begin(app)
    placing = Placing(app)
    forges = Forges(app, placing.looked)
    waits_for = (retry_landings(app), end_limits(app), find_stuck(app), escalate(app))
    beside = (*waits_for, keep_sheet(app), forges.run(), placing.run())
    waits = [asyncio.create_task(each) for each in beside]
    try:
        handlers = {name: _bound(app, name) for name in COMMANDS}
        server = await listen(handlers, {"lsp": _language_server(app)})
        log.info("serving at %s", paths.socket)
        # A daemon whose engine has ended answers and does nothing: better that the next client starts another one.
        running.add_done_callback(lambda _: app.stop.set())
        await app.stop.wait()
        await server.close()
        if running.done():
            running.result()
    finally:
        for wait in waits:
            wait.cancel()
        await app.engine.close()
        for runtime in app.context.runtimes.values():
            await runtime.rest()
        running.cancel()


def _language_server(app: App) -> Upgrade:
    viewed = Viewed(app)

    async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: Client) -> None:
        await _server_of_editors()(viewed, reader, writer, client)

    return upgrade


@functools.cache
def _server_of_editors() -> Callable[..., Awaitable[None]]:
    """What serves an editor. pygls takes 0.4 s to import, which a daemon without an editor need not spend."""
    with importing("lsp"):
        from agent_orchestrator.lsp.serve import serve

    return serve


def _bound(app: App, method: str) -> Handler:
    async def handler(params: Any, client: Client) -> Any:
        return await run(app, method, params, client)

    return handler


async def begin(app: App) -> asyncio.Task[None]:
    """Take up what the journal says was under way; returns the running engine.

    Every project is driven again first: an effect that does not find its project would count as one that failed.
    """
    adopted = [await adopt(app, project) for project in app.state.projects.values()]
    for driven in app.context.projects.values():
        if not await released(driven.repo.common_dir / WRITERS_NAME, GIT_ENDS):
            log.warning("git is still at work in %s", driven.main)
    await sweep(app.context)
    changed = [event for event in adopted if event is not None]
    # Tasks begin in the order in which they are made, and the engine stores what waits before it starts anything.
    recorded = asyncio.create_task(app.engine.record(*changed))
    running = asyncio.create_task(app.engine.run())
    await recorded
    return running


async def adopt(app: App, project: Project) -> ProjectConfigured | None:
    """Drive a project of the journal again, with the environment of its last client; what changed, if anything."""
    settings = project.settings
    env = app.environments.load(project.id)
    if env is None:
        problem = "waits for an environment: run any `ao` command in its folder"
        return ProjectConfigured(app.context.now(), project.id, settings, problem)
    found = look_up(Path(settings.path), env, project.id, settings.config)
    made = found if isinstance(found, str) else await read(app.context, found, env, app.limits)
    if isinstance(made, str):
        event = ProjectConfigured(app.context.now(), project.id, settings, made)
    else:
        app.context.projects[project.id], event = made
    return event if event.settings != settings or event.problem != project.problem else None
