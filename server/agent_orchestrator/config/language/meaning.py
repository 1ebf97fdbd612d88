"""What the model says about a way through the file."""

from __future__ import annotations

import inspect

from attrs import AttrsInstance, evolve, frozen

from agent_orchestrator.config.keypath import key_of
from agent_orchestrator.model.config import Config
from agent_orchestrator.model.config_kinds import (
    Key,
    Kind,
    Many,
    Matcher,
    Scalar,
    Section,
    Sections,
    Shell,
    Table,
    allowed_text,
    keys,
)
from agent_orchestrator.model.config_problem import KeyPath


@frozen
class Meaning:
    """What may stand at a place. ``dotted`` is its name in the documentation, such as ``projects.<id>.path``.

    ``key`` is the documented key, None for an entry whose name is the writer's own.
    """

    kind: Kind
    dotted: str = ""
    key: Key | None = None

    @property
    def doc(self) -> str:
        """What it is for."""
        if self.key is not None:
            return self.key.doc
        return inspect.getdoc(self.kind.of) or "" if isinstance(self.kind, Section) else ""

    @property
    def allowed(self) -> str:
        """What may stand there, in words; nothing for a mapping, which completion shows."""
        return "" if isinstance(self.kind, Section | Sections) else allowed_text(self.kind)

    def at(self, part: str | int) -> Meaning | None:
        """What may stand one step further."""
        match self.kind, part:
            case (Section(of), str(name)) | (Matcher(_, _, of), str(name)):
                key = key_of(of, name)
                return None if key is None else Meaning(key.kind, f"{self.dotted}.{name}".lstrip("."), key)
            case Sections(of, identity), str():
                return Meaning(Section(of), f"{self.dotted}.<{identity}>")
            case Table(of, _, _), str():
                return Meaning(of, f"{self.dotted}.<name>")
            case Many(of, _, _), int():
                return evolve(self, kind=of)
            case Shell(), int():
                return evolve(self, kind=Scalar())
            case Matcher(_, _, of), int():
                return evolve(self, kind=Section(of))
            case _:
                return None


def meaning(path: KeyPath) -> Meaning | None:
    """What may stand at the end of a way; None where the model knows none."""
    found: Meaning | None = Meaning(Section(Config))
    for part in path:
        found = found.at(part) if found is not None else None
    return found


def keys_of(kind: Kind) -> tuple[Key, ...]:
    """The keys that may stand in a mapping of a kind."""
    section: type[AttrsInstance] | None = None
    match kind:
        case Section(of) | Matcher(_, _, of):
            section = of
    return keys(section) if section is not None else ()


def detail(key: Key) -> str:
    """A key's type and default on one line."""
    if isinstance(key.kind, Section | Sections):
        kind = "a mapping"
    elif isinstance(key.kind, Matcher):
        kind = "a format, or a problem matcher"
    else:
        kind = allowed_text(key.kind)
    notes = [kind]
    notes += ["required"] if key.required else [f"default: {key.default}"] if key.default else []
    notes += ["not built yet"] if key.planned else []
    return "; ".join(notes)
