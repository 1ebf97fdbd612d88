"""A forge in memory with 100 open pull requests, at which a script's changes happen; each says what is to be known."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2

from .script import JOBS, PULLS, Change
from .staleness import OVER, Expect

FORGES = Path(__file__).parents[2] / "fakes" / "forges"
#: Who may push, and says and reviews things.
PEOPLE = ("ann", "eve", "kim")
#: A log of the usual length, with the end that matters.
LOG = "".join(f"tests/test_{n}.py::test_it PASSED\n" for n in range(300)) + (
    "E       assert 1 == 2\nhalf.py:3: AssertionError\nFAILED half.py::test_half - assert 1 == 2\n1 failed\n"
)


def double(name: str) -> Any:
    """One of the forges in memory: ``github`` or ``gitlab``."""
    package = "ao_fake_forges"
    if package not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            package, FORGES / "__init__.py", submodule_search_locations=[str(FORGES)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[package] = module
        spec.loader.exec_module(module)
    return importlib.import_module(f"{package}.{name}")


class Counted(httpx2.AsyncBaseTransport):
    """Counts requests, what came for nothing, and the bytes of bodies as they are before any compression."""

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner
        self.reset()

    def reset(self) -> None:
        """Begin at nothing."""
        self.requests = self.unchanged = self.bytes = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One request."""
        answer = await self._inner.handle_async_request(request)
        body = await answer.aread()
        self.requests += 1
        self.unchanged += answer.status_code == 304
        self.bytes += len(body)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body, request=request)


class World(ABC):
    """``pulls`` are the double's own, by their place in the script; ``shop`` is its repository."""

    server = ""

    def __init__(self, forge: Any, shop: Any) -> None:
        self.forge, self._shop = forge, shop
        self.transport = Counted(forge.transport())
        self.pulls = [self._open(number) for number in range(PULLS)]
        #: The newest push of each.
        self._pushed = dict.fromkeys(range(PULLS), 0)
        self._checks: dict[tuple[int, str], Any] = {}
        self._ends: dict[tuple[int, str], str] = {}
        self.threads = [self._line(number, f"first {number}") for number in range(PULLS)]
        for number in range(PULLS):
            for job in JOBS:
                self._check(self._begin(number, job), "passed")

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return float(self.forge.clock.now().timestamp())

    def until(self, moment: float) -> None:
        """Let time pass."""
        self.forge.clock.advance(moment - self.now)

    def happen(self, it: Change) -> Iterator[Expect]:
        """Let a change happen: what is to be known of it."""
        pull, text = it.pull, f"said {it.number}"
        if self._is_over(pull):
            return
        match it.kind:
            case "push":
                self._pushed[pull] = it.number
                head = str(self.pulls[pull].push())
                yield Expect("head", pull, lambda v: v.head == head)
            case "check":
                yield from self._job(it)
            case "red":
                self._check(self._begin(pull, "nightly"), "failed")
                yield Expect("check", pull, lambda v: v.checks.get("nightly") == "failed", "nightly")
                yield Expect("failure read", pull, lambda v: "nightly" in v.reds, "nightly")
            case "comment":
                self.pulls[pull].comment(PEOPLE[pull % 3], text)
                yield Expect("comment", pull, lambda v: text in v.comments, text)
            case "line":
                self._line(pull, text)
                yield Expect("line comment", pull, lambda v: text in v.comments, text)
            case "label":
                label = f"label-{it.number}"
                self.pulls[pull].label(label)
                yield Expect("label", pull, lambda v: label in v.labels, label)
            case "approve":
                self._approve(pull)
                yield Expect("review decision", pull, lambda v: v.decision == "approved")
            case "resolve":
                thread = self._resolve(pull)
                yield Expect("thread resolved", pull, lambda v: thread in v.resolved, thread)
            case "draft":
                draft = not self.pulls[pull].draft
                self._draft(pull, draft)
                yield Expect("draft", pull, lambda v: v.draft is draft)
            case "close":
                self.pulls[pull].close()
                yield Expect(OVER, pull, lambda v: v.state == "closed")
            case _:
                yield from self._move_base(it)

    def _job(self, it: Change) -> Iterator[Expect]:
        key = (it.number, it.name)
        if self._pushed[it.pull] != it.number:
            # A run of an old head goes on, and nobody needs to know.
            if key in self._checks:
                self._check(self._checks[key], it.state)
            return
        if it.state == "running":
            self._checks[key] = self._begin(it.pull, it.name)
        else:
            self._check(self._checks[key], it.state)
            self._ends[key] = it.state
        name, state = it.name, it.state
        yield Expect("check", it.pull, lambda v: v.checks.get(name) == state, name)
        ends = {job: self._ends.get((it.number, job)) for job in JOBS}
        if all(ends.values()):
            for job in (job for job, end in ends.items() if end == "failed"):
                yield Expect("failure read", it.pull, lambda v, job=job: job in v.reds, job)  # type: ignore[misc]

    def _move_base(self, it: Change) -> Iterator[Expect]:
        """By a merge, by a push that one conflicts with, or by one that means nothing."""
        if it.kind == "conflict":
            self._shop.refs.conflicting.add(self._head(it.pull))
            yield Expect("mergeability", it.pull, lambda v: v.conflict)
        if it.kind == "merge":
            base = self._shop.refs.merge(self._base, self._head(it.pull), "MERGE", "Merge")
            self._shop.refs.write("main", base)
            self._shop.sync()
            yield Expect(OVER, it.pull, lambda v: v.state == "merged")
        else:
            base = str(self._shop.commit("main"))
            self._shop.sync()
        for number in range(PULLS):
            if not self._is_over(number):
                yield Expect("base moved", number, lambda v: v.base == base)

    @property
    def _base(self) -> str:
        return str(self._shop.refs.heads()["main"])

    @property
    @abstractmethod
    def points(self) -> int:
        """What was spent so far."""

    @abstractmethod
    def key(self, pull: int) -> str:
        """What the product calls it."""

    @abstractmethod
    def _open(self, number: int) -> Any: ...
    @abstractmethod
    def _head(self, pull: int) -> str: ...
    @abstractmethod
    def _is_over(self, pull: int) -> bool: ...
    @abstractmethod
    def _begin(self, pull: int, name: str) -> Any: ...
    @abstractmethod
    def _check(self, check: Any, state: str) -> None: ...
    @abstractmethod
    def _line(self, pull: int, text: str) -> Any: ...
    @abstractmethod
    def _approve(self, pull: int) -> None: ...
    @abstractmethod
    def _resolve(self, pull: int) -> str: ...
    @abstractmethod
    def _draft(self, pull: int, draft: bool) -> None: ...
