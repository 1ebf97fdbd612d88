"""Commands about sessions: new, list, attach, logs, diff, stop, clean."""

from __future__ import annotations

import shutil
from pathlib import Path

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.claim import free_names
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.drive.issues import no_tracker
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.drive.program import bench_of
from agent_orchestrator.engine.drive.transcript import TRANSCRIPT
from agent_orchestrator.engine.drive.workspace import run_name
from agent_orchestrator.engine.due import ObserveTarget, Retire, given_up
from agent_orchestrator.engine.issues import worker
from agent_orchestrator.engine.state import Hunt, Project, Session, State
from agent_orchestrator.git.removal import delete_branch
from agent_orchestrator.git.save import expire
from agent_orchestrator.model.issue import Issue
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.tracked import task_of
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.agent import Attachable
from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import Running
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.forges import forge_notices
from agent_orchestrator.views.history import history
from agent_orchestrator.views.rows import failure_row, session_row, session_state
from agent_orchestrator.views.talking import message_rows

LOG_CHUNK = 256 * 1024


async def new(app: App, params: t.NewParams, client: Client) -> t.Done:
    """Give a free task to an agent."""
    if not (params.task.strip() or params.issue):
        raise Refused("the task is empty; say what is to be done")
    project = await app.fresh(client, params)
    app.require_trust(project)
    driven = app.driven(project.id)
    issue = await _issue(app, project, params.issue) if params.issue else None
    name = agent_for_a_task(app, project, params.agent)
    if params.workspace not in ("", "worktree"):
        raise Refused(f"there is no workspace {params.workspace!r}; known: worktree")
    if params.runtime and params.runtime not in app.context.runtimes:
        raise Refused(f"there is no runtime {params.runtime!r}; known: {', '.join(app.context.runtimes)}")
    project = await with_target(app, project)
    assert project.target is not None
    prompt = params.task
    if issue:
        prompt = task_of(issue, params.task, heard=project.hears, ignored=project.ignored)
    title = f"{issue.key}: {issue.title}"[:100] if issue else params.task.strip().splitlines()[0][:100]
    async with app.context.lock(f"names:{project.id}"):
        if issue:
            _refuse_worked_on(app, project, issue.key)
        names = await free_names(app.context, driven, title, name=params.name, branch=params.branch)
        await app.engine.record(
            e.SessionClaimed(
                app.context.now(),
                session=names.id,
                project=project.id,
                name=names.name,
                title=title,
                prompt=prompt,
                agent=name,
                runtime=params.runtime or project.settings.runtime,
                branch=names.branch,
                base=project.target.commit,
                base_tree=project.target.tree,
                path=str(names.path),
                issue=issue.key if issue else "",
            )
        )
    return t.Done(message=f"{names.id}: {title} ({name}, branch {names.branch})", id=names.id)


async def _issue(app: App, project: Project, named: str) -> Issue:
    """The issue that a person names. Raises Refused."""
    tracker = app.driven(project.id).tracker
    if tracker is None:
        raise Refused(no_tracker(project.id))
    key = tracker.key_of(named)
    if not key:
        raise Refused(f"{named!r} is no issue of {project.id}'s tracker ({tracker.name})")
    _refuse_worked_on(app, project, key)
    issue = await tracker.get(key)
    if isinstance(issue, Trouble):
        raise Refused(f"{key}: {issue.sentence}")
    return issue


def _refuse_worked_on(app: App, project: Project, key: str) -> None:
    if at_work := worker(app.state, project.id, key):
        raise Refused(f"{at_work.id} works on {key} already")


def agent_for_a_task(app: App, project: Project, named: str) -> str:
    """The agent that gets a free task: the one that is named, else the project's. Raises Refused."""
    driven, name = app.driven(project.id), named or project.settings.agent
    try:
        agent = app.context.agent(driven, name)
    except KeyError as error:
        raise Refused(str(error.args[0])) from error
    if not agent.free_text:
        raise Refused(
            f"the agent {name!r} repairs failures and takes no free task; name another with `--agent`, "
            "or set one up under `agents`"
        )
    if reason := agent.unavailable(base_env(driven)):
        raise Refused(reason)
    return name


async def with_target(app: App, project: Project) -> Project:
    """The project with its target looked at just now."""
    await app.engine.handlers[ObserveTarget](ObserveTarget(project.id))
    return app.state.projects[project.id]


async def sessions(app: App, params: t.ListParams, client: Client) -> t.Sessions:
    """The sessions."""
    project = app.project_of(client, params).id if params.project or not params.all else ""
    rows = tuple(
        session_row(app.state, s)
        for s in app.state.sessions.values()
        if (not project or s.project == project) and (params.closed or not s.closed or s.left)
    )
    notices = tuple(forge_notices(app.state, project))
    return t.Sessions(revision=app.state.revision, sessions=rows, notices=notices)


async def session(app: App, params: t.SessionParams, client: Client) -> t.SessionDetail:
    """One session."""
    found = app.session(params.session, params.project)
    failures = [app.state.failures[s] for s in found.failures if s in app.state.failures]
    return t.SessionDetail(
        session=session_row(app.state, found),
        failures=tuple(failure_row(app.state, f) for f in failures),
        history=history(app.state, found),
        messages=message_rows(found),
    )


async def attach(app: App, params: t.SessionParams, client: Client) -> t.Argv:
    """The command that attaches a terminal to a session."""
    found = app.session(params.session, params.project)
    turn = found.turn
    if turn is None or not found.running:
        raise Refused(f"{found.id} has no agent running now; `ao logs {found.id}` shows its output")
    folder = app.context.places.turn(found.id, turn.number)
    running = run.state(folder)
    if isinstance(running, Running) and not running.screen:
        return _join(app, found, turn.number)
    runtime = app.context.runtimes[found.runtime]
    return t.Argv(argv=runtime.attach_argv(folder, run_name(found.id, turn.number)))


def _join(app: App, found: Session, number: int) -> t.Argv:
    """How to join a program that is talked to: with the screen that its own program has for that."""
    driven = app.driven(found.project)
    try:
        agent = app.context.agent(driven, found.agent)
    except KeyError as error:
        raise Refused(str(error.args[0])) from error
    if not isinstance(agent, Attachable):
        raise Refused(
            f"{found.id} has no screen: its program is talked to by its protocol. `ao logs -f {found.id}` follows it, "
            f"`ao send {found.id}` tells it something; `agents.{found.agent}.channel: terminal` gives it a screen"
        )
    joined = agent.attach(bench_of(app.context, driven, found, number))
    if isinstance(joined, str):
        raise Refused(f"{found.id} can not be joined: {joined}. `ao logs -f {found.id}` follows it")
    return t.Argv(argv=joined.argv, env={**driven.config.env, **joined.env})


async def logs(app: App, params: t.LogsParams, client: Client) -> t.LogChunk:
    """A session's output, cut at a line's end while more may come. Ended: the session's agent will not run again."""
    found = app.session(params.session, params.project)
    number = params.turn or len(found.turns)
    over = session_state(app.state, found)[0] != "working"
    if not number:
        return t.LogChunk(text="", offset=0, ended=over)
    folder = app.context.places.turn(found.id, number)
    running = isinstance(run.state(folder), Running)
    try:
        with output_of(folder).open("rb") as file:
            size = file.seek(0, 2)
            start = max(size + params.offset, 0) if params.offset < 0 else min(params.offset, size)
            file.seek(start)
            data = file.read(LOG_CHUNK)
    except OSError:
        return t.LogChunk(text="", offset=max(params.offset, 0), ended=over, turn=number)
    if (running or start + len(data) < size) and b"\n" in data:
        data = data[: data.rindex(b"\n") + 1]
    end = start + len(data)
    if not data and not running and number < len(found.turns):
        return t.LogChunk(text="", offset=0, ended=False, turn=number + 1)
    ended = over and not running and end >= size
    return t.LogChunk(text=sanitize(data.decode(errors="replace")), offset=end, ended=ended, turn=number)


def output_of(folder: Path) -> Path:
    """The file with what the program of a turn said, as a person reads it: a protocol is told in words."""
    told = folder / TRANSCRIPT
    return told if told.exists() else folder / "log"


async def quiet(app: App, params: t.QuietParams, client: Client) -> t.Done:
    """Notify nobody of a session any more, in any editor, or do so again; what it needs is still shown."""
    found = app.session(params.session, params.project)
    if found.quiet != params.quiet:
        await app.engine.record(e.SessionQuieted(app.context.now(), found.id, params.quiet, who()))
    what = "no notifications of it" if params.quiet else "notifications of it come again"
    return t.Done(message=f"{found.id}: {what}", id=found.id)


async def stop(app: App, params: t.StopParams, client: Client) -> t.Done:
    """Stop sessions: their agents are ended, their work is saved, their worktrees are removed."""
    chosen = _chosen(app, params, client)
    now = app.context.now()
    await app.engine.record(
        *(e.HuntEnded(now, hunt.id, f"stopped by {who()}") for hunt in _hunts_of(app, params, client)),
        *(e.SessionStopped(now, s.id, who()) for s in chosen),
    )
    ids = [s.id for s in chosen]
    await app.engine.wait_for(lambda state: all(_over(state, i) for i in ids) or bool(app.engine.read_only))
    problems = {i: app.state.problems.get(Retire("", i).key) for i in ids if not _gone(app.state.sessions[i])}
    stuck = [f"{i}: {problem.message}" for i, problem in problems.items() if problem is not None]
    if stuck:
        raise Refused(f"stopped, but not removed: {'; '.join(stuck)}")
    kept = [s for i in ids if (s := app.state.sessions[i]).workspace == "kept"]
    word = ", ".join(ids) if ids else "nothing: no session is open"
    word += "".join(f"; {s.id}: {s.notices[-1]}" for s in kept)
    return t.Done(message=f"stopped {word}", id=ids[0] if len(ids) == 1 else "")


def _hunts_of(app: App, params: t.StopParams, client: Client) -> list[Hunt]:
    """The hunts that would start new sessions where all are to be stopped."""
    if params.session:
        return []
    everywhere = params.all and not params.project
    project = None if everywhere else app.project_of(client, params).id
    return [h for h in app.state.hunts.values() if not h.ended_at and project in (None, h.project)]


def _chosen(app: App, params: t.StopParams, client: Client) -> list[Session]:
    if params.session:
        return [app.session(params.session, params.project)]
    if params.all and not params.project:
        among = list(app.state.sessions.values())
    else:
        project = app.project_of(client, params)
        among = list(derive.sessions_of(app.state, project.id))
    return [s for s in among if not s.closed or (s.left and s.workspace == "ready")]


def _over(state: State, id: str) -> bool:
    """Is the session gone, or was its removal given up?"""
    return _gone(state.sessions[id]) or given_up(state, Retire("", id).key)


def _gone(s: Session) -> bool:
    return s.workspace in ("removed", "gone", "kept") or not s.has_agent


async def clean(app: App, params: t.CleanParams, client: Client) -> t.Done:
    """Remove what is merged, and saved refs that are older than ``days``."""
    project = app.project_of(client, params)
    driven = app.driven(project.id)
    keep = {s.id for s in derive.open_sessions(app.state, project.id)}
    expired = await expire(driven.repo, int(app.context.now() - params.days * 86400), keep=keep)
    for s in [s for s in derive.sessions_of(app.state, project.id) if s.closed and s.workspace == "kept"]:
        await app.engine.handlers[Retire](Retire(project.id, s.id))
    branches = 0
    for s in derive.sessions_of(app.state, project.id):
        if s.closed and s.workspace == "removed" and await delete_branch(driven.repo, s.branch) is None:
            branches += 1
        if s.closed and s.workspace == "removed":
            shutil.rmtree(app.context.places.state / "sessions" / s.id, ignore_errors=True)
    return t.Done(message=f"removed {len(expired)} saved refs older than {params.days} days and {branches} branches")
