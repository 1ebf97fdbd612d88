"""Where conversations in the Agent Client Protocol are held with programs, and what is to come of them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.config import PermissionsConfig

HERE = Path(__file__).parent
PROGRAMS = ("gemini", "kimicode")
#: The ids of what each offers: once, always, not.
OPTIONS = {
    "gemini": ("proceed_once", "proceed_always", "cancel"),
    "kimicode": ("approve_once", "approve_always", "reject"),
}
#: What a message may begin with and be: none of it is a command.
ODD = ("/help", "\ufeff /compact", "$help", "!touch bang", "@calc.py", "# x", "a\x00b\x1b[31mc\r\n\td résumé 漢字 🎉 ")
LONG = "x" * (64 << 10)


load = sys.modules["ao_agents"].load
talking, turns = load("talk"), load("turns")
RECORDS = {name: load(f"record_{name}") for name in PROGRAMS}


@define
class Stage:
    """Where a conversation is held: with one run of the program after the other."""

    name: str
    place: Any
    program: Path
    stack: ExitStack
    talks: list[Any] = field(factory=list)

    @property
    def record(self) -> ModuleType:
        """What is peculiar to this program."""
        return RECORDS[self.name]

    def agent(self, make: str = "with_key", **more: Any) -> Any:
        """As somebody with a key uses it."""
        given = {"channel": "structured", "permissions": PermissionsConfig(), **more}
        return getattr(self.record, make)(self.place, self.program, **given)

    def open(self, conversation: str = "", **more: Any) -> Any:
        """Start the program."""
        bench = turns.bench_of(self.place, conversation)
        launch = self.agent(**more).launch(turns.task_of(), bench, self.place.home / "task.json")
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

    def bash(self, command: str) -> Any:
        """The call of its shell."""
        return self.record.bash(command)

    def answer(self, talk: Any, does: str, text: str = "") -> a.Ask:
        """Answer what it asks next."""
        ask = talk.until(a.ASKED).ask
        talk.answer(ask.id, ask.option(does).id, text)
        return ask

    def done(self, talk: Any) -> None:
        """Wait for the end of its turn; what it asks meanwhile is allowed."""
        while (fact := talk.until(a.ASKED, *a.ENDS)).kind == a.ASKED:
            talk.answer(fact.ask.id, fact.ask.option(a.ALLOW).id)
        assert fact.kind == a.DONE, fact

    def sleeps(self, talk: Any) -> None:
        """Let it run a command that takes long, until that runs."""
        if self.name == "kimicode":
            self.answer(talk, a.ALLOW)
        self.until(lambda: (self.place.tree / "begun").exists())

    def until(self, condition: Callable[[], object]) -> None:
        """Wait for something outside of the program."""
        deadline = time.monotonic() + talking.PATIENCE
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@frozen
class Scenario:
    """``hold`` holds the conversation, of which the last run counts. ``facts``: beginnings of lines.

    A line that begins with names of programs and a colon is of those alone. ``live``: tests hold it with the programs.
    """

    hold: Callable[[Stage], None]
    facts: str
    programs: tuple[str, ...]
    resumed: bool
    live: bool


SCENARIOS: dict[str, Scenario] = {}
#: It runs until it is ended, and tells that it runs.
SLEEP = "touch begun; sleep 60"
ALLOWED = PermissionsConfig(allow=("Bash(touch *)", "Bash(sleep *)"))


def scenario(
    facts: str, programs: tuple[str, ...] = PROGRAMS, *, resumed: bool = False, live: bool = False
) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Note a conversation under its function's name."""

    def note(hold: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENARIOS[hold.__name__.replace("_", "-")] = Scenario(hold, facts, programs, resumed, live)
        return hold

    return note


def script(*steps: Any, text: str = "Do it.") -> str:
    """A message with a script for the model."""
    return turns.scripted(text, steps)


def line(fact: a.Fact) -> str:
    """A fact as a line."""
    words = [fact.kind]
    if fact.ask is not None:
        ask = fact.ask
        words += [ask.id, ask.kind, ask.action, *ask.subjects, f"<{' '.join(sorted(one.id for one in ask.options))}>"]
    elif fact.message:
        words.append(fact.message)
    words += [fact.error] if fact.error else []
    words += [fact.text] if fact.kind not in (a.ANSWERED, a.READY) and fact.text else []
    return " ".join(words)


def check(name: str, facts: list[a.Fact], scenario: Scenario, folder: str, *, replayed: bool = False) -> None:
    """Are these the facts that have to come of it? What it works on and uses is looked at elsewhere."""
    lines = [line(fact) for fact in facts if fact.kind not in (a.WORKING, a.USED)]
    wanted = list(_wanted(name, scenario.facts, folder))
    if replayed:
        # These come of the call, not of what the program prints.
        wanted = [one for one in wanted if not one.startswith(a.ANSWERED)]
    assert len(lines) == len(wanted), "\n".join(lines)
    for got, beginning in zip(lines, wanted, strict=True):
        assert got.startswith(beginning), "\n".join(lines)


def _wanted(name: str, facts: str, folder: str) -> Iterator[str]:
    options = f"<{' '.join(sorted(OPTIONS[name]))}>"
    for one in facts.strip().splitlines():
        names, colon, rest = one.strip().partition(": ")
        if colon and set(names.split(",")) <= set(PROGRAMS):
            if name not in names.split(","):
                continue
            one = rest
        yield one.strip().replace("<>", options).replace("$HERE", folder)
