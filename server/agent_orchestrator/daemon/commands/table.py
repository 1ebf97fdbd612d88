"""Method name → command: the wiring on one screen. A test compares it with the protocol's table."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agent_orchestrator import __version__
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands import (
    changes,
    checkout,
    checks,
    ci,
    comments,
    doctor,
    hunks,
    hunts,
    issues,
    keep,
    landings,
    projects,
    prompt,
    pull_claim,
    pulls,
    reactions,
    restore,
    sessions,
    talking,
)
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.loop import ReadOnly
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused

Command = Callable[[App, Any, Client], Awaitable[Any]]


async def daemon(app: App, _: None, client: Client) -> t.DaemonState:
    """Who answers, and what is wrong."""
    problems = [p.message for p in app.state.problems.values()]
    if app.engine.read_only:
        problems.insert(0, f"read-only: {app.engine.read_only}")
    return t.DaemonState(
        version=__version__,
        pid=os.getpid(),
        started_at=app.started_at,
        revision=app.state.revision,
        state_dir=str(app.context.places.state),
        problems=tuple(problems),
        running=tuple(sorted(app.engine.running)),
    )


async def shutdown(app: App, _: None, client: Client) -> t.Done:
    """End the daemon, once this answer is written."""
    asyncio.get_running_loop().call_later(0.05, app.stop.set)
    return t.Done(message="the daemon ends; agents and gates go on and are taken up again by the next one")


COMMANDS: Mapping[str, Command] = {
    "daemon": daemon,
    "shutdown": shutdown,
    "projects": projects.projects,
    "projectAdd": projects.project_add,
    "projectRemove": projects.project_remove,
    "runs": projects.runs,
    "trust": projects.trust,
    "pause": projects.pause,
    "resume": projects.resume,
    "check": checks.check,
    "hunt": hunts.hunt,
    "huntState": hunts.hunt_state,
    "huntEnd": hunts.hunt_end,
    "failures": checks.failures,
    "doctor": doctor.doctor,
    "putBack": checkout.put_back,
    "keep": keep.keep,
    "hunkTake": hunks.take,
    "hunkDrop": hunks.drop,
    "issues": issues.issues,
    "reactions": reactions.reactions,
    "react": reactions.react,
    "mute": hunts.mute,
    "new": sessions.new,
    "sessions": sessions.sessions,
    "session": sessions.session,
    "send": talking.send,
    "answer": talking.answer,
    "interrupt": talking.interrupt,
    "attach": sessions.attach,
    "logs": sessions.logs,
    "prompt": prompt.prompt,
    "diff": changes.diff,
    "quiet": sessions.quiet,
    "stop": sessions.stop,
    "restore": restore.restore,
    "clean": sessions.clean,
    "land": landings.land,
    "queue": landings.queue,
    "undo": landings.undo,
    "pulls": pulls.pulls,
    "pullOpen": pulls.pull_open,
    "pullClaim": pull_claim.pull_claim,
    "pullMerge": pulls.pull_merge,
    "pullClose": pulls.pull_close,
    "ciFix": ci.ci_fix,
    "ciRerun": ci.ci_rerun,
    "ciLog": ci.ci_log,
    "commentReply": comments.comment_reply,
    "commentResolve": comments.comment_resolve,
    "commentAllow": comments.comment_allow,
    "commentSend": comments.comment_send,
    "authorIgnore": comments.author_ignore,
}


async def run(app: App, method: str, params: Any, client: Client) -> Any:
    """Carry out a method. Raises Refused, also when nothing can be stored any more."""
    try:
        return await COMMANDS[method](app, params, client)
    except ReadOnly as error:
        raise Refused(f"nothing can be recorded: {error}; make room, then `ao daemon restart`") from error
