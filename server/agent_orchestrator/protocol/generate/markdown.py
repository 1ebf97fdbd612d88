"""The protocol as a page for people who write a client."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

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

FILE = "docs/protocol.md"

_WORDS = {"string": "string", "integer": "whole number", "number": "number", "boolean": "true or false"}

_HEAD = """\
# The protocol

Hash of this protocol: `{hash}`. It changes with everything that changes the bytes on the wire, and is the constant
`PROTOCOL_HASH` in the [TypeScript](../editors/vscode/src/protocol.gen.ts) and
[Lua](../editors/neovim/lua/agent_orchestrator/protocol.lua) that are generated with this page.

An editor starts `ao lsp` and speaks the Language Server Protocol with it: [commands](#commands), [messages of our
own](#messages-of-our-own) and [diagnostics](#diagnostics) are for it. A program that needs no editor connects to the
daemon's socket and calls [methods](#methods). Both are views of one daemon.

Names are in camelCase and times in seconds since the epoch. Keys are added, never renamed or given another meaning; a
client ignores the ones that it does not know. Of [what a client sends](#what-a-client-sends), keys with a default may
be left out, and unknown ones are refused with a sentence. Of [what the daemon sends](#what-the-daemon-sends), all keys
are there.
"""

_CONNECTION = """\
## The connection

The daemon listens on a unix socket that only its user can open. Its path stands in the line `socket` of the file
`daemon.lock` in the state folder: `AO_STATE_DIR`, else `$XDG_STATE_HOME/ao`, else `~/.local/state/ao` (on macOS
`~/Library/Application Support/ao`).

**Hello.** The client writes one line of JSON, in UTF-8, of at most {MAX_HELLO} bytes:

```json
{{"ao": {PROTOCOL}, "client": "cli", "version": "1.0", "cwd": "/home/me/shop", "env": {{"PATH": "/usr/bin"}}}}
```

`ao` is the version of the hello, `client` a short lower-case word, `version` the client's own, `cwd` an absolute
folder and `env` the environment that agents and checks of the client's project will run with. The daemon answers with
one line:

```json
{{"ao": {PROTOCOL}, "version": "1.0", "pid": 4711}}
```

or with `{{"error": "…"}}`, a sentence, and the end of the connection. To a `client` of the kind `lsp` the daemon is a
language server from here on; what follows is for all others.

**Messages.** Both sides send JSON-RPC 2.0, framed as in the base protocol of the Language Server Protocol:
`Content-Length: <bytes>`, `\\r\\n\\r\\n`, and that many bytes of JSON in UTF-8, at most {MAX_MESSAGE}. Requests run
side by side, and answers come in the order in which they are ready. `$/cancelRequest` with `{{"id": …}}` ends a
request; so does closing the connection. Batches are not accepted.
"""

_COMMANDS = """\
## Commands

For `workspace/executeCommand`. `arguments` is a list of one object, the parameters, or empty. A key that is missing and
has no default is asked for with `window/showMessageRequest`, or the command is refused with a sentence.
"""

_DIAGNOSTICS = """\
The `source` of a failure is `{SOURCE}` and the check's id; its `data` is a {data}. The `source` of what is wrong with a
configuration, or with a project that can not be driven, is `{CONFIG_SOURCE}`. That of what the CI of a pull request
says is `{CI_SOURCE}<workflow>/<job>` (of no workflow `{CI_SOURCE}<job>`), and of what a reviewer says
`{REVIEW_SOURCE}<login>`.
"""


def markdown(protocol: Protocol, generated: str) -> str:
    """The whole page; ``generated`` is the sentence for its first line."""
    constants = {constant.name: constant.value for constant in protocol.constants}
    sent = {sender: [s for s in protocol.shapes if s.sender == sender] for sender in ("client", "server")}
    parts = [
        f"<!-- {generated} -->\n",
        _HEAD.format(hash=protocol_hash(protocol)),
        _CONNECTION.format_map(constants),
        "### Errors\n\nAn error's `message` is a sentence for a person.\n",
        _table(("code", "name", "meaning"), ((str(e.value), f"`{e.name}`", e.doc) for e in protocol.errors)),
        "## Methods\n",
        _calls("method", protocol.methods),
        _COMMANDS,
        _calls("command", protocol.commands),
        "## Messages of our own\n",
        _messages(protocol.messages),
        "## Diagnostics\n",
        _DIAGNOSTICS.format(**constants, data=_link(protocol.diagnostic_data)),
        "## What a client sends\n",
        *(_shape(shape) for shape in sent["client"]),
        "## What the daemon sends\n",
        *(_shape(shape) for shape in sent["server"]),
    ]
    return "\n".join(parts)


def _calls(what: str, calls: Iterable[Call]) -> str:
    rows = ((f"`{c.name}`", _link(c.params), _link(c.result), c.doc) for c in calls)
    return _table((what, "parameters", "result", "meaning"), rows)


def _messages(calls: Iterable[Call]) -> str:
    rows = ((f"`{c.name}`", f"{c.kind} of the {c.sender}", _link(c.params), _link(c.result), c.doc) for c in calls)
    return _table(("message", "kind", "parameters", "result", "meaning"), rows)


def _shape(shape: Shape) -> str:
    head = f"### {shape.name}\n\n{shape.doc}\n"
    rows = (
        (f"`{f.name}`", _type(f.type), "" if f.required else f"`{json.dumps(f.default)}`", f.doc) for f in shape.fields
    )
    return f"{head}\n{_table(('key', 'type', 'default', 'meaning'), rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; columns in which nothing stands are left out."""
    rows = [tuple(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows]
    kept = [index for index in range(len(head)) if any(row[index] for row in rows)]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line[index] for index in kept)} |\n" for line in lines)


def _link(name: str | None) -> str:
    return f"[{name}](#{name.lower()})" if name else ""


def _type(kind: Type) -> str:
    match kind:
        case Scalar(name):
            return _WORDS[name]
        case Ref(name):
            return _link(name)
        case ListOf(of):
            return f"list of {_type(of)}"
        case MapOf(of):
            return f"object, each value a {_type(of)}"
        case Nullable(of):
            return f"{_type(of)} or null"
