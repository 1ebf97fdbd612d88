"""Where conversations with Claude Code are held, and how the facts that have to come of them are written."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent.claude_code import ClaudeCodeAgent

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


talking, turns, record = load("talk"), load("turns"), load("record_claude_code")
DONE = {"text": "Done."}
#: What a message may be: each would be something else than a text to the program's own screen.
ODD = [
    "/compact",
    " \n/cost now",
    "!touch ran",
    "#remember this",
    "@calc.py",
    "Read @SECRET please.",
    "\x1b[31mred\x07 \x00 \x08 \u202e résumé 漢字 🎉\r\n\ttab \x85 \u2028 end  \n\n",
    "half a pair: \ud83d.",
    "MOCK is no script",
    "x" * 65_000 + "\n/end",
]


@define
class Stage:
    """Where a conversation is held: with one program after the other, each going on with a conversation or not."""

    place: Any
    program: Path
    stack: ExitStack
    talks: list[Any] = field(factory=list)

    def start(
        self, agent: Callable[..., ClaudeCodeAgent] = record.with_key, conversation: str = "", **more: Any
    ) -> Any:
        """Start the program; it is ready."""
        talk = self.open(agent, conversation, **more)
        talk.until(a.READY)
        return talk

    def open(self, agent: Callable[..., ClaudeCodeAgent] = record.with_key, conversation: str = "", **more: Any) -> Any:
        """Start the program."""
        adapter = agent(self.place, self.program, channel="structured", **more)
        bench = turns.bench_of(self.place, conversation)
        launch = adapter.launch(turns.task_of(), bench, self.place.home / "task.json")
        self.talks.append(self.stack.enter_context(talking.talk(self.place, launch)))
        return self.talks[-1]

    def say(self, *steps: Any, **more: Any) -> Any:
        """Start the program and tell it a script for the model."""
        talk = self.start(**more)
        talk.say("m1", script(*steps))
        return talk

    def got(self) -> list[str]:
        """What tools gave to the model, oldest first."""
        return [text for request in self.place.seen for text in request.get("got") or ()]

    def told(self) -> list[str]:
        """What users said to the model, oldest first."""
        return [text for request in self.place.seen for text in request.get("said") or ()]


@frozen
class Scenario:
    """``hold`` holds the conversation, of which the last program's part counts. ``facts``: beginnings of lines."""

    hold: Callable[[Stage], None]
    facts: str


SCENARIOS: dict[str, Scenario] = {}


def scenario(facts: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Note a conversation under its function's name. A line that begins with ``330:`` is one of that version only.

    The older one says that it has taken a message only with the model's first answer, which may be an error.
    """

    def note(hold: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENARIOS[hold.__name__.replace("_", "-")] = Scenario(hold, facts)
        return hold

    return note


def script(*steps: Any, text: str = "Do it.") -> str:
    """A message with a script for the model."""
    return turns.scripted(text, steps)


def python(code: str) -> dict[str, Any]:
    """The call of a command that is neither allowed nor denied."""
    return record.bash(f"python3 -c {code}")


def rendered(facts: list[a.Fact]) -> list[str]:
    """Facts as lines, without those that come all the time: usage, that it thinks, and every try after the first."""
    lines: list[str] = []
    for fact in facts:
        again = fact.kind == a.RETRYING and lines[-1:] and lines[-1].startswith(a.RETRYING)
        if fact.kind != a.USED and (fact.kind, fact.text) != (a.WORKING, "thinking") and not again:
            lines.append(line(fact))
    return lines


def line(fact: a.Fact) -> str:
    """A fact as a line."""
    words = [fact.kind]
    if fact.ask is not None:
        ask = fact.ask
        options = (option.does if option.does != a.CHOICE else option.label for option in ask.options)
        words += [ask.kind, ask.tool, ask.action, *ask.subjects, f"<{' '.join(options)}>", ask.text]
    words += [fact.message] if fact.kind == a.ACCEPTED else []
    words += [fact.error] if fact.error else []
    words += [f"background={fact.background}"] if fact.background else []
    words += [f"until={fact.until:.0f}"] if fact.until else []
    words += [fact.text] if fact.kind != a.READY and fact.text else []
    return " ".join(words)


def check(facts: list[a.Fact], name: str, version: str, folder: str) -> None:
    """Are these the facts that have to come of it? ``$HERE`` in them is the folder of the place."""
    wanted = []
    for one in SCENARIOS[name].facts.strip().splitlines():
        only, found, rest = one.strip().partition(": ")
        if found and only.isdigit():
            wanted += [rest] if version.endswith(only) else []
        else:
            wanted.append(one.strip())
    wanted = [one.replace("$HERE", folder) for one in wanted]
    lines = rendered(facts)
    assert len(lines) == len(wanted), "\n".join(lines)
    for got, beginning in zip(lines, wanted, strict=True):
        assert got.startswith(beginning), "\n".join(lines)
