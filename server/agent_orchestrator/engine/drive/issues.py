"""Issues: looked for, taken up as sessions, and told how far they are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine.drive.begin import CanNotBegin, begin
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import NoForge, patiently
from agent_orchestrator.engine.due import TakeIssue, TellTracker, takes
from agent_orchestrator.engine.issues import untold
from agent_orchestrator.engine.state import Project, Session
from agent_orchestrator.model.issue import Issue
from agent_orchestrator.model.tracked import LABEL, Intake, Noted, Stage, Tracked, is_claimed, task_of
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.tracker import Tracker


def tracker_of(context: Context, project: str) -> Tracker:
    """The tracker of a project. Raises NoForge."""
    tracker = context.driven(project).tracker
    if tracker is None:
        raise NoForge(no_tracker(project))
    return tracker


def no_tracker(project: str) -> str:
    """Why nothing is known of a project's issues, and what to do about it."""
    where = f"`projects.{project}.tracker`"
    return f"{project} has no tracker that is known: set {where} (`plugin`, for Linear its `team`), or `scm`"


async def look_for_issues(context: Context, project: Project, driven: Driven) -> Trouble | None:
    """Look for the issues that wait, and record them where they differ."""
    if driven.tracker is None or not wants_issues(project):
        return None
    found = await waiting(project, driven.tracker)
    if isinstance(found, Trouble):
        return found
    if found != project.issues:
        await context.record(i.IssuesSeen(context.now(), project.id, found))
    return None


async def waiting(project: Project, tracker: Tracker) -> tuple[Noted, ...] | Trouble:
    """The issues that wait now: those of the intake, without one those of the person."""
    wanted = project.settings.intake or Intake(assignee="@me")
    found = await tracker.waiting(wanted.label, wanted.assignee)
    if isinstance(found, Trouble):
        return found
    return tuple(noted(project, issue) for issue in found if issue.author not in project.ignored)


def noted(project: Project, issue: Issue) -> Noted:
    """An issue as it is kept while it waits. ``held``: a person has to begin it."""
    held = issue.author in project.ignored or not (issue.may_push or issue.author in project.hears)
    claimed = is_claimed(issue, project.settings.tracker, project.settings.intake)
    return Noted(issue.key, issue.title, issue.url, issue.labels, held, issue.author, claimed)


def wants_issues(project: Project) -> bool:
    """Are issues of the project to be looked for?"""
    return project.settings.intake is not None or any(
        rule.event == "issue-assigned" for rule in project.settings.reactions
    )


async def take_issue(context: Context, effect: TakeIssue) -> None:
    """Carry out a :class:`TakeIssue`; nothing happens when somebody has it by now."""
    project = context.project(effect.project)
    intake = project.settings.intake
    if project.target is None or effect.issue not in takes(context.state, project):
        await context.record()
        return
    tracker = tracker_of(context, project.id)
    issue = await patiently(context, lambda: tracker.get(effect.issue))
    project = context.project(effect.project)
    seen = noted(project, issue)
    if seen.held or seen.claimed or issue.stage in ("done", "canceled"):
        # It is not what it was when it was seen: that is all that is done about it.
        now = (seen if each.key == issue.key else each for each in project.issues or ())
        left = tuple(each for each in now if each.key != issue.key or seen.held or seen.claimed)
        await context.record(i.IssuesSeen(context.now(), project.id, left))
        return
    title, prompt = f"{issue.key}: {issue.title}", task_of(issue, heard=project.hears, ignored=project.ignored)
    try:
        await begin(context, project, title, prompt, agent=intake.agent if intake else "", issue=issue.key)
    except CanNotBegin:
        if effect.issue in takes(context.state, context.project(effect.project)):
            raise
        await context.record()


async def tell_tracker(context: Context, effect: TellTracker) -> None:
    """Carry out a :class:`TellTracker`. Each of its parts is safe to repeat, and one that fails keeps none back."""
    session, project = context.session(effect.session), context.project(effect.project)
    tracked = project.settings.tracker
    if tracked is None or effect.stage not in untold(project, session):
        await context.record()
        return
    tracker = tracker_of(context, project.id)
    issue = await patiently(context, lambda: tracker.get(session.issue))
    problems = []
    for say in _said(context, session, effect.stage, tracked, tracker, issue):
        try:
            await patiently(context, say)
        except NoForge as error:
            problems.append(str(error))
    if problems:
        raise NoForge("; ".join(problems))
    await context.record(i.IssueTold(context.now(), session.id, effect.stage))


def _said(
    context: Context, session: Session, stage: Stage, tracked: Tracked, tracker: Tracker, issue: Issue
) -> Iterator[Callable[[], Awaitable[Trouble | None]]]:
    """What the tracker is told of a stage, in its order."""
    in_review = "" if tracked.has_states else tracked.review
    if stage == "review":
        if in_review:
            yield lambda: tracker.claim(issue, in_review)
        else:
            yield lambda: tracker.move(issue, "review", tracked.review)
        return
    if in_review and session.pull and stage != "begun":
        yield lambda: tracker.release(issue, in_review)
    label = LABEL if tracked.claim == "label" else ""
    # What is done keeps the account that did it.
    assignee = "@me" if tracked.claim == "assignee" and stage != "landed" else ""
    if label or assignee:
        change = tracker.claim if stage == "begun" else tracker.release
        yield lambda: change(issue, label, assignee)
    if tracked.move and stage != "left":
        yield lambda: tracker.move(issue, "started" if stage == "begun" else "done")
    if tracked.comment:
        # One that is brought back is another time.
        again = f"-{session.restored_at:.0f}" if session.restored_at else ""
        text = _words(context, session, stage)
        yield lambda: tracker.comment(issue, text, f"{session.id}-{stage}{again}")


def _words(context: Context, session: Session, stage: Stage) -> str:
    if stage == "begun":
        return f"Work on this has begun, on the branch `{session.branch}`."
    if stage == "landed":
        landing = context.state.landings.get(session.landing)
        return f"This landed in `{landing.target}` as {landing.commit}." if landing else "This landed."
    return "Work on this was given up."
