"""Commands about making green what is red: hunt, mute."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import title_of
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.due import ObserveTarget, Prove, Rerun
from agent_orchestrator.engine.state import Failure, Hunt, Project
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.ci import ci_findings
from agent_orchestrator.views.hunts import hunt_row
from agent_orchestrator.views.pulls import ci_check

#: Seconds that an answer to ``huntState`` is held back while nothing is new.
LONG_POLL = 25.0


async def hunt(app: App, params: t.HuntParams, client: Client) -> t.HuntState:
    """Fix what is red in the target; with ``dry_run`` only say what would be given to whom."""
    project = await app.fresh(client, params)
    app.require_trust(project)
    driven = app.driven(project.id)
    unknown = set(params.checks) - {c.id for c in driven.gate}
    if unknown or not driven.gate:
        known = ", ".join(c.id for c in driven.gate) or "none were found or configured (`checks`)"
        raise Refused(f"the gate has no check {', '.join(sorted(unknown)) or 'at all'}; known: {known}")
    agent_name = params.agent or project.settings.agent
    try:
        agent = app.context.agent(driven, agent_name)
    except KeyError as error:
        raise Refused(str(error.args[0])) from error
    if reason := agent.unavailable(base_env(driven)):
        raise Refused(reason)
    if params.dry_run:
        return await _plan(app, project, params, agent_name)
    if params.checkout in ("ff", "never"):
        await app.engine.record(e.CheckoutChosen(app.context.now(), project.id, params.checkout, who()))
    items = _items(app, project, params.failures)
    running = [h for h in derive.active_hunts(app.state, project.id) if _covers(h, params, items)]
    if running:
        return t.HuntState(
            revision=app.state.revision,
            hunt=hunt_row(app.state, running[0]),
            notices=(f"{running[0].id} is under way already",),
        )
    id = f"hunt-{app.context.new_id()}"
    state = await app.engine.record(
        e.HuntStarted(app.context.now(), id, project.id, params.checks, params.agent, params.max, items)
    )
    return t.HuntState(revision=state.revision, hunt=hunt_row(state, state.hunts[id]))


def _items(app: App, project: Project, ids: Sequence[str]) -> tuple[Item, ...]:
    """What the failures are about. Raises Refused for one that nobody has seen."""
    known = {f.signature: f.item for f in derive.failures_of(app.state, project.id)}
    for seen in app.checkouts.of(project.id):
        known |= {f.signature: Item(seen.result.check, f.key) for f in seen.result.findings}
    for watched in derive.pulls_of(app.state, project.id):
        only = {finding.signature for _, finding in ci_findings(watched)} - known.keys()
        if watched.pull is not None and (found := only.intersection(ids)):
            raise Refused(f"only CI sees {min(found)!r}: `ao fix-ci {watched.pull.number}` has it mended there")
    if unknown := [id for id in ids if id not in known]:
        raise Refused(f"there is no failure {unknown[0]!r} in {project.id}; `ao check` shows them")
    return tuple(dict.fromkeys(known[id] for id in ids))


def _covers(hunt: Hunt, params: t.HuntParams, items: tuple[Item, ...]) -> bool:
    """Is that hunt after everything that is asked for?"""
    if items:
        return all(derive.wanted(hunt, item) for item in items)
    return not hunt.items and (not hunt.checks or (bool(params.checks) and set(params.checks) <= set(hunt.checks)))


async def _plan(app: App, project: Project, params: t.HuntParams, agent: str) -> t.HuntState:
    """The tasks of a hunt, proven as a hunt would prove them, with nobody spawned."""
    handlers = app.engine.handlers
    if project.target is None:
        await handlers[ObserveTarget](ObserveTarget(project.id))
    project = app.state.projects[project.id]
    target = project.target
    assert target is not None
    if derive.target_evidence(app.state, project) is None:
        await handlers[Prove](Prove(project.id, target.commit, target.tree))
    evidence = derive.target_evidence(app.state, project)
    if evidence is None or evidence.invalid:
        raise Refused(f"the target can not be proven: {evidence.invalid[0] if evidence else 'no evidence'}")
    wish = Hunt("plan", project.id, 0.0, params.checks, items=_items(app, project, params.failures))
    unsure = tuple(
        f.item
        for f in derive.failures_of(app.state, project.id)
        if not f.settled and derive.wanted(wish, f.item) and not f.reproduced
    )
    if unsure:
        await handlers[Rerun](Rerun(project.id, target.commit, target.tree, unsure))
    state = app.state
    flaky = [f for f in derive.failures_of(state, project.id) if f.settled in ("flaky", "muted")]
    groups: list[tuple[Failure, ...]] = derive.claimable(state, project, wish)
    rows = [t.PlanRow(title=title_of(g), agent=agent, items=_keys(g), verdict="would get an agent") for g in groups]
    rows += [t.PlanRow(title=title_of((f,)), agent="", items=_keys((f,)), verdict=f.settled) for f in flaky]
    return t.HuntState(revision=state.revision, plan=tuple(rows))


def _keys(group: tuple[Failure, ...]) -> tuple[str, ...]:
    return tuple(f"{f.item.check} {f.item.key}" for f in group)


async def hunt_state(app: App, params: t.HuntIdParams, client: Client) -> t.HuntState:
    """How far a hunt is; held back for a while when nothing is newer than ``revision``."""
    if params.hunt not in app.state.hunts:
        raise Refused(f"there is no hunt {params.hunt!r}")
    try:
        async with asyncio.timeout(LONG_POLL):
            await app.engine.changed_since(params.revision)
    except TimeoutError:
        pass
    state = app.state
    return t.HuntState(revision=state.revision, hunt=hunt_row(state, state.hunts[params.hunt]))


async def hunt_end(app: App, params: t.HuntIdParams, client: Client) -> t.Done:
    """End a hunt: nothing more is claimed, its sessions are stopped."""
    hunt = app.state.hunts.get(params.hunt)
    if hunt is None:
        raise Refused(f"there is no hunt {params.hunt!r}")
    now, by = app.context.now(), who()
    events: list[e.Event] = [] if hunt.ended_at else [e.HuntEnded(now, hunt.id, f"ended by {by}")]
    open_ones = [s for s in derive.open_sessions(app.state, hunt.project) if s.hunt == hunt.id]
    await app.engine.record(*events, *(e.SessionStopped(now, s.id, by) for s in open_ones))
    return t.Done(message=f"{hunt.id} is ended; {len(open_ones)} of its sessions are stopped", id=hunt.id)


async def mute(app: App, params: t.MuteParams, client: Client) -> t.Done:
    """Mute a failure as flaky."""
    seen = {
        found.finding.signature: (watched.project, ci_check(red.check), found.finding)
        for watched in app.state.pulls.values()
        for red in watched.reds
        for found in red.findings
    } | {
        finding.signature: (project, result.result.check, finding)
        for project in app.state.projects
        for result in app.checkouts.of(project)
        for finding in result.result.findings
    }
    found = [id for id in {**seen, **app.state.failures} if id.startswith(params.failure)]
    if len(found) != 1:
        raise Refused(f"{params.failure!r} names {len(found) or 'no'} failures; give the id that `ao check` shows")
    now, by = app.context.now(), params.by or who()
    if found[0] in app.state.failures:
        event = e.FailureMuted(now, found[0], params.muted, by)
    else:
        event = e.FailureMuted(now, found[0], params.muted, by, *seen[found[0]])
    state = await app.engine.record(event)
    word = "muted" if params.muted else "no longer muted"
    return t.Done(message=f"{state.failures[found[0]].item.key} is {word}", id=found[0])
