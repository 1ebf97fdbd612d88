"""Answers that are kept for as long as the service says that they are still right."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from attrs import define, field, frozen

from agent_orchestrator.net.answers import Answer

#: Bytes of all that is kept.
MOST = 32 * 1024 * 1024


@frozen
class Key:
    """What an answer is the answer to. Services give each credential answers, and tags, of its own."""

    fingerprint: str
    url: str
    accept: str


@define
class Memory:
    """The newest answers; the one that was not asked for the longest makes room first."""

    most: int = MOST
    _kept: OrderedDict[Key, Answer] = field(factory=OrderedDict)
    _size: int = 0

    def conditions(self, key: Key) -> Mapping[str, str]:
        """The headers that ask for an answer only if it differs."""
        kept = self._kept.get(key)
        if kept is None:
            return {}
        pairs = (("If-None-Match", kept.headers.get("etag")), ("If-Modified-Since", kept.headers.get("last-modified")))
        return {name: value for name, value in pairs if value}

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep what can be asked for again by a tag or a date."""
        self._forget(key)
        if not answer.headers.keys() & {"etag", "last-modified"} or len(answer.body) > self.most // 8:
            return
        self._kept[key] = answer
        self._size += len(answer.body)
        while self._size > self.most:
            self._forget(next(iter(self._kept)))

    def again(self, key: Key) -> Answer | None:
        """What was kept; None: nothing."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _forget(self, key: Key) -> None:
        if old := self._kept.pop(key, None):
            self._size -= len(old.body)
