"""Measure the autofix agent on single faults put into real libraries.

Run: ``python tests/autofix/bench/run.py --cache DIR --out FILE --date DATE [--bugs 42] [--seed 1]``. The libraries'
source archives are fetched once with ``pip download`` into the cache. Each fault is one turn of the agent for one of
the tests it turns red, judged by a run of the whole suite in a fresh process that the agent has no part in.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import injector

REPOSITORY = Path(__file__).resolve().parents[3]
AGENT = REPOSITORY / "server" / "agent_orchestrator" / "plugins" / "agent" / "autofix"
LIBRARIES = (
    ("toolz", "1.0.0", ("toolz/*.py", "toolz/curried/*.py")),
    ("more-itertools", "10.5.0", ("more_itertools/*.py",)),
    ("inflection", "0.5.1", ("inflection/*.py",)),
)
SUITE_SECONDS = 90
_LISTING = """
import json, os
OUTCOMES = {}
def pytest_runtest_logreport(report):
    worst = OUTCOMES.get(report.nodeid)
    if report.failed: OUTCOMES[report.nodeid] = "fail"
    elif report.skipped and worst != "fail": OUTCOMES[report.nodeid] = "skip"
    elif report.when == "call" and worst is None: OUTCOMES[report.nodeid] = "pass"
def pytest_collectreport(report):
    if report.failed: OUTCOMES["collect:" + report.nodeid] = "fail"
def pytest_sessionfinish():
    with open(os.environ["BENCH_OUTCOMES"], "w") as file: json.dump(OUTCOMES, file)
"""


def environment(tree: Path, scratch: Path) -> dict[str, str]:
    inner = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AO_", "GIT_"))}
    inner.update(PYTHONPATH=str(tree), HOME=str(scratch), PYTHONDONTWRITEBYTECODE="1", PYTHONHASHSEED="0")
    return inner


def outcomes(tree: Path, scratch: Path) -> dict[str, str] | None:
    """Run the whole suite in a fresh process; ``None`` when it did not end in time."""
    plugin, report = scratch / "bench_listing.py", scratch / "outcomes.json"
    plugin.write_text(_LISTING)
    report.unlink(missing_ok=True)
    inner = environment(tree, scratch)
    inner.update(BENCH_OUTCOMES=str(report), PYTHONPATH=f"{tree}{os.pathsep}{scratch}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "bench_listing", "-p", "no:cacheprovider"]
    command += ["--continue-on-collection-errors"]
    try:
        subprocess.run(command, cwd=tree, env=inner, timeout=SUITE_SECONDS, check=False, capture_output=True)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(report.read_text()) if report.exists() else None


def fetch(cache: Path, name: str, version: str, place: Path) -> Path:
    """Unpack the library's source archive, from the cache or from the package index."""
    found = [*cache.glob(f"{name}-{version}.tar.gz"), *cache.glob(f"{name.replace('-', '_')}-{version}.tar.gz")]
    if not found:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-binary", ":all:", "--no-deps", "-d", str(cache)]
        subprocess.run([*pip, f"{name}=={version}"], check=True)
        return fetch(cache, name, version, place)
    with tarfile.open(found[0]) as archive:
        archive.extractall(place, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return next(path for path in place.iterdir() if path.name.lower().startswith(name.replace("-", "")[:4]))


def turn(agent: Path, tree: Path, scratch: Path, test: str, seconds: float) -> tuple[dict[str, Any], float]:
    """Let the agent work on one red test; return its report and the seconds it took."""
    task = scratch / "task.json"
    failure = {"id": "f", "check": "pytest", "kind": "test", "test": test}
    checks = {"pytest": {"format": "pytest", "argv": ["python", "-m", "pytest"]}}
    task.write_text(json.dumps({"id": "t", "title": test, "attempt": 1, "failures": [failure], "checks": checks}))
    inner = {**environment(tree, scratch), "AO_TASK_FILE": str(task), "AUTOFIX_SECONDS": str(seconds)}
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, str(agent)],
        cwd=tree,
        env=inner,
        capture_output=True,
        text=True,
        check=False,
        timeout=3 * seconds,
    )
    taken = time.monotonic() - begin
    last = (done.stdout.strip().splitlines() or [""])[-1]
    report = json.loads(last.removeprefix("AUTOFIX "))["json"] if last.startswith("AUTOFIX ") else {}
    if not report:
        report = {"reason": "crashed", "message": done.stderr[-800:]}
    return report, round(taken, 2)


def _same(left: str, right: str) -> bool:
    return ast.dump(ast.parse(left)) == ast.dump(ast.parse(right))


def one_library(
    pristine: Path, files: list[Path], wanted: int, arguments: argparse.Namespace, rng: random.Random
) -> list[dict]:
    """Inject faults into one library until ``wanted`` of them turned a test red, and let the agent at each."""
    records: list[dict] = []
    discarded: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        scratch, tree = Path(folder) / "home", Path(folder) / "tree"
        scratch.mkdir()
        clean = outcomes(pristine, scratch)
        if clean is None or "fail" in clean.values():
            raise SystemExit(f"{pristine.name}: its own suite is not green here, so nothing can be measured with it")
        seen: set[tuple[str, str]] = set()
        for _ in range(wanted * 12):
            if len(records) == wanted:
                break
            file = rng.choice(files)
            original = file.read_text()
            kinds = injector.faults(original, rng)
            if not kinds:
                continue
            fault = rng.choice(kinds[rng.choice(sorted(kinds))])
            broken = fault.apply(original)
            relative = str(file.relative_to(pristine))
            try:
                if (relative, broken) in seen or _same(broken, original):
                    continue
            except SyntaxError:
                continue
            seen.add((relative, broken))
            shutil.rmtree(tree, ignore_errors=True)
            shutil.copytree(pristine, tree, ignore=shutil.ignore_patterns("__pycache__"))
            (tree / relative).write_text(broken)
            before = outcomes(tree, scratch)
            red = [one for one, outcome in (before or {}).items() if outcome == "fail"]
            if before is None or not red or any(one.startswith("collect:") for one in red):
                discarded["hangs" if before is None else "no red" if not red else "not collectable"] += 1
                continue
            test = rng.choice(sorted(red))
            report, seconds = turn(arguments.agent, tree, scratch, test, arguments.seconds)
            after = outcomes(tree, scratch) or {}
            broke = [one for one, outcome in before.items() if outcome == "pass" and after.get(one) != "pass"]
            edited = "edit" in report
            record = {
                "library": pristine.name,
                "kind": fault.kind,
                "file": relative,
                "line": fault.line,
                "fault": fault.text[:120],
                "was": original.splitlines()[fault.line - 1].strip()[:120],
                "test": test,
                "red": len(red),
                "edited": edited,
                "fixed": edited and after.get(test) == "pass" and not broke,
                "broke": len(broke),
                "all_green": "fail" not in after.values(),
                "same": edited and _same((tree / relative).read_text(), original),
                "seconds": seconds,
                "reason": report.get("reason", ""),
                "message": report.get("message", ""),
                "operator": report.get("operator", ""),
                "edit": report.get("edit", ""),
                "rivals": report.get("rivals"),
                "tried": report.get("tried"),
                "confidence": report.get("confidence", ""),
            }
            records.append(record)
            mark = "same" if record["same"] else "fixed" if record["fixed"] else record["reason"] or "BROKE"
            print(f"{pristine.name:20} {fault.kind:28} {mark:16} {seconds:6.1f} s  {relative}:{fault.line}", flush=True)
    print(f"{pristine.name}: discarded {dict(discarded)}", flush=True)
    return records


def provenance(agent: Path) -> dict[str, str]:
    """Return what was measured: the repository's commit, and a digest of the agent's files, which may be others."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    digest = hashlib.sha256()
    for file in sorted(agent.rglob("*.py")):
        digest.update(f"{file.relative_to(agent)}\0".encode() + file.read_bytes())
    return {"commit": head.stdout.strip() if head.returncode == 0 else "none", "agent": digest.hexdigest()[:16]}


def summary(records: list[dict], arguments: argparse.Namespace, measured: dict[str, str]) -> dict[str, Any]:
    """Return the figures of the whole measurement.

    ``fixed`` means that the one test is green and nothing broke; an edit that leaves other tests red which the same
    single fault made red is fixed but surely wrong, so ``whole_suite_green`` stands beside it.
    """
    seconds = [record["seconds"] for record in records]
    return {
        "date": arguments.date,
        **measured,
        "machine": {"system": platform.platform(), "cpus": os.cpu_count(), "python": platform.python_version()},
        "seed": arguments.seed,
        "n": len(records),
        "fixed": sum(record["fixed"] for record in records),
        "fix_rate": round(sum(record["fixed"] for record in records) / max(1, len(records)), 3),
        "same_rate": round(sum(record["same"] for record in records) / max(1, len(records)), 3),
        "whole_suite_green": sum(record["edited"] and record["all_green"] for record in records),
        "broke_another_test": sum(record["edited"] and record["broke"] > 0 for record in records),
        "seconds_median": statistics.median(seconds) if seconds else None,
        "seconds_max": max(seconds, default=None),
        "reasons": dict(Counter(record["reason"] for record in records if record["reason"])),
        "fixed_by_kind": {
            kind: [sum(one["fixed"] for one in group), len(group)]
            for kind in sorted({record["kind"] for record in records})
            for group in [[record for record in records if record["kind"] == kind]]
        },
    }


def main() -> int:
    """Measure and write the figures; 1 when fewer than 40 % were fixed or a patch broke another test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for the libraries' source archives")
    parser.add_argument("--out", type=Path, required=True, help="file for the results (JSON)")
    parser.add_argument("--date", required=True, help="date of the measurement, written into the results")
    parser.add_argument("--bugs", type=int, default=42)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120.0, help="the agent's budget for each bug")
    parser.add_argument("--agent", type=Path, default=AGENT, help="the agent's directory")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    measured = provenance(arguments.agent)
    rng = random.Random(arguments.seed)
    records: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="bench-sources-") as folder:
        for index, (name, version, globs) in enumerate(LIBRARIES):
            place = Path(folder) / name
            place.mkdir()
            pristine = fetch(arguments.cache, name, version, place)
            files = sorted({path for glob in globs for path in pristine.glob(glob)})
            share = (arguments.bugs - len(records)) // (len(LIBRARIES) - index)
            records += one_library(pristine, files, share, arguments, rng)
            figures = summary(records, arguments, measured)
            arguments.out.write_text(json.dumps({**figures, "bugs": records}, indent=1) + "\n")
    print(json.dumps({name: value for name, value in figures.items() if name != "bugs"}, indent=1))
    return 0 if figures["fix_rate"] >= 0.4 and not figures["broke_another_test"] else 1


if __name__ == "__main__":
    sys.exit(main())
