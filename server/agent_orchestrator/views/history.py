"""What happened to a session so far, in sentences."""

from __future__ import annotations

from datetime import datetime

from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.views.talking import message_state, question


def history(state: State, s: Session) -> tuple[str, ...]:
    """One line per thing that happened, oldest first, with the local time."""
    events: list[tuple[float, str]] = [(s.created_at, f"made for: {s.title}")]
    for turn in s.turns:
        why = f": {turn.feedback.splitlines()[0]}" if turn.feedback else ""
        events.append((turn.started_at, f"turn {turn.number} started{why}"))
        if turn.ended_at:
            events.append((turn.ended_at, f"turn {turn.number} ended ({turn.code}): {turn.summary}"))
    for message in s.messages:
        where = f" in turn {message.turn}" if message.turn else ""
        events.append((message.at, f"message, {message_state(message)}{where}: {message.text.splitlines()[0]}"))
    for asked in s.asks:
        events.append((asked.at, f"asked: {question(asked.ask)}"))
        if asked.answered_at:
            label = next((o.label for o in asked.ask.options if o.id == asked.option), asked.option)
            said = " ".join(part for part in (label, asked.text and f"({asked.text})") if part) or "not answered"
            events.append((asked.answered_at, f"{said}, by {asked.by}: {question(asked.ask)}"))
    if s.allowed_at:
        events.append((s.allowed_at, f"{s.allowed_by} allowed what the guard held"))
    landing = state.landings.get(s.landing)
    if landing:
        how = "merged at the forge" if landing.pull else "landed"
        events.append((landing.landed_at, f"{how} as {landing.commit[:12]} on {landing.target}"))
    events += [(s.last_activity, f"notice: {notice}") for notice in s.notices]
    return tuple(f"{_clock(at)}  {text}" for at, text in sorted(events))


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).astimezone().strftime("%H:%M:%S")
