"""The sessions document in an editor: what can be done on each line, and what is known of its session.

Which session a line is about is read from the line as the editor has it: it may be older than the state.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from lsprotocol import types as lsp

from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.lsp.actions import Action
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import (
    COMPOSE,
    CONFIG_SOURCE,
    SHOW_ATTACH,
    SHOW_DIFF,
    SHOW_LOG,
    SHOW_OWNER,
)
from agent_orchestrator.views.rows import NEEDS_YOU, group_of, session_row, session_state

#: The document's name in clients that show documents of a server's own.
URI = "ao://sessions"
#: Characters of what is asked in the title of an answer.
_ASKED = 60
_HEADING, _ITEM = "## ", "- "


def session_in(line: str, sessions: Mapping[str, Session]) -> str:
    """The id of the session that a line is about; empty: none."""
    words = line.split(maxsplit=2) if line.startswith(_ITEM) else []
    return words[1] if len(words) > 1 and words[1] in sessions else ""


def sessions_in(lines: Sequence[str], sessions: Mapping[str, Session]) -> Iterator[tuple[int, str]]:
    """(line, session) of each line that is about one."""
    for number, line in enumerate(lines):
        if id := session_in(line, sessions):
            yield number, id


def actions_on(state: State, id: str) -> Iterator[Action]:
    """What can be done about a session; the first is what one would want most."""
    session = state.sessions[id]
    row = session_row(state, session)
    named = {"session": id}
    for ask in row.asks:
        for option in ask.options:
            title = f"{option.label}: {shorten(ask.text, _ASKED, placeholder='…')}"
            yield Action(title, "ao.answer", {**named, "ask": ask.id, "option": option.id})
    if row.held:
        yield Action("Allow it and land it", "ao.land", {**named, "allow": True})
    if not session.closed:
        if session.running:
            yield Action("Attach", SHOW_ATTACH, named)
        yield Action("Write to it", COMPOSE, named)
        yield Action("Show what it changed", SHOW_DIFF, named)
        yield Action("Show its log", SHOW_LOG, named)
        yield Action("Show its history", SHOW_OWNER, named)
        if session.running and not row.asks:
            yield Action("Interrupt", "ao.interrupt", named)
        if row.head and not session.running:
            yield Action("Keep what you changed in its worktree", "ao.keep", named)
        quiet = "Notify of it again" if row.quiet else "No notifications of it"
        yield Action(quiet, "ao.quiet", {**named, "quiet": not row.quiet})
        yield Action("Stop", "ao.stop", named)
    if (session.left or session.stopping) and not row.landing:
        yield Action("Restore", "ao.restore", named)
    if row.outside:
        yield Action(f"Put back {len(row.outside)} changed files of the checkout", "ao.putBack", named)
    if row.landing:
        yield Action(f"Undo the landing {row.landed_commit[:7]}", "ao.undo", {"landing": row.landing})


def lenses(state: State, lines: Sequence[str]) -> list[lsp.CodeLens]:
    """Every action of every line."""
    return [
        lsp.CodeLens(range=_start_of(number), command=_command(action))
        for number, id in sessions_in(lines, state.sessions)
        for action in actions_on(state, id)
    ]


def code_actions(state: State, lines: Sequence[str], first: int, last: int) -> list[lsp.CodeAction]:
    """The actions of the lines from ``first`` to ``last``."""
    return [
        lsp.CodeAction(
            title=action.title,
            kind=lsp.CodeActionKind.QuickFix,
            command=_command(action),
            data={"command": action.command, "arguments": action.arguments},
        )
        for number, id in sessions_in(lines, state.sessions)
        if first <= number <= last
        for action in actions_on(state, id)
    ]


def symbols(lines: Sequence[str], texts: Texts) -> list[lsp.DocumentSymbol]:
    """The headings, with the sessions below each."""
    made: list[lsp.DocumentSymbol] = []
    for first, last in _groups(lines):
        below = [
            lsp.DocumentSymbol(
                name=words[1],
                detail=words[2] if len(words) > 2 else "",
                kind=lsp.SymbolKind.Event,
                range=_whole(number, lines, texts),
                selection_range=_whole(number, lines, texts),
            )
            for number in range(first + 1, last + 1)
            if lines[number].startswith(_ITEM) and len(words := lines[number].split(maxsplit=2)) > 1
        ]
        made.append(
            lsp.DocumentSymbol(
                name=lines[first].removeprefix(_HEADING),
                kind=lsp.SymbolKind.Namespace,
                range=lsp.Range(start=lsp.Position(line=first, character=0), end=_whole(last, lines, texts).end),
                selection_range=_whole(first, lines, texts),
                children=below,
            )
        )
    return made


def folds(lines: Sequence[str]) -> list[lsp.FoldingRange]:
    """A fold for each heading."""
    return [lsp.FoldingRange(start_line=first, end_line=last) for first, last in _groups(lines) if last > first]


def diagnostics(state: State, lines: Sequence[str], texts: Texts) -> list[dict[str, Any]]:
    """A diagnostic on each session that needs a person."""
    made = []
    for number, id in sessions_in(lines, state.sessions):
        session = state.sessions[id]
        if group_of(state, session) != NEEDS_YOU:
            continue
        kind, detail = session_state(state, session)
        start, end = texts.span_in(lines[number], len(_ITEM) + 1, len(_ITEM) + 1 + len(id))
        severity = lsp.DiagnosticSeverity.Error if kind == "error" else lsp.DiagnosticSeverity.Warning
        made.append(
            {
                "range": {"start": {"line": number, "character": start}, "end": {"line": number, "character": end}},
                "severity": int(severity),
                "source": CONFIG_SOURCE,
                "message": f"{id}: {detail}",
            }
        )
    return made


def hover(state: State, detail: t.SessionDetail) -> str:
    """What is known of a session, in Markdown, with the source of each fact."""
    row = detail.session
    session = state.sessions[row.id]
    parts = [f"**{row.id}** {row.title}", f"{row.agent}, {row.detail}"]
    parts += [f"`{row.branch}`" + (f" in `{row.workspace_path}`" if row.workspace_path else "")]
    parts += [_used(row)] if row.model or row.input_tokens else []
    parts += [f"{session.agent} asks: {ask.text}" for ask in row.asks]
    parts += ["May do anything unasked (`permissions: bypass`)."] if row.bypass else []
    if session.facts:
        facts = (f"- {_clock(fact.at)} {fact.kind} {fact.text} ({fact.source})" for fact in session.facts[-6:])
        parts.append("\n".join(facts))
    parts += ["\n".join(f"- {line}" for line in detail.history[-5:])] if detail.history else []
    return "\n\n".join(parts)


def edits(old: Sequence[str], new: str, texts: Texts) -> list[lsp.TextEdit]:
    """The smallest change of whole lines that makes the new text, which ends with a line's end, of the old lines."""
    wanted = new.split("\n")
    if list(old) == wanted:
        return []
    same = tail = 0
    shorter = min(len(old), len(wanted))
    if old and not old[-1]:
        while same < shorter - 1 and old[same] == wanted[same]:
            same += 1
        while tail < shorter - same and old[-1 - tail] == wanted[-1 - tail]:
            tail += 1
    begin, end = lsp.Position(line=same, character=0), lsp.Position(line=len(old) - tail, character=0)
    if not tail and old:
        # The last line has no end of its own.
        end = _whole(len(old) - 1, old, texts).end
    kept = wanted[same : len(wanted) - tail]
    text = "".join(f"{line}\n" for line in kept) if tail else "\n".join(kept)
    return [lsp.TextEdit(range=lsp.Range(start=begin, end=end), new_text=text)]


def _groups(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, last line) of each heading and what is below it, without blank lines at its end."""
    heads = [number for number, line in enumerate(lines) if line.startswith(_HEADING)]
    for first, following in zip(heads, [*heads[1:], len(lines)], strict=True):
        last = following - 1
        while last > first and not lines[last].strip():
            last -= 1
        yield first, last


def _start_of(line: int) -> lsp.Range:
    at = lsp.Position(line=line, character=0)
    return lsp.Range(start=at, end=at)


def _whole(line: int, lines: Sequence[str], texts: Texts) -> lsp.Range:
    end = texts.codec.client_num_units(lines[line])
    return lsp.Range(start=lsp.Position(line=line, character=0), end=lsp.Position(line=line, character=end))


def _command(action: Action) -> lsp.Command:
    return lsp.Command(title=action.title, command=action.command, arguments=[action.arguments])


def _used(row: t.SessionRow) -> str:
    tokens = "" if row.input_tokens is None else f"{row.input_tokens} tokens in, {row.output_tokens or 0} out"
    cost = "" if row.cost is None else f"${row.cost:.2f}"
    return ", ".join(part for part in (row.model, tokens, cost) if part)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def is_sheet(path: str, own: str) -> bool:
    """Is it the document, as a file or by its own name?"""
    return path in (URI, own)
