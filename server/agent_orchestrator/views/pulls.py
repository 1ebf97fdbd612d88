"""Pull requests as rows, and what they mean for their sessions."""

from __future__ import annotations

from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Project, Session, State
from agent_orchestrator.model.external.text import title
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull
from agent_orchestrator.model.pull_texts import job_names
from agent_orchestrator.model.watched import Watched, ended_reds, held, is_heard, own_reds, ready, to_repeat
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.lsp import CI_SOURCE

#: What nobody but a person can go on from.
_NEED_YOU = ("closed unmerged", "merged with other commits", "conflict", "CI failed", "changes requested", "approved")
#: What is said where a project has no forge any more.
_NO_FORGE = Forge("", "", "", rerun=0)


def pull_row(state: State, watched: Watched) -> t.PullRow:
    """One pull request."""
    pull, project = watched.pull, state.projects.get(watched.project)
    if pull is None:
        return t.PullRow(
            key=watched.key,
            project=watched.project,
            id=watched.id,
            number=0,
            url="",
            title="",
            state="",
            session=watched.session,
            mine=watched.mine,
        )
    heard, ignored = (project.heard, project.ignored) if project else ((), ())
    return t.PullRow(
        key=watched.key,
        project=watched.project,
        id=watched.id,
        number=pull.number,
        url=pull.url,
        title=pull.title,
        state=pull.state,
        session=watched.session,
        mine=watched.mine,
        branch=pull.branch,
        base=pull.base,
        head=pull.head,
        draft=pull.draft,
        ci=ci_of(state, watched),
        failed=tuple(check.name for check in pull.failed),
        mergeable=pull.mergeable.value,
        decision=pull.decision,
        unresolved=sum(not thread.resolved for thread in pull.threads),
        held=sum(1 for _ in held(watched, _forge(project), heard, ignored)),
        labels=pull.labels,
        stale=pull.stale,
    )


def pull_rows(state: State, project: str = "") -> tuple[t.PullRow, ...]:
    """The pull requests of a project, or of all: those that are open first, the newest of each first."""
    among = [w for w in state.pulls.values() if not project or w.project == project]
    return tuple(pull_row(state, w) for w in sorted(among, key=_order))


def _order(watched: Watched) -> tuple[str, bool, int]:
    return watched.project, not watched.open, -(watched.pull.number if watched.pull else 0)


def comment_rows(state: State, watched: Watched) -> tuple[t.CommentRow, ...]:
    """What is said at a pull request, oldest first, without those whom the person ignores."""
    project = state.projects.get(watched.project)
    forge = _forge(project)
    heard, ignored = (project.heard, project.ignored) if project else ((), ())
    resolved = {thread.id for thread in (watched.pull.threads if watched.pull else ()) if thread.resolved}
    return tuple(
        t.CommentRow(
            pull=watched.key,
            id=comment.id,
            author=comment.author,
            text=comment.text,
            at=comment.at,
            url=comment.url,
            thread=comment.thread,
            path=comment.path,
            line=comment.line,
            verdict=comment.verdict,
            bot=comment.bot,
            mine=comment.mine,
            heard=is_heard(comment, forge, heard, watched.allowed, ignored),
            resolved=comment.thread in resolved,
        )
        for comment in watched.comments
        if comment.author not in ignored
    )


def ci_check(*checks: CiCheck) -> str:
    """What stands for checks of CI where one of ours would be named: ``ci:<workflow>/<job>``, or ``ci:<job>``.

    Several are the jobs of one matrix.
    """
    workflow, names = title(checks[0].workflow), title(job_names(check.name for check in checks))
    return f"{CI_SOURCE}{workflow}/{names}" if workflow else f"{CI_SOURCE}{names}"


def ci_of(state: State, watched: Watched) -> str:
    """How CI stands, as in ``PullRow.ci``."""
    pull = watched.pull
    if pull is None:
        return "none"
    forge, again = _forge(state.projects.get(watched.project)), watched.again
    muted = derive.muted(state, watched.project) if pull.failed else frozenset()
    if own := own_reds(watched, muted):
        begun = again is None or again.head != pull.head or not any(check.id in again.ids for check in own)
        return "failed" if begun and not to_repeat(watched, forge, muted) else "repeated"
    if any(check.state is CheckState.PENDING for check in pull.checks):
        return "pending"
    if ended_reds(pull):
        return "muted" if own_reds(watched) else "red on base"
    return "passed" if pull.green else "none"


def review_state(state: State, s: Session) -> tuple[str, str] | None:
    """(``idle`` or ``waiting``; what exactly) of a session that waits for its pull request; None: it does not."""
    watched = state.pulls.get(s.pull)
    # A draft that claims shows nothing to be reviewed.
    begun = watched is not None and s.claim is None
    waits = s.in_review or (begun and derive.rests(s) and not s.head)
    if not waits or any(not m.turn for m in s.messages):
        return None
    if watched is None or watched.pull is None:
        return "idle", "in review"
    how = _how(state, watched, watched.pull)
    return "waiting" if how in _NEED_YOU else "idle", f"in review: #{watched.pull.number} ({how})"


def _how(state: State, watched: Watched, pull: Pull) -> str:
    ci = ci_of(state, watched)
    if pull.state != "open":
        # One whose own head was merged has landed.
        return "closed unmerged" if pull.state == "closed" else "merged with other commits"
    if pull.mergeable is Mergeable.NO:
        return "conflict"
    if ci == "failed":
        return "CI failed"
    if pull.decision == "changes-requested":
        return "changes requested"
    if pull.queued:
        return "in the forge's queue"
    if ci == "repeated":
        return "CI failed, runs again"
    if ci == "pending":
        return "CI running"
    if pull.draft:
        return "draft"
    if ready(watched):
        return "approved"
    return {"passed": "CI passed", "none": "no CI", "muted": "CI failed, muted"}.get(ci, f"CI {ci}")


def _forge(project: Project | None) -> Forge:
    return project.settings.forge or _NO_FORGE if project else _NO_FORGE
