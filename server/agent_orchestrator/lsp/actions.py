"""What a person can do about a failure: code actions, lenses with the same commands, and inlay hints."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen
from lsprotocol import types as lsp

from agent_orchestrator.lsp.diagnostics import Placed
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import (
    CI_SOURCE,
    COMPOSE,
    CONFIG_SOURCE,
    FIX_WITH,
    REVIEW_SOURCE,
    SHOW_DIFF,
    SHOW_LOG,
    SHOW_OWNER,
    SOURCE,
)
from agent_orchestrator.views.ci import is_of_ci

#: Failures in these states get an agent when somebody asks.
_FREE = ("open", "left", "flaky")
_KIND = lsp.CodeActionKind.QuickFix


@frozen
class Action:
    """A title, and the command that it runs."""

    title: str
    command: str
    arguments: dict[str, Any]


def for_failure(row: t.FailureRow, shown: Iterable[t.FailureRow]) -> Iterator[Action]:
    """What can be done about one failure; the first is what one would want most."""
    if row.kind == "review":
        yield from _for_thread(row)
        return
    if is_of_ci(row.check):
        yield from _for_ci(row)
        return
    fix = {"project": row.project}
    if row.state in _FREE:
        yield Action("Fix with agent", "ao.hunt", {**fix, "failures": [row.id]})
        yield Action("Fix with …", FIX_WITH, {**fix, "failures": [row.id]})
        yield Action("Write a task about it", COMPOSE, {**fix, "failures": [row.id]})
        if row.kind == "lint" and row.rule:
            yield from _whole_rule(row, shown)
    if row.state == "fixed":
        yield Action("Fast-forward the checkout to what landed", "ao.land", {**fix, "checkout": True})
    yield from _show_session(row)
    if row.session and row.owner.startswith("held:"):
        yield Action(f"Allow {row.session} and land it", "ao.land", {"session": row.session, "allow": True})
    if row.state == "claimed":
        yield Action(f"Stop {row.session}", "ao.stop", {"session": row.session})
    if row.landing:
        yield Action(f"Undo the landing {row.commit[:7]}", "ao.undo", {**fix, "landing": row.landing})
    yield _mute(row)
    if row.pull:
        yield from _at_the_forge(row)


def _for_ci(row: t.FailureRow) -> Iterator[Action]:
    """What can be done about what only CI sees."""
    if row.state in _FREE:
        yield Action("Fix with agent", "ao.ciFix", {**_pull(row), "check": row.job})
    yield from _at_the_forge(row)
    yield from _show_session(row)
    if row.kind != "job":
        yield _mute(row)


def _at_the_forge(row: t.FailureRow) -> Iterator[Action]:
    yield Action(f"Run the failed jobs of #{row.number} again", "ao.ciRerun", _pull(row))
    yield Action(f"Show the CI log of #{row.number}", "ao.ciLog", {**_pull(row), "check": row.job})


def _for_thread(row: t.FailureRow) -> Iterator[Action]:
    """What can be done about what a reviewer says."""
    thread = {**_pull(row), "thread": row.key}
    if row.session:
        yield Action(f"Send to agent of {row.session}", "ao.commentSend", thread)
    yield Action("Reply …", COMPOSE, thread)
    yield Action("Resolve", "ao.commentResolve", thread)
    if row.comment:
        held = {**_pull(row), "comment": row.comment}
        yield Action(f"Let @{row.author} be heard once", "ao.commentAllow", {**held, "always": False})
        yield Action(f"Let @{row.author} be heard always", "ao.commentAllow", {**held, "always": True})
    yield Action(f"Ignore @{row.author}", "ao.authorIgnore", {"project": row.project, "author": row.author})
    yield from _show_session(row)


def _pull(row: t.FailureRow) -> dict[str, Any]:
    return {"project": row.project, "pull": row.pull}


def _mute(row: t.FailureRow) -> Action:
    if row.state == "muted":
        return Action("Unmute", "ao.mute", {"failure": row.id, "muted": False})
    return Action("Mute as flake", "ao.mute", {"failure": row.id})


def _show_session(row: t.FailureRow) -> Iterator[Action]:
    if row.session:
        yield Action(f"Show {row.session}{f': {row.owner}' if row.owner else ''}", SHOW_OWNER, {"session": row.session})
        yield Action(f"Show the log of {row.session}", SHOW_LOG, {"session": row.session})
        yield Action(f"Show what {row.session} changed", SHOW_DIFF, {"session": row.session})


def _whole_rule(row: t.FailureRow, shown: Iterable[t.FailureRow]) -> Iterator[Action]:
    same = [r for r in shown if (r.project, r.check, r.rule) == (row.project, row.check, row.rule)]
    free = [r for r in same if r.state in _FREE]
    here = [r.id for r in free if r.path == row.path]
    for ids, where in ((here, "this file"), ([r.id for r in free], "the workspace")):
        if len(set(ids)) > 1 or len(ids) > 1:
            arguments = {"project": row.project, "failures": list(dict.fromkeys(ids))}
            yield Action(f"Fix all of {row.rule} in {where}", "ao.hunt", arguments)


def for_foreign(diagnostic: lsp.Diagnostic, project: str, path: str) -> Action:
    """Another server's diagnostic, as a task for an agent."""
    source = f"{diagnostic.source}: " if diagnostic.source else ""
    message = diagnostic.message.strip()
    task = f"Fix in {path}, line {diagnostic.range.start.line + 1}: {source}{message}"
    return Action(f"Fix with agent: {message.splitlines()[0][:60] if message else source}", "ao.spawn", {
        "project": project,
        "task": task,
    })  # fmt: skip


def code_actions(
    params: lsp.CodeActionParams, placed: Sequence[Placed], shown: Sequence[t.FailureRow], project: str, path: str
) -> list[lsp.CodeAction]:
    """The actions at a range. ``path`` is relative to the project; empty ``project``: the file belongs to none."""
    if not is_wanted(params.context):
        return []
    first, last = sorted((params.range.start.line, params.range.end.line))
    here = [one.row for one in placed if first <= one.line <= last]
    found = [made(action, row.id) for row in here for action in for_failure(row, shown)]
    foreign = [d for d in params.context.diagnostics if not _is_own(d.source or "")]
    if project:
        found += [made(for_foreign(d, project, path), None, d) for d in foreign]
    return found


def is_wanted(context: lsp.CodeActionContext) -> bool:
    """Does the client ask for quick fixes, among others?"""
    return not context.only or any(_is_ours(kind) for kind in context.only)


def _is_own(source: str) -> bool:
    return source == CONFIG_SOURCE or source.startswith((SOURCE, CI_SOURCE, REVIEW_SOURCE))


def _is_ours(kind: str) -> bool:
    return kind == "" or str(_KIND.value) == kind or str(_KIND.value).startswith(f"{kind}.")


def made(action: Action, id: str | None = None, diagnostic: lsp.Diagnostic | None = None) -> lsp.CodeAction:
    """A code action that runs a command; ``id`` is the failure that it is about."""
    command = lsp.Command(title=action.title, command=action.command, arguments=[action.arguments])
    return lsp.CodeAction(
        title=action.title,
        kind=_KIND,
        diagnostics=[diagnostic] if diagnostic else None,
        command=command,
        data={"command": action.command, "arguments": action.arguments, "failure": id},
    )


def resolved(action: lsp.CodeAction) -> lsp.CodeAction:
    """An action whose command is told by its data, for a client that dropped it."""
    data = action.data
    if action.command is None and isinstance(data, dict) and isinstance(data.get("command"), str):
        action.command = lsp.Command(title=action.title, command=data["command"], arguments=[data.get("arguments")])
    return action


def lenses(placed: Sequence[Placed], shown: Sequence[t.FailureRow]) -> list[lsp.CodeLens]:
    """One lens per failure: who is at it, or the offer to fix it. Each is the failure's first code action as well."""
    made = []
    for one in placed:
        actions = list(for_failure(one.row, shown))
        chosen = next((a for a in actions if a.command == SHOW_OWNER), None) if one.row.state == "claimed" else None
        action = chosen or next(iter(actions), None)
        if action is not None:
            start = lsp.Position(line=one.line, character=0)
            command = lsp.Command(title=action.title, command=action.command, arguments=[action.arguments])
            made.append(lsp.CodeLens(range=lsp.Range(start=start, end=start), command=command))
    return made


def hints(placed: Sequence[Placed], first: int, last: int, ends: Sequence[int]) -> list[lsp.InlayHint]:
    """Owner and state at the end of each failing line from ``first`` to ``last``; ``ends`` are the lines' lengths."""
    return [
        lsp.InlayHint(
            position=lsp.Position(line=one.line, character=end),
            label=_label(one.row),
            padding_left=True,
        )
        for one, end in zip(placed, ends, strict=True)
        if first <= one.line <= last
    ]


def _label(row: t.FailureRow) -> str:
    if row.kind == "review":
        return f"@{row.check.removeprefix(REVIEW_SOURCE)} in #{row.number}"
    if row.state == "claimed":
        return f"{row.session}: {row.owner}"
    return f"{row.state} in #{row.number}" if is_of_ci(row.check) else row.state
