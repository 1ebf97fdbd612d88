"""Commands about landing: land, queue, undo."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import free_names
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.drive.target import LANDED_BRANCH
from agent_orchestrator.engine.due import ObserveTarget
from agent_orchestrator.engine.state import Landing
from agent_orchestrator.git.fast_forward import fast_forward
from agent_orchestrator.git.land import Landed, Waits
from agent_orchestrator.git.repository import checked_out_at, resolve
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.rows import landing_row, landings_of, queue_rows


async def land(app: App, params: t.LandParams, client: Client) -> t.Done:
    """Land a session's work through the gate; with ``checkout`` bring the user's checkout up to ``ao/landed``."""
    if params.checkout:
        return await _checkout(app, params, client)
    if not params.session:
        project = app.project_of(client, params)
        waiting = [s for s in derive.queue(app.state, project.id) if s.waits]
        await app.engine.record(*(e.LandingWaits(app.context.now(), s.id, "") for s in waiting))
        return t.Done(message=f"{len(waiting)} waiting entries of the landing queue are tried again")
    found = app.session(params.session, params.project)
    if found.closed:
        raise Refused(f"{found.id} is over: {found.left or 'landed or stopped'}")
    if found.waits:
        await app.engine.record(e.LandingWaits(app.context.now(), found.id, ""))
        return t.Done(message=f"{found.id} is tried again", id=found.id)
    if not found.head:
        raise Refused(f"{found.id} has nothing to land yet")
    if found.unfinished:
        raise Refused(
            f"{found.id} is not finished: its last turn did not end well; `ao send {found.id}` goes on with it"
        )
    if found.in_review:
        raise Refused(f"{found.id} is in review: `ao merge-pr` merges its pull request, `ao pulls` shows it")
    if not found.is_held:
        if derive.publishes(app.state.projects[found.project], found):
            what = "becomes a pull request by itself as soon as its proof is complete"
            return t.Done(message=f"{found.id} {what}", id=found.id)
        return t.Done(message=f"{found.id} lands by itself as soon as its proof is complete", id=found.id)
    if not params.allow:
        reasons = "; ".join(found.held)
        raise Refused(f"{found.id} is held: {reasons}. Look at `ao diff {found.id}`, then `ao land {found.id} --allow`")
    await app.engine.record(e.LandingAllowed(app.context.now(), found.id, found.head, params.by or who()))
    return t.Done(
        message=f"{found.id} is allowed as of {found.head[:12]}; it lands when its gate proves it", id=found.id
    )


async def _checkout(app: App, params: t.LandParams, client: Client) -> t.Done:
    project = app.project_of(client, params)
    driven = app.driven(project.id)
    landed = await resolve(driven.repo, f"refs/heads/{LANDED_BRANCH}")
    branch = project.settings.target
    current = await resolve(driven.repo, f"refs/heads/{branch}")
    worktree = await checked_out_at(driven.repo, branch)
    if landed is None or current is None:
        raise Refused(f"there is nothing on {LANDED_BRANCH}")
    if worktree is None:
        raise Refused(f"{branch} is checked out nowhere; landings move it directly")
    if landed == current:
        return t.Done(message=f"{worktree} is up to date with {LANDED_BRANCH}")
    answer = await fast_forward(
        driven.repo, Path(worktree), f"refs/heads/{branch}", current[0], landed[0], f"checkout-{landed[0][:12]}"
    )
    if isinstance(answer, Landed):
        # What the checks said was of the files that were there before.
        app.checkouts.drop(project.id)
        return t.Done(message=f"{worktree} is at {landed[0][:12]} now")
    raise Refused(answer.reason if isinstance(answer, Waits) else f"{branch} has moved; merge {LANDED_BRANCH} yourself")


async def queue(app: App, params: t.ProjectParams, client: Client) -> t.Queue:
    """The landing queue and the last landings."""
    project = app.project_of(client, params)
    landings = [landing_row(app.state, x) for x in landings_of(app.state, project.id)[-20:]]
    return t.Queue(entries=queue_rows(app.state, project.id), landings=tuple(reversed(landings)))


async def undo(app: App, params: t.UndoParams, client: Client) -> t.Done:
    """Take a landing back through the gate."""
    project = app.project_of(client, params)
    app.require_trust(project)
    landing = _named(app, project.id, params.landing)
    if landing.pull:
        watched = app.state.pulls.get(landing.pull)
        where = watched.pull.url if watched and watched.pull else landing.pull
        raise Refused(
            f"{landing.commit[:12]} was merged at the forge: revert it there, at {where}. `ao undo` takes back what "
            "landed here"
        )
    if any(x.undoes == landing.id and x.landed_at for x in app.state.landings.values()):
        raise Refused(f"{landing.commit[:12]} was taken back already")
    await app.engine.handlers[ObserveTarget](ObserveTarget(project.id))
    target = app.state.projects[project.id].target
    assert target is not None
    row = landing_row(app.state, landing)
    title = f"Undo {row.title or landing.commit[:12]}"
    async with app.context.lock(f"names:{project.id}"):
        names = await free_names(app.context, app.driven(project.id), title)
        await app.engine.record(
            e.SessionClaimed(
                app.context.now(),
                session=names.id,
                project=project.id,
                name=names.name,
                title=title,
                prompt=f"Take back {landing.commit}.",
                agent="",
                runtime="",
                branch="",
                base=target.commit,
                base_tree=target.tree,
                path="",
                undoes=landing.id,
            )
        )
    return t.Done(message=f"{names.id} takes back {landing.commit[:12]}; `ao queue` shows it", id=names.id)


def _named(app: App, project: str, text: str) -> Landing:
    among = landings_of(app.state, project)
    found = [x for x in among if text in (x.id, x.session) or (len(text) >= 4 and x.commit.startswith(text))]
    if not found and (known := [x for x in among if x.session.endswith(f"-{text}")]):
        found = known
    if len(found) != 1:
        raise Refused(f"{text!r} names {len(found) or 'no'} landings; `ao queue` shows them")
    return found[0]
