"""``Rerun``: run single items again on a tree, alone and with the rest of their file, to tell flaky from red."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from attrs import evolve

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.checkrun import Place, outcome_of, run_check
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.prove import kept, make_place
from agent_orchestrator.engine.drive.slots import SlotFailed, SlotPool
from agent_orchestrator.engine.due import CompareIds, Rerun
from agent_orchestrator.formats.collapse import unstable
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.rule import MAX_ROUNDS, Tally, undecided
from agent_orchestrator.ports.check import ResolvedCheck, Selection


async def rerun(context: Context, pool: SlotPool, effect: Rerun) -> None:
    """Carry out a :class:`Rerun`. A fresh slot: a red is confirmed where nothing ran before."""
    driven = context.driven(effect.project)
    folder = context.places.state / "reruns" / context.new_id()
    tallies: dict[Item, Tally] = {item: Tally() for item in effect.items}
    try:
        async with context.check_places, pool.slot(driven.repo, effect.commit, keep=kept(driven), fresh=True) as slot:
            place = await make_place(context, driven, slot, folder)
            if isinstance(place, str):
                raise RuntimeError(place)
            for check_id in dict.fromkeys(item.check for item in effect.items):
                check = driven.check(check_id)
                if check is not None:
                    await _ladder(_Runner(context, driven, check, place, folder), tallies)
    except SlotFailed as error:
        raise RuntimeError(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    settled = {item: tally if tally.rounds else _NO_WAY for item, tally in tallies.items()}
    await context.record(e.ItemsRerun(context.now(), effect.project, effect.tree, tuple(settled.items())))


async def compare_ids(context: Context, pool: SlotPool, effect: CompareIds) -> None:
    """Carry out a :class:`CompareIds`: run the functions' files again and compare the ids with the first run's."""
    driven = context.driven(effect.project)
    project = context.project(effect.project)
    evidence = derive.evidence_of(context.state, project, effect.tree)
    folder = context.places.state / "reruns" / context.new_id()
    found: list[Item] = []
    try:
        async with context.check_places, pool.slot(driven.repo, effect.commit, keep=kept(driven)) as slot:
            place = await make_place(context, driven, slot, folder)
            if isinstance(place, str):
                raise RuntimeError(place)
            for check_id in dict.fromkeys(function.check for function in effect.functions):
                check = driven.check(check_id)
                first = next((r for r in (evidence.results if evidence else ()) if r.check == check_id), None)
                if check is None or first is None:
                    continue
                files = tuple(dict.fromkeys(f.path for f in effect.functions if f.check == check_id))
                command = context.tools.rerun(check, Selection((), files, whole_files=True))
                again = await run_check(context, driven, check, place, folder / check_id, command)
                mine = [key for key in first.outcomes if Item(check_id, key).path in files]
                found += [Item(check_id, key) for key in sorted(unstable(mine, again.outcomes))]
    except SlotFailed as error:
        raise RuntimeError(str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    await context.record(e.IdsCompared(context.now(), effect.project, effect.tree, tuple(found)))


#: An item that no re-run speaks of: it stays red, as it was seen.
_NO_WAY = Tally(file_failed=MAX_ROUNDS)


class _Runner:
    """Runs selections of one check and numbers their folders."""

    def __init__(self, context: Context, driven: Driven, check: ResolvedCheck, place: Place, folder: Path) -> None:
        self.context, self.driven, self.check, self.place, self.folder = context, driven, check, place, folder
        self.count = 0

    async def passed(self, selection: Selection) -> dict[str, bool]:
        """Which of the selection's keys passed; keys that the run says nothing of are left out."""
        self.count += 1
        command = self.context.tools.rerun(self.check, selection)
        folder = self.folder / f"{self.check.id}-{self.count}"
        result = await run_check(self.context, self.driven, self.check, self.place, folder, command)
        return outcome_of(result, selection.keys)


async def _ladder(runner: _Runner, tallies: dict[Item, Tally]) -> None:
    """Up to three rounds. Flaky needs a pass alone *and* in the file: an item is run alone only once its file passed.

    The second round runs alone first: a test that fails every other time would else always fail in the same place.
    """
    for number in range(MAX_ROUNDS):
        left = [i for i, t in tallies.items() if i.check == runner.check.id and undecided(t) and t.rounds <= number]
        if not left:
            return
        if number == 1:
            await _alone(runner, tallies, [i for i in left if tallies[i].file_passed])
        await _in_files(runner, tallies, left)
        if number != 1:
            await _alone(runner, tallies, [i for i in left if tallies[i].file_passed])


async def _in_files(runner: _Runner, tallies: dict[Item, Tally], items: Sequence[Item]) -> None:
    for file in dict.fromkeys(item.path for item in items):
        keys = tuple(item.key for item in items if item.path == file)
        passed = await runner.passed(Selection(keys, (file,), whole_files=True))
        for item in _named(items, keys):
            tally = tallies[item]
            ok = passed.get(item.key)
            if ok is not None:
                tallies[item] = evolve(
                    tally, file_passed=tally.file_passed + ok, file_failed=tally.file_failed + (not ok)
                )


async def _alone(runner: _Runner, tallies: dict[Item, Tally], items: Sequence[Item]) -> None:
    for item in items:
        ok = (await runner.passed(Selection((item.key,), (item.path,)))).get(item.key)
        tally = tallies[item]
        if ok is not None:
            tallies[item] = evolve(
                tally, alone_passed=tally.alone_passed + ok, alone_failed=tally.alone_failed + (not ok)
            )


def _named(items: Iterable[Item], keys: Sequence[str]) -> list[Item]:
    return [item for item in items if item.key in keys]
