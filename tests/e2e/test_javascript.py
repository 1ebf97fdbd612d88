"""A JavaScript project with vitest, as it is detected: nothing is configured but the agent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(900)]

#: The last line of versions that runs on node 18 to 22.
PACKAGE = {"name": "shop", "private": True, "type": "module", "devDependencies": {"vitest": "2.1.9"}}
CACHE = Path(__file__).parents[2] / ".cache" / "e2e" / "vitest-2.1.9"

CART = """export function total(lines) {
  const sum = lines.reduce((all, line) => all + line.price, 0)
  const off = sum > 100 ? 0.2 : 0
  return sum * (1 - off)
}

export function count(lines) {
  return lines.length
}
"""
TEXT = """export const slug = (text) => text.toLowerCase().replaceAll(' ', '_')

export const initials = (name) => name.split(' ').map((word) => word[1]).join('')
"""
CART_TEST = """import { describe, expect, it } from 'vitest'
import { count, total } from '../src/cart.js'

describe('cart', () => {
  it('multiplies by the quantity', () => {
    expect(total([{ price: 2, quantity: 3 }])).toBe(6)
  })
  it('takes a tenth off above 100', () => {
    expect(total([{ price: 200, quantity: 1 }])).toBe(180)
  })
  it('is nothing when empty', () => {
    expect(total([])).toBe(0)
  })
  it('counts pieces', () => {
    expect(count([{ quantity: 2 }, { quantity: 3 }])).toBe(5)
  })
})
"""
TEXT_TEST = """import { readFileSync, appendFileSync } from 'node:fs'
import { expect, it, test } from 'vitest'
import { initials, slug } from '../src/text.js'

it('slugs (with dashes)', () => {
  expect(slug('A b')).toBe('a-b')
})
test('initials', () => {
  expect(initials('Ada Lovelace')).toBe('AL')
})
test('every other time', () => {
  appendFileSync('COUNT', 'x')
  expect(readFileSync('COUNT').length % 2).toBe(0)
})
"""
FILES = {
    "package.json": json.dumps(PACKAGE),
    "src/cart.js": CART,
    "src/text.js": TEXT,
    "tests/cart.test.js": CART_TEST,
}
PLAN = {
    # Neighbouring lines: the later fix does not merge with the first.
    "multiplies by the quantity": [[["replace", "src/cart.js", "line.price,", "line.price * line.quantity,"]]],
    "takes a tenth off": [[["replace", "src/cart.js", "0.2 : 0", "0.1 : 0"]]],
    # The first fix breaks the test of the empty cart.
    "counts pieces": [
        [
            ["replace", "src/cart.js", "lines.length", "lines.reduce((all, line) => all + line.quantity, 0)"],
            ["replace", "src/cart.js", "return sum * (1 - off)", "return sum * (1 - off) || 1"],
        ],
        [["replace", "src/cart.js", " || 1", ""]],
    ],
    "slugs": [[["replace", "src/text.js", "'_'", "'-'"]]],
    "initials": [[["replace", "tests/text.test.js", "test('initials'", "test.skip('initials'"]]],
}


@pytest.fixture(scope="session")
def packages() -> Path:
    """``node_modules`` with vitest, installed once."""
    if not (CACHE / "node_modules" / ".package-lock.json").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text(json.dumps(PACKAGE))
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=CACHE, check=True)
    return CACHE / "node_modules"


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs node and npm")
async def test_a_javascript_project_goes_green(world, h, probes, folder, packages):
    world.env["PATH"] += os.pathsep + str(Path(shutil.which("node")).parent)
    shutil.copytree(packages, world.repo / "node_modules", symlinks=True)
    text_test = TEXT_TEST.replace("COUNT", str(folder / "count"))
    start = world.make(
        {**FILES, "tests/text.test.js": text_test, "NOTES": "first\n"}, ignore="node_modules/\n", checks={}
    )
    h.write(world.repo, {"NOTES": "what the user is writing\n"})
    world.agents_do(PLAN)
    await world.start()
    row = await world.hunt(patience=700)
    await world.settled()

    states = {f.key: f.state for f in row.failures}
    assert states == {
        "tests/cart.test.js::cart > multiplies by the quantity": "fixed",
        "tests/cart.test.js::cart > takes a tenth off above 100": "fixed",
        "tests/cart.test.js::cart > counts pieces": "fixed",
        "tests/text.test.js::slugs (with dashes)": "fixed",
        "tests/text.test.js::initials": "claimed",
        "tests/text.test.js::every other time": "flaky",
    }, world.account(row)
    (held,) = [s for s in row.sessions if s.state == "waiting"]
    assert any("adds a skipped test" in why for why in held.held)
    feedback = "\n".join(task["feedback"] for task in world.told() if task["attempt"] > 1)
    assert "newly red: vitest tests/cart.test.js::cart > is nothing when empty" in feedback
    assert "does not merge with what landed meanwhile" in feedback
    assert (world.repo / "NOTES").read_text() == "what the user is writing\n"
    assert h.git(world.repo, "status", "--porcelain") == " M NOTES"

    def alone(tree):
        if not (tree / "node_modules").exists():
            shutil.copytree(packages, tree / "node_modules", symlinks=True)
        return probes.vitest(tree).without({"tests/text.test.js::every other time"})

    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), alone, folder / "clone")
    assert (len(seen), set(seen[-1].red)) == (5, {"tests/text.test.js::initials"})
    assert not world.state.problems
