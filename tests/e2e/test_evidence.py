"""What earlier proof is reused for, and test ids that change from run to run."""

from __future__ import annotations

import sys

import pytest

FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n",
}
PLAN = {"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]}


async def gates(world, h, **config) -> int:
    """How many trees a hunt for one failure proves."""
    world.make(FILES, **config)
    world.agents_do(PLAN)
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)
    return len(world.state.evidence)


async def test_the_proof_of_a_tree_is_taken_for_the_commit_that_lands(world, h):
    assert await gates(world, h) == 2


@pytest.mark.parametrize("mode", ["commit", "off"])
async def test_the_commit_that_lands_is_proven_itself_where_only_commits_count(world, h, mode):
    assert await gates(world, h, landing={"evidence": mode}) == 3


async def test_with_off_a_second_hunt_proves_the_target_again(world, h):
    first = await gates(world, h, landing={"evidence": "off"})
    await world.hunt()
    assert len(world.state.evidence) == first + 1


@pytest.mark.slow
async def test_parameter_ids_that_change_from_run_to_run_do_not_hold_a_fix(world, h):
    files = {
        **FILES,
        "tests/test_ids.py": "import time\nimport pytest\n\n\n"
        "@pytest.mark.parametrize('x', [1, 2], ids=lambda x: f'{x}-{time.time_ns()}')\n"
        "def test_x(x):\n    assert x\n",
        "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['.']\n",
    }
    world.make(files, checks={"unit": {"command": [sys.executable, "-m", "pytest", "-q"], "format": "pytest"}})
    world.agents_do(PLAN)
    await world.start()
    row = await world.hunt(patience=100)
    assert row.green, world.account(row)
    assert [f.state for f in row.failures] == ["fixed"]
