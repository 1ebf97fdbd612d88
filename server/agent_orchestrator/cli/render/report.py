"""The report that ends a hunt: is main green, what was red, who fixed it, in which commit, what was left and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from agent_orchestrator.cli.render.lines import Line, Lines, Style, line, wrap
from agent_orchestrator.cli.render.words import count, duration, failure_name, short

if TYPE_CHECKING:
    from agent_orchestrator.protocol.types import FailureRow, HuntRow, LandingRow, SessionRow

_ITEM = "      "
_RULE_AT_MOST = 80
#: The reason of a hunt that ended because nothing was left to do: it explains nothing about a failure.
_DONE = "done"


def report(hunt: HuntRow, width: int | None) -> Lines:
    """The whole report. On a terminal (a width is given) it stands between two rules."""
    rule: Lines = () if width is None else (line(("─" * min(width, _RULE_AT_MOST), "dim")),)
    sections = (
        _fixed(hunt, width),
        _by_the_way(hunt, width),
        _held(hunt, width),
        _left(hunt, width),
        _flaky(hunt, width),
        _muted(hunt, width),
        _trouble(hunt, width),
    )
    lines: list[Line] = [*rule, *verdict(hunt, width)]
    for section in sections:
        if section:
            lines += [(), *section]
    return (*lines, (), *_next_steps(hunt, width), *rule)


def verdict(hunt: HuntRow, width: int | None) -> Lines:
    """The two lines that say it all: green or not, and from what to what."""
    target = hunt.target or "the target"
    took = f" · {duration(hunt.ended_at - hunt.started_at)}" if hunt.ended_at else ""
    if hunt.green:
        all_green = hunt.red_now == 0
        headline = f"✓ {target} is green" if all_green else f"✓ what was hunted is no longer red on {target}"
        style: Style = "good"
    elif hunt.red_now is None:
        headline, style = f"? {target}: unknown, which is not green", "warn"
    elif hunt.red_now == 0:
        headline, style = f"? {target} is not proven green", "warn"
    else:
        headline, style = f"✗ {target} is not green yet: {count(hunt.red_now, 'failure')} left", "bad"
    lines = list(wrap(headline, width, first=(("  ", ""),), indent="    ", style=style))
    was = "unknown" if hunt.red_at_start is None else str(hunt.red_at_start)
    now = "unknown" if hunt.red_now is None else str(hunt.red_now)
    facts = f"{hunt.project} · red {was} → {now} · {count(len(hunt.landings), 'landing')}{took}"
    lines += wrap(facts, width, first=(("    ", ""),), indent="    ")
    if hunt.start_commit and hunt.commit and hunt.start_commit != hunt.commit:
        moved = f"{hunt.target} {short(hunt.start_commit)} → {short(hunt.commit)}"
        lines += wrap(moved, width, first=(("    ", ""),), indent="    ", style="dim")
    if hunt.reason not in ("", _DONE) and not hunt.green:
        lines += wrap(f"ended: {hunt.reason}", width, first=(("    ", ""),), indent="    ")
    return tuple(lines)


def _fixed(hunt: HuntRow, width: int | None) -> Lines:
    """One paragraph per landing, in the order of history: commit, session, agent; below it what it fixed."""
    fixed = [failure for failure in hunt.failures if failure.state == "fixed"]
    if not fixed and not hunt.landings:
        return ()
    ordered = sorted(hunt.landings, key=lambda landing: landing.at)
    known = {landing.id for landing in ordered}
    lines: list[Line] = [
        *_heading("FIXED", count(len(fixed), "failure") + ", " + count(len(ordered), "landing"), width)
    ]
    for landing in ordered:
        lines += _landing(hunt, landing, [f for f in fixed if f.landing == landing.id], width)
    elsewhere = [f for f in fixed if f.landing not in known]
    for failure in elsewhere:
        where = " in " + short(failure.commit) if failure.commit else ""
        by = f"by {failure.session}" if failure.session else "by a change outside of this hunt"
        lines += _item(failure, width, "✓ ", "good")
        lines += wrap(by + where, width, first=((_ITEM, ""),), indent=_ITEM, style="dim")
    return tuple(lines)


def _landing(hunt: HuntRow, landing: LandingRow, failures: Sequence[FailureRow], width: int | None) -> Lines:
    session = _session(hunt, landing.session)
    who = landing.session + (f" ({_agent(session)})" if session else "")
    lead: Line = (("  ✓ ", "good"), (short(landing.commit), "good"), ("  ", ""))
    lines = list(wrap(who, width, first=lead, indent=_ITEM, style="strong"))
    if landing.undoes:
        lines += _note(f"undo of {landing.undoes}", width)
    if landing.allowed_by:
        lines += _note(f"held by the guard, allowed by {landing.allowed_by}", width)
    if session and session.summary:
        lines += _note(session.summary, width)
    for failure in failures:
        lines += wrap(_named(failure), width, first=((_ITEM, ""),), indent=_ITEM + "  ")
    return tuple(lines)


def _by_the_way(hunt: HuntRow, width: int | None) -> Lines:
    rows = [f for f in hunt.failures if f.state == "already fixed"]
    return _section("ALREADY FIXED", "gone with the fix of something else", rows, width, "✓ ", "good")


def _held(hunt: HuntRow, width: int | None) -> Lines:
    held = [session for session in hunt.sessions if session.detail.startswith("held")]
    if not held:
        return ()
    lines: list[Line] = [*_heading("HELD", f"{count(len(held), 'fix', 'fixes')} for you to judge", width)]
    for session in held:
        lines += wrap(session.id, width, first=(("  ! ", "warn"),), indent=_ITEM, style="strong")
        for reason in session.held or (session.detail.removeprefix("held").lstrip(": "),):
            lines += _note(reason, width)
        lines += wrap(f"ao diff {session.id}", width, first=((_ITEM + "look:  ", "dim"),), indent=_ITEM)
        lines += wrap(f"ao land {session.id} --allow", width, first=((_ITEM + "allow: ", "dim"),), indent=_ITEM)
    return tuple(lines)


def _left(hunt: HuntRow, width: int | None) -> Lines:
    """Failures that are still red, each with its reason."""
    rows = [f for f in hunt.failures if f.state in ("left", "open", "claimed") and not f.checkout_only]
    if not rows:
        return ()
    lines: list[Line] = [*_heading("LEFT", f"{count(len(rows), 'failure')} still red", width)]
    for failure in rows:
        lines += _item(failure, width, "✗ ", "bad")
        lines += _note(_why_left(hunt, failure), width)
    return tuple(lines)


def _why_left(hunt: HuntRow, failure: FailureRow) -> str:
    session = _session(hunt, failure.session)
    by = f" ({failure.session}, {_agent(session)})" if session else ""
    if failure.reason:
        return failure.reason + by
    if session:
        return (session.detail if session.detail.startswith(("held", "left")) else f"not landed: {session.detail}") + by
    return hunt.reason if hunt.reason not in ("", _DONE) else "no agent was given to it"


def _flaky(hunt: HuntRow, width: int | None) -> Lines:
    rows = [f for f in hunt.failures if f.state == "flaky"]
    return _section("FLAKY", "no agent was spent", rows, width, "~ ", "warn")


def _muted(hunt: HuntRow, width: int | None) -> Lines:
    rows = [f for f in hunt.failures if f.state == "muted"]
    return _section("MUTED", "left out at your word", rows, width, "~ ", "dim")


def _trouble(hunt: HuntRow, width: int | None) -> Lines:
    notices = [f"{s.id}: {notice}" for s in hunt.sessions for notice in s.notices]
    if not hunt.problems and not notices:
        return ()
    lines: list[Line] = [*_heading("TO KNOW", "", width)]
    for text in (*hunt.problems, *notices):
        lines += wrap(text, width, first=(("  ! ", "warn"),), indent="    ")
    return tuple(lines)


def _next_steps(hunt: HuntRow, width: int | None) -> Lines:
    steps: list[tuple[str, str]] = []
    if any(f.state in ("left", "claimed") and f.session for f in hunt.failures):
        steps += [("ao logs <session>", "tells what an agent tried")]
    if hunt.landings:
        steps += [("ao undo <commit>", "takes a landing back")]
    if hunt.target == "ao/landed":
        steps += [("ao land --checkout", "fast-forwards your checkout, which was not touched")]
    steps += [("ao queue", "shows all landings")]
    wide = max(len(command) for command, _ in steps)
    lead: list[Line] = [(("  → ", "dim"), (f"{command:<{wide}}  ", "")) for command, _ in steps]
    rows = [
        wrap(says, width, first=first, indent=_ITEM, style="dim") for first, (_, says) in zip(lead, steps, strict=True)
    ]
    return tuple(row for lines in rows for row in lines)


def _section(
    title: str, says: str, rows: Sequence[FailureRow], width: int | None, mark: str, style: Style
) -> tuple[Line, ...]:
    if not rows:
        return ()
    lines: list[Line] = [*_heading(title, f"{count(len(rows), 'failure')}, {says}", width)]
    for failure in rows:
        lines += _item(failure, width, mark, style)
        if failure.reason:
            lines += _note(failure.reason, width)
    return tuple(lines)


def _heading(title: str, says: str, width: int | None) -> Lines:
    return wrap(says, width, first=(("  ", ""), (f"{title}  ", "strong")), indent="    ", style="dim")


def _item(failure: FailureRow, width: int | None, mark: str, style: Style) -> Lines:
    return wrap(_named(failure), width, first=((f"  {mark}", style),), indent=_ITEM)


def _note(text: str, width: int | None) -> Lines:
    return wrap(text, width, first=((_ITEM, ""),), indent=_ITEM, style="dim") if text else ()


def _named(failure: FailureRow) -> str:
    again = f" (red again for the {_nth(failure.reopened)} time)" if failure.reopened else ""
    return f"{failure.check}: {failure_name(failure)}{again}"


def _nth(number: int) -> str:
    return {1: "1st", 2: "2nd", 3: "3rd"}.get(number, f"{number}th")


def _agent(session: SessionRow) -> str:
    return session.agent + (f", {session.attempt} attempts" if session.attempt > 1 else "")


def _session(hunt: HuntRow, id: str) -> SessionRow | None:
    return next((session for session in hunt.sessions if id and session.id == id), None)
