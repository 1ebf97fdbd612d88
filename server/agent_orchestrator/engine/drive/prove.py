"""``Prove``: run the gate on exactly one tree, in a slot, and record what it showed."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive import canary
from agent_orchestrator.engine.drive.checkrun import Place, run_check
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env, process_env
from agent_orchestrator.engine.drive.slots import Slot, SlotFailed, SlotPool
from agent_orchestrator.engine.drive.sweep import forget
from agent_orchestrator.engine.due import Prove
from agent_orchestrator.git.repository import worktrees
from agent_orchestrator.model.evidence import CheckResult, Evidence
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.proc import run
from agent_orchestrator.proc.logs import tail
from agent_orchestrator.proc.values import Finished, RunSpec

#: Seconds that ``landing.setup`` may take.
SETUP_SECONDS = 1800.0


async def prove(context: Context, pool: SlotPool, effect: Prove) -> None:
    """Carry out a :class:`Prove`: at most ``limits.checks`` gates run at a time."""
    driven = context.driven(effect.project)
    target = context.project(effect.project).target
    if target is None:
        return
    known = next(
        (r.id for r in context.state.runs.values() if r.project == effect.project and r.tree == effect.tree), None
    )
    async with context.check_places:
        run_id = known or context.new_id()
        if known is None:
            await context.record(e.GateStarted(context.now(), run_id, effect.project, effect.tree, effect.commit))
        folder = context.places.gate(run_id)
        evidence = await _while_wanted(context, run_id, _sampled(context, driven, pool, effect, target.gate, folder))
        if evidence is None:
            await forget(folder)
            return
        await context.record(e.GateFinished(context.now(), run_id, effect.project, evidence))
        shutil.rmtree(folder, ignore_errors=True)


async def _while_wanted(context: Context, run_id: str, work: Coroutine[Any, Any, Evidence]) -> Evidence | None:
    """The work's result; None, and the work has ended, as soon as nobody waits for that gate any more."""
    gate = asyncio.ensure_future(work)
    dropped = asyncio.ensure_future(context.engine.wait_for(lambda state: run_id not in state.runs))
    try:
        await asyncio.wait({gate, dropped}, return_when=asyncio.FIRST_COMPLETED)
        if gate.done() or run_id in context.state.runs:
            return await gate
        return None
    finally:
        dropped.cancel()
        gate.cancel()
        await asyncio.gather(gate, dropped, return_exceptions=True)


async def _sampled(
    context: Context, driven: Driven, pool: SlotPool, effect: Prove, gate: str, folder: Path
) -> Evidence:
    evidence = await _gate(context, driven, pool, effect, gate, folder)
    if evidence.lineage == "reused" and evidence.green and _is_sampled(effect.tree):
        return await _again_fresh(context, driven, pool, effect, evidence, folder)
    return evidence


async def _gate(
    context: Context, driven: Driven, pool: SlotPool, effect: Prove, gate: str, folder: Path, *, fresh: bool = False
) -> Evidence:
    keep, before = kept(driven), _slot_before(folder)
    try:
        async with pool.slot(driven.repo, effect.commit, keep=keep, prefer=before, fresh=fresh) as slot:
            await _begin(folder, gate, slot)
            place = await make_place(context, driven, slot, folder)
            if isinstance(place, str):
                failed = tuple(CheckResult(c.id, complete=False, unproven=place) for c in driven.gate)
                return Evidence(effect.tree, gate, failed, slot.lineage)
            results: list[CheckResult] = []
            for check in driven.gate:
                result = await run_check(context, driven, check, place, folder / check.id)
                results.append(result)
            results = await canary.confirm(context, driven, place, gate, results, folder)
            return Evidence(effect.tree, gate, tuple(results), slot.lineage)
    except SlotFailed as error:
        failed = tuple(CheckResult(c.id, complete=False, unproven=str(error)) for c in driven.gate)
        return Evidence(effect.tree, gate, failed)


#: One in so many greens from a reused slot is proven again in a fresh one.
SAMPLE = 20


def _is_sampled(tree: str) -> bool:
    """A fixed sample of all trees, so that a restart asks the same again."""
    return int(hashlib.sha256(tree.encode()).hexdigest()[:8], 16) % SAMPLE == 0


async def _again_fresh(
    context: Context, driven: Driven, pool: SlotPool, effect: Prove, evidence: Evidence, folder: Path
) -> Evidence:
    """The evidence of a fresh slot. Where it differs, something survives in slots: they are no longer used again."""
    second = await _gate(context, driven, pool, effect, evidence.gate, folder / "fresh", fresh=True)
    if (second.red, second.tops, second.passes) == (evidence.red, evidence.tops, evidence.passes):
        return evidence
    pool.distrust(driven.repo)
    message = f"{driven.id}: a reused slot and a fresh one disagreed; slots of this project are made anew for each gate"
    await context.record(e.EffectFailed(context.now(), f"slots:{driven.id}", message, project=driven.id))
    return second


#: In a gate's folder: the digest of the gate, and the slot that it runs in.
_OF = "of"


def _slot_before(folder: Path) -> Path | None:
    """The slot in which a gate that a daemon before this one started ran, or runs."""
    of = folder / _OF
    return Path(of.read_text().partition("\n")[2]) if of.exists() else None


async def _begin(folder: Path, gate: str, slot: Slot) -> None:
    """Keep what a run of exactly this gate in exactly this slot left: its reports are taken. Anything else is removed.

    Reports name files by the slot's path, and a set-up that is done is done for its slot alone.
    """
    of, text = folder / _OF, f"{gate}\n{slot.tree}"
    if of.exists() and (of.read_text() != text or slot.lineage != "reused"):
        await forget(folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = folder / f"{_OF}.tmp"
    temporary.write_text(text)
    temporary.replace(of)


def kept(driven: Driven) -> tuple[str, ...]:
    """What stays in a slot between gates, besides dependency folders."""
    return (*driven.config.landing.keep, *driven.config.landing.cache)


async def make_place(context: Context, driven: Driven, slot: Slot, folder: Path) -> Place | str:
    """The slot with its environment: set up as configured, or the main environment read-only. A sentence: it failed."""
    if driven.config.landing.setup is not None:
        problem = await _set_up(context, driven, slot, folder / "setup")
        if problem:
            return problem
    else:
        await asyncio.to_thread(_copy_node_modules, driven, slot.tree)
    environment = context.tools.environment(driven.main, slot.tree, base_env(driven))
    others = tuple(str(w.path) for w in await worktrees(driven.repo) if w.path != slot.tree)
    uses_python = any(check.format in ("pytest", "unittest", "mypy") for check in driven.gate)
    if not uses_python or driven.config.landing.setup is not None:
        environment = evolve(environment, problems=())
    return Place(slot.tree, environment, others, slot.lock, bytecode=slot.tree.parent / "bytecode")


async def _set_up(context: Context, driven: Driven, slot: Slot, folder: Path) -> str:
    command = driven.config.landing.setup
    assert command is not None
    environment = context.tools.environment(driven.main, driven.main, base_env(driven))
    spec = RunSpec(
        argv=context.tools.argv(command, environment.python),
        cwd=slot.tree,
        env=process_env(driven, evolve(environment, pythonpath=()), slot.tree, {}),
        tag=f"setup-{folder.parent.name}",
        timeout=SETUP_SECONDS,
        lock=slot.lock,
    )
    await run.launch(folder, spec)
    end = await run.wait(folder)
    if isinstance(end, Finished) and end.exit.code == 0:
        return ""
    output = sanitize(tail(folder / "log", 2000).decode(errors="replace")).strip()
    how = "was killed" if not isinstance(end, Finished) else f"ended with {end.exit.code or end.exit.signal}"
    return f"`landing.setup` {how}: {output}"


def _copy_node_modules(driven: Driven, tree: Path) -> None:
    """Give a JavaScript slot the main checkout's packages, links kept: workspace links then lead into the slot."""
    source, target = driven.main / "node_modules", tree / "node_modules"
    if source.is_dir() and (tree / "package.json").is_file() and not target.exists():
        shutil.copytree(source, target, symlinks=True)
