"""``pullClaim``: go on with a pull request in a session; and what begins such a session for other commands."""

from __future__ import annotations

from agent_orchestrator.daemon import at_forge
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.sessions import agent_for_a_task, with_target
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import free_names
from agent_orchestrator.engine.drive.forge import fetched
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.git.repository import resolve
from agent_orchestrator.model.external import text as external
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.pull_texts import as_data, errors
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.watched import Watched, own_reds
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def pull_claim(app: App, params: t.PullClaimParams, client: Client) -> t.Done:
    """Go on with a pull request: with a task, else with what its CI found, else with what the person says then."""
    project = at_forge.project_of(app, params, client)
    project = await app.fresh(client, t.ProjectParams(project=project.id))
    watched, pull = await at_forge.looked_at(app, await at_forge.named(app, project, params.pull))
    told = ""
    if not params.task.strip():
        watched = await at_forge.with_reds(app, watched)
        told = why_red(watched, pull)
    return await begin(app, project, watched, pull, params, told)


def why_red(watched: Watched, pull: Pull, check: str = "") -> str:
    """What an agent is told of the failed checks of a pull request, or of one of them; empty: nothing of its own."""
    own = {(c.key, c.id) for c in own_reds(watched)} if not check else None
    reds = [
        red
        for red in watched.reds
        if ((red.check.key, red.check.id) in own if own is not None else check in (red.check.name, red.check.key))
    ]
    # Invariant: text from outside is data.
    return (
        f"Checks of the pull request #{pull.number} failed. Mend what they found:\n{as_data(errors(reds))}"
        if reds
        else ""
    )


async def begin(
    app: App, project: Project, watched: Watched, pull: Pull, params: t.PullClaimParams, told: str
) -> t.Done:
    """Make the session that works on a pull request; ``told`` is what its agent is told first. Raises Refused."""
    app.require_trust(project)
    driven = app.driven(project.id)
    if pull.state != "open":
        raise Refused(f"{pull.url} is {pull.state}: there is nothing to go on with")
    if pull.foreign:
        raise Refused(f"{pull.url} comes from a fork, to which nothing is pushed; `gh pr checkout` gets you its branch")
    name = agent_for_a_task(app, project, params.agent)
    if params.runtime and params.runtime not in app.context.runtimes:
        raise Refused(f"there is no runtime {params.runtime!r}; known: {', '.join(app.context.runtimes)}")
    if not await fetched(driven, pull) or (base := await resolve(driven.repo, pull.head)) is None:
        raise Refused(f"the head of {pull.url} ({pull.head[:12]}) can not be fetched from `origin`")
    project = await with_target(app, project)
    task = sanitize(params.task).strip()
    title = task.split("\n")[0][:100] if task else external.title(pull.title) or f"Pull request {pull.number}"
    async with app.context.lock(f"names:{project.id}"):
        if (other := at_work(app.state, watched)) is not None:
            raise Refused(f"{other.id} works on {pull.url} already; `ao send {other.id}` tells it something")
        names = await free_names(app.context, driven, title, name=params.name)
        now = app.context.now()
        claimed = e.SessionClaimed(
            now,
            session=names.id,
            project=project.id,
            name=names.name,
            title=title,
            prompt=_prompt(task, pull),
            agent=name,
            runtime=params.runtime or project.settings.runtime,
            branch=names.branch,
            base=base[0],
            base_tree=driven.identity(*base),
            path=str(names.path),
            pull=watched.key,
            pushes_to=pull.branch,
            listens=not task,
        )
        first = (e.MessageQueued(now, names.id, app.context.new_id(), told),) if told else ()
        await app.engine.record(claimed, *first)
    app.context.look_again(project.id)
    waits = "" if task or told else f"; it waits for `ao send {names.id} …`"
    return t.Done(message=f"{names.id}: {pull.url} ({name}, branch {names.branch}){waits}", id=names.id)


def at_work(state: State, watched: Watched) -> Session | None:
    """The session that works on a pull request. Invariant: there is at most one."""
    among = (s for s in state.sessions.values() if not s.closed)
    return next((s for s in among if s.id == watched.session or s.pull == watched.key), None)


def _prompt(task: str, pull: Pull) -> str:
    """What the agent is told of its task. Invariant: what others wrote is data, its branch's name too."""
    known = as_data(f"title: {external.title(pull.title)}\nbranch: {pull.branch}\ninto: {pull.base}")
    about = f"You go on with the pull request #{pull.number}: your worktree has its newest commit."
    return f"{task}\n\n{about}\n{known}" if task else f"{about}\n{known}"
