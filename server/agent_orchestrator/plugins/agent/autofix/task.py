"""What the agent was asked: the task file as values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Failure:
    """One red thing. ``kind`` is ``test``, ``lint`` or ``top`` (a scope that could not be judged at all)."""

    id: str
    check: str
    kind: str
    test: str
    rule: str
    file: str
    line: int
    message: str


@dataclass(frozen=True)
class Task:
    """The whole task; ``argv`` and ``formats`` are those of the checks by their ids."""

    id: str
    title: str
    attempt: int
    feedback: str
    failures: tuple[Failure, ...]
    argv: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    base: str = ""

    def of_kind(self, *kinds: str) -> tuple[Failure, ...]:
        """Return the failures of these kinds, in the task's order."""
        return tuple(failure for failure in self.failures if failure.kind in kinds)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _failure(raw: Mapping[str, Any]) -> Failure:
    test, rule = _text(raw.get("test")), _text(raw.get("rule"))
    return Failure(
        id=_text(raw.get("id")),
        check=_text(raw.get("check")),
        kind=_text(raw.get("kind")) or ("test" if test else "lint" if rule else "top"),
        test=test,
        rule=rule,
        file=_text(raw.get("file")),
        line=_number(raw.get("line"), 0),
        message=_text(raw.get("message")),
    )


def parse_task(text: str) -> Task:
    """Parse the JSON of ``AO_TASK_FILE``.

    Unknown keys are ignored and values of a wrong type count as absent, so that an older agent reads a newer task.
    Raises ``ValueError`` when the text is not a JSON object.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError("the task is not a JSON object")
    failures = raw.get("failures")
    checks = {name: _mapping(check) for name, check in _mapping(raw.get("checks")).items()}
    return Task(
        id=_text(raw.get("id")),
        title=_text(raw.get("title")),
        attempt=_number(raw.get("attempt"), 1),
        feedback=_text(raw.get("feedback")),
        failures=tuple(_failure(one) for one in failures if isinstance(one, dict))
        if isinstance(failures, list)
        else (),
        argv={name: tuple(map(str, check.get("argv") or ())) for name, check in checks.items()},
        formats={name: _text(check.get("format")) for name, check in checks.items()},
        base=_text(raw.get("base")),
    )


def read_task(path: str) -> Task:
    """Read the task file. Raises ``OSError`` or ``ValueError`` with the path in its text."""
    try:
        return parse_task(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
