"""Commands about the CI of pull requests: ciFix, ciRerun, ciLog."""

from __future__ import annotations

import re

from agent_orchestrator.daemon import at_forge, shown
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.pull_claim import at_work, begin, why_red
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.reaction.kinds import SEND
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.watched import CiRed, Watched
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused


async def ci_fix(app: App, params: t.CheckOfPullParams, client: Client) -> t.Done:
    """Have an agent mend what CI found: the session of the pull request, else one that is begun for it."""
    project = at_forge.project_of(app, params, client)
    project = await app.fresh(client, t.ProjectParams(project=project.id))
    known = set(app.state.reactions)
    watched, pull = await _red(app, await at_forge.named(app, project, params.pull), params.check)
    told = why_red(watched, pull, params.check)
    if not told:
        raise Refused(f"what failed on {pull.url} fails on {pull.base} as well; name the check to have it mended here")
    session = at_work(app.state, watched)
    if session is None:
        claim = t.PullClaimParams(project=project.id, pull=watched.key)
        return await begin(app, project, watched, pull, claim, told)
    news = [r for key, r in app.state.reactions.items() if key not in known and r.pull == watched.key]
    if not any(r.event == "ci-failed" and r.action == SEND and not r.offered for r in news):
        # Where it was seen just now, the reaction to it may tell the same.
        await app.engine.record(e.MessageQueued(app.context.now(), session.id, app.context.new_id(), told))
    return t.Done(message=f"{session.id} is told why the checks of {pull.url} failed", id=session.id)


async def ci_rerun(app: App, params: t.PullParams, client: Client) -> t.Done:
    """Run the failed jobs of a pull request again."""
    project = at_forge.project_of(app, params, client)
    watched, pull = await at_forge.looked_at(app, await at_forge.named(app, project, params.pull))
    if not pull.failed:
        raise Refused(f"{pull.url} has no failed check")
    at_forge.answered(await at_forge.scm(app, project).rerun(pull, pull.failed))
    ids = tuple(check.id for check in pull.failed)
    await app.engine.record(p.CiRepeated(app.context.now(), project.id, watched.id, pull.head, ids))
    app.context.look_again(project.id)
    return t.Done(message=f"{len(ids)} failed checks of {pull.url} are run again", id=watched.key)


async def ci_log(app: App, params: t.CheckOfPullParams, client: Client) -> t.CiLog:
    """The end of the logs of the failed checks, as they were read, in a file to look at."""
    project = at_forge.project_of(app, params, client)
    watched, pull = await _red(app, await at_forge.named(app, project, params.pull), params.check)
    reds = [red for red in watched.reds if params.check in ("", red.check.name, red.check.key)]
    text = "\n\n".join(_told(red) for red in reds) + "\n"
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", f"ci-{project.id}-{pull.number}-{params.check or 'all'}")[:100]
    return t.CiLog(file=shown.write(app, f"{name}.log", text), text=text)


def _told(red: CiRed) -> str:
    workflow = f"{red.check.workflow} / " if red.check.workflow else ""
    missing = "".join(f"\n({each})" for each in red.missing)
    log = sanitize(red.log).strip("\n") or "it has no log"
    return f"{workflow}{red.check.name}: {red.check.url}{missing}\n\n{log}"


async def _red(app: App, watched: Watched, check: str) -> tuple[Watched, Pull]:
    """A pull request with failed checks, of which ``check`` is one, and what they say. Raises Refused."""
    watched, pull = await at_forge.looked_at(app, watched)
    watched = await at_forge.with_reds(app, watched)
    if not pull.failed:
        raise Refused(f"{pull.url} has no failed check")
    names = [red.check.name for red in watched.reds]
    if not names:
        raise Refused(f"the run of the failed checks of {pull.url} is not over yet")
    if check and check not in (*names, *(red.check.key for red in watched.reds)):
        raise Refused(f"{pull.url} has no failed check {check!r}; failed: {', '.join(names)}")
    return watched, pull
