"""Commands about pull requests: pulls, pullOpen, pullMerge, pullClose."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from agent_orchestrator.daemon import at_forge
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.drive.pulls import merge_words
from agent_orchestrator.engine.due import Publish
from agent_orchestrator.engine.state import Problem, Project, Session, State
from agent_orchestrator.model.pull import CheckState, Mergeable, Pull
from agent_orchestrator.model.rule import Ruling
from agent_orchestrator.model.watched import Watched
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.forges import forge_notices
from agent_orchestrator.views.pulls import ci_check, comment_rows, pull_row, pull_rows
from agent_orchestrator.views.rows import found_row, with_owner

#: Seconds for which the opening of a pull request is waited for; it goes on after that.
OPENING = 60.0


async def pulls(app: App, params: t.PullsParams, client: Client) -> t.Pulls:
    """The pull requests that are followed; of one that is named also what is said at it."""
    if params.pull:
        named = t.PullParams(project=params.project, path=params.path, pull=params.pull)
        watched = await at_forge.named(app, at_forge.project_of(app, named, client), params.pull)
        if watched.pull is None:
            watched, _ = await at_forge.looked_at(app, watched)
        state = app.state
        return t.Pulls(
            revision=state.revision,
            pulls=(pull_row(state, watched),),
            comments=comment_rows(state, watched),
            failures=tuple(_found(state, watched)),
            notices=tuple(forge_notices(state, watched.project)),
        )
    everywhere = params.all and not params.project
    project = "" if everywhere else app.project_of(client, params).id
    notices = tuple(forge_notices(app.state, project))
    return t.Pulls(revision=app.state.revision, pulls=pull_rows(app.state, project), notices=notices)


def _found(state: State, watched: Watched) -> Iterator[t.FailureRow]:
    """What the failed checks of a pull request found, each once, with what is known of it here."""
    seen: set[str] = set()
    for red in watched.reds:
        for found in red.findings:
            finding = found.finding
            if finding.signature in seen:
                continue
            seen.add(finding.signature)
            row = found_row(watched.project, ci_check(red.check), finding, only=True)
            known = state.failures.get(finding.signature)
            yield with_owner(state, row, known) if known else row


async def pull_open(app: App, params: t.PullOpenParams, client: Client) -> t.Done:
    """Open the pull request of a session's proven work; it does not land here any more then."""
    found = app.session(params.session, params.project)
    project = app.state.projects[found.project]
    at_forge.scm(app, project)
    if not project.active:
        raise Refused(f"{project.id} is paused; `ao resume` first")
    if reason := _unproven(app.state, project, found):
        raise Refused(f"{found.id} {reason}")
    before = app.state.problems.get(Publish(found.project, found.id).key)
    await app.engine.record(p.PullAsked(app.context.now(), found.project, found.id, params.draft, who()))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(OPENING):
            await app.engine.wait_for(lambda state: _opened(state, found.id) or _problem(state, found) != before)
    if not _opened(app.state, found.id):
        problem = _problem(app.state, found)
        if problem is not None and problem != before:
            raise Refused(f"{found.id} has no pull request yet: {problem.message}")
        return t.Done(message=f"the pull request of {found.id} is being opened", id=found.id)
    session = app.state.sessions[found.id]
    watched = app.state.pulls.get(session.pull)
    url = watched.pull.url if watched and watched.pull else ""
    return t.Done(message=f"{found.id} has the pull request {url or session.pull}", id=session.pull)


def _opened(state: State, id: str) -> bool:
    return state.sessions[id].in_review or state.sessions[id].closed


def _problem(state: State, session: Session) -> Problem | None:
    return state.problems.get(Publish(session.project, session.id).key)


def _unproven(state: State, project: Project, s: Session) -> str:
    """Why a session has nothing that may become a pull request; empty: it has."""
    pending = derive.pending_landing(state, project.id)
    if s.in_review:
        watched = state.pulls.get(s.pull)
        return f"has one: {watched.pull.url if watched and watched.pull else s.pull}"
    if s.closed or (pending and pending.session == s.id):
        return "is over, or lands just now: `ao queue` shows it"
    if not s.has_agent:
        return "is no work of an agent"
    if s.running or s.again:
        return "is being worked on: its work is not proven yet"
    if not s.head or s.unfinished:
        return "has no finished work"
    if s.is_held:
        return f"is held: {s.held[0]}; `ao land {s.id} --allow` allows it"
    if s.queued_at:
        # Invariant: only what is proven is in the landing queue.
        return ""
    ruling = derive.own_verdict(state, s)
    if ruling is None:
        return "is not proven yet: its gate runs"
    if ruling.ruling is not Ruling.LANDS:
        return f"is not proven: {'; '.join(ruling.reasons) or ruling.ruling.value}"
    return ""


async def pull_merge(app: App, params: t.PullMergeParams, client: Client) -> t.Done:
    """Merge a pull request at the head that was seen last. The forge's own rules are never passed over."""
    project = at_forge.project_of(app, params, client)
    shown = await at_forge.named(app, project, params.pull)
    watched, pull = await at_forge.looked_at(app, shown)
    if shown.pull is not None and shown.pull.head != pull.head:
        raise Refused(f"{pull.url} has another head since it was looked at: {pull.head[:12]}; look at it again")
    if pull.state == "merged":
        return t.Done(message=f"{pull.url} is merged already", id=watched.key)
    session = app.state.sessions.get(watched.session)
    if reason := _unready(pull, no_checks=params.no_checks):
        raise Refused(f"{pull.url} {reason}")
    if session is not None and not session.closed and session.is_held:
        raise Refused(
            f"{session.id}, whose work {pull.url} is, is held: {session.held[0]}; `ao land {session.id} --allow` first"
        )
    # Invariant: what is merged is the head that was looked at; the forge compares it once more.
    outcome = await at_forge.scm(app, project).merge(
        pull, pull.head, project.settings.strategy, session.title if session else ""
    )
    if isinstance(outcome, Trouble):
        raise Refused(outcome.sentence)
    await _look(app, watched)
    return t.Done(message=merge_words(pull, outcome), id=watched.key)


def _unready(pull: Pull, *, no_checks: bool) -> str:
    """Why a pull request is not merged, as far as that is ours to say. Invariant: "no checks" is never green."""
    if pull.state != "open":
        return f"is {pull.state}"
    if pull.draft:
        return "is a draft"
    if pull.mergeable is Mergeable.NO:
        return f"conflicts with {pull.base}"
    if pull.failed:
        return f"is red: {', '.join(check.name for check in pull.failed)}"
    if not pull.checks:
        return "" if no_checks else "has no checks, so nothing says that it works; `--no-checks` merges it all the same"
    if running := [check.name for check in pull.checks if check.state is CheckState.PENDING]:
        return f"is not through its checks: {', '.join(running)}"
    return (
        "" if pull.green else f"is not green: {', '.join(c.name for c in pull.checks if c.state is CheckState.NEITHER)}"
    )


async def pull_close(app: App, params: t.PullParams, client: Client) -> t.Done:
    """Close a pull request unmerged. The session whose work it is stays."""
    project = at_forge.project_of(app, params, client)
    watched, pull = await at_forge.looked_at(app, await at_forge.named(app, project, params.pull))
    if pull.state != "open":
        raise Refused(f"{pull.url} is {pull.state} already")
    at_forge.answered(await at_forge.scm(app, project).close(pull))
    await _look(app, watched)
    stays = f"; {watched.session} stays" if watched.session in app.state.sessions else ""
    return t.Done(message=f"closed {pull.url}{stays}", id=watched.key)


async def _look(app: App, watched: Watched) -> None:
    """See what was done. It is done whatever comes of that."""
    with contextlib.suppress(Refused):
        await at_forge.looked_at(app, app.state.pulls.get(watched.key, watched))
    app.context.look_again(watched.project)
