"""Recall and precision of (file, line): the corpus's logs, wrapped as jobs, read by the product, against the truth."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import wrap
from attrs import frozen

from agent_orchestrator.formats.ci_log import JobLog, read_job_log

LOGS = Path(__file__).parent / "logs"


@frozen
class Score:
    """One log: what was to be found, what was, and what was named besides."""

    name: str
    tool: str
    held: bool
    found: frozenset[tuple[str, int]]
    missed: frozenset[tuple[str, int]]
    wrong: frozenset[tuple[str, int]]


def job(name: str) -> tuple[bytes, dict[str, object]]:
    """The log of a case as its forge keeps it, and what is known of the case."""
    told = json.loads((LOGS / f"{name}.json").read_text())
    text = (LOGS / f"{name}.log").read_text(encoding="utf-8")
    if told["forge"] == "github":
        return wrap.github(text, told["command"], told["root"], told["exit"]), told
    return wrap.gitlab(text, told["command"], told["root"], told["exit"], times=len(name) % 2 == 0), told


def read(name: str, *, with_files: bool = True) -> tuple[JobLog, dict[str, object]]:
    """The product's reading of a case."""
    data, told = job(name)
    return read_job_log(data, paths=told["files"] if with_files else None), told


def score(name: str, *, with_files: bool = True) -> Score:
    """The reading of a case against its truth. A finding without a line names no place: it is not right, nor wrong."""
    log, told = read(name, with_files=with_files)
    places = {(t.finding.path, t.finding.line) for t in log.findings if t.finding.path and t.finding.line}
    truth = {(path, line) for path, line in told["truth"]}
    return Score(
        name,
        told["tool"],
        told["held"],
        frozenset(places & truth),
        frozenset(truth - places),
        frozenset(places - truth),
    )


def names(*, held: bool | None = None) -> list[str]:
    """The cases of the corpus; those that were held out, or the others."""
    every = sorted(path.stem for path in LOGS.glob("*.json"))
    return [n for n in every if held is None or json.loads((LOGS / f"{n}.json").read_text())["held"] == held]


def rates(scores: list[Score]) -> tuple[float, float]:
    """(recall, precision) over all places of ``scores``."""
    found = sum(len(s.found) for s in scores)
    missed, wrong = sum(len(s.missed) for s in scores), sum(len(s.wrong) for s in scores)
    return found / max(found + missed, 1), found / max(found + wrong, 1)


def first_reading() -> dict[str, tuple[int, int, int]]:
    """(found, missed, wrong) of each held-out log when it was read for the first time, before anything was mended."""
    told = json.loads((Path(__file__).parent / "first_reading.json").read_text())
    return {name: tuple(counts) for name, counts in told.items()}
