"""What looking at 100 pull requests costs in an hour, and how old what is known is: ``make bench-forge``.

The hours are simulated: time goes from one due look, or change, to the next. Only counts are told, so that every run
on any machine tells the same. Usage: ``python tests/bench/forge.py [--write]``; it fails where a target is missed that
was met before.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from forge_hour import script
from forge_hour.hour import Result, hour
from forge_hour.polling import TICK, Polling, Questions
from forge_hour.product import product
from forge_hour.script import HOUR, Change
from forge_hour.staleness import SIGNALS
from forge_hour.worlds import AtGitHub, AtGitLab

from agent_orchestrator.model import pace

PAGE = Path(__file__).parents[2] / "docs" / "forge-benchmark.md"
HOURS: dict[str, Callable[[], list[Change]]] = {"quiet": script.quiet, "sparse": script.sparse, "busy": script.busy}
BUSY_SLOW = "busy, no tick of 10 s"
#: Whether something can be merged is computed when it is asked for, as the services do.
COMPUTED = "busy, mergeability computed"
#: (forge, hour) → the most requests, and the most points, that it may take.
TARGETS = {
    ("GitHub", "quiet"): 150,
    ("GitHub", "busy"): 800,
    ("GitHub", COMPUTED): 800,
    ("GitHub", BUSY_SLOW): 500,
    ("GitLab", "quiet"): 150,
    ("GitLab", "busy"): 800,
    ("GitLab", BUSY_SLOW): 500,
}
#: What the polling of each pull request never asks for.
_NOT_READ = ("failure read", "comment")
Results = dict[tuple[str, str], Result]


@contextmanager
def no_fast_tick() -> Iterator[None]:
    """Those with running checks are looked at as often as the others."""
    before, pace.RUNNING = pace.RUNNING, pace.ACTIVE
    try:
        yield
    finally:
        pace.RUNNING = before


async def ours(world: type[AtGitHub | AtGitLab], changes: list[Change], *, computes: bool = False) -> Result:
    """An hour of the product."""
    with tempfile.TemporaryDirectory(prefix="ao-bench-") as folder:
        made = world(computes=computes)
        result = await hour(made, await product(made, Path(folder)), changes)
        assert made.forge.problems == []
        return result


def measured() -> tuple[Results, Results, Result]:
    """(the product's hours by forge and hour, those of polling, one tick of a question for everything)."""
    found: Results = {}
    for name, world in (("GitHub", AtGitHub), ("GitLab", AtGitLab)):
        for kind, changes in HOURS.items():
            found[name, kind] = asyncio.run(ours(world, changes()))
            print(name, kind, line(found[name, kind]), flush=True)
        found[name, COMPUTED] = asyncio.run(ours(world, script.busy(), computes=True))
        print(name, COMPUTED, line(found[name, COMPUTED]), flush=True)
        with no_fast_tick():
            found[name, BUSY_SLOW] = asyncio.run(ours(world, script.busy()))
        print(name, BUSY_SLOW, line(found[name, BUSY_SLOW]), flush=True)
    others: Results = {}
    for kind, changes in HOURS.items():
        made = AtGitHub()
        others["polling", kind] = asyncio.run(hour(made, Polling(made), changes()))
        print("polling", kind, line(others["polling", kind]), flush=True)
    made = AtGitHub()
    return found, others, asyncio.run(hour(made, Questions(made), [], 2 * TICK))


def line(it: Result) -> str:
    """One for a person."""
    return f"{it.requests} requests, {it.points} points, at worst {it.worst:.2f} ticks"


def table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    cells = [tuple(map(str, each)) for each in (head, *rows)]
    cells.insert(1, ("---",) * len(cells[0]))
    return "\n".join("| " + " | ".join(each) + " |" for each in cells)


def cost(who: str, kind: str, it: Result, target: int = 0, times: int = 1) -> tuple[object, ...]:
    """A line of the first table."""
    verdict = "" if not target else "met" if max(it.requests, it.points) <= target else "missed"
    size = f"{times * it.bytes / 1e6:.1f}"
    points = "–" if who == "GitLab" else f"{times * it.points:,}"
    counts = (f"{times * it.requests:,}", points, f"{times * it.unchanged:,}", size)
    return (who, kind, *counts, f"{target:,}" if target else "", verdict)


def stale(it: Result, signal: str, *, read: bool = True) -> str:
    """The worst of a signal: ticks and seconds, and how many nobody knew of at the end."""
    known, never = it.staleness.known[signal], it.staleness.never[signal]
    if not read:
        return "not read"
    if not known and not never:
        return ""
    worst = max(known, key=lambda each: each[1], default=(0.0, 0.0))
    seconds = max((each[0] for each in known), default=0.0)
    told = [f"{worst[1]:.2f} ({seconds:.0f} s)"] if known else []
    lost = [f"{len(never)} of {len(known) + len(never)} never"] if never else []
    return ", ".join(told + lost)


def page(found: Results, others: Results, one: Result) -> str:
    """The whole page."""
    ticks = round(HOUR / TICK)
    rows = [cost(who, kind, it, TARGETS.get((who, kind), 0)) for (who, kind), it in found.items()]
    rows += [cost("each by itself, conditional (GitHub)", kind, it) for (_, kind), it in others.items()]
    rows += [cost("five questions each (GitHub)", f"any; one tick × {ticks}", one, times=ticks)]
    hours = ("sparse", "busy", COMPUTED)
    columns = [((who, kind), found[who, kind]) for who in ("GitHub", "GitLab") for kind in hours]
    polled = [others["polling", kind] for kind in ("sparse", "busy")]
    signals = [
        (
            signal,
            len(found["GitHub", "busy"].staleness.known[signal]),
            *(stale(it, signal) for _, it in columns),
            *(stale(it, signal, read=signal not in _NOT_READ) for it in polled),
        )
        for signal in SIGNALS
    ]
    heads = ("signal", "changes, busy", *(f"{who}, {kind}" for (who, kind), _ in columns))
    return TEXT.format(
        cost=table(("", "hour", "requests", "points", "of them 304", "MB", "target", ""), rows),
        stale=table((*heads, "each by itself, sparse", "each by itself, busy"), signals),
        missed=missed(found),
        share=f"{found['GitHub', 'busy'].points / 50:.0f}",
        minute=f"{found['GitLab', 'busy'].requests / 60:.0f}",
    )


def missed(found: Results) -> str:
    """A sentence for each target that is missed, or that none is."""
    rows = [
        f"- {who}, {kind}: {max(found[who, kind].requests, found[who, kind].points):,} where {target:,} was the aim."
        for (who, kind), target in TARGETS.items()
        if max(found[who, kind].requests, found[who, kind].points) > target
    ]
    rows += [f"- {who}, {kind}: {it.worst:.2f} ticks." for (who, kind), it in found.items() if it.worst > 1.005]
    return "\n".join(rows) or "None."


TEXT = (Path(__file__).parent / "forge_hour" / "page.md").read_text()


def main() -> int:
    """Measure, print, and with ``--write`` store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    found, others, one = measured()
    print(f"missed:\n{missed(found)}")
    if args.write:
        PAGE.write_text(page(found, others, one))
    return 1 if any(it.worst > 1.005 for it in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
