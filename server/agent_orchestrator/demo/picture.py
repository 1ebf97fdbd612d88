"""A picture of a recorded run for a page that shows no terminal: a moment of the hunt, and its report."""

from __future__ import annotations

import io
from collections.abc import Sequence

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from agent_orchestrator.cli.render.lines import Lines, Span, Style, line
from agent_orchestrator.cli.render.paint import painted
from agent_orchestrator.cli.render.progress import live_page
from agent_orchestrator.cli.render.report import report
from agent_orchestrator.demo.hunting import COMMANDS
from agent_orchestrator.protocol.types import HuntRow, HuntState

#: Columns, and rows of the live page.
WIDTH, HEIGHT = 100, 18

#: Landings of the report that are shown, the last ones; the others are counted.
_SHOWN = 4

_RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _CYAN = (
    (240, 113, 120), (126, 200, 140), (232, 190, 100), (110, 165, 250), (200, 146, 234), (92, 200, 215),
)  # fmt: skip
_BACK, _FRONT, _GREY, _WHITE = (24, 26, 32), (208, 212, 220), (110, 116, 130), (255, 255, 255)
#: Seen well on light and on dark pages.
_THEME = TerminalTheme(
    _BACK,
    _FRONT,
    [_BACK, _RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _CYAN, _FRONT],
    [_GREY, _RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _CYAN, _WHITE],
)

#: Rich's own format loads its font from another host, which pages with pictures do not allow.
_FORMAT = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, ui-monospace, monospace;
  font-size: {char_height}px; line-height: {line_height}px; white-space: pre;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: "DejaVu Sans", Arial, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def svg(states: Sequence[tuple[float, HuntState]]) -> str:
    """The picture of a run, given each state of its hunt with the time (seconds since the epoch) it was told."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(painted(_anchored(page(states))), soft_wrap=True)
    # A fixed id: equal runs give equal pictures.
    return console.export_svg(title="ao demo", theme=_THEME, code_format=_FORMAT, unique_id="ao-demo")


def page(states: Sequence[tuple[float, HuntState]]) -> Lines:
    """What the picture shows: the command, a moment in the middle, the report."""
    hunts = [(at, state.hunt) for at, state in states if state.hunt is not None]
    at, middle = min(hunts, key=lambda told: _from_middle(told[1]))
    prompt = line(("$ ", "dim"), (f"ao {' '.join(COMMANDS[-1])}", "strong"))
    return (prompt, *live_page(middle, at, WIDTH, HEIGHT), (), *_shortened(report(hunts[-1][1], WIDTH)))


def _shortened(lines: Lines) -> Lines:
    """The report with its last landings; how many came before is told."""
    starts = [number for number, spans in enumerate(lines) if spans[:1] == (("  ✓ ", "good"),)]
    if len(starts) <= _SHOWN:
        return lines
    more = line((f"  … {len(starts) - _SHOWN} more, and", "dim"))
    return (*lines[: starts[0]], more, *lines[starts[-_SHOWN] :])


def _anchored(lines: Lines) -> Lines:
    """The lines with spaces at the front of a text as a text of their own.

    Each text of the picture has its place; some programs that draw it drop the spaces that a text begins with.
    """
    return tuple(tuple(part for text, style in spans for part in _split(text, style)) for spans in lines)


def _split(text: str, style: Style) -> tuple[Span, ...]:
    bare = text.lstrip(" ")
    return ((text[: len(text) - len(bare)], "dim" if style == "" else ""), (bare, style))


def _from_middle(hunt: HuntRow) -> tuple[float, int]:
    """How far a state is from the one that shows most: half of it landed, many sessions in different states."""
    red, now = hunt.red_at_start, hunt.red_now
    far = abs(now / red - 0.5) if red and now is not None else 1.0
    return far, -len({session.detail for session in hunt.sessions})
