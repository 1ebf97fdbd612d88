"""A check tests the tree it names: a fix is proven on its own code, never by the code of the main checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PYPROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
version = "1"

[tool.setuptools.packages.find]
where = ["src"]
"""
WRONG = "def total(prices):\n    return sum(prices) + 1\n"
RIGHT = "def total(prices):\n    return sum(prices)\n"
FILES = {
    "pyproject.toml": PYPROJECT,
    "src/shop/__init__.py": WRONG,
    "tests/test_shop.py": "from shop import total\n\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}
PYTEST = {"pytest": {"command": "{python} -m pytest -q", "format": "pytest"}}
IGNORE = "__pycache__/\n.venv/\n*.egg-info/\n"
FIX = ["replace", "src/shop/__init__.py", " + 1", ""]
NOT_A_FIX = ["replace", "src/shop/__init__.py", " + 1", " + 2"]


@pytest.fixture(scope="session")
def bare_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the pytest of this one, and no pip."""
    venv = tmp_path_factory.mktemp("venv") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    site = next(venv.glob("lib/python*/site-packages"))
    (ours,) = {Path(pytest.__file__).parents[1]}
    for name in ("pytest", "_pytest", "py.py", "pluggy", "iniconfig", "packaging", "pygments"):
        (site / name).symlink_to(ours / name)
    return venv


def editable(repo: Path, venv: Path, layout: str) -> None:
    """``.venv`` of ``repo`` with an editable install of it, as setuptools leaves it behind."""
    subprocess.run(["cp", "-a", venv, repo / ".venv"], check=True)
    site = next((repo / ".venv").glob("lib/python*/site-packages"))
    if layout == "pth":
        (site / "__editable__.shop-1.pth").write_text(f"{repo / 'src'}\n")
    else:
        (site / "shop.egg-link").write_text(f"{repo / 'src'}\n.")
        (site / "easy-install.pth").write_text(f"{repo / 'src'}\n")


@pytest.mark.parametrize("layout", ["pth", "develop"])
async def test_a_right_fix_in_an_editable_src_layout_is_proven_on_its_own_tree(world, h, bare_venv, layout):
    start = world.make(FILES, ignore=IGNORE, checks=PYTEST, env=h.LEAN)
    editable(world.repo, bare_venv, layout)
    world.agents_do({"test_total": [[FIX]]})
    await world.start()
    # `never` leaves the main checkout wrong: only the fix's own tree can have shown that it is right.
    row = await world.hunt(checkout="never")
    assert row.green, world.account(row)
    assert (world.repo / "src/shop/__init__.py").read_text() == WRONG
    assert world.show("src/shop/__init__.py", "ao/landed") + "\n" == RIGHT
    assert len(world.commits(start, "ao/landed")) == 1


async def test_a_wrong_fix_is_not_proven_by_the_right_code_of_the_main_checkout(world, h, bare_venv):
    start = world.make(FILES, ignore=IGNORE, checks=PYTEST, limits={"attempts": 1}, env=h.LEAN)
    editable(world.repo, bare_venv, "pth")
    # Not committed: what the environment's editable install leads to is right, what main holds is wrong.
    h.write(world.repo, {"src/shop/__init__.py": RIGHT})
    world.agents_do({"test_total": [[NOT_A_FIX]]})
    await world.start()
    row = await world.hunt(checkout="never")
    (session,) = row.sessions
    assert "still red: pytest tests/test_shop.py::test_total" in session.detail
    assert (world.tip("ao/landed"), row.green) == (start, False)


@pytest.mark.slow
@pytest.mark.network
async def test_a_real_editable_install_is_seen_through_as_well(world, h, probes):
    start = world.make(FILES, ignore=IGNORE, checks=PYTEST, env=h.LEAN)
    venv = world.repo / ".venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [venv / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "pytest"]
    subprocess.run([*install, "-e", world.repo], check=True)
    world.agents_do({"test_total": [[FIX]]})
    await world.start()
    row = await world.hunt(checkout="never", patience=110)
    assert row.green, world.account(row)
    assert (world.repo / "src/shop/__init__.py").read_text() == WRONG
    assert len(world.commits(start, "ao/landed")) == 1


def searching(folder):
    """A check that only looks for one word: breaking the file's other text changes nothing for it."""
    pattern = {"regexp": r"^(.+?):(\d+):(.*)$", "file": 1, "line": 2, "message": 3}
    return {
        "words": {"command": ["sh", "-c", f"cd {folder} && ! grep -n wrong notes.txt /dev/null"], "format": pattern}
    }


async def test_a_check_that_searches_for_one_word_is_proven_by_the_targets_files(world):
    start = world.make({"notes.txt": "wrong\n"}, checks=searching("."))
    world.agents_do({"notes": [[["write", "notes.txt", "right\n"]]]})
    await world.start()
    row = await world.hunt(checkout="never")
    assert row.green, world.account(row)
    assert len(world.commits(start, "ao/landed")) == 1


async def test_a_check_that_searches_the_main_checkout_is_foreign_when_that_was_mended(world, h):
    start = world.make({"notes.txt": "wrong\n"}, limits={"attempts": 1})
    world.configure(checks=searching(world.repo), limits={"attempts": 1})
    h.commit(world.repo, {}, "checks")
    start = world.tip()
    mend = ["shell", f"echo right >{world.repo}/notes.txt"]
    world.agents_do({"notes": [[["write", "notes.txt", "right\n"], mend]]})
    await world.start()
    row = await world.hunt(checkout="never")
    assert "ran code of another checkout" in row.sessions[0].detail, world.account(row)
    assert world.commits(start, "ao/landed") == []


async def refused(world):
    """The reason for which a hunt came to nothing."""
    row = await world.hunt(checkout="never")
    assert (row.green, row.sessions, row.landings) == (False, (), ()), world.account(row)
    return row.reason


async def test_a_check_whose_command_leads_to_the_main_checkout_is_refused_as_foreign(world, h):
    start = world.make(FILES)
    escape = f"env PYTHONPATH={world.repo}/src {sys.executable} -m pytest -q -p ao_listing"
    listing = str(Path(sys.modules["agent_orchestrator"].__file__).parent / "plugins/check/pytest_listing")
    escape = escape.replace("/src ", f"/src:{listing} ")
    world.configure(checks={"pytest": {"command": escape, "format": "pytest"}}, env=h.LEAN)
    h.commit(world.repo, {}, "checks")
    await world.start()
    reason = await refused(world)
    assert reason == (
        f"the target can not be proven: pytest: ran code of another checkout: {world.repo}/src/shop/__init__.py"
    )
    assert world.commits(start, "ao/landed")[1:] == []


async def test_a_conftest_that_puts_the_main_checkout_first_is_refused_as_foreign(world, h):
    world.make(FILES)
    conftest = f"import sys\n\nsys.path.insert(0, {str(world.repo / 'src')!r})\n"
    world.configure(checks=PYTEST, env=h.LEAN)
    h.commit(world.repo, {"conftest.py": conftest}, "escape")
    await world.start()
    assert await refused(world) == (
        f"the target can not be proven: pytest: ran code of another checkout: {world.repo}/src/shop/__init__.py"
    )


async def test_a_check_that_tells_nothing_of_what_it_loads_is_found_out_by_breaking_the_sources(world, h):
    world.make(FILES)
    escape = f"PYTHONPATH={world.repo}/src {sys.executable} -S {h.HERE}/minitest.py {{report}}"
    world.configure(checks={"unit": {"command": escape, "format": "junit"}})
    h.commit(world.repo, {}, "checks")
    await world.start()
    reason = await refused(world)
    assert reason.startswith(f"the target can not be proven: unit: ran code of another checkout: {world.repo}")
    assert reason.endswith("(breaking every source of the tree changed nothing)")


async def test_a_linter_that_looks_at_the_main_checkout_is_refused(world, h):
    world.make({"one.py": "import os\n"})
    world.configure(checks={"ruff": {"command": f"ruff check --no-cache {world.repo}"}})
    h.commit(world.repo, {}, "checks")
    await world.start()
    assert (await refused(world)).startswith(
        f"the target can not be proven: ruff: ran code of another checkout: {world.repo}"
    )


async def test_a_suite_in_which_everything_fails_is_not_taken_for_foreign(world):
    late = "def test_total():\n    from shop import total\n\n    assert total([1, 2]) == 3\n"
    world.make({**FILES, "tests/test_shop.py": late})
    world.agents_do({"test_total": [[FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)


async def test_a_check_that_does_not_look_at_sources_is_not_taken_for_foreign(world, h):
    title = {"command": 'test "$(head -n 1 README.md)" = Hello'}
    tests_only = {"command": "ruff check --no-cache tests"}
    world.make({**FILES, "README.md": "Hello\n"}, checks={"unit": h.UNIT, "title": title, "ruff": tests_only})
    world.agents_do({"test_total": [[FIX]]})
    await world.start()
    row = await world.hunt()
    assert row.green, world.account(row)


async def test_a_check_with_nothing_but_an_exit_status_is_found_out_when_it_first_shows_green(world, h):
    start = world.make(FILES)
    run = f"cd {world.repo} && PYTHONPATH=src {sys.executable} -S {h.HERE}/minitest.py /dev/null"
    world.configure(checks={"tests": {"command": run}}, limits={"attempts": 1})
    h.commit(world.repo, {}, "checks")
    # The agent does not fix its own tree, but the main checkout, which is what the check looks at.
    world.agents_do({"": [[NOT_A_FIX, ["write", str(world.repo / "src/shop/__init__.py"), RIGHT]]]})
    await world.start()
    row = await world.hunt(checkout="never")
    (session,) = row.sessions
    assert "ran code of another checkout" in session.detail or session.held, world.account(row)
    assert (row.landings, row.green, world.commits(start, "ao/landed")[1:]) == ((), False, [])
