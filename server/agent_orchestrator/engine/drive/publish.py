"""``Publish``: a proven head becomes a session's branch at the forge, and a pull request."""

from __future__ import annotations

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import NoForge, patiently, scm_of
from agent_orchestrator.engine.drive.upstream import PUSH_SECONDS
from agent_orchestrator.engine.due import Publish
from agent_orchestrator.engine.state import Project, Session
from agent_orchestrator.git.repository import is_ancestor
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.model.reaction.template import filled
from agent_orchestrator.model.rule import describe
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import NewPull, Opened

#: The remote that pull requests come from.
REMOTE = "origin"


async def publish(context: Context, effect: Publish) -> None:
    """Carry out a :class:`Publish`. Raises NoForge where the forge, or git, refuses."""
    session = context.session(effect.session)
    try:
        event = await _published(context, session)
    except _Changed:
        await context.record()
        return
    await context.record(event)
    context.look_again(session.project)


class OthersWork(NoForge):
    """A branch at the forge has commits of others; ``there`` is the newest of them."""

    def __init__(self, message: str, there: str) -> None:
        self.there = there
        super().__init__(message)


class _Changed(Exception):
    """The session is not what it was when the forge was begun to be waited for."""


async def _published(context: Context, session: Session) -> p.Published:
    """Push a session's head to its own branch at the forge; open its pull request, or go on with the one it has.

    Safe to repeat: what is there already is taken as it is.
    """
    project, driven = context.project(session.project), context.driven(session.project)
    scm, forge = scm_of(context, session.project), project.settings.forge
    watched = context.state.pulls.get(session.pull)
    claim = session.claim if session.claim and session.claim.made else None
    branch = claim.branch if claim else session.pushes_to or session.branch
    known = watched.pull if watched and watched.pull and watched.pull.state == "open" else None
    if branch in (project.settings.target, known.base if known else "") or (known and known.foreign):
        # Invariant: only a session's own branch is ever pushed.
        raise NoForge(f"{branch} is not {session.id}'s own branch: nothing is pushed to it")
    # What it began with at the forge, where that was to be seen, is in the way of nothing.
    own = session.published or (claim.commit if claim else "")
    expected = own or (known.head if known else "")
    if not own and expected and not await is_ancestor(driven.repo, expected, session.head):
        # It was begun from an older head, and somebody has pushed since: what was seen is not what it builds on.
        raise OthersWork(_others(branch, session), expected)
    if await push_to(driven, session, session.head, branch, expected):
        # Without a network nothing can be pushed, and that is nobody's fault: until the forge answers it is waited for.
        await patiently(context, lambda: scm.find([branch]))
        _refuse_changed(context, session)
        if problem := await push_to(driven, session, session.head, branch, expected):
            raise NoForge(problem)
    if known is not None:
        return p.Published(context.now(), session.project, session.id, known.id, session.head)
    new = NewPull(
        branch=branch,
        base=project.settings.target,
        title=session.title,
        body=body(context, project, session),
        draft=session.draft or bool(forge and forge.draft),
        labels=forge.labels if forge else (),
    )

    async def open_it() -> Opened | Trouble:
        _refuse_changed(context, session)
        return await scm.open(new)

    opened = await patiently(context, open_it)
    return p.Published(context.now(), session.project, session.id, opened.id, session.head)


def _refuse_changed(context: Context, session: Session) -> None:
    """Raises _Changed where the session is over by now, or has another head."""
    now = context.session(session.id)
    if now.closed or now.head != session.head:
        raise _Changed


async def push_to(
    driven: Driven, session: Session, commit: str, branch: str, expected: str, *, seconds: float = PUSH_SECONDS
) -> str:
    """Push a session's commit; why that failed. Raises OthersWork where commits of others are there.

    Invariant: by force only where the branch is as it was left: commits of others stay.
    """
    ref, git = f"refs/heads/{branch}", driven.repo.git()
    said = ""
    for _ in range(2):
        lease = f"--force-with-lease={ref}:{expected}"
        argv = ("push", "--quiet", "--porcelain", lease, REMOTE, f"{commit}:{ref}")
        try:
            answer = await git.run(*argv, check=False, timeout=seconds)
        except GitError as error:
            return str(error)
        if answer.code == 0:
            return ""
        said = answer.err.strip()[:500] or answer.text[:500]
        if "stale info" not in answer.text and "stale info" not in said:
            break
        listed = await git.run("ls-remote", REMOTE, ref, check=False, timeout=seconds)
        there = listed.text.partition("\t")[0]
        if listed.code != 0:
            break
        # A branch that is gone has nothing to lose, and what the head has in its history is not lost by it: it may be
        # its own, of a push that was not recorded.
        if there == expected or (there and not await is_ancestor(driven.repo, there, commit)):
            raise OthersWork(_others(branch, session), there)
        expected = there
    return f"pushing {branch} to {REMOTE} failed: {said}"


def _others(branch: str, session: Session) -> str:
    return f"{branch} has commits at {REMOTE} that are not {session.id}'s: `ao claim-pr` takes them up"


def body(context: Context, project: Project, session: Session) -> str:
    """What a pull request says of itself: what it fixes, and by which proof."""
    number = session.issue.removeprefix("GH-").removeprefix("GL-")
    # Both forges close an issue of their own with these words.
    issue = f"Closes #{number}" if number != session.issue else f"For {session.issue}" if session.issue else ""
    parts = {
        "fixes": "Fixes:\n" + "\n".join(f"- {describe(item)}" for item in session.items) if session.items else "",
        "issue": issue,
        "summary": session.turn.summary if session.turn else "",
        "proof": _proof(context, project, session),
        "session": f"AO-Session: {session.id}",
    }
    forge = project.settings.forge
    if forge is not None and forge.body:
        return filled(forge.body, parts)
    return "\n\n".join(part for part in parts.values() if part) + "\n"


def results(context: Context, project: Project, session: Session) -> str:
    """What is to be said of work whose pull request was opened before there was any."""
    summary = session.turn.summary if session.turn else ""
    return "\n\n".join(filter(None, (summary, _proof(context, project, session))))


def _proof(context: Context, project: Project, session: Session) -> str:
    evidence = derive.evidence_of(context.state, project, session.head_tree) if session.head else None
    checks = ", ".join(project.settings.gate)
    return f"Proven at {session.head[:12]} by: {checks}" if evidence is not None and checks else ""
