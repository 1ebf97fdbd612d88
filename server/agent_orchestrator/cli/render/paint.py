"""Lines → rich. Imported only when the output is a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TextIO

from rich.console import Console
from rich.text import Text

from agent_orchestrator.cli.render.lines import Line, Style

#: Blue and yellow, not green and red, carry the difference that matters most; a symbol and a word always say it too.
STYLES: Mapping[Style, str] = {
    "": "",
    "good": "bold cyan",
    "bad": "bold red",
    "warn": "yellow",
    "busy": "blue",
    "dim": "dim",
    "strong": "bold",
    "head": "bold underline",
}


def painted(lines: Iterable[Line]) -> Text:
    """The lines as one rich text. Nothing in them is read as markup."""
    return Text("\n").join(
        Text.assemble(*((text, STYLES[style]) for text, style in spans), no_wrap=True, overflow="crop")
        for spans in lines
    )


def console(stream: TextIO, environ: Mapping[str, str], width: int) -> Console:
    """A console on ``stream``; ``NO_COLOR`` (https://no-color.org: any value that is not empty) takes colours out."""
    return Console(
        file=stream,
        width=width,
        no_color=bool(environ.get("NO_COLOR")),
        highlight=False,
        markup=False,
        emoji=False,
        _environ=environ,
    )
