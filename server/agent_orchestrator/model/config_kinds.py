"""What a configuration key may hold: a small closed set of kinds, and the documentation each key carries.

Every key of :mod:`agent_orchestrator.model.config` is an attrs field whose metadata holds one :class:`Key`. Reading,
the JSON Schema, the help text and the generated tests all come from these values, so they can not disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

import attrs
from attrs import evolve, frozen

#: A command: a string is run by ``sh -c``, a tuple is an argument list run without a shell.
Command: TypeAlias = str | tuple[str, ...]

#: Ids become parts of branch names, folder names, tmux names and URLs, so they keep to what all of these take.
ID_PATTERN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9_-])){0,63}"
ID_SAYS = "up to 64 letters, digits, -, _ and single dots, starting with a letter or digit"

_METADATA = "agent-orchestrator.config"


@frozen
class Text:
    """A string. ``pattern`` is a regular expression (Python and ECMA agree on it) that must match all of it."""

    pattern: str = ""
    says: str = "text"


@frozen
class Folder:
    """A folder's path: ``~`` is the home folder; a relative path starts at the folder of the file that holds it.

    ``file``: it is the path of a file.
    """

    file: bool = False


@frozen
class Scalar:
    """Text, a number or true/false, taken as the text that was written (environment values)."""


@frozen
class Integer:
    """A whole number within inclusive bounds."""

    minimum: int = 0
    maximum: int | None = None


@frozen
class Number:
    """A number above zero, or from zero on when ``zero`` is set."""

    zero: bool = False


@frozen
class Flag:
    """``true`` or ``false``."""


@frozen
class Choice:
    """One of a fixed set of words. ``planned`` words are accepted, and said to be not built yet."""

    values: tuple[str, ...]
    planned: tuple[str, ...] = ()


@frozen
class Name:
    """The name of a plugin of one slot; installed plugins add names. ``own``: so do the file's own ``agents``."""

    slot: str
    values: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    own: bool = False


@frozen
class Shell:
    """A :data:`Command`: text, or a list of texts."""


@frozen
class Many:
    """A list of values of one kind, read as a tuple. With ``single`` one value may stand without the list."""

    of: Kind
    single: bool = False
    minimum: int = 0


@frozen
class Table:
    """A mapping from names that match ``pattern`` to values of one kind."""

    of: Kind
    pattern: str
    says: str


@frozen
class Section:
    """A mapping with the keys of one attrs class."""

    of: type[attrs.AttrsInstance]


@frozen
class Sections:
    """A mapping from an id to the keys of one attrs class, whose ``identity`` attribute receives the id."""

    of: type[attrs.AttrsInstance]
    identity: str = "id"


@frozen
class Matcher:
    """The name of a report format, or a VS Code problem matcher: one pattern, or a list of patterns (multi-line)."""

    values: tuple[str, ...]
    planned: tuple[str, ...]
    pattern: type[attrs.AttrsInstance]


Kind: TypeAlias = (
    Text
    | Folder
    | Scalar
    | Integer
    | Number
    | Flag
    | Choice
    | Name
    | Shell
    | Many
    | Table
    | Section
    | Sections
    | Matcher
)


@frozen
class Key:
    """One documented configuration key.

    ``wire`` is its name in the file, ``attribute`` its name in the model. ``default`` is what a reader is told happens
    without it. ``planned``: the feature behind it is not built yet. ``machine_wide``: the user's own file decides it.
    """

    kind: Kind
    doc: str
    default: str = ""
    planned: bool = False
    machine_wide: bool = False
    required: bool = False
    wire: str = ""
    attribute: str = ""
    value: Any = None


def key(
    kind: Kind,
    doc: str,
    *,
    default: str = "",
    planned: bool = False,
    machine_wide: bool = False,
    required: bool = False,
    wire: str = "",
) -> Mapping[str, Key]:
    """The metadata that makes an attrs field a configuration key; ``default`` is needed where the value is None."""
    return {_METADATA: Key(kind, doc, default, planned, machine_wide, required, wire)}


def camel(name: str) -> str:
    """``default_branch`` → ``defaultBranch``."""
    head, *tail = name.split("_")
    return head + "".join(part.capitalize() for part in tail)


@cache
def keys(section: type[attrs.AttrsInstance]) -> tuple[Key, ...]:
    """The keys of one section, in the order of its class, with wire names and default texts filled in."""
    return tuple(
        evolve(
            documented,
            wire=documented.wire or camel(attribute.name),
            attribute=attribute.name,
            value=_plain_default(attribute.default),
            default=documented.default or default_text(_plain_default(attribute.default)),
        )
        for attribute in attrs.fields(section)
        if (documented := attribute.metadata.get(_METADATA)) is not None
    )


def _plain_default(default: Any) -> Any:
    if default is attrs.NOTHING or isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return None
    return default


def default_text(value: Any) -> str:
    """A default as it would be written in the file; empty for none."""
    match value:
        case None | "" | ():
            return ""
        case bool():
            return str(value).lower()
        case tuple():
            return "[" + ", ".join(value) + "]"
        case int() | float() | str():
            return str(value)
        case _:
            return ""


def allowed_text(kind: Kind) -> str:
    """What a key of this kind accepts, in words for a person."""
    match kind:
        case Text():
            return kind.says
        case Folder():
            return f"a {'file' if kind.file else 'folder'} (text; ~ is your home folder)"
        case Scalar():
            return "text, a number, true or false"
        case Integer(minimum, None):
            return f"a whole number from {minimum}"
        case Integer(minimum, maximum):
            return f"a whole number from {minimum} to {maximum}"
        case Number(zero):
            return "a number from 0" if zero else "a number above 0"
        case Flag():
            return "true or false"
        case Choice(values, planned):
            return "one of " + _names(values, planned)
        case Name(slot, values, planned, own):
            names = _names(values, planned)
            return (
                f"{names}, or a name under `agents`" if own else f"{names}, or another {slot} plugin that is installed"
            )
        case Shell():
            return "a command: text (run by sh -c) or a list (the program and its arguments)"
        case Many(of, single, _):
            return f"a list of: {allowed_text(of)}" + (" (or one alone)" if single else "")
        case Table(of, _, says):
            return f"a mapping from {says} to {allowed_text(of)}"
        case Section():
            return "a mapping with the keys " + ", ".join(k.wire for k in keys(kind.of))
        case Sections():
            return "a mapping from ids to mappings with the keys " + ", ".join(k.wire for k in keys(kind.of))
        case Matcher(values, planned, _):
            return f"one of {_names(values, planned)}, or a problem matcher (a mapping with regexp, or a list)"


def _names(values: tuple[str, ...], planned: tuple[str, ...]) -> str:
    return ", ".join((*values, *(f"{name} (not built yet)" for name in planned)))
