"""A conversation with a program in words, as a person reads it in its log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact
from agent_orchestrator.model.text import sanitize

#: The file in a turn's folder.
TRANSCRIPT = "transcript"
#: Characters of a text that was said.
_SAID = 2000


class Transcript:
    """Appends to the transcript of one turn. A turn that has a screen of its own has none."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._working = ""

    def fact(self, fact: Fact) -> None:
        """What was observed."""
        if fact.kind == a.WORKING:
            # It thinks between all that it does; only what it does is worth a line.
            if fact.text != self._working and ":" in fact.text:
                self._line(fact.at, f"  {fact.text}")
            self._working = fact.text
        elif (line_of := _LINES.get(fact.kind)) and (line := line_of(fact)):
            self._line(fact.at, line)

    def said(self, at: float, text: str) -> None:
        """What it was told."""
        self._line(at, f"> {text[:_SAID]}")

    def answered(self, at: float, ask: Ask, answer: str, by: str) -> None:
        """What it was answered, and by whom."""
        self._line(at, f"= {answer or 'no answer'} ({by})")

    def _line(self, at: float, text: str) -> None:
        if self._path is None:
            return
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        words = sanitize(text).rstrip().replace("\n", "\n           ")
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{clock}  {words}\n")


def _asked(fact: Fact) -> str:
    ask = fact.ask
    if ask is None:
        return ""
    named = ask.kind == a.PERMISSION and ask.subjects
    about = " ".join((ask.tool, *ask.subjects)) if named else ask.text or ask.tool
    return f"? {about} [{', '.join(option.label for option in ask.options)}]"


_LINES: Mapping[str, Callable[[Fact], str]] = {
    a.READY: lambda fact: f"ready: {fact.text}" if fact.text else "ready",
    a.RETRYING: lambda fact: f"! tries again: {fact.text}",
    a.ASKED: _asked,
    a.DONE: lambda fact: fact.text or "done",
    a.INTERRUPTED: lambda _: "interrupted",
    a.JOINED: lambda _: "* somebody has joined",
    a.LEFT: lambda _: "* nobody is there any more",
    a.SAID: lambda fact: f"> {fact.text}",
    a.FAILED: lambda fact: f"! {fact.error}: {fact.text}",
}
