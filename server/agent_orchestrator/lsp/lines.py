"""Where a line of an earlier text is now: diagnostics move with edits, and go stale instead of lying."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from agent_orchestrator.model.trace import trace

#: Saved states that are remembered one by one; of older ones only the first.
_EPOCHS = 20


@define
class Lines:
    """The lines of an open document, traced back to each state that it had on disk. Numbers count from 0.

    An epoch begins with each such state. ``_now[i]`` is the number that line ``i`` had when the newest epoch began,
    None for a line that was edited or added since.
    """

    _now: list[int | None]
    #: Epochs that are over, oldest first: when each ended (seconds since 1970), and where its lines were then.
    _over: list[tuple[float, dict[int, int]]] = field(factory=list)
    #: From when on, and until when, the disk's state is not known any more.
    _unknown: tuple[float, float] = (0.0, 0.0)
    _places: dict[int, int] | None = None

    @classmethod
    def of(cls, count: int) -> Lines:
        """A document of ``count`` lines as it is on disk."""
        return cls(list(range(count)))

    def saved(self, at: float) -> None:
        """What is in the editor is on disk now."""
        self._over.append((at, self._by_number()))
        self.undone(len(self._now))
        if len(self._over) > _EPOCHS:
            self._merge()

    def undone(self, count: int) -> None:
        """The document, of ``count`` lines, is again as it was when the newest epoch began."""
        self._now = list(range(count))
        self._places = None

    def edited(self, first: int, last: int, before: Sequence[str], after: Sequence[str]) -> None:
        """An edit touched the lines ``first`` to ``last`` of ``before``; all lines before and after it are given."""
        end = max(first, last + 1 + len(after) - len(before))
        origins = trace(before[first : last + 1], after[first:end])
        window = self._now[first : last + 1]
        self._now[first : last + 1] = [None if origin is None else window[origin] for origin in origins]
        self._places = None

    def where(self, line: int, at: float) -> int | None:
        """Where a line of the text on disk at ``at`` is now; None when it was edited, is gone or can not be told."""
        since, until = self._unknown
        if since <= at < until:
            return None
        found: int | None = line
        for ended, places in self._over:
            if at < ended and found is not None:
                found = places.get(found)
        return None if found is None else self._by_number().get(found)

    def _by_number(self) -> dict[int, int]:
        if self._places is None:
            self._places = {was: number for number, was in enumerate(self._now) if was is not None}
        return self._places

    def _merge(self) -> None:
        """Forget the second epoch: what was seen in the first one is traced through it."""
        (since, first), (until, second) = self._over[:2]
        merged = {number: second[place] for number, place in first.items() if place in second}
        self._over[:2] = [(until, merged)]
        self._unknown = (self._unknown[0] or since, until)
