"""What happens to pull requests that are followed, as reactions know it. Pure; a part of ``reacting``."""

from __future__ import annotations

from collections.abc import Iterator

from agent_orchestrator.engine.derive import muted as muted_of
from agent_orchestrator.engine.happening import Happening, facts_of
from agent_orchestrator.engine.state import Project, Reaction, State
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CiCheck, Mergeable, Pull
from agent_orchestrator.model.pull_texts import errors, job_names, said
from agent_orchestrator.model.reaction.condition import Value
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.watched import Watched, is_heard, ready, set_key, verdict

#: Texts of others in the facts of these events: told to an agent as data.
OUTSIDE = frozenset({"errors", "checks", "comments", "log", "pr.title", "pr.branch", "label"})


def pulls_happened(before: State, after: State, project: Project) -> Iterator[Happening]:
    """What happened to a project's pull requests between two states."""
    forge, earlier = project.settings.forge, before.projects.get(project.id)
    same = earlier is not None and _ears(earlier) == _ears(project)
    if forge is None or (before.pulls is after.pulls and same):
        return
    for key, now in after.pulls.items():
        was = before.pulls.get(key)
        if now.project != project.id or now.pull is None:
            continue
        if now is not was:
            yield from _of_pull(after, forge, was, now, now.pull)
        if now is not was or not same:
            yield from _said(before, after, project, forge, was, now)


def _ears(project: Project) -> tuple[object, ...]:
    """Who is heard."""
    return project.settings.forge, project.heard, project.ignored


def _of_pull(state: State, forge: Forge, was: Watched | None, now: Watched, pull: Pull) -> Iterator[Happening]:
    old = was.pull if was else None
    if old is None and pull.state == "open":
        yield _happening(state, now, "pr-opened", f"{now.key}")
    for name in ("merged", "closed"):
        if pull.state == name and (old is None or old.state != name):
            yield _happening(state, now, f"pr-{name}", f"{now.key}/{pull.updated_at}")
    if pull.state != "open":
        return
    yield from _labels(state, old, now, pull)
    if old and old.base_head != pull.base_head:
        yield _happening(state, now, "base-moved", f"{now.key}/{pull.base_head}")
    if pull.mergeable is Mergeable.NO and not (old and old.mergeable is Mergeable.NO and old.head == pull.head):
        yield _happening(state, now, "merge-conflict", f"{now.key}/{pull.head}/{pull.base_head}")
    same = old is not None and old.head == pull.head
    if pull.green and not (old and same and old.green):
        yield _happening(state, now, "ci-passed", f"{now.key}/{pull.head}/{pull.updated_at}")
    if ready(now) and not (was and same and ready(was)):
        where = f"{now.key}/{pull.head}/{pull.base_head}/{pull.updated_at}"
        yield _happening(state, now, "approved-and-green", where)
    muted = muted_of(state, now.project) if pull.failed else frozenset()
    failed = verdict(now, forge, muted)
    if failed and not (was and same and set_key(verdict(was, forge, muted)) == set_key(failed)):
        yield _happening(state, now, "ci-failed", f"{now.key}/{pull.head}/{set_key(failed)}", **ci_facts(now, failed))


def _labels(state: State, old: Pull | None, now: Watched, pull: Pull) -> Iterator[Happening]:
    had = set(old.labels) if old else set()
    for label in pull.labels:
        if label not in had:
            yield _happening(state, now, "label-added", f"{now.key}/{label}/{pull.updated_at}", label=label)
    for label in sorted(had - set(pull.labels)):
        yield _happening(state, now, "label-removed", f"{now.key}/{label}/{pull.updated_at}", label=label)


def ci_facts(watched: Watched, failed: tuple[CiCheck, ...]) -> dict[str, Value]:
    """The fields about checks that failed."""
    keys = {check.key for check in failed}
    reds = [red for red in watched.reds if red.check.key in keys]
    log = next((red.log for red in reds if red.log), "")
    return {"errors": errors(reds), "checks": job_names(check.name for check in failed), "log": log}


def _said(
    before: State, after: State, project: Project, forge: Forge, was: Watched | None, now: Watched
) -> Iterator[Happening]:
    """New comments that may be heard, those of one author together; what is our own is no news."""
    earlier = before.projects.get(project.id)
    known = set(_heard(was, forge, earlier)) if was else set()
    may_speak = set(_heard(now, forge, project)) - known
    if not may_speak:
        return
    seen = {comment.id for comment in was.comments} if was else set()
    news: dict[tuple[str, str], list[Comment]] = {}
    for comment in now.comments:
        if comment.mine or comment.id not in may_speak:
            continue
        if comment.id in seen and earlier is not None and comment.author in earlier.ignored:
            # Who is heard again is heard from now on.
            continue
        if comment.id in seen and comment.edited_at and not _let_through(was, now, comment):
            # Invariant: what was edited after it was looked at reaches nobody by itself.
            continue
        event = "changes-requested" if comment.verdict == "changes-requested" else "comment-added"
        news.setdefault(("bot-comment" if comment.bot else event, comment.author), []).append(comment)
    for (event, author), comments in news.items():
        if event == "comment-added" and ("changes-requested", author) in news:
            # What belongs to a review that asks for changes is told with it.
            continue
        told = [*comments, *(news.get(("comment-added", author), ()) if event == "changes-requested" else ())]
        spoken = [comment for comment in told if comment.text.strip()]
        if not spoken and event != "changes-requested":
            continue
        key = f"{now.key}/{told[-1].id}"
        yield _happening(after, now, event, key, comments=said(spoken), author=author)


def _let_through(was: Watched | None, now: Watched, comment: Comment) -> bool:
    before = was.allowed if was else ()
    return any(mark.startswith(f"{comment.id}@") for mark in now.allowed if mark not in before)


def _heard(watched: Watched, forge: Forge, project: Project | None) -> Iterator[str]:
    heard, ignored = (project.heard, project.ignored) if project else ((), ())
    return (c.id for c in watched.comments if is_heard(c, forge, heard, watched.allowed, ignored))


def _happening(state: State, watched: Watched, event: str, key: str, **more: Value) -> Happening:
    pull = watched.pull
    assert pull is not None
    return Happening(
        event,
        key,
        {**pull_facts(state, watched, pull), **more},
        watched.session,
        pull=watched.key,
        head=pull.head,
        outside=OUTSIDE,
    )


def pull_facts(state: State, watched: Watched, pull: Pull) -> dict[str, Value]:
    """The fields that every event of a pull request has."""
    session = state.sessions.get(watched.session)
    return {
        "project": watched.project,
        **(facts_of(session) if session else {}),
        "pr.number": float(pull.number),
        "pr.url": pull.url,
        "pr.title": pull.title,
        "pr.branch": pull.branch,
        "pr.base": pull.base,
        "pr.head": pull.head,
        "pr.draft": pull.draft,
        "labels": pull.labels,
    }


def pull_lasts(state: State, reaction: Reaction) -> bool:
    """Is what was reacted to still so, at the very head at which it was?"""
    watched = state.pulls.get(reaction.pull)
    project = state.projects.get(reaction.project)
    forge = project.settings.forge if project else None
    if watched is None or watched.pull is None or forge is None or watched.pull.state != "open":
        return False
    pull = watched.pull
    if pull.head != reaction.head:
        return False
    match reaction.event:
        case "ci-failed":
            return bool(verdict(watched, forge, muted_of(state, reaction.project)))
        case "merge-conflict":
            return pull.mergeable is Mergeable.NO
        case "approved-and-green":
            return ready(watched)
        case "changes-requested":
            return pull.decision == "changes-requested" or any(not thread.resolved for thread in pull.threads)
        case _:
            return False
