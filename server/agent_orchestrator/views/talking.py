"""What an agent does, asks and was told, as a person sees it."""

from __future__ import annotations

from agent_orchestrator.engine.state import Message, Session
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Activity, Ask, activity, held
from agent_orchestrator.protocol import types as t

#: Characters of a question that are shown in a line.
_LINE = 160


def activity_of(s: Session) -> Activity:
    """What the agent of a turn that runs does."""
    return activity(s.facts, tuple(asked.ask for asked in s.open_asks))


def turn_state(s: Session) -> tuple[str, str]:
    """The state and the detail of a session whose turn runs."""
    turn = s.turn
    if turn is not None and turn.exited_at:
        return "working", "saving"
    if turn is None or not turn.talks:
        return "working", "working"
    now = activity_of(s)
    if now.asks:
        return now.state, f"{now.detail}: {question(now.asks[0])}"
    if now.state in ("idle", "error") and held(s.facts, turn.interrupts):
        return "waiting", now.detail if now.detail == "interrupted" else "joined"
    if now.state in ("idle", "error"):
        # Its program is about to end; what its turn came to is looked at then.
        return "working", "saving"
    return now.state, f"{now.detail}: {now.text}" if now.detail == "retrying" and now.text else now.detail


def doing(s: Session) -> str:
    """What the agent works on, in its own words."""
    working = [fact.text for fact in s.facts if fact.kind == a.WORKING and fact.text]
    return working[-1] if s.running and working and activity_of(s).detail == "working" else ""


def question(ask: Ask) -> str:
    """What an agent asks, in one line."""
    # Of a tool alone nobody could say whether it may be used.
    named = ask.kind == a.PERMISSION and ask.subjects
    text = f"{ask.tool} {' '.join(ask.subjects)}".strip() if named else ask.text or ask.tool
    line = " ".join(text.split())
    return line if len(line) <= _LINE else f"{line[: _LINE - 1]}…"


def ask_rows(s: Session) -> tuple[t.AskRow, ...]:
    """What the session's agent waits for, oldest first."""
    return tuple(
        t.AskRow(
            id=asked.ask.id,
            kind=asked.ask.kind,
            text=question(asked.ask),
            tool=asked.ask.tool,
            subjects=asked.ask.subjects,
            options=tuple(t.OptionRow(id=o.id, label=o.label, does=o.does) for o in asked.ask.options),
            free=asked.ask.free,
            at=asked.at,
        )
        for asked in s.open_asks
    )


def message_state(message: Message) -> str:
    """``queued``, ``offered``, ``accepted``, ``answered`` or ``lost``."""
    if message.lost:
        return "lost"
    if message.answered_at:
        return "answered"
    if message.accepted_at:
        return "accepted"
    return "offered" if message.turn else "queued"


def message_rows(s: Session) -> tuple[t.MessageRow, ...]:
    """What the session's agent was told by people and reactions, oldest first."""
    return tuple(t.MessageRow(id=m.id, text=m.text, state=message_state(m), at=m.at) for m in s.messages)
