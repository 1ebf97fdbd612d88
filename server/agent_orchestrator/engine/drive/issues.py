"""Issues: looked for, taken up as sessions, and told how far they are."""

from __future__ import annotations

from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine.drive.begin import begin
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import NoForge, patiently
from agent_orchestrator.engine.due import TakeIssue, TellTracker
from agent_orchestrator.engine.issues import to_take, to_tell
from agent_orchestrator.engine.state import Project, Session
from agent_orchestrator.model.tracked import Intake, Noted, task_of
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.tracker import Tracker

#: The label that says that somebody's fleet is at an issue.
LABEL = "ao"


def tracker_of(context: Context, project: str) -> Tracker:
    """The tracker of a project. Raises NoForge."""
    tracker = context.driven(project).tracker
    if tracker is None:
        raise NoForge(f"{project} has no tracker that is known; set `projects.{project}.tracker` (`plugin`, `team`)")
    return tracker


async def look_for_issues(context: Context, project: Project, driven: Driven) -> Trouble | None:
    """Look for the issues that wait, and record them where they differ."""
    intake = project.settings.intake
    if driven.tracker is None or not wants_issues(project):
        return None
    wanted = intake or Intake(assignee="@me")
    found = await driven.tracker.waiting(wanted.label, wanted.assignee)
    if isinstance(found, Trouble):
        return found
    noted = tuple(
        Noted(
            issue.key, issue.title, issue.url, issue.labels, held=not (issue.may_push or issue.author in project.hears)
        )
        for issue in found
    )
    if noted != project.issues:
        await context.record(i.IssuesSeen(context.now(), project.id, noted))
    return None


def wants_issues(project: Project) -> bool:
    """Are issues of the project to be looked for?"""
    return project.settings.intake is not None or any(
        rule.event == "issue-assigned" for rule in project.settings.reactions
    )


async def take_issue(context: Context, effect: TakeIssue) -> None:
    """Carry out a :class:`TakeIssue`; nothing happens when somebody has it by now."""
    project = context.project(effect.project)
    intake = project.settings.intake
    if project.target is None or effect.issue not in to_take(context.state, project):
        await context.record()
        return
    tracker = tracker_of(context, project.id)
    issue = await patiently(context, lambda: tracker.get(effect.issue))
    prompt, name = task_of(issue, heard=project.hears, ignored=project.ignored), intake.agent if intake else ""
    await begin(context, project, f"{issue.key}: {issue.title}", prompt, agent=name, issue=issue.key)


async def tell_tracker(context: Context, effect: TellTracker) -> None:
    """Carry out a :class:`TellTracker`. Each of its parts is safe to repeat."""
    session, project = context.session(effect.session), context.project(effect.project)
    stage, tracked = to_tell(project, session), project.settings.tracker
    if stage is None or tracked is None:
        await context.record()
        return
    tracker = tracker_of(context, project.id)
    issue = await patiently(context, lambda: tracker.get(session.issue))
    label = LABEL if tracked.claim == "label" else ""
    assignee = "@me" if tracked.claim == "assignee" else ""
    troubles: list[Trouble | None] = []
    if label or assignee:
        change = tracker.claim if stage == "begun" else tracker.release
        # What is done keeps the account that did it.
        if stage != "landed" or label:
            troubles.append(await change(issue, label, assignee if stage != "landed" else ""))
    if tracked.move and stage != "left":
        troubles.append(await tracker.move(issue, "started" if stage == "begun" else "done"))
    if tracked.comment:
        troubles.append(await tracker.comment(issue, _words(context, session, stage), f"{session.id}-{stage}"))
    if trouble := next((each for each in troubles if each is not None), None):
        raise NoForge(trouble.sentence)
    await context.record(i.IssueTold(context.now(), session.id, stage))


def _words(context: Context, session: Session, stage: str) -> str:
    if stage == "begun":
        return f"Work on this has begun, on the branch `{session.branch}`."
    if stage == "landed":
        landing = context.state.landings.get(session.landing)
        return f"This landed in `{landing.target}` as {landing.commit}." if landing else "This landed."
    return "Work on this was given up."
