"""Anything in any order: editors that open, edit, ask, cancel and go away at random, on one daemon.

Every request is answered exactly once, nothing is logged as a fault, no message comes that nobody knows, and the daemon
answers at the end as at the beginning.
"""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

import pytest

NAMES = ("half.py", "tests/test_half.py", "agent-orchestrator.yaml", "no/such/file.py", "../outside.py")
TEXTS = ("", "\n", "x", "a\nb\n", "😀 = 1\r\n", "\x0c\u2028\r", "projects: [\n", "def f():\n    pass\n")
NUMBERS = (0, 1, 3, 4, 5, 99, 2**31 - 1)
JUNK: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x", [], [None], {}, {"a": None}, "\ud800", "x" * 10_000)
COMMANDS = (
    "ao.check", "ao.sessions", "ao.session", "ao.logs", "ao.diff", "ao.queue", "ao.land", "ao.undo", "ao.pause",
    "ao.resume", "ao.mute", "ao.trust", "ao.projects", "ao.doctor", "ao.send", "ao.stop", "ao.attach", "ao.restore",
    "ao.fixWith", "ao.showOwner", "ao.showLog", "ao.showDiff", "ao.nothing",
)  # fmt: skip
FIELDS = ("project", "path", "session", "failure", "landing", "text", "checks", "failures", "all", "nonsense")
REQUESTS = (
    "textDocument/codeAction", "textDocument/codeLens", "textDocument/inlayHint", "textDocument/hover",
    "ao/sessions", "ao/failures", "initialize", "no/such/method",
)  # fmt: skip


class Person:
    """One random user of one editor."""

    def __init__(self, chance: random.Random, editor: Any) -> None:
        self.chance, self.editor = chance, editor
        self.asked: list[tuple[int, asyncio.Future[Any]]] = []
        self.steps = [self.open, self.change, self.change, self.close, self.save, self.ask, self.ask, self.ask]
        self.steps += [self.run, self.run, self.cancel, self.junk, self.moody, self.folder]

    def act(self) -> None:
        self.chance.choice(self.steps)()

    def document(self) -> dict[str, Any]:
        return {"uri": self.editor.uri(self.chance.choice(NAMES)), "version": self.chance.choice(NUMBERS)}

    def place(self) -> dict[str, int]:
        return {"line": self.chance.choice(NUMBERS), "character": self.chance.choice(NUMBERS)}

    def span(self) -> dict[str, Any]:
        return {"start": self.place(), "end": self.place()}

    def open(self) -> None:
        text = self.chance.choice(TEXTS) * self.chance.randint(0, 3)
        document = {**self.document(), "languageId": "x", "text": text}
        self.editor.notify("textDocument/didOpen", {"textDocument": document})

    def change(self) -> None:
        changes: list[Any] = []
        for _ in range(self.chance.randint(0, 3)):
            change = {"text": self.chance.choice(TEXTS)}
            changes.append(change if self.chance.random() < 0.3 else {**change, "range": self.span()})
        self.editor.notify("textDocument/didChange", {"textDocument": self.document(), "contentChanges": changes})

    def close(self) -> None:
        self.editor.notify("textDocument/didClose", {"textDocument": self.document()})

    def save(self) -> None:
        self.editor.notify("textDocument/didSave", {"textDocument": self.document()})

    def ask(self) -> None:
        foreign = {
            "range": self.span(),
            "message": self.chance.choice(TEXTS),
            "source": self.chance.choice(("x", "ao")),
        }
        context = {"diagnostics": [foreign] if self.chance.random() < 0.5 else []}
        params = {"textDocument": self.document(), "range": self.span(), "position": self.place(), "context": context}
        method = self.chance.choice(REQUESTS)
        self.asked.append(self.editor.ask(method, self.chance.choice(JUNK) if self.chance.random() < 0.2 else params))

    def run(self) -> None:
        given = {self.chance.choice(FIELDS): self.chance.choice(JUNK) for _ in range(self.chance.randint(0, 2))}
        arguments = self.chance.choice(([given], [given], [given], None, [], [None], [given, given], given))
        command = self.chance.choice(COMMANDS)
        self.asked.append(self.editor.ask("workspace/executeCommand", {"command": command, "arguments": arguments}))

    def cancel(self) -> None:
        if self.asked:
            self.editor.notify("$/cancelRequest", {"id": self.chance.choice(self.asked)[0]})

    def junk(self) -> None:
        method = self.chance.choice(("textDocument/didOpen", "$/cancelRequest", "no/such", "initialized", "$/setTrace"))
        self.editor.notify(method, self.chance.choice(JUNK))

    def moody(self) -> None:
        """From now on questions are answered otherwise, but never with leave to move the checkout."""
        last = self.chance.choice((lambda params: {}, lambda params: params["actions"][-1], lambda params: 5))
        self.editor.answers["window/showMessageRequest"] = last

    def folder(self) -> None:
        path = self.chance.choice((self.editor.root, self.editor.root / "tests", self.editor.root.parent))
        event: dict[str, Any] = {"added": [], "removed": []}
        event[self.chance.choice(("added", "removed"))] = [{"uri": path.as_uri(), "name": ""}]
        self.editor.notify("workspace/didChangeWorkspaceFolders", {"event": event})

    async def settle(self) -> None:
        """Every request has its one answer."""
        futures = [future for _, future in self.asked]
        done = await asyncio.wait_for(asyncio.gather(*futures, return_exceptions=True), 60)
        assert len(done) == len(futures)
        assert self.editor.stray == []
        for_people = {"window/showMessageRequest", "window/showMessage", "window/showDocument"}
        assert {method for method, _ in self.editor.messages} <= for_people
        self.editor.messages.clear()


async def live(seed: int, editors: Any, steps: int) -> None:
    chance = random.Random(seed)
    people = [Person(chance, await editors()) for _ in range(2)]
    for _ in range(steps):
        person = chance.choice(people)
        person.act()
        if chance.random() < 0.2:
            await asyncio.sleep(0)
        if chance.random() < 0.02:
            person.editor.vanish()
            await person.editor.gone()
            await asyncio.gather(*(future for _, future in person.asked), return_exceptions=True)
            person.editor.messages.clear()
            people[people.index(person)] = Person(chance, await editors())
    for person in people:
        await person.settle()
        assert await person.editor.command("ao.projects")
        person.editor.messages.clear()


def faults(caplog: Any) -> list[str]:
    """What was logged as a fault."""
    return [f"{r.getMessage()}: {r.exc_info and r.exc_info[1]!r}" for r in caplog.records if r.levelno >= logging.ERROR]


@pytest.mark.parametrize("seed", range(6))
async def test_anything_in_any_order(red, editors, caplog, seed):
    await live(seed, editors, 150)
    assert faults(caplog) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
async def test_much_of_anything_in_any_order(red, editors, caplog, seed):
    await live(seed, editors, 1500)
    assert faults(caplog) == []
