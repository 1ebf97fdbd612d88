"""The protocol as a TypeScript module: interfaces, ids as constants, and maps from an id to what belongs to it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from agent_orchestrator.protocol.generate.neutral import (
    Call,
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

FILE = "editors/vscode/src/protocol.gen.ts"


def typescript(protocol: Protocol, generated: str) -> str:
    """The whole module; ``generated`` is the sentence for its first line."""
    requests = [call for call in protocol.messages if call.kind == "request"]
    notifications = [call for call in protocol.messages if call.kind == "notification"]
    blocks = [
        [f"// {generated}"],
        [
            "/** Changes with everything that changes the bytes on the wire. */",
            _const("PROTOCOL_HASH", protocol_hash(protocol)),
        ],
        *([*_doc(constant.doc), _const(constant.name, constant.value)] for constant in protocol.constants),
        _ids("ErrorCode", "Codes of errors in answers.", [(e.key, e.value, e.doc) for e in protocol.errors]),
        _ids("Command", "Ids for `workspace/executeCommand`.", [(c.key, c.name, c.doc) for c in protocol.commands]),
        _map(
            "Commands",
            "The one argument of each command (none where it is undefined), and its result.",
            protocol.commands,
        ),
        _ids("Message", "Messages of our own.", [(c.key, c.name, c.doc) for c in protocol.messages]),
        _map("Requests", "Parameters and result of our own requests.", requests),
        _map("Notifications", "Parameters of our own notifications.", notifications),
        _ids("Method", "Methods on the daemon's socket.", [(c.key, c.name, c.doc) for c in protocol.methods]),
        _map("Methods", "Parameters and result of each method on the daemon's socket.", protocol.methods),
        *(_interface(shape) for shape in protocol.shapes),
    ]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _const(name: str, value: int | str) -> str:
    return f"export const {name} = {json.dumps(value)};"


def _ids(name: str, doc: str, members: Iterable[tuple[str, int | str, str]]) -> list[str]:
    lines = [*_doc(doc), f"export const {name} = {{"]
    for key, value, about in members:
        lines += [*_doc(about, "  "), f"  {key}: {json.dumps(value)},"]
    return [*lines, "} as const;", f"export type {name} = (typeof {name})[keyof typeof {name}];"]


def _map(name: str, doc: str, calls: Iterable[Call]) -> list[str]:
    members = [f'  "{call.name}": {_signature(call)};' for call in calls]
    return [*_doc(doc), f"export interface {name} {{", *members, "}"]


def _signature(call: Call) -> str:
    params = call.params or "undefined"
    return params if call.kind == "notification" else f"{{ params: {params}; result: {call.result or 'unknown'} }}"


def _interface(shape: Shape) -> list[str]:
    lines = [*_doc(shape.doc), f"export interface {shape.name} {{"]
    for field in shape.fields:
        lines += [*_doc(field.about, "  "), f"  {field.name}{'' if field.required else '?'}: {_type(field.type)};"]
    return [*lines, "}"]


def _doc(text: str, indent: str = "") -> list[str]:
    lines = text.replace("*/", "*\\/").splitlines()
    if len(lines) < 2:
        return [f"{indent}/** {line} */" for line in lines]
    return [f"{indent}/**", *(f"{indent} * {line}".rstrip() for line in lines), f"{indent} */"]


def _type(kind: Type) -> str:
    match kind:
        case Scalar("integer" | "number"):
            return "number"
        case Scalar(name) | Ref(name):
            return name
        case ListOf(Nullable() as of):
            return f"({_type(of)})[]"
        case ListOf(of):
            return f"{_type(of)}[]"
        case MapOf(of):
            return f"Record<string, {_type(of)}>"
        case Nullable(of):
            return f"{_type(of)} | null"
