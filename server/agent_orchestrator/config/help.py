"""The model → what ``ao config-help`` prints, and the page ``docs/configuration.md``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from attrs import AttrsInstance, frozen

from agent_orchestrator.config.load import VARIABLES
from agent_orchestrator.model.config import FILE_NAMES, Config
from agent_orchestrator.model.config_kinds import Key, Kind, Matcher, Section, Sections, allowed_text, keys

_WIDTH = 100
_COMMON = (
    "Commands are text, run by `sh -c`, or a list: a program and its arguments, run as they are. Plain words are read "
    "as in YAML 1.2: only `true` and `false` are flags. Keys that start with `x-` are yours, a place for anchors. A "
    "wrong value keeps its project from being used, and no other."
)


@frozen
class Described:
    """One key with the dotted name a person writes, such as ``projects.<id>.path``."""

    dotted: str
    key: Key

    @property
    def allowed(self) -> str:
        """What may stand here; sections list their keys below."""
        return "a mapping" if isinstance(self.key.kind, Section | Sections) else allowed_text(self.key.kind)

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to know: whether it must be there, its default, who decides it, whether it works yet."""
        return tuple(
            note
            for holds, note in (
                (self.key.required, "Required."),
                (bool(self.key.default), f"Default: {self.key.default}."),
                (self.key.machine_wide, "Machine-wide: your own file decides it where there is one."),
                (self.key.planned, "Not built yet: accepted, without effect."),
            )
            if holds
        )


def described_keys() -> tuple[Described, ...]:
    """Every key of the model, each section before its keys."""
    return tuple(_described(Config, ""))


def config_help() -> str:
    """Plain text for a terminal, at most 100 columns wide."""
    lines = [*textwrap.wrap(_where(plain=True), _WIDTH), ""]
    for described in described_keys():
        lines.append(described.dotted)
        for part in (described.key.doc, f"Allowed: {described.allowed}.", " ".join(described.notes)):
            lines += textwrap.wrap(part, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines) + "\n"


def config_markdown() -> str:
    """The page ``docs/configuration.md``."""
    lines = [
        "<!-- Generated from the model by `python -m agent_orchestrator.config.schema --write`; do not edit. -->",
        "",
        "# Configuration",
        "",
        _where(plain=False),
        "",
        _COMMON,
        "",
    ]
    for described in described_keys():
        notes = "".join(f" {note}" for note in described.notes)
        lines += [
            f"## `{described.dotted}`",
            "",
            f"{described.key.doc}{notes}",
            "",
            f"Allowed: {described.allowed}.",
            "",
        ]
    return "\n".join(lines[:-1]) + "\n"


def _where(*, plain: bool) -> str:
    quote = "" if plain else "`"
    names = f"{quote}{FILE_NAMES[0]}{quote}"
    variables = " or ".join(f"{quote}{name}{quote}" for name in VARIABLES)
    return (
        f"{names} is the file that {variables} names, else the first one found upward from the working directory, else "
        f"the one in your configuration folder (on Linux {quote}~/.config/agent-orchestrator/{quote})."
    )


def _described(section: type[AttrsInstance], prefix: str) -> Iterator[Described]:
    for key in keys(section):
        dotted = prefix + key.wire
        yield Described(dotted, key)
        inner, below = _inside(key.kind)
        if inner is not None:
            yield from _described(inner, f"{dotted}.{below}")


def _inside(kind: Kind) -> tuple[type[AttrsInstance] | None, str]:
    match kind:
        case Section():
            return kind.of, ""
        case Sections():
            return kind.of, f"<{kind.identity}>."
        case Matcher():
            return kind.pattern, ""
        case _:
            return None, ""
