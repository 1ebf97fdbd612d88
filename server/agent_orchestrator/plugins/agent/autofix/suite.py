"""A collected test suite that runs single tests on demand: what the pytest and the unittest side have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

PASS, FAIL, SKIP = "pass", "fail", "skip"


@dataclass(frozen=True)
class Result:
    """How one test ended. ``lines`` is filled when it was traced; ``frames`` are those of its failure."""

    test: str
    outcome: str
    seconds: float = 0.0
    lines: dict[str, list[int]] = field(default_factory=dict)
    frames: list[tuple[str, int, str]] = field(default_factory=list)
    error: str = ""

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON data."""
        return asdict(self)


def result_from(wire: dict[str, Any]) -> Result:
    """Return the value that :meth:`Result.wire` wrote."""
    return Result(**{**wire, "frames": [tuple(frame) for frame in wire["frames"]]})


class Suite(Protocol):
    """Tests by id (``file::qualname[params]``, relative to the tree), and the problems of collecting them."""

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all collected tests, in the order they run in."""
        ...

    @property
    def problems(self) -> Sequence[str]:
        """What could not be collected, one text for each."""
        ...

    def run(self, ids: Sequence[str], root: Path, trace: bool) -> Iterator[Result]:
        """Run these tests one after the other; unknown ids give no result."""
        ...
