"""The adapter of the program ``talker.py``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact, Option
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.ports.agent import FAILED, Attach, Bench, Launch, Task, Told
from agent_orchestrator.ports.channel import Send, Step

PROGRAM = Path(__file__).with_name("talker.py")
OPTIONS = (Option("y", "Yes", a.ALLOW), Option("n", "No", a.DENY))
COLOURS = (Option("r", "Red"), Option("g", "Green"))


@define
class Dialogue:
    """Its protocol."""

    steers: bool = True
    done: str = ""
    conversation: str = ""
    asked: set[str] = field(factory=set)
    interrupts: int = 0

    def open(self) -> Iterable[Step]:
        return ()

    def take(self, line: str) -> Iterable[Step]:
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError:
            return
        if "ready" in said:
            self.conversation = said["ready"]
            yield Fact(a.READY, text="talker 1", conversation=said["ready"])
        if "accepted" in said:
            self.done = ""
            yield Fact(a.ACCEPTED, message=said["accepted"])
        if "working" in said:
            yield Fact(a.WORKING, text=said["working"])
        if "used" in said:
            yield Fact(a.USED, usage=Usage(input_tokens=said["used"], output_tokens=0))
        if "ask" in said:
            self.asked.add(said["ask"])
            about = {"tool": said["action"].title(), "action": said["action"], "subjects": (said["subject"],)}
            yield Fact(a.ASKED, ask=Ask(said["ask"], a.PERMISSION, "may it?", OPTIONS, **about))
        if "question" in said:
            self.asked.add(said["question"])
            yield Fact(a.ASKED, ask=Ask(said["question"], a.QUESTION, said["text"], COLOURS, free=True))
        if "answered" in said:
            self.asked.discard(said["answered"])
            yield Fact(a.ANSWERED, message=said["answered"], text=said["option"])
        if "joined" in said:
            yield Fact(a.JOINED if said["joined"] else a.LEFT)
        if "typed" in said:
            yield Fact(a.SAID, text=said["typed"])
        if "interrupted" in said:
            yield Fact(a.INTERRUPTED)
        if "done" in said:
            self.done = said["done"]
            yield Fact(a.DONE, text=said["done"])

    def say(self, message: str, text: str) -> Iterable[Step]:
        yield send(f"say:{message}", say=message, text=text)

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        if ask in self.asked:
            yield send(f"answer:{ask}", answer=ask, option=option, text=text)

    def interrupt(self) -> Iterable[Step]:
        self.interrupts += 1
        yield send(f"interrupt:{self.interrupts}", interrupt=True)

    def told(self, code: int | None) -> Told:
        return Told(words=self.done, conversation=self.conversation, error="" if self.done else FAILED)


def send(key: str, **what: Any) -> Send:
    return Send(key, json.dumps(what).encode() + b"\n")


@frozen
class Talker:
    """The adapter. ``steers`` false: it takes no message while it works."""

    steers: bool = True
    env: Mapping[str, str] = field(factory=dict)
    name: str = "talker"
    free_text: bool = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        return None

    def launch(self, task: Task, bench: Bench, task_file: Path) -> Launch:
        argv = (sys.executable, "-S", str(PROGRAM))
        return Launch(argv, self.env, dialogue=Dialogue(self.steers))

    def told(self, output: str, code: int | None) -> Told:
        raise AssertionError("it is talked to")


@frozen
class Joinable(Talker):
    """One that can be joined; ``why_not`` says why it can not be now."""

    why_not: str = ""

    def attach(self, bench: Bench) -> Attach | str:
        return self.why_not or Attach(("screen", str(bench.door), bench.conversation), {"KEY": "secret"})
