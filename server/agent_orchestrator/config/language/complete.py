"""What can be typed at a place, as the model, the file and the machine have it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from attrs import evolve, frozen

from agent_orchestrator.config import render
from agent_orchestrator.config.language.known import Known
from agent_orchestrator.config.language.meaning import Meaning, detail, keys_of, meaning
from agent_orchestrator.config.language.place import Place, Role, place_at
from agent_orchestrator.config.language.words import Words, words_for
from agent_orchestrator.model.config_checks import BRANCH, CHECK_PLACEHOLDERS, RERUN_PLACEHOLDERS
from agent_orchestrator.model.config_kinds import Key, Many, Matcher, Section, Sections, Shell, Table
from agent_orchestrator.model.reaction.kinds import event_of

_VARIABLE = re.compile(r"\$(?P<brace>\{)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)?\Z")
#: Key of a reaction → where a field begins in its text, and how one is written.
_FIELDS = {
    "condition": (re.compile(r"(?<![\w.-])(?P<name>[A-Za-z_][\w.-]*)?\Z"), "{}"),
    "message": (re.compile(r"\{\{\s*(?P<name>[\w.-]*)\Z"), "{{{{{}}}}}"),
}
_PLACEHOLDER = re.compile(r"(?<!\$)\{(?P<name>[a-z]*)\Z")


class Sort(StrEnum):
    """What an offer is."""

    KEY = "key"
    NAME = "name"
    VALUE = "value"
    VARIABLE = "variable"


@frozen(kw_only=True)
class Offer:
    """One completion: ``text`` replaces the line's characters from ``start`` to ``end`` (from 0).

    ``word`` is what it is to be compared with what was typed; ``planned``: it has no effect yet.
    """

    label: str
    text: str
    start: int
    end: int
    sort: Sort
    word: str = ""
    detail: str = ""
    doc: str = ""
    planned: bool = False
    #: The JSON Schema says it too.
    in_schema: bool = False


def completions(text: str, line: int, column: int, known: Known) -> tuple[Offer, ...]:
    """The offers at a line and an index in it, both from 0, best first. Nothing where the model knows nothing."""
    place = place_at(text, line, column)
    found = meaning(place.path) if place is not None else None
    if place is None or found is None:
        return ()
    offers = tuple(_offers(place, found, text, known))
    return tuple(o for o in offers if not o.in_schema) if known.others_complete else offers


def names_branch(text: str, line: int, column: int) -> bool:
    """Is the value at a line and an index in it a branch of the repository?"""
    place = place_at(text, line, column)
    found = meaning(place.path) if place is not None else None
    return found is not None and found.kind == BRANCH


def _offers(place: Place, found: Meaning, text: str, known: Known) -> Iterator[Offer]:
    if place.role in (Role.KEY, Role.CONTENT):
        yield from (_key(place, key) for key in keys_of(found.kind) if key.wire not in place.siblings)
        if isinstance(found.kind, Sections | Table):
            words = words_for(found, place.path, text, known)
            yield from (_name(place, word) for word in words if word.word not in place.siblings)
    if place.role in (Role.VALUE, Role.CONTENT):
        yield from _values(place, found, text, known)
    if place.role is not Role.KEY:
        yield from _inner(place, found, known)


def _key(place: Place, key: Key) -> Offer:
    inside = isinstance(key.kind, Section | Sections | Table | Matcher) or (
        isinstance(key.kind, Many) and not key.kind.single
    )
    name = _written(place, key.wire)
    return Offer(
        label=key.wire,
        text=name if place.colon else f"{name}:" if inside and not place.item else f"{name}: ",
        start=place.start,
        end=place.end,
        sort=Sort.KEY,
        word=_compared(place, key.wire),
        detail=detail(key),
        doc=key.doc,
        planned=key.planned,
        in_schema=True,
    )


def _name(place: Place, word: Words) -> Offer:
    name = _written(place, word.word)
    return Offer(
        label=word.word, text=name if place.colon else f"{name}:", start=place.start, end=place.end, sort=Sort.NAME,
        word=_compared(place, word.word), detail=word.detail, doc=word.doc,
    )  # fmt: skip


def _written(place: Place, name: str) -> str:
    return render.quoted(name, place.before[0]) if place.before[:1] in ('"', "'") else render.key(name)


def _values(place: Place, found: Meaning, text: str, known: Known) -> Iterator[Offer]:
    kind, wrap = found.kind, "{}"
    if isinstance(kind, Many):
        if not (kind.single and place.role is Role.VALUE):
            # The list is still to be begun.
            wrap = "- {}" if place.role is Role.CONTENT and not place.item else "[{}]"
        found = evolve(found, kind=kind.of)
    elif isinstance(kind, Section | Sections | Table):
        return
    lead = " " if place.glued else ""
    for word in words_for(found, place.path, text, known):
        written = word.raw or render.text(word.word)
        if place.word[:1] in ('"', "'") and wrap == "{}" and not word.raw:
            written = render.quoted(word.word, place.word[0])
        yield Offer(
            label=word.word, text=lead + wrap.format(written), start=place.start, end=place.end, sort=Sort.VALUE,
            word=_compared(place, word.word), detail=word.detail, doc=word.doc, planned=word.planned,
            in_schema=word.in_schema,
        )  # fmt: skip


def _inner(place: Place, found: Meaning, known: Known) -> Iterator[Offer]:
    """Variables and placeholders inside of a command, fields of an event in a reaction's condition and message."""
    if place.role is not Role.TEXT and (field := _FIELDS.get(found.dotted.rpartition("reactions.<id>.")[2])):
        event = event_of(str(place.path[-2])) if len(place.path) > 1 else None
        pattern, written = field
        if event is not None and (begun := pattern.search(place.before)):
            column = place.start + len(place.before)
            yield from _replacing(begun, column, ((written.format(name), name) for name in event.fields))
        return
    argument = found.key is not None and isinstance(found.key.kind, Shell) and found.key.kind is not found.kind
    if not (isinstance(found.kind, Shell) or argument):
        return
    column = place.start + len(place.before) if place.role is not Role.TEXT else place.start
    # Only text is run by a shell, which knows variables.
    if not argument and (variable := _VARIABLE.search(place.before)):
        start, end = ("${", "}") if variable["brace"] else ("$", "")
        yield from _replacing(variable, column, ((f"{start}{name}{end}", name) for name in known.variables))
    if placeholder := _PLACEHOLDER.search(place.before):
        names = _placeholders(found)
        yield from _replacing(placeholder, column, ((f"{{{name}}}", name) for name in names))


def _replacing(match: re.Match[str], column: int, words: Iterable[tuple[str, str]]) -> Iterator[Offer]:
    start = column - len(match.group())
    for written, name in words:
        yield Offer(label=name, text=written, start=start, end=column, sort=Sort.VARIABLE, word=written)


def _placeholders(found: Meaning) -> tuple[str, ...]:
    if not found.dotted.startswith("projects.<id>.checks."):
        return ()
    return RERUN_PLACEHOLDERS if found.dotted.endswith(".rerun") else CHECK_PLACEHOLDERS


def _compared(place: Place, word: str) -> str:
    """What a client compares with the characters that are replaced: those may begin with a blank or a quote."""
    lead = place.before[: len(place.before) - len(place.before.lstrip("\"' \t"))]
    return lead + word
