"""The protocol's neutral description, from the tables and attrs classes of :mod:`agent_orchestrator.protocol`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from attrs import NOTHING, Attribute, fields, has

from agent_orchestrator.protocol import framing, lsp
from agent_orchestrator.protocol.generate.comments import doc_comments, docstring, prose
from agent_orchestrator.protocol.generate.neutral import (
    Call,
    Constant,
    Field,
    ListOf,
    MapOf,
    Nullable,
    Protocol,
    Ref,
    Scalar,
    Sender,
    Shape,
    Type,
)
from agent_orchestrator.protocol.lsp import DiagnosticData, EditorCommand, Message
from agent_orchestrator.protocol.methods import Method
from agent_orchestrator.protocol.wire import camel, to_wire

#: JSON-RPC 2.0, section 5.1.
_JSON_RPC = {
    "PARSE_ERROR": "The message is no JSON. After a header that is none, the connection ends.",
    "INVALID_REQUEST": "The message is no request, or too long.",
    "METHOD_NOT_FOUND": "There is no such method.",
    "INVALID_PARAMS": "A parameter is missing, unknown or of the wrong type; the message names it.",
    "INTERNAL_ERROR": "The daemon failed at the request.",
}
_SCALARS: Mapping[Any, Scalar] = {
    str: Scalar("string"),
    int: Scalar("integer"),
    float: Scalar("number"),
    bool: Scalar("boolean"),
}


def protocol(
    methods: Iterable[Method], messages: Iterable[Message], editor_commands: Iterable[EditorCommand]
) -> Protocol:
    """Describe the tables and every class that they use.

    Raises TypeError for a type that has no form on the wire; ValueError for a class that both sides write although only
    one of them may leave fields out, for two classes of one name, and for an error code that nothing explains.
    """
    methods, messages, editor_commands = tuple(methods), tuple(messages), tuple(editor_commands)
    writers = _writers(
        (
            # As of what a client writes: what is as by default is left out.
            (DiagnosticData, "client"),
            *((m.params, "client") for m in methods),
            *((m.result, "server") for m in methods),
            *((c.params, "client") for c in editor_commands),
            *((c.result, "server") for c in editor_commands),
            *((m.params, m.sender) for m in messages),
            *((m.result, "server" if m.sender == "client" else "client") for m in messages),
        )
    )
    return Protocol(
        constants=tuple(_constants()),
        errors=tuple(_errors()),
        methods=tuple(Call(m.name, m.name, _name(m.params), _name(m.result), prose(m.doc)) for m in methods),
        commands=(
            *(_command(m.command, m.params, m.result, m.doc) for m in methods if m.command),
            *(_command(c.id, c.params, c.result, c.doc) for c in editor_commands),
        ),
        messages=tuple(_message(m) for m in messages),
        shapes=tuple(_shape(cls, sender) for cls, sender in writers.items()),
        diagnostic_data=DiagnosticData.__name__,
    )


def _command(name: str, params: type | None, result: type | None, doc: str) -> Call:
    first, *more = name.removeprefix("ao.").split(".")
    key = first + "".join(f"{word[:1].upper()}{word[1:]}" for word in more)
    return Call(key, name, _name(params), _name(result), prose(doc))


def _message(m: Message) -> Call:
    key = m.name.removeprefix("ao/")
    return Call(key, m.name, _name(m.params), _name(m.result), prose(m.doc), m.kind, m.sender)


_SOURCES = ("SOURCE", "CONFIG_SOURCE", "CI_SOURCE", "REVIEW_SOURCE")


def _constants() -> Iterator[Constant]:
    for module, names in ((framing, ("PROTOCOL", "MAX_HELLO", "MAX_MESSAGE")), (lsp, _SOURCES)):
        docs = doc_comments(module)
        yield from (Constant(name, name, getattr(module, name), docs[name]) for name in names)


def _errors() -> Iterator[Constant]:
    docs = {**_JSON_RPC, **doc_comments(framing)}
    for name, value in vars(framing).items():
        if type(value) is int and value < 0:
            if name not in docs:
                raise ValueError(f"framing.{name} needs a comment that starts with #:")
            yield Constant(camel(name.lower()), name, value, docs[name])


def _writers(roots: Iterable[tuple[type | None, Sender]]) -> Mapping[type, Sender]:
    """The classes, and those of their fields, each with who writes it, by name."""
    waiting, found = [(cls, sender) for cls, sender in roots if cls is not None], set[tuple[type, Sender]]()
    while waiting:
        pair = waiting.pop()
        if pair not in found:
            found.add(pair)
            waiting += [(inner, pair[1]) for hint in get_type_hints(pair[0]).values() for inner in _classes(hint)]
    for cls, sender in found:
        if sender == "server" and (cls, "client") in found and any(f.default is not NOTHING for f in fields(cls)):
            raise ValueError(f"{cls.__name__} is written by both sides and has defaults; make it two classes")
    # Sorted, so that of a class that both sides write, all keys always, "server" wins in every run.
    writers = dict(sorted(found, key=lambda pair: (pair[0].__name__, pair[1])))
    if twice := {cls.__name__ for cls in writers if sum(cls.__name__ == other.__name__ for other in writers) > 1}:
        raise ValueError(f"several classes are named {', '.join(sorted(twice))}")
    return writers


def _classes(hint: Any) -> Iterator[type]:
    if has(hint):
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def _shape(cls: type, sender: Sender) -> Shape:
    hints = get_type_hints(cls)
    docs: dict[str, str] = {}
    for base in filter(has, reversed(cls.__mro__)):
        comments = doc_comments(sys.modules[base.__module__])
        docs |= {f.name: comments[key] for f in fields(base) if (key := f"{base.__name__}.{f.name}") in comments}
    return Shape(
        cls.__name__,
        sender,
        tuple(_field(f, hints[f.name], sender, docs.get(f.name, "")) for f in fields(cls)),
        docstring(cls),
    )


def _field(f: Attribute[Any], hint: Any, sender: Sender, doc: str) -> Field:
    type_ = _type(hint, f.name)
    if sender == "server" or f.default is NOTHING:
        return Field(camel(f.name), type_, True, None, doc)
    default: Any = f.default
    made = default.factory() if hasattr(default, "factory") else default
    return Field(camel(f.name), type_, False, to_wire(made), doc)


def _type(hint: Any, where: str) -> Type:
    if hint in _SCALARS:
        return _SCALARS[hint]
    if has(hint):
        return Ref(hint.__name__)
    match get_origin(hint), get_args(hint):
        case origin, (item, end) if origin is tuple and end is Ellipsis:
            return ListOf(_type(item, where))
        case origin, (key, item) if origin is dict and key is str:
            return MapOf(_type(item, where))
        case _, (item, none) if none is NoneType:
            return Nullable(_type(item, where))
    raise TypeError(f"`{where}` has the type {hint}, which has no form on the wire")


def _name(cls: type | None) -> str | None:
    return None if cls is None else cls.__name__
