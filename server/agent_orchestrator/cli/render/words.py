"""How states, failures, commits and times are said, everywhere alike. A symbol never stands without its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.lines import Span, Style

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import FailureRow, SessionRow

_SHORT = 7
_DETAILS: tuple[tuple[str, str, Style], ...] = (
    ("landed", "✓", "good"),
    ("already fixed", "✓", "good"),
    ("held", "!", "warn"),
    ("left", "✗", "bad"),
    ("worktree gone", "✗", "bad"),
    ("stopped", "■", "dim"),
    ("waits", "◦", "warn"),
    ("queued", "◦", "busy"),
    ("in review", "◦", "busy"),
    ("idle", "◦", "dim"),
    ("preparing", "●", "busy"),
    ("working", "●", "busy"),
    ("permission", "?", "warn"),
    ("question", "?", "warn"),
    ("dialog", "?", "warn"),
    ("interrupted", "?", "warn"),
    ("joined", "?", "warn"),
    ("proving", "●", "busy"),
    ("landing", "●", "busy"),
)
#: Details of sessions at which nothing more happens by itself.
OVER = ("landed", "already fixed", "left", "stopped", "worktree gone")


def short(commit: str) -> str:
    """A commit as git abbreviates it."""
    return commit[:_SHORT]


def mark(detail: str, state: str = "") -> tuple[str, Style]:
    """The symbol and style for a session's ``detail`` (its first word decides), else for its ``state``."""
    for word, symbol, style in _DETAILS:
        if detail == word or detail.startswith((f"{word}:", f"{word} ")):
            return symbol, style
    return ("✗", "bad") if state == "error" else ("●", "busy")


def detail_of(session: SessionRow) -> Span:
    """A session's detail with its symbol: ``✓ landed``."""
    symbol, style = mark(session.detail or session.state, session.state)
    return f"{symbol} {session.detail or session.state}", style


def is_over(session: SessionRow) -> bool:
    """Whether nothing more happens to the session by itself."""
    return any(session.detail == word or session.detail.startswith(f"{word}:") for word in OVER)


def failure_name(failure: FailureRow) -> str:
    """What is red: a test's id, a rule with its place, or the check as a whole (it has no key then)."""
    if is_lint(failure):
        return f"{failure.rule} {place(failure)}".rstrip()
    return failure.key or "the whole check"


def is_lint(failure: FailureRow) -> bool:
    """Whether it is a rule's violation: its key is ``RULE@path``. A test's ``rule`` is the exception's type."""
    return bool(failure.rule) and failure.key.startswith(f"{failure.rule}@")


def place(failure: FailureRow) -> str:
    """``path:line``, as far as it is known."""
    return f"{failure.path}:{failure.line}" if failure.path and failure.line > 0 else failure.path


def count(number: int, one: str, many: str = "") -> str:
    """``1 failure``, ``2 failures``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """``4.2 s``, ``42 s``, ``3 min 5 s``, ``2 h 5 min``."""
    seconds = max(seconds, 0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def ago(then: float, now: float) -> str:
    """How long ago, coarsely; empty when it never was. Both in seconds since the epoch."""
    if then <= 0:
        return ""
    seconds = int(max(now - then, 0))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"
