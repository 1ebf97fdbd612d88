"""Pull requests as a list, and one with what is said at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import Line, Lines, Span, Style, line, noticed

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import CommentRow, PullRow, Pulls

_COLUMNS = (
    Column("PR"),
    Column("STATE"),
    Column("CI"),
    Column("REVIEW", "end"),
    Column("SESSION", "start"),
    Column("TITLE", "end"),
    Column("BRANCH", "start"),
)
_CI: dict[str, Style] = {"passed": "good", "failed": "bad", "pending": "busy", "repeated": "busy"}


def pulls_page(answer: Pulls, width: int | None, *, one: bool) -> Lines:
    """The pull requests; of one alone also what its CI found, and what is said at it, oldest first."""
    said = noticed(answer.notices, width)
    if not answer.pulls:
        return (*said, line(("No pull requests are followed.", "dim")))
    lines: list[Line] = [*said, *grid(_COLUMNS, [_row(pull) for pull in answer.pulls], width)]
    if not one:
        return tuple(lines)
    (pull,) = answer.pulls
    lines.append(line((pull.url, "dim")))
    if pull.failed:
        lines.append(line(("Failed: ", "bad"), ", ".join(pull.failed)))
    for found in answer.failures:
        place = f"{found.path}:{found.line}: " if found.line else f"{found.path}: " if found.path else ""
        state = f" ({found.state})" if found.state != "open" else ""
        lines.append(line(f"  {place}{found.message.partition(chr(10))[0]}{state}", (f"  {found.id}", "dim")))
    for comment in answer.comments:
        lines += _comment(comment)
    return tuple(lines)


def _row(pull: PullRow) -> tuple[Span | str, ...]:
    name: Span = (f"#{pull.number}", "strong") if pull.number else ("?", "dim")
    state = "draft" if pull.draft and pull.state == "open" else pull.state or "not seen yet"
    stale = " (not seen)" if pull.stale else ""
    session = pull.session or ("(yours)" if pull.mine else "")
    return name, f"{state}{stale}", (pull.ci, _CI.get(pull.ci, "dim")), _review(pull), session, pull.title, pull.branch


def _review(pull: PullRow) -> str:
    words = {"approved": "approved", "changes-requested": "changes requested", "required": "waits for review"}
    said = [words.get(pull.decision, "")]
    if pull.mergeable == "no":
        said.append("conflict")
    if pull.unresolved:
        said.append(f"{pull.unresolved} unresolved")
    if pull.held:
        said.append(f"{pull.held} held")
    return ", ".join(filter(None, said))


def _comment(comment: CommentRow) -> Lines:
    place = f" on {comment.path}:{comment.line}" if comment.line else f" on {comment.path}" if comment.path else ""
    marks = [
        comment.verdict.replace("-", " "),
        "resolved" if comment.resolved else "",
        "" if comment.heard else "held: reaches no agent",
    ]
    said = ", ".join(filter(None, marks))
    ids = f"comment {comment.id}" + (f", thread {comment.thread}" if comment.thread else "")
    head = line((f"{comment.author}{place}", "strong"), (f" ({said})" if said else "", "dim"))
    return (), head, line((ids, "dim")), *(line(f"  {text}") for text in comment.text.split("\n"))
