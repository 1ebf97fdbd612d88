"""Which of the plausible edits to take, and how much to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .candidates import Candidate

#: More rivals than this say that the tests do not pin the behaviour down.
MANY = 5


@dataclass(frozen=True)
class Plausible:
    """An edit under which every target passes and no green test broke.

    ``gained`` are the other red tests that it turned green; ``partial`` says that a remaining red test runs the edited
    line.
    """

    candidate: Candidate
    gained: tuple[str, ...]
    partial: bool


def ordered(found: Sequence[Plausible]) -> list[Plausible]:
    """Order by: tests turned green, not partial, not deleting, score, smallest edit."""
    return sorted(
        found,
        key=lambda one: (
            -len(one.gained),
            one.partial,
            one.candidate.edit.deleting,
            -one.candidate.score,
            len(one.candidate.edit.text) + one.candidate.edit.end - one.candidate.edit.start,
        ),
    )


def confidence(chosen: Plausible, found: Sequence[Plausible]) -> str:
    """Return ``low`` with many rivals, or when the edit only drops something or is partial; else ``fair``.

    Passing tests is no proof of being right, so there is nothing above fair.
    """
    rivals = sum(1 for one in found if len(one.gained) >= len(chosen.gained)) - 1
    return "low" if rivals > MANY or chosen.partial or chosen.candidate.edit.deleting else "fair"
