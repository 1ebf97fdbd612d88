"""Carrying out commands: with progress that can be cancelled, and showing what was asked to be shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import evolve
from lsprotocol import types as lsp

from agent_orchestrator.engine.state import Project
from agent_orchestrator.lsp import commands
from agent_orchestrator.protocol import lsp as own
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.methods import LSP_COMMANDS
from agent_orchestrator.protocol.wire import to_wire
from agent_orchestrator.views.pulls import pull_rows
from agent_orchestrator.views.rows import landing_row, landings_of

if TYPE_CHECKING:
    from agent_orchestrator.lsp.connection import Connection

#: Commands that only read: the only ones in a workspace that the editor's user does not trust.
READS = frozenset(
    {
        "projects",
        "sessions",
        "session",
        "logs",
        "prompt",
        "diff",
        "queue",
        "attach",
        "doctor",
        "failures",
        "runs",
        "reactions",
        "daemon",
        "pulls",
        "ciLog",
    }
)


async def execute(connection: Connection, params: lsp.ExecuteCommandParams) -> Any:
    """Run a command of the daemon or of the editor; its result as JSON types. Raises CommandError."""
    ask = connection.person.ask if connection.person.can_ask else None
    given = await commands.parameters(params, ask, lambda _, name: _choices(connection, name))
    method = LSP_COMMANDS.get(params.command)
    if connection.restricted and (method is None or method.name not in READS) and params.command not in _SHOWS:
        raise commands.refused("the editor does not trust this workspace: nothing is run from it")
    if method is None:
        return await commands.calling(_EDITOR[params.command](connection, given))
    token = params.work_done_token
    if method.name == "hunt" and not given.dry_run:
        return await commands.calling(_hunt(connection, given))
    if method.name == "check":
        return await commands.calling(check(connection, given, token))
    answer = await commands.calling(connection.core.call(method.name, given, connection.home()))
    if method.name == "ciLog":
        await connection.person.show(answer.file)
    if method.name == "trust":
        # What the person just trusted is what they want to see.
        for project in connection.projects():
            connection.run(connection.check_on("start", project))
    return to_wire(answer)


def _choices(connection: Connection, name: str) -> list[tuple[str, str]]:
    state = connection.core.state
    landings = tuple(landing_row(state, x) for p in connection.projects() for x in landings_of(state, p.id)[-10:])
    failures = tuple(row for p in connection.projects() for row in connection.core.failures(p.id))
    pulls = tuple(row for p in connection.projects() for row in pull_rows(state, p.id))
    return commands.choices_from(connection.sessions(), failures, landings, pulls).get(name, [])


async def check(connection: Connection, params: t.CheckParams, token: str | int | None, title: str = "ao check") -> Any:
    """Run checks in the checkout; the person can cancel what is shown of it. Raises Refused."""
    work = asyncio.ensure_future(connection.core.call("check", params, connection.home()))
    shown = None
    try:
        shown = await connection.progress.open(token, title, work.cancel)
        return to_wire(await work)
    except asyncio.CancelledError:
        work.cancel()
        if asyncio.current_task().cancelling():  # type: ignore[union-attr]
            raise
        raise Refused("the check was cancelled") from None
    finally:
        connection.progress.close(shown, "checked")


async def _hunt(connection: Connection, params: t.HuntParams) -> Any:
    """Start the hunt; its progress goes on after the answer, under a token of ours."""
    params = await _with_consent(connection, params)
    answer: t.HuntState = await connection.core.call("hunt", params, connection.home())
    if answer.hunt is not None:
        # A client's own token ends with its request.
        connection.run(_follow(connection, answer.hunt.id))
    return to_wire(answer)


#: Seconds that a person has to say whether their checkout may be moved; after that it is not.
CONSENT = 120.0


async def _with_consent(connection: Connection, params: t.HuntParams) -> t.HuntParams:
    """Ask once whether the checkout may be fast-forwarded, as ``landing.checkout: ask`` wants it."""
    shown = {p.id: p for p in connection.projects()}
    project = shown.get(params.project) if params.project else next(iter(shown.values()), None)
    settled = project is None or project.checkout or project.settings.checkout != "ask"
    if settled or params.checkout or not connection.person.can_ask or project is None:
        return params
    if _is_refused(connection, params, project):
        return params
    yes, no = "Fast-forward it", "Leave it alone"
    question = (
        f"Fixes land on {project.settings.target}. When that is checked out in {project.settings.path}, "
        "may the checkout be fast-forwarded to them? Else they land on the branch ao/landed."
    )
    try:
        async with asyncio.timeout(CONSENT):
            said = await connection.person.ask(question, [yes, no])
    except TimeoutError:
        return params
    return evolve(params, checkout={yes: "ff", no: "never"}.get(said or "", ""))


def _is_refused(connection: Connection, params: t.HuntParams, project: Project) -> bool:
    """Will the hunt be refused, whatever the person answers?"""
    unknown = set(params.failures) - {row.id for row in connection.core.failures(project.id)}
    nobody = params.agent and connection.core.agents(project.id).get(params.agent, "no such agent")
    return bool(unknown or nobody or project.trusted != project.settings.trust)


async def _follow(connection: Connection, hunt: str) -> None:
    end = t.HuntIdParams(hunt=hunt)

    def cancel() -> None:
        connection.run(connection.core.call("huntEnd", end, connection.client))

    shown = await connection.progress.open(None, f"ao hunt {hunt}", cancel)
    revision = -1
    row = None
    try:
        while row is None or not row.ended_at:
            newer = evolve(end, revision=revision)
            answer: t.HuntState = await connection.core.call("huntState", newer, connection.client)
            revision, row = answer.revision, answer.hunt
            if shown is not None and row is not None:
                shown.report(_phase(row), _share(row))
    finally:
        connection.progress.close(shown, row.reason if row is not None else "")


def _phase(row: t.HuntRow) -> str:
    red = "" if row.red_now is None else f", red {row.red_at_start} → {row.red_now}"
    return f"{row.phase}{red}"


def _share(row: t.HuntRow) -> int | None:
    if not row.red_at_start or row.red_now is None:
        return None
    return max(0, min(100, round(100 * (row.red_at_start - row.red_now) / row.red_at_start)))


async def _fix_with(connection: Connection, params: own.FixParams) -> Any:
    projects = [params.project] if params.project else [p.id for p in connection.projects()]
    if not projects or not connection.person.can_ask:
        raise Refused("name the agent: `ao.hunt` takes `failures` and `agent`")
    agents = connection.core.agents(projects[0])
    titles = {f"{name}: {lacks}" if lacks else name: name for name, lacks in agents.items()}
    said = await connection.person.ask("Which agent is to fix it?", list(titles))
    if said is None:
        raise Refused("no agent was chosen")
    wish = t.HuntParams(project=projects[0], failures=params.failures, agent=titles[said])
    return await _hunt(connection, wish)


async def _show_owner(connection: Connection, params: own.ShowParams) -> Any:
    named = t.SessionParams(session=params.session)
    detail: t.SessionDetail = await connection.core.call("session", named, connection.client)
    row = detail.session
    place = f"{row.branch} in {row.workspace_path}" if row.workspace_path else row.branch
    connection.person.tell(
        "\n".join((f"{row.id}: {row.title}", f"{row.agent}, {row.detail}", place, *detail.history[-5:]))
    )
    return to_wire(detail)


async def _show_log(connection: Connection, params: own.ShowParams) -> Any:
    path = connection.core.log_of(params.session)
    if not path:
        raise Refused(f"{params.session} has no log yet")
    await connection.person.show(path)
    return to_wire(own.Shown(path=path))


async def _show_diff(connection: Connection, params: own.ShowParams) -> Any:
    wish = t.DiffParams(session=params.session, documents=False)
    answer: t.Diff = await connection.core.call("diff", wish, connection.client)
    path = connection.core.scratch(f"{params.session}{own.DIFF_SUFFIX}", answer.text)
    await connection.person.show(path)
    return to_wire(own.Shown(path=path))


async def _show_attach(connection: Connection, params: own.ShowParams) -> Any:
    answer: t.Argv = await connection.core.call("attach", t.SessionParams(session=params.session), connection.client)
    connection.person.tell(f"In a terminal: ao attach {params.session}")
    return to_wire(answer)


async def _show_sessions(connection: Connection, params: own.ShowSessionsParams) -> Any:
    await connection.person.show(connection.core.sheet)
    return to_wire(own.Shown(path=connection.core.sheet))


async def _compose(connection: Connection, params: own.ComposeParams) -> Any:
    return await connection.drafts.compose(params)


async def _review_add(connection: Connection, params: own.ReviewAddParams) -> Any:
    return await connection.review.add(params)


async def _review_send(connection: Connection, params: own.ShowParams) -> Any:
    return await connection.review.send(params.session)


_EDITOR: dict[str, Callable[[Connection, Any], Awaitable[Any]]] = {
    own.FIX_WITH: _fix_with,
    own.SHOW_OWNER: _show_owner,
    own.SHOW_LOG: _show_log,
    own.SHOW_DIFF: _show_diff,
    own.SHOW_ATTACH: _show_attach,
    own.SHOW_SESSIONS: _show_sessions,
    own.COMPOSE: _compose,
    own.REVIEW_ADD: _review_add,
    own.REVIEW_SEND: _review_send,
}
_SHOWS = frozenset({own.SHOW_OWNER, own.SHOW_LOG, own.SHOW_DIFF, own.SHOW_ATTACH, own.SHOW_SESSIONS})
