"""The person's side: standard streams, whether they are a terminal, how wide, and questions."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any, TextIO

from agent_orchestrator.cli.render.lines import Line, one_line_of, plain, wrap

_WIDTH, _HEIGHT = 80, 24


class Terminal:
    """``json``: standard output carries one JSON document and nothing else."""

    def __init__(self, stdin: IO[str], stdout: TextIO, stderr: TextIO, environ: Mapping[str, str]) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.json = False

    @property
    def styled(self) -> bool:
        """Whether standard output is a terminal that takes more than plain lines."""
        return self.stdout.isatty() and self.environ.get("TERM") != "dumb" and not self.json

    @property
    def can_ask(self) -> bool:
        """Whether a person is there to answer."""
        return self.stdin.isatty() and self.stdout.isatty() and not self.json

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows: ``COLUMNS`` and ``LINES`` where they are set, else the terminal's own, else 80 × 24."""
        try:
            real = os.get_terminal_size(self.stdout.fileno())
            columns, rows = real.columns, real.lines
        except (OSError, ValueError):
            columns, rows = _WIDTH, _HEIGHT
        return self._number("COLUMNS") or columns or _WIDTH, self._number("LINES") or rows or _HEIGHT

    @property
    def width(self) -> int | None:
        """Columns to lay out for; None where the output is piped, and lines are as long as they need."""
        return self.size[0] if self.styled else None

    def page(self, lines: Iterable[Line]) -> None:
        """Print lines: styled on a terminal, plain when piped."""
        if not self.styled:
            self.stdout.write(plain(lines))
            self.stdout.flush()
            return
        from agent_orchestrator.cli.render.paint import console, painted

        console(self.stdout, self.environ, self.size[0]).print(painted(lines), soft_wrap=True)

    def line(self, text: str) -> None:
        """Print one plain line, without control characters."""
        self.stdout.write(one_line_of(text) + "\n")
        self.stdout.flush()

    def raw(self, text: str) -> None:
        """Print text that is clean already, as it is."""
        self.stdout.write(text)
        self.stdout.flush()

    def document(self, value: Any) -> None:
        """Print the one JSON document of a ``--json`` run."""
        self.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
        self.stdout.flush()

    def note(self, text: str) -> None:
        """Say something on standard error."""
        self.stderr.write(one_line_of(text) + "\n")
        self.stderr.flush()

    def failed(self, sentence: str) -> None:
        """Say why the command ends: one line, or with ``json`` one document."""
        if self.json:
            self.document({"error": one_line_of(sentence)})
        else:
            self.note(f"ao: {sentence}")

    def ask(self, question: str, *, default: bool = False) -> bool:
        """A yes-or-no question. No answer (end of input) is no; an empty line is ``default``."""
        asked = plain(wrap(f"{question} [{'Y/n' if default else 'y/N'}]", self.width))
        self.stdout.write(asked.removesuffix("\n") + " ")
        self.stdout.flush()
        answer = self.stdin.readline()
        if not answer:
            self.stdout.write("\n")
            return False
        return answer.strip().lower() in (("", "y", "yes") if default else ("y", "yes"))

    def choose(self, question: str, options: Sequence[tuple[str, str]], default: str) -> str | None:
        """One of ``options`` (name, what a person reads of it) by number or name; an empty line is ``default``.

        What is no option is asked for again; no answer (end of input) is None.
        """
        names = [name for name, _ in options]
        wide = max(map(len, names))
        self.page(wrap(question, self.width))
        for number, (name, says) in enumerate(options, 1):
            self.page(wrap(says, self.width, first=((f"  {number}  {name:<{wide}}  ", ""),), indent=" " * (wide + 7)))
        while True:
            self.stdout.write(f"1-{len(names)} [{default}]: ")
            self.stdout.flush()
            answer = self.stdin.readline()
            if not answer:
                self.stdout.write("\n")
                return None
            word = answer.strip() or default
            if word in names:
                return word
            if word.isascii() and word.isdigit() and 1 <= int(word) <= len(names):
                return names[int(word) - 1]

    def _number(self, variable: str) -> int:
        text = self.environ.get(variable, "")
        return int(text) if text.isascii() and text.isdigit() else 0


def of_process() -> Terminal:
    """The terminal of this process. Characters that it can not show are replaced, never an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    return Terminal(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, environ=os.environ)
