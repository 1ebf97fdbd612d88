"""What a tree looks like when its checks are run alone, by nothing of the product: the judge of every hunt.

A probe runs one check in a clone and gives :class:`Seen`. :func:`every_commit_shrinks` asks it of each first-parent
commit.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Seen:
    """``red`` counts failing tests and violations by name; ``unknown`` are files that could not be judged at all."""

    red: Mapping[str, int] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    passed: frozenset[str] = frozenset()

    def __or__(self, other: Seen) -> Seen:
        return Seen({**self.red, **other.red}, self.unknown | other.unknown, self.passed | other.passed)

    def without(self, names: Iterable[str]) -> Seen:
        red = {name: count for name, count in self.red.items() if name not in names}
        return Seen(red, self.unknown, self.passed - set(names))

    def covers(self, name: str) -> bool:
        return name.partition("::")[0] in self.unknown


Probe = Callable[[Path], Seen]


def smaller(after: Seen, before: Seen) -> bool:
    """Nothing is newly red (or red more often), nothing is newly unknown, and something red is gone."""
    worse = [n for n, count in after.red.items() if count > before.red.get(n, 0) and not before.covers(n)]
    better = [n for n, count in before.red.items() if after.red.get(n, 0) < count]
    return not worse and after.unknown <= before.unknown and bool(better or before.unknown - after.unknown)


def every_commit_shrinks(repo: Path, start: str, tip: str, probe: Probe, scratch: Path) -> list[Seen]:
    """Check out each first-parent commit from ``start`` to ``tip``, run the checks alone, compare with its parent."""
    subprocess.run(["git", "clone", "-q", "--shared", "--no-checkout", repo, scratch], check=True)
    told = subprocess.run(
        ["git", "-C", repo, "rev-list", "--first-parent", "--reverse", f"{start}..{tip}"],
        check=True,
        capture_output=True,
        text=True,
    )
    seen: list[Seen] = []
    for commit in (start, *told.stdout.split()):
        subprocess.run(["git", "-C", scratch, "checkout", "-q", "-f", "--detach", commit], check=True)
        subprocess.run(["git", "-C", scratch, "clean", "-ffdxq", "-e", "node_modules"], check=True)
        now = probe(scratch)
        if seen:
            assert smaller(now, seen[-1]), f"{commit}: {sorted(now.red)} is not smaller than {sorted(seen[-1].red)}"
            lost = seen[-1].passed - now.passed
            assert not lost, f"{commit} lost {sorted(lost)}"
        seen.append(now)
    return seen


def minitest(roots: str = ".", python: Path | str = sys.executable) -> Probe:
    """The probe for the small runner; ``roots`` are the import roots below the tree."""

    def probe(tree: Path) -> Seen:
        report = tree.with_name("report.xml")
        _run([python, "-S", HERE / "minitest.py", report], tree, roots)
        return read_junit(report)

    return probe


def pytest(roots: str = ".", python: Path | str = sys.executable, *options: str) -> Probe:
    """The probe for pytest."""

    def probe(tree: Path) -> Seen:
        report = tree.with_name("report.xml")
        command = [python, "-B", "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}"]
        _run([*command, "-p", "no:cacheprovider", "--continue-on-collection-errors", *options], tree, roots)
        return read_junit(report)

    return probe


def vitest(tree: Path) -> Seen:
    """The probe for vitest, with the packages that lie in the tree."""
    report = tree.with_name("report.xml")
    _run(["node", "node_modules/vitest/vitest.mjs", "run", "--reporter=junit", f"--outputFile={report}"], tree, ".")
    return read_junit(report)


def ruff(tree: Path) -> Seen:
    """The probe for ruff."""
    told = _run([BIN / "ruff", "check", "--no-cache", "--output-format=json", "."], tree, ".")
    found = Counter(f"{row['code']}@{os.path.relpath(row['filename'], tree)}" for row in json.loads(told.stdout))
    return Seen(red=dict(found))


def both(*probes: Probe) -> Probe:
    """Several probes seen as one."""

    def probe(tree: Path) -> Seen:
        seen = Seen()
        for one in probes:
            seen = seen | one(tree)
        return seen

    return probe


def _run(command: list[object], tree: Path, roots: str) -> subprocess.CompletedProcess[str]:
    """Run a check that ends by itself; 0 (all well) and 1 (something is red) are its only honest ends."""
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "LANG": "C.UTF-8", "HOME": str(tree.parent)}
    env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    env["PYTHONPATH"] = os.pathsep.join(str(tree / root) for root in roots.split(":"))
    tree.with_name("report.xml").unlink(missing_ok=True)
    done = subprocess.run([str(w) for w in command], cwd=tree, env=env, capture_output=True, text=True, timeout=300)
    said = done.stdout[-2000:] + done.stderr[-2000:]
    assert done.returncode in (0, 1), f"{command} ended with {done.returncode}: {said}"
    return done


def read_junit(report: Path) -> Seen:
    """A JUnit report; a case without a name of its own, or that could not be collected, makes its file unknown."""
    red: dict[str, int] = {}
    unknown, passed = set(), set()
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("file") or case.get("classname", "")
        if not file.endswith((".py", ".js")):
            file = file.replace(".", "/") + ".py"
        name = " ".join(case.get("name", "").split())
        problem = case.find("failure") if case.find("failure") is not None else case.find("error")
        if problem is not None and problem.get("message") == "collection failure":
            unknown.add(file if case.get("file") else case.get("name", "").replace(".", "/") + ".py")
        elif problem is not None:
            red[f"{file}::{name}"] = 1
        elif case.find("skipped") is None:
            passed.add(f"{file}::{name}")
    return Seen(red, frozenset(unknown), frozenset(passed) - set(red))
