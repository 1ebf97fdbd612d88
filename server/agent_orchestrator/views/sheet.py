"""All sessions as one document: a line each, grouped by what needs a person. What editors show without an extension."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.views.rows import AT_WORK, GROUPS, NEEDS_YOU, OVER, QUEUED, group_of, session_state

#: Sessions that are over and still listed, the newest first.
_OVER_SHOWN = 20
#: Characters of a column; what is longer is cut.
_DETAIL, _TITLE, _WORDS = 60, 50, 80
_EMPTY = "No sessions. A code action on a diagnostic, or `ao new TASK`, begins one."


@frozen
class Line:
    """A line of the document; ``session`` is the id of the one that it is about, empty: none."""

    text: str
    session: str = ""


@frozen
class Group:
    """A heading (a line from 0) and the last line below it."""

    title: str
    line: int
    last: int


@frozen
class Sheet:
    """The document."""

    lines: tuple[Line, ...]
    groups: tuple[Group, ...]

    @property
    def text(self) -> str:
        """As it is written to a file."""
        return "".join(f"{line.text}\n" for line in self.lines)

    def at(self, line: int) -> str:
        """The session of a line; empty: none."""
        return self.lines[line].session if 0 <= line < len(self.lines) else ""

    def sessions(self) -> Iterator[tuple[int, str]]:
        """(line, session) of each session."""
        return ((number, line.session) for number, line in enumerate(self.lines) if line.session)


def sheet(state: State, projects: Iterable[str] | None = None) -> Sheet:
    """The document about the sessions of these projects; None: of all."""
    chosen = set(state.projects if projects is None else projects)
    of: dict[str, list[Session]] = {title: [] for title in GROUPS}
    for session in state.sessions.values():
        if session.project in chosen:
            of[group_of(state, session)].append(session)
    places = {s.id: at for project in chosen for at, s in enumerate(derive.queue(state, project), 1)}
    of[QUEUED].sort(key=lambda s: (s.project, places.get(s.id, 0)))
    of[OVER] = sorted(of[OVER], key=lambda s: s.last_activity, reverse=True)[:_OVER_SHOWN]
    lines, groups = [Line("# Sessions"), Line(""), Line(_summary(of))], []
    for title, sessions in of.items():
        if sessions:
            begin = len(lines) + 1
            lines += [Line(""), Line(f"## {title} ({len(sessions)})"), Line("")]
            lines += _aligned([(s.id, _cells(state, s, places.get(s.id, 0))) for s in sessions])
            groups.append(Group(title, begin, len(lines) - 1))
    return Sheet(tuple(lines), tuple(groups))


def _summary(of: dict[str, list[Session]]) -> str:
    parts = [
        f"{len(of[title])} {words}"
        for title, words in ((NEEDS_YOU, "need you"), (AT_WORK, "at work"), (QUEUED, "in the landing queue"))
        if of[title]
    ]
    return ", ".join(parts) if parts else "Nothing needs you." if any(of.values()) else _EMPTY


def _cells(state: State, s: Session, place: int) -> tuple[str, ...]:
    _, detail = session_state(state, s)
    detail = f"{detail}, place {place}" if place else detail
    words = _cut(s.turn.summary if s.turn else "", _WORDS)
    return s.id, _cut(detail, _DETAIL), _cut(s.title, _TITLE), s.branch, f"“{words}”" if words else ""


def _aligned(rows: list[tuple[str, tuple[str, ...]]]) -> Iterator[Line]:
    widths = [max(map(len, column)) for column in zip(*(cells for _, cells in rows), strict=True)]
    for session, cells in rows:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True) if width)
        yield Line(f"- {'  '.join(padded).rstrip()}", session)


def _cut(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
