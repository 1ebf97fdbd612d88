"""Two real libraries with bugs put into them and a scripted agent: all that can be fixed lands, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(1200)]

#: Python 3.11.3 and older do not know the filter.
SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
CACHE = Path(__file__).parents[2] / ".cache" / "e2e" / "sdists"


@frozen
class Bug:
    """One line made wrong. ``first`` is what the agent makes of it in its first turn, where that is not ``right``."""

    path: str
    right: str
    wrong: str
    first: str = ""


FLAKE = "tests/test_flake.py"

NORMALIZERS, BUILDER = "src/rfc3986/normalizers.py", "src/rfc3986/builder.py"
RFC3986 = (
    Bug(NORMALIZERS, "return scheme.lower()", "return scheme.upper()"),
    Bug(NORMALIZERS, 'normalize_percent_characters(userinfo) + "@"', 'normalize_percent_characters(userinfo) + ":"'),
    Bug(NORMALIZERS, "    return host.lower()\n\n\ndef normalize_path", "    return host\n\n\ndef normalize_path"),
    Bug(NORMALIZERS, 'output.append("")', 'output.append("/")'),
    Bug(NORMALIZERS, "return normalize_percent_characters(fragment)", "return fragment.upper()"),
    # Its first fix makes another test fail.
    Bug(BUILDER, "port_int < 0", "port_int < -99", first="port_int < 1"),
    Bug(BUILDER, 'path = f"/{path}"', 'path = f"//{path}"'),
    # Two neighbouring lines: the second fix does not merge with the first.
    Bug(BUILDER, 'raise ValueError("Username cannot be None")', 'raise TypeError("Username cannot be None")'),
    Bug(BUILDER, "normalizers.normalize_username(username)", "normalizers.normalize_username(username).upper()"),
    Bug("src/rfc3986/misc.py", 'return "/" + relative_path', "return relative_path"),
)
MODULE = "inflection/__init__.py"
INFLECTION = (
    Bug(MODULE, "word.replace('_', '-')", "word.replace('_', '+')"),
    Bug(MODULE, '3: "rd"', '3: "th"'),
    Bug(MODULE, "return string[0].lower() + camelize", "return string[0] + camelize"),
    Bug(MODULE, 're.sub(r"_id$"', 're.sub(r"_ids$"', first='re.sub(r"_.*$"'),
    Bug(MODULE, "r\"(?i)(octop|vir)us$\", r'\\1i'", "r\"(?i)(octop|vir)us$\", r'\\1y'"),
    Bug(MODULE, "(r\"(?i)(bus)(es)?$\", r'\\1')", "(r\"(?i)(bus)(es)?$\", r'\\1x')"),
    Bug(MODULE, "return word.lower()\n\n\n_irregular", "return word\n\n\n_irregular"),
    Bug(MODULE, "_irregular('person', 'people')", "_irregular('person', 'peoples')"),
    Bug(MODULE, "return string.lower()\n\n\ndef pluralize", "return string\n\n\ndef pluralize"),
)


@pytest.fixture(scope="session")
def sdist():
    """Gives the folder with the unpacked source of a release; the archive is downloaded once."""

    def unpacked(name: str, version: str, into: Path) -> None:
        archive = CACHE / f"{name}-{version}.tar.gz"
        if not archive.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", CACHE]
            subprocess.run([*download, f"{name}=={version}"], check=True)
        with tarfile.open(archive) as tar:
            for member in tar.getmembers():
                member.name = member.name.partition("/")[2]
                if member.name:
                    tar.extract(member, into, **SAFELY)

    return unpacked


def flaky(count: Path) -> str:
    """A test that fails every other time, by a file outside of the tree."""
    return (
        f"def test_every_other_time():\n    with open({str(count)!r}, 'a+') as file:\n"
        "        file.write('x')\n        file.seek(0)\n        assert len(file.read()) % 2 == 0\n"
    )


def broken_by(bug: Bug, tree: Path, probe) -> frozenset[str]:
    """The tests that a bug alone makes fail; the tree is as it was afterwards."""
    file = tree / bug.path
    right = file.read_text()
    assert right.count(bug.right) == 1, bug
    file.write_text(right.replace(bug.right, bug.wrong))
    red = frozenset(probe(tree).red)
    file.write_text(right)
    assert red, f"no test notices {bug}"
    return red


def table(bugs, broken, skipped: str) -> dict:
    """What the agent does for each failing test: it mends every bug that makes it fail, and skips ``skipped``."""
    plan = {}
    for test in sorted(frozenset().union(*broken)):
        mine = [bug for bug, tests in zip(bugs, broken, strict=True) if test in tests]
        right = [["replace", bug.path, bug.first or bug.wrong, bug.right] for bug in mine]
        first = [["replace", bug.path, bug.wrong, bug.first or bug.right] for bug in mine]
        # Another session's right fix may have landed when this one's second turn begins.
        again = [["replace", bug.path, bug.wrong, bug.right] for bug in mine if bug.first]
        plan[test] = [first, [*right, *again]] if any(bug.first for bug in mine) else [first]
    file, _, name = skipped.partition("::")
    line = f"def {name.partition('[')[0]}("
    plan[skipped] = [[["replace", file, line, f'@pytest.mark.skip(reason="no time")\n{line}']]]
    return plan


async def hunted(world, h, probes, folder, bugs, skipped, roots, **project):
    """Put the bugs into the library in ``world.repo``, hunt, and check all that must hold of any hunt."""
    probe = probes.pytest(roots, sys.executable, *project.pop("select", ()))
    broken = [broken_by(bug, world.repo, probe) for bug in bugs]
    (never,) = [test for test in sorted(frozenset().union(*broken)) if test.endswith(skipped)]
    world.make({FLAKE: flaky(folder / "count")}, env=h.LEAN, limits={"agents": 2, "attempts": 4}, **project)
    for bug in bugs:
        h.write(world.repo, {bug.path: (world.repo / bug.path).read_text().replace(bug.right, bug.wrong)})
    start = h.commit(world.repo, {}, "bugs")
    h.write(world.repo, {"README.rst": "what the user is writing\n"})
    world.agents_do(table(bugs, broken, never))
    await world.start()
    row = await world.hunt(patience=900)
    await world.settled()

    states = {f.key: f for f in row.failures}
    fixable = frozenset().union(*broken) - {never}
    assert {key for key in fixable if states[key].state not in ("fixed", "already fixed")} == set(), world.account(row)
    assert (states[f"{FLAKE}::test_every_other_time"].state, states[never].state) == ("flaky", "claimed")
    assert not any("test_every_other_time" in item for s in row.sessions for item in s.items)
    (held,) = [s for s in row.sessions if s.state == "waiting"]
    assert any("adds a skipped test" in why for why in held.held)
    assert (world.repo / "README.rst").read_text() == "what the user is writing\n"
    assert h.git(world.repo, "status", "--porcelain") == " M README.rst"

    def alone(tree):
        return probe(tree).without({f"{FLAKE}::test_every_other_time"})

    seen = probes.every_commit_shrinks(world.repo, start, world.tip(), alone, folder / "clone")
    assert set(seen[0].red) >= fixable
    assert set(seen[-1].red) == {never}
    assert len(seen) - 1 == len(row.landings)
    assert not world.state.problems
    return row


async def test_a_library_in_a_src_layout_with_an_editable_install(world, h, probes, folder, sdist):
    sdist("rfc3986", "2.0.0", world.repo)
    venv = world.repo / ".venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [venv / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*install, "pytest", "-e", world.repo], check=True)
    select = ("tests/test_builder.py", "tests/test_normalizers.py", "tests/test_misc.py")
    row = await hunted(
        world, h, probes, folder, RFC3986, "::test_merge_paths_with_base_authority_without_path", "src",
        select=select,
        ignore="__pycache__/\n.venv/\n*.egg-info/\n.pytest_cache/\n",
        checks={"pytest": {"command": ["{python}", "-m", "pytest", "-q", *select, FLAKE], "format": "pytest"}},
    )  # fmt: skip
    feedback = [task["feedback"] for task in world.told() if task["attempt"] > 1]
    assert any("newly red" in text or "still red" in text for text in feedback)
    assert any("does not merge with what landed meanwhile" in text for text in feedback)
    assert len(row.landings) >= 8


async def test_a_library_of_one_module(world, h, probes, folder, sdist):
    sdist("inflection", "0.5.1", world.repo)
    row = await hunted(
        world, h, probes, folder, INFLECTION, "::test_camelize_with_lower_downcases_the_first_letter", ".",
        ignore="__pycache__/\n*.egg-info/\n.pytest_cache/\n",
        checks={"pytest": {"command": "pytest -q", "format": "pytest"}},
    )  # fmt: skip
    assert len(row.landings) >= 5
