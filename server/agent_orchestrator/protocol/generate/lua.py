"""The protocol as a Lua module: ids as constants, and LuaCATS annotations that lua-language-server reads."""

from __future__ import annotations

import json
from collections.abc import Iterable

from agent_orchestrator.protocol.generate.neutral import (
    Call,
    Field,
    ListOf,
    MapOf,
    Nullable,
    Protocol,
    Ref,
    Scalar,
    Shape,
    Type,
    protocol_hash,
)

FILE = "editors/neovim/lua/agent_orchestrator/protocol.lua"


def lua(protocol: Protocol, generated: str) -> str:
    """The whole module; ``generated`` is the sentence for its first line."""
    blocks = [
        [f"-- {generated}"],
        ["local M = {}"],
        [
            "--- Changes with everything that changes the bytes on the wire.",
            _set("PROTOCOL_HASH", protocol_hash(protocol)),
        ],
        *([*_doc(constant.doc), _set(constant.name, constant.value)] for constant in protocol.constants),
        _ids("ErrorCode", "Codes of errors in answers.", [(e.key, e.value, e.doc) for e in protocol.errors]),
        _calls("Command", "Ids for `workspace/executeCommand`.", protocol.commands),
        _calls("Message", "Messages of our own.", protocol.messages),
        _calls("Method", "Methods on the daemon's socket.", protocol.methods),
        *(_class(shape) for shape in protocol.shapes),
        ["return M"],
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _set(name: str, value: int | str) -> str:
    return f"M.{name} = {json.dumps(value)}"


def _calls(name: str, doc: str, calls: Iterable[Call]) -> list[str]:
    return _ids(name, doc, [(call.key, call.name, f"{call.doc} {_signature(call)}") for call in calls])


def _signature(call: Call) -> str:
    params = f"`ao.{call.params}`" if call.params else "no parameters"
    return f"({params} → `ao.{call.result}`)" if call.result else f"({params})"


def _ids(name: str, doc: str, members: Iterable[tuple[str, int | str, str]]) -> list[str]:
    lines = [*_doc(doc), f"---@enum ao.{name}", f"M.{name} = {{"]
    for key, value, about in members:
        lines += [*_doc(about, "  "), f"  {key} = {json.dumps(value)},"]
    return [*lines, "}"]


def _class(shape: Shape) -> list[str]:
    return [*_doc(shape.doc), f"---@class ao.{shape.name}", *(_field(field) for field in shape.fields)]


def _field(field: Field) -> str:
    """JSON's null is nil: Neovim decodes it so in messages of a language server."""
    absent = not field.required or isinstance(field.type, Nullable)
    return f"---@field {field.name}{'?' * absent} {_type(field.type)} {field.about}".rstrip()


def _doc(text: str, indent: str = "") -> list[str]:
    return [f"{indent}--- {line}".rstrip() for line in text.splitlines()]


def _type(kind: Type) -> str:
    match kind:
        case Scalar(name):
            return name
        case Ref(name):
            return f"ao.{name}"
        case ListOf(of):
            return f"{_type(of)}[]"
        case MapOf(of):
            return f"table<string, {_type(of)}>"
        case Nullable(of):
            return _type(of)
