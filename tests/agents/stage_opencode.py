"""Where conversations with opencode are held over HTTP, and what is to come of them."""

from __future__ import annotations

import base64
import importlib.util
import json
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
from attrs import define, evolve, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

HERE = Path(__file__).parent


def load(name: str) -> ModuleType:
    """A module of this folder."""
    full = f"ao_agents_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[full] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[full])
    return sys.modules[full]


talking, turns, record = load("talk"), load("turns"), load("record_opencode")
bash = record.bash
#: It runs until it is ended, and tells that it runs.
SLEEP = "touch begun; sleep 60"
ALLOWED = PermissionsConfig(allow=("Bash(touch *)", "Bash(sleep *)"))


@define
class Guest:
    """Who has joined the program, as its own screen does."""

    door: socket.socket
    url: str
    login: str

    def call(self, path: str, body: Any = None, method: str = "POST") -> Any:
        """A request of theirs."""
        data = None if method == "GET" else json.dumps(body or {}).encode()
        headers = {"Authorization": f"Basic {self.login}", "Content-Type": "application/json"}
        asked = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(asked, timeout=talking.PATIENCE) as response:
            said = response.read()
        return json.loads(said) if said else None

    def leave(self) -> None:
        """Go."""
        self.door.close()


@define
class Stage:
    """Where a conversation is held: with one run of the program after the other."""

    place: Any
    program: Path
    stack: ExitStack
    talks: list[Any] = field(factory=list)

    def open(self, conversation: str = "", tries: int = 0, **more: Any) -> Any:
        """Start the program. ``tries``: how often its service may fail."""
        given = {"channel": "structured", "permissions": PermissionsConfig(), **more}
        bench = evolve(turns.bench_of(self.place, conversation), door=self.place.home / "door")
        agent = record.with_key(self.place, self.program, **given)
        launch = agent.launch(turns.task_of(), bench, self.place.home / "task.json")
        if tries:
            launch.dialogue._trouble.tries = tries
        self.talks.append(self.stack.enter_context(talking.talk(self.place, launch)))
        return self.talks[-1]

    def start(self, conversation: str = "", **more: Any) -> Any:
        """Start the program; it is ready."""
        talk = self.open(conversation, **more)
        talk.until(a.READY)
        return talk

    def say(self, *steps: Any, message: str = "m1", **more: Any) -> Any:
        """Start the program and tell it a script for the model."""
        talk = self.start(**more)
        talk.say(message, script(*steps))
        return talk

    def answer(self, talk: Any, does: str, text: str = "") -> a.Ask:
        """Answer what it asks next, by what the answer does."""
        ask: a.Ask = talk.until(a.ASKED).ask
        option = ask.option(does)
        assert option is not None
        talk.answer(ask.id, option.id, text)
        talk.until(a.ANSWERED, message=ask.id)
        return ask

    def end(self, talk: Any, *kinds: str) -> a.Fact:
        """Wait for the end of its turn, and end it."""
        fact: a.Fact = talk.until(*(kinds or (a.DONE,)))
        assert talk.close() == 0
        return fact

    def sleeps(self) -> None:
        """Let it run the command that takes long."""
        self.until(lambda: (self.place.tree / "begun").exists())

    def joins(self, talk: Any) -> Guest:
        """Somebody joins it."""
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.connect(str(self.place.home / "door"))
        told = json.loads(door.makefile("rb").readline())
        talk.until(a.JOINED)
        return Guest(door, told["url"], base64.b64encode(f"{told['user']}:{told['password']}".encode()).decode())

    def server(self, talk: Any) -> psutil.Process:
        """The program behind its bridge."""
        (found,) = psutil.Process(talk.process.pid).children()
        return found

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something outside of the program."""
        deadline = time.monotonic() + talking.PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@frozen
class Scenario:
    """``hold`` holds the conversation, of which the last run counts. ``facts``: beginnings of lines.

    ``live``: tests hold it with the program. ``tries``: as in its dialogue.
    """

    hold: Callable[[Stage], None]
    facts: str
    resumed: bool
    live: bool
    tries: int


SCENARIOS: dict[str, Scenario] = {}


def scenario(
    facts: str, *, resumed: bool = False, live: bool = False, tries: int = 5
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Note a conversation under its function's name."""

    def note(hold: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENARIOS[hold.__name__.replace("_", "-")] = Scenario(hold, facts, resumed, live, tries)
        return hold

    return note


def script(*steps: Any, text: str = "Do it.") -> str:
    """A message with a script for the model."""
    return str(turns.scripted(text, steps))


def lines_of(facts: list[a.Fact]) -> list[str]:
    """Facts as lines, but for what it works on and uses; what it asks is numbered.

    How often it tries again follows from how long that takes: of what comes in a row only the first is told.
    """
    numbers: dict[str, str] = {}
    told = [fact for fact in facts if fact.kind not in (a.WORKING, a.USED)]
    rows = zip([None, *told], told, strict=False)
    return [
        _line(fact, numbers)
        for before, fact in rows
        if before is None or before.kind != fact.kind or fact.kind != a.RETRYING
    ]


def _line(fact: a.Fact, numbers: dict[str, str]) -> str:
    words = [fact.kind]
    if fact.ask is not None:
        ask = fact.ask
        numbers[ask.id] = str(len(numbers))
        words += [numbers[ask.id], ask.kind, ask.action, *ask.subjects]
        words += [ask.text] if ask.kind == a.QUESTION else []
    elif fact.message:
        words.append(numbers.get(fact.message, fact.message))
    words += [fact.error] if fact.error else []
    words += [fact.text] if fact.kind != a.READY and fact.text else []
    return " ".join(words)


def check(facts: list[a.Fact], scenario: Scenario, folder: str) -> None:
    """Are these the facts that have to come of it?"""
    lines = lines_of(facts)
    wanted = [one.strip().replace("$HERE", folder) for one in scenario.facts.strip().splitlines()]
    assert len(lines) == len(wanted), "\n".join(lines)
    for line, beginning in zip(lines, wanted, strict=True):
        # A connection that is dropped has one of two names, by which of its ends the program sees first.
        got = line.replace("Connection reset by server", "Cannot connect to API")
        assert got.startswith(beginning), "\n".join(lines)
