"""Sessions: the list, and one in detail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, line, noticed, wrap
from agent_orchestrator.cli.render.words import ago, count, detail_of, failure_name, short

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import SessionDetail, SessionRow

_LIST = (
    Column("SESSION", "start"),
    Column("STATE"),
    Column("DETAIL", "end"),
    Column("AGENT"),
    Column("TASK", "end"),
    Column("ACTIVE"),
)
_LABEL = 12
#: Happenings shown of a session; older ones are in ``ao status --json``.
_HISTORY = 20


def session_list(sessions: Sequence[SessionRow], now: float, width: int | None, notices: Sequence[str] = ()) -> Lines:
    """One row per session, or a sentence when there is none, after what a person must act on."""
    said = noticed(notices, width)
    if not sessions:
        return (*said, line(("No sessions. `ao hunt` starts some for what is red, `ao new` one for a task.", "dim")))
    listed = grid(
        _LIST,
        [
            (
                (s.id, "strong"),
                s.state,
                detail_of(s),
                s.agent,
                s.current_task or s.title,
                (ago(s.last_activity, now), "dim"),
            )
            for s in sessions
        ],
        width,
    )
    return (*said, *listed)


def session_detail(detail: SessionDetail, now: float, width: int | None) -> Lines:
    """Everything that is known about one session."""
    s = detail.session
    lines: list[Line] = [line((s.id, "strong"), "  ", detail_of(s))]
    facts = (
        ("state", s.state),
        ("title", s.title),
        ("doing", s.doing),
        ("currentTask", s.current_task if s.current_task != s.title else ""),
        ("issue", s.issue),
        ("project", s.project),
        ("agent", s.agent + (f", attempt {s.attempt}" if s.attempt > 1 else "")),
        ("runtime", s.runtime),
        ("branch", s.branch),
        ("workspace", s.workspace_path),
        ("base", short(s.base)),
        ("head", short(s.head)),
        ("landed as", " ".join(part for part in (short(s.landed_commit), s.landing) if part)),
        ("messages", f"{count(s.messages_waiting, 'message')} not delivered yet" if s.messages_waiting else ""),
        ("active", ago(s.last_activity, now)),
        ("summary", s.summary),
        ("failed", s.error),
        ("model", s.model),
        ("used", used_by(s)),
        ("permissions", "bypassed: it may do anything unasked" if s.bypass else ""),
    )
    for label, text in facts:
        if text:
            lines += wrap(text, width, first=(("  " + label.ljust(_LABEL), "dim"),), indent=" " * (_LABEL + 2))
    for reason in s.held:
        lines += wrap(reason, width, first=(("  ! held".ljust(_LABEL + 2), "warn"),), indent=" " * (_LABEL + 2))
    for notice in s.notices:
        lines += wrap(notice, width, first=(("  ! notice".ljust(_LABEL + 2), "warn"),), indent=" " * (_LABEL + 2))
    for ask in s.asks:
        offered = ", ".join(option.label for option in ask.options)
        asked = f"{ask.text} ({offered})" if offered else ask.text
        lines += wrap(asked, width, first=(("  ! asks".ljust(_LABEL + 2), "warn"),), indent=" " * (_LABEL + 2))
    if s.asks:
        lines.append(line(f"  `ao answer {s.id}` answers it."))
    if s.held:
        lines.append(line(f"  `ao diff {s.id}` shows it, `ao land {s.id} --allow` lands it all the same."))
    if detail.failures:
        lines += [(), line((count(len(detail.failures), "failure"), "head"))]
        for failure in detail.failures:
            lines += wrap(failure_name(failure), width, first=((f"  {failure.state}  ", "dim"),), indent="    ")
    if detail.history:
        lines += [(), line(("History", "head"))]
        for entry in detail.history[-_HISTORY:]:
            lines += wrap(entry, width, first=(("  ", ""),), indent="    ")
    return tuple(lines)


def used_by(s: SessionRow) -> str:
    """What a session used, by its agent's own numbers; empty where it says none."""
    parts = (
        f"{s.input_tokens:,} tokens in" if s.input_tokens is not None else "",
        f"{s.output_tokens:,} out" if s.output_tokens is not None else "",
        f"${s.cost:.2f}" if s.cost is not None else "",
        f"{s.context:.0%} of the context" if s.context is not None else "",
    )
    return ", ".join(part for part in parts if part)
