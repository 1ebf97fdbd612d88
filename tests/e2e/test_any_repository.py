"""Small repositories with bugs, collisions and hopeless cases put into them at random: what holds of every hunt."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

RULES = Path(__file__).with_name("rules.py")
PATTERN = {"regexp": r"^(.+?):(\d+): (.*) \[(\w+)\]$", "file": 1, "line": 2, "message": 3, "code": 4}
CHECK = {"rules": {"command": [sys.executable, "-S", str(RULES)], "format": PATTERN}}
LINES = 4
SPARE = "spare.py"

#: What the agent makes of a bug. Neighbouring lines collide: their fixes do not merge.
KINDS = ("fixed", "fixed", "fixed", "clumsy", "hopeless", "idle", "cheat")


def turns(kind: str, path: str, name: str) -> list:
    """The agent's turns for one bug."""
    fix = ["replace", path, f"{name} = bad", f"{name} = good"]
    return {
        "fixed": [[fix]],
        # The first turn breaks a line that was good.
        "clumsy": [
            [fix, ["replace", SPARE, "spare = good", "spare = bad"]],
            [fix, ["replace", SPARE, "spare = bad", "spare = good"]],
        ],
        "hopeless": [[["exit", 3]]],
        "idle": [[["say", "nothing comes to mind"]]],
        "cheat": [[["replace", path, f"{name} = bad", f"{name} = bad  # noqa"]]],
    }[kind]


bugs = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, LINES - 1)), st.sampled_from(KINDS), min_size=1)


def source(number: int, found: dict) -> str:
    return "".join(f"k{number}{line} = {'bad' if (number, line) in found else 'good'}\n" for line in range(LINES))


def probe_with(probes):
    def probe(tree: Path):
        done = subprocess.run([sys.executable, "-S", RULES], cwd=tree, capture_output=True, text=True)
        return probes.Seen(red={f"{hit[4]}@{hit[1]}": 1 for hit in re.finditer(PATTERN["regexp"], done.stdout, re.M)})

    return probe


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(found=bugs, agents=st.integers(1, 4))
def test_whatever_is_red_every_landing_shrinks_it_and_what_can_be_fixed_is(folder, h, probes, found, agents):
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        asyncio.run(one_hunt(h, probes, place, found, agents))
    finally:
        shutil.rmtree(place)


async def one_hunt(h, probes, place, found, agents):
    world = h.World(place)
    names = {(number, line): f"k{number}{line}" for number, line in found}
    files = {f"f{number}.py": source(number, found) for number in range(3)}
    start = world.make({**files, SPARE: "spare = good\n"}, checks=CHECK, limits={"agents": agents, "attempts": 3})
    world.agents_do({f"{names[at]}@f{at[0]}.py": turns(kind, f"f{at[0]}.py", names[at]) for at, kind in found.items()})
    await world.start()
    try:
        watch = asyncio.create_task(world.app.engine.wait_for(two_owners))
        row = await world.hunt(patience=300)
        await world.settled()
        assert not watch.done(), "a failure belonged to two open sessions at once"
        watch.cancel()
        state = world.state
    finally:
        await world.close()
    became = {f.rule: f.state for f in row.failures}
    expected = {"fixed": "fixed", "clumsy": "fixed", "hopeless": "left", "idle": "left", "cheat": "claimed"}
    assert became == {names[at]: expected[kind] for at, kind in found.items()}, world.account(row)
    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), probe_with(probes), place / "clone")
    fixed = {names[at] for at, kind in found.items() if expected[kind] == "fixed"}
    assert {name.partition("@")[0] for name in seen[-1].red} == set(names.values()) - fixed
    assert len(seen) - 1 == len(fixed)
    assert row.green == (fixed == set(names.values()))
    standing = {path.name for path in (world.repo / ".worktrees").glob("*")}
    assert standing == {s.name for s in state.sessions.values() if not s.landing}
    assert not state.problems


def two_owners(state) -> bool:
    """Some failure belongs to two open sessions at once."""
    owned = [item for s in state.sessions.values() if not s.closed for item in s.items]
    return len(owned) != len(set(owned))
