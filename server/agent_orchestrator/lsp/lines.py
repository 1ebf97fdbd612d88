"""Where a line of an earlier text is now: diagnostics move with edits, and go stale instead of lying."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from attrs import define, field

#: Saves that are remembered, with the lines of each; a result that is older is shown where it was.
_SAVES = 20


@define
class Lines:
    """The lines of an open document, traced back to each of its last saved states.

    ``_now[i]`` is the number that line ``i`` had when the newest epoch began, None for a line that was edited or added
    since. Numbers count from 0.
    """

    _now: list[int | None]
    #: (when the epoch began, the lines of the epoch after it traced to this one); the newest epoch is not in it.
    _before: list[tuple[float, list[int | None]]] = field(factory=list)
    _began: float = 0.0

    @classmethod
    def of(cls, count: int, at: float = 0.0) -> Lines:
        """A document of ``count`` lines as it is on disk, opened at ``at``."""
        return cls(list(range(count)), began=at)

    def saved(self, at: float) -> None:
        """What is in the editor is on disk now."""
        self._before.append((self._began, self._now))
        del self._before[:-_SAVES]
        self._now = list(range(len(self._now)))
        self._began = at

    def edited(self, start: tuple[int, int], end: tuple[int, int], text: str, tail: bool) -> None:
        """A range (line, character) was replaced by ``text``. ``tail``: the range begins where its line ends."""
        (first, column), (last, last_column) = start, end
        first, last = min(first, len(self._now)), min(last, len(self._now))
        added = text.count("\n")
        whole = column == 0 and last_column == 0 and (not text or text.endswith("\n"))
        if whole:
            # Whole lines were taken out or put in: the line that follows is the one it was.
            self._now[first:last] = [None] * added
        elif tail and start == end and text.startswith("\n"):
            self._now[first + 1 : first + 1] = [None] * added
        elif tail and not text and last_column == 0 and last == first + 1:
            self._now[first : last + 1] = [None]
        else:
            self._now[first : last + 1] = [None] * (added + 1)

    def replaced(self, before: Sequence[str], after: Sequence[str]) -> None:
        """The whole text was replaced: lines that are the same are the same."""
        traced: list[int | None] = [None] * len(after)
        for block in difflib.SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
            for offset in range(block.size):
                if block.a + offset < len(self._now):
                    traced[block.b + offset] = self._now[block.a + offset]
        self._now = traced

    def where(self, line: int, at: float) -> int | None:
        """Where a line of the text on disk at ``at`` is now; None when it was edited or is gone."""
        steps = [self._now]
        began = self._began
        for earlier, lines in reversed(self._before):
            if at >= began:
                break
            steps.append(lines)
            began = earlier
        for lines in reversed(steps):
            found = next((number for number, was in enumerate(lines) if was == line), None)
            if found is None:
                return None
            line = found
        return line
