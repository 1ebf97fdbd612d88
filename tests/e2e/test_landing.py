"""Fixes that hold land, one commit each, and every commit of the target is less red than the one before."""

from __future__ import annotations

MATH = "def add(a, b):\n    return a - b\n\n\ndef mul(a, b):\n    return a + b\n\n\ndef neg(a):\n    return a\n"
TESTS = """from calc import add, mul, neg


def test_add():
    assert add(2, 3) == 5


def test_mul():
    assert mul(2, 3) == 6


def test_neg():
    assert neg(2) == -2


def test_zero():
    assert add(0, 0) == 0
"""
FIX_ADD = ["replace", "calc.py", "return a - b", "return a + b  # sum"]
FIX_MUL = ["replace", "calc.py", "def mul(a, b):\n    return a + b", "def mul(a, b):\n    return a * b"]
FIX_NEG = ["replace", "calc.py", "    return a\n", "    return -a\n"]


async def test_every_fixable_failure_lands_and_main_is_green(world, probes, folder):
    start = world.make({"calc.py": MATH, "tests/test_calc.py": TESTS})
    world.agents_do({"test_add": [[FIX_ADD]], "test_mul": [[FIX_MUL]], "test_neg": [[FIX_NEG]]})
    await world.start()
    row = await world.hunt()
    assert (row.green, row.reason) == (True, "done"), world.account(row)
    assert {f.key.partition("::")[2]: f.state for f in row.failures} == dict.fromkeys(
        ("test_add", "test_mul", "test_neg"), "fixed"
    )
    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), probes.minitest(), folder / "clone")
    assert len(seen) == 4
    assert not seen[-1].red
    assert not world.state.problems
