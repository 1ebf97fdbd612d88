"""A failure as a diagnostic, in the JSON of the specification: thousands of them have to be made at once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from attrs import evolve, frozen
from lsprotocol.types import ClientCapabilities, DiagnosticSeverity

from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import SOURCE
from agent_orchestrator.views.ci import is_of_ci

#: Diagnostics of one file; what is beyond is counted in the last one.
MAX_PER_FILE = 200

_ERROR, _WARNING = int(DiagnosticSeverity.Error), int(DiagnosticSeverity.Warning)
_INFORMATION, _HINT = int(DiagnosticSeverity.Information), int(DiagnosticSeverity.Hint)


@frozen
class Support:
    """What the client can show of a diagnostic."""

    related: bool = False
    code_description: bool = False
    data: bool = False


def support_of(capabilities: ClientCapabilities) -> Support:
    """Read off the client's capabilities."""
    text = capabilities.text_document
    publish = text.publish_diagnostics if text else None
    pull = text.diagnostic if text else None
    found = [x for x in (publish, pull) if x is not None]
    return Support(
        related=any(bool(x.related_information) for x in found),
        code_description=any(bool(x.code_description_support) for x in found),
        data=any(bool(x.data_support) for x in found),
    )


@frozen
class Placed:
    """A failure at the line (from 0) where it is in the text as it stands; ``stale``: that line was edited since."""

    row: t.FailureRow
    line: int
    stale: bool = False


def place(rows: Iterable[t.FailureRow], texts: Texts, path: str) -> tuple[Placed, ...]:
    """The failures of one file at their present lines; those of lines that the text no longer has are at its last."""
    last = len(texts.lines(path)) - 1
    if not texts.is_open(path):
        # Of these there are thousands.
        end = last if last >= 0 else sys.maxsize
        return tuple(Placed(row, min(max(row.line - 1, 0), end), row.stale) for row in rows)
    placed = []
    for row in rows:
        line = max(row.line - 1, 0)
        now = None if row.stale else texts.where(path, line, row.seen_at)
        line = line if now is None else now
        placed.append(Placed(row, min(line, last) if last >= 0 else line, now is None))
    return tuple(placed)


def diagnostic(
    placed: Placed, texts: Texts, lines: Sequence[str], uri: Callable[[str], str], support: Support
) -> dict[str, Any]:
    """One diagnostic in a file with these lines. ``uri`` gives the client's URI of a path in the repository."""
    row = placed.row
    column, end = (0, 0) if placed.stale else (row.column, row.end_column if row.end_line in (0, row.line) else 0)
    first, last = texts.span_in(lines[placed.line] if placed.line < len(lines) else "", column, end)
    made: dict[str, Any] = {
        "range": {
            "start": {"line": placed.line, "character": first},
            "end": {"line": placed.line, "character": last},
        },
        "severity": severity(placed),
        "code": _code(row),
        "source": source(row),
        "message": message(placed),
    }
    if support.code_description and row.url:
        made["codeDescription"] = {"href": row.url}
    if support.related and row.frames:
        made["relatedInformation"] = [
            {
                "location": {"uri": uri(frame.path), "range": _whole_line(frame.line)},
                "message": f"in {frame.name}" if frame.name else "passed here",
            }
            for frame in row.frames
        ]
    if support.data:
        made["data"] = data(placed)
    return made


def _code(row: t.FailureRow) -> str:
    if row.kind == "review":
        return f"#{row.number}"
    return row.rule if row.kind == "lint" and row.rule else row.key or row.check


def source(row: t.FailureRow) -> str:
    """Who says so: what is said elsewhere is not said to be ours."""
    return row.check if row.pull and not row.also else f"{SOURCE}{row.check}"


def data(placed: Placed) -> dict[str, Any]:
    """:class:`agent_orchestrator.protocol.lsp.DiagnosticData` on the wire, made directly: there are thousands.

    What is as by default is left out, which halves the bytes.
    """
    row = placed.row
    made: dict[str, Any] = {"id": row.id, "project": row.project, "check": row.check, "state": row.state}
    if row.session:
        made |= {"session": row.session, "owner": row.owner}
    if row.landing:
        made["landing"] = row.landing
    if row.pull:
        made |= {"pull": row.pull, "number": row.number}
    if placed.stale:
        made["stale"] = True
    if row.checkout_only:
        made["checkoutOnly"] = True
    return made


def severity(placed: Placed) -> int:
    """Errors are what stops a landing; what nobody has to act on is quieter."""
    if placed.stale or placed.row.state in ("flaky", "muted"):
        return _HINT
    if placed.row.state == "fixed" or placed.row.kind == "review":
        return _INFORMATION
    # What keeps a pull request from being merged is an error, whatever found it.
    return _WARNING if placed.row.kind == "lint" and not is_of_ci(placed.row.check) else _ERROR


def message(placed: Placed) -> str:
    """What is wrong, and who is at it."""
    row = placed.row
    notes = []
    if placed.stale:
        notes.append("edited since")
    if row.state in ("flaky", "muted", "left"):
        notes.append(f"{row.state}: {row.reason}" if row.reason else row.state)
    elif row.state == "fixed" and row.commit:
        notes.append(
            f"fixed by {row.session or 'a landing'} in {row.commit[:7]}, which your checkout does not have yet"
        )
    elif row.session and row.owner:
        notes.append(f"{row.session}: {row.owner}")
    if row.checkout_only:
        notes.append("only in your checkout")
    if row.pull:
        notes += _elsewhere(row)
    return f"{row.message}\n({'; '.join(notes)})" if notes else row.message


def _elsewhere(row: t.FailureRow) -> Iterator[str]:
    """Where a pull request comes in."""
    if row.also:
        yield f"red in {', '.join(row.also)} too"
    else:
        yield f"in #{row.number}"
        if row.reason and row.state not in ("flaky", "muted", "left"):
            yield row.reason


def file_diagnostics(
    placed: tuple[Placed, ...], texts: Texts, path: str, uri: Callable[[str], str], support: Support
) -> list[dict[str, Any]]:
    """The diagnostics of one file, at most :data:`MAX_PER_FILE`."""
    lines = texts.lines(path)
    if len(placed) <= MAX_PER_FILE:
        return [diagnostic(one, texts, lines, uri, support) for one in placed]
    shown = [diagnostic(one, texts, lines, uri, support) for one in placed[: MAX_PER_FILE - 1]]
    rest = len(placed) - len(shown)
    last = diagnostic(evolve(placed[-1], line=0), texts, lines, uri, Support())
    more = {**last, "severity": _INFORMATION, "message": f"and {rest} more in this file", "code": "more"}
    return [*shown, {**more, "source": SOURCE.rstrip(":")}]


def _whole_line(line: int) -> dict[str, Any]:
    at = max(line - 1, 0)
    return {"start": {"line": at, "character": 0}, "end": {"line": at, "character": 0}}
