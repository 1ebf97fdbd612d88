"""Where lines of a commit are in the person's files. Pure.

Invariant: a line that is not the same any more is stale, at the number that it had: it is never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from agent_orchestrator.model.evidence import Item
from agent_orchestrator.model.report import Finding
from agent_orchestrator.model.trace import lines_of, trace
from agent_orchestrator.model.watched import Watched

#: Files of one pull request that are looked at; what is said of others is stale.
MOST_FILES = 500


@frozen
class Place:
    """A line of the person's file, from 1 (0: the file as a whole). ``seen_at``: when that file was read.

    ``stale``: it is not there any more; ``path`` and ``line`` are those of the commit.
    """

    path: str
    line: int
    stale: bool = False
    seen_at: float = 0.0


@frozen
class PlacedFile:
    """A file of a commit in the checkout: its ``path`` there, and its ``lines``: number then → number now, from 1."""

    path: str
    lines: Mapping[int, int]
    seen_at: float = 0.0


@frozen
class Placement:
    """The files of a commit in the checkout, by the paths that they have in the commit. ``head`` is the commit."""

    head: str = ""
    files: Mapping[str, PlacedFile] = field(factory=dict)
    #: It is being made: nothing is known yet.
    waits: bool = False

    def of(self, path: str, line: int) -> Place:
        """Where a line (from 1; 0: none is meant) of a file of the commit is."""
        file = self.files.get(path)
        if file is None:
            # What is about no file is about the whole.
            return Place(path, line, stale=bool(path))
        now = file.lines.get(line) if line else 0
        return Place(path, line, stale=True) if now is None else Place(file.path, now, seen_at=file.seen_at)


def same_lines(before: str, after: str) -> dict[int, int]:
    """The lines, from 1, of ``before`` that are in ``after`` as well, with their numbers there."""
    origins = trace(lines_of(before), lines_of(after))
    return {origin + 1: number for number, origin in enumerate(origins, 1) if origin is not None}


def files_of(watched: Watched) -> tuple[str, ...]:
    """The files that CI or reviewers speak of at a pull request, as of its head; at most :data:`MOST_FILES`."""
    found = {file_of(each.finding) for red in watched.reds for each in red.findings}
    found |= {frame.path for red in watched.reds for each in red.findings for frame in each.finding.frames}
    if watched.pull is not None:
        found |= {thread.path for thread in watched.pull.threads if not thread.resolved}
    return tuple(sorted(path for path in found if is_inside(path))[:MOST_FILES])


def file_of(finding: Finding) -> str:
    """The file that a finding is in, as far as it says so."""
    return finding.path or Item("", finding.key).path


def is_inside(path: str) -> bool:
    """Can it be a path in a repository? Services and logs can say anything."""
    return bool(path) and "\n" not in path and not any(part in ("", ".", "..") for part in path.split("/"))
