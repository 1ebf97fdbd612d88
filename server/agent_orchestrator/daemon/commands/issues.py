"""The command about issues: those that wait, and who works on which."""

from __future__ import annotations

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine.drive.issues import no_tracker, waiting, wants_issues
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.issues import intake_words, issue_rows


async def issues(app: App, params: t.ProjectParams, client: Client) -> t.Issues:
    """Ask the tracker now. What it says can not be had is told beside what was seen before."""
    project = await app.fresh(client, params)
    app.require_trust(project)
    tracker = app.driven(project.id).tracker
    if tracker is None:
        raise Refused(no_tracker(project.id))
    found = await waiting(project, tracker)
    trouble = found if isinstance(found, Trouble) else None
    project = app.state.projects[project.id]
    seen = (project.issues or ()) if isinstance(found, Trouble) else found
    if trouble is None and wants_issues(project) and seen != project.issues:
        await app.engine.record(i.IssuesSeen(app.context.now(), project.id, seen))
    project = app.state.projects[project.id]
    return t.Issues(
        issues=issue_rows(app.state, project, seen),
        tracker=tracker.name,
        intake=intake_words(project.settings.intake),
        problem=trouble.sentence if trouble else "",
    )
