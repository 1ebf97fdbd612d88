"""Commands about what is red: run checks in the checkout as it lies, and tell the failures."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.drive.checkrun import Place, run_check
from agent_orchestrator.engine.drive.context import Driven
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.formats.drop import drop_under
from agent_orchestrator.model.evidence import CheckResult, Item
from agent_orchestrator.model.report import Kind, Report
from agent_orchestrator.ports.check import Command, ResolvedCheck, Selection
from agent_orchestrator.proc import run
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.checkouts import Seen
from agent_orchestrator.views.problems import failures_shown, in_checkout


async def check(app: App, params: t.CheckParams, client: Client) -> t.CheckResults:
    """Run checks in the checkout as it lies."""
    project = await app.fresh(client, params)
    app.require_trust(project)
    driven = app.driven(project.id)
    chosen = tuple(c for c in driven.checks if not params.checks or c.id in params.checks)
    unknown = set(params.checks) - {c.id for c in driven.checks}
    if unknown or not chosen:
        known = ", ".join(c.id for c in driven.checks) or "none were found or configured (`checks`)"
        raise Refused(f"there is no check {', '.join(sorted(unknown)) or 'at all'}; known: {known}")
    seen = [await _in_checkout(app, driven, c, params.files) for c in chosen]
    results = [s.result for s in seen]
    rows = tuple(
        t.CheckRow(
            id=c.id,
            command=c.command if isinstance(c.command, str) else " ".join(c.command),
            format=c.format,
            why=c.why,
            ok=not r.findings and r.complete and not r.unproven,
            seconds=r.seconds,
            problems=(*r.problems, *([r.unproven] if r.unproven else [])),
        )
        for c, r in zip(chosen, results, strict=True)
    )
    failures = tuple(row for s in seen for row in in_checkout(app.state, project, s))
    return t.CheckResults(project=project.id, checks=rows, failures=failures)


async def _in_checkout(app: App, driven: Driven, check: ResolvedCheck, files: Sequence[str]) -> Seen:
    """What a check says: of its tests in these files, where it can be asked about them alone, else of everything."""
    known = app.checkouts.newest(driven.id, check.id)
    command = None if known is None else _narrowed(app, check, known.result, files)
    if known is not None and command is not None:
        part = await _looked(app, driven, check, command)
        if part.result.complete and not part.result.unproven and not _unjudged(part.result):
            return app.checkouts.put_part(part, files)
    seen = await _looked(app, driven, check, None)
    app.checkouts.put(seen)
    return seen


def _narrowed(app: App, check: ResolvedCheck, known: CheckResult, files: Sequence[str]) -> Command | None:
    """The command for these files alone; None where one of them is more than a file of tests, for all we know."""
    tested = {Item(check.id, key).path for key in known.outcomes}
    if not files or not known.complete or not tested.issuperset(files):
        return None
    command = app.context.tools.rerun(check, Selection((), tuple(files), whole_files=True))
    return None if command == check.command else command


def _unjudged(result: CheckResult) -> bool:
    return any(finding.kind is Kind.TOP and not finding.key for finding in result.findings)


async def _looked(app: App, driven: Driven, check: ResolvedCheck, command: Command | None) -> Seen:
    at = app.context.now()
    folder = app.context.places.state / "checks" / app.context.new_id()
    running = asyncio.ensure_future(_run_in_checkout(app, driven, check, folder, command))
    try:
        result = await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.shield(asyncio.ensure_future(_end(running, folder)))
        raise
    return Seen(driven.id, _without_worktrees(driven, result), at)


async def _run_in_checkout(
    app: App, driven: Driven, check: ResolvedCheck, folder: Path, command: Command | None
) -> CheckResult:
    environment = app.context.tools.environment(driven.main, driven.main, base_env(driven))
    try:
        async with app.context.check_places:
            return await run_check(app.context, driven, check, Place(driven.main, environment), folder, command)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _end(running: asyncio.Future[CheckResult], folder: Path) -> None:
    """End a check that nobody waits for any more; its process has a holder, which would go on with it."""
    if not folder.exists():
        running.cancel()
    while not running.done():
        await run.stop(folder, grace=0.5)
        # It may be about to be started.
        await asyncio.wait([running], timeout=0.05)


async def failures(app: App, params: t.ProjectParams, client: Client) -> t.Failures:
    """What is red, in the target and in the checkout where it was checked."""
    project = app.project_of(client, params)
    rows = failures_shown(app.state, project, app.checkouts.of(project.id), app.placements)
    return t.Failures(revision=app.state.revision, failures=rows)


def _without_worktrees(driven: Driven, result: CheckResult) -> CheckResult:
    """Tools that collect by folder also find the sessions' worktrees; those are not the user's checkout."""
    report = Report(result.outcomes, result.findings, result.files)
    kept = drop_under(report, driven.config.worktree_dir)
    return evolve(result, outcomes=kept.outcomes, findings=kept.findings, files=kept.files)
