"""``ClaimWork``, ``EndDraft``, ``WithdrawClaim``: a draft pull request by which others see that a session is at work.

The claim itself is the branch: its name follows from the work alone, so that of two fleets that begin the same only one
can make it. An empty commit stands on it, since forges open no pull request without one; it never lands.
"""

from __future__ import annotations

import hashlib

from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.claim import slug, title_of
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import NoForge, patiently, scm_of
from agent_orchestrator.engine.drive.publish import REMOTE, OthersWork, body, push_to, results
from agent_orchestrator.engine.drive.pulls import one
from agent_orchestrator.engine.drive.upstream import PUSH_SECONDS
from agent_orchestrator.engine.due import ClaimWork, EndDraft, WithdrawClaim
from agent_orchestrator.engine.state import DraftClaim, Session, State
from agent_orchestrator.git.repository import identity
from agent_orchestrator.ports.scm import NewPull


async def claim_work(context: Context, effect: ClaimWork) -> None:
    """Carry out a :class:`ClaimWork`. Raises NoForge where the forge, or git, refuses. Safe to repeat."""
    session, project = context.session(effect.session), context.project(effect.project)
    driven, scm, forge = context.driven(effect.project), scm_of(context, effect.project), project.settings.forge
    branch = _branch(context.state, session)
    commit = await _empty_commit(driven, session, project.settings.target)
    try:
        if problem := await push_to(driven, session, commit, branch, ""):
            raise NoForge(problem)
    except OthersWork as others:
        # It may be ours, of a push that was not recorded.
        commit = others.there
        if not await _is_ours(driven, session, commit):
            reason = f"somebody else is at it: {branch} is at {REMOTE}; where nobody is, delete that branch"
            await context.record(p.WorkElsewhere(context.now(), project.id, session.id, reason))
            return
    new = NewPull(
        branch=branch,
        base=project.settings.target,
        title=session.title,
        body=body(context, project, session),
        draft=True,
        labels=forge.labels if forge else (),
    )
    opened = await patiently(context, lambda: scm.open(new))
    await context.record(p.WorkClaimed(context.now(), project.id, session.id, opened.id, branch, commit))
    context.look_again(project.id)


async def end_draft(context: Context, effect: EndDraft) -> None:
    """Carry out an :class:`EndDraft`: what its text could not say when it was opened is said in a comment."""
    session, project = context.session(effect.session), context.project(effect.project)
    scm, forge = scm_of(context, effect.project), project.settings.forge
    watched = context.state.pulls.get(session.pull)
    pull = watched.pull if watched else None
    if pull is not None and pull.state == "open":
        if told := results(context, project, session):
            await patiently(context, lambda: scm.comment(pull, told, f"{session.id}-ready"))
        if not (session.draft or (forge and forge.draft)):
            await patiently(context, lambda: scm.ready(pull))
    await context.record(p.ClaimEnded(context.now(), project.id, session.id))
    context.look_again(project.id)


async def withdraw_claim(context: Context, effect: WithdrawClaim) -> None:
    """Carry out a :class:`WithdrawClaim`. Invariant: what somebody has pushed to the branch stays, and stays open."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    watched, scm = context.state.pulls.get(session.pull), scm_of(context, effect.project)
    if session.claim is not None and await _is_deleted(driven, session.claim) and watched is not None:
        pull = await patiently(context, lambda: one(scm, watched))
        await patiently(context, lambda: scm.close(pull))
    await context.record(p.ClaimEnded(context.now(), effect.project, session.id))
    context.look_again(effect.project)


def _branch(state: State, session: Session) -> str:
    """The branch that claims an issue, or failures by the first of them: the same for every fleet."""
    if session.issue:
        return f"ao/{slug(session.issue)}"
    first = min((state.failures[each] for each in session.failures), key=lambda each: (each.item.check, each.item.key))
    digest = hashlib.sha256(f"{first.item.check}\0{first.item.key}".encode()).hexdigest()
    return f"ao/{slug(title_of((first,)))}-{digest[:8]}"


async def _empty_commit(driven: Driven, session: Session, target: str) -> str:
    """A commit that changes nothing, on what the forge has of the target: what was landed here alone is not shown."""
    git = driven.repo.git()
    there = await git.run("merge-base", session.base, f"refs/remotes/{REMOTE}/{target}", check=False)
    if there.code != 0:
        raise NoForge(f"{target} of {REMOTE} is not known here: `git fetch {REMOTE}`")
    message = f"Begin: {session.title}\n\nNothing is done yet. [skip ci]\n\n{_trailer(session)}\n"
    made = await git.run(
        *("commit-tree", f"{there.text}^{{tree}}", "-p", there.text),
        input=message.encode(),
        env=(await identity(driven.repo)).env(),
    )
    return made.text


def _trailer(session: Session) -> str:
    """What tells a claim from that of another fleet, whose session may have the same name."""
    digest = hashlib.sha256(f"{session.id}\0{session.created_at!r}".encode()).hexdigest()
    return f"AO-Claim: {digest[:16]}"


async def _is_ours(driven: Driven, session: Session, commit: str) -> bool:
    """Was a commit made for this session? One that is not even here was not."""
    found = await driven.repo.git().run("cat-file", "commit", commit, check=False)
    return found.code == 0 and _trailer(session) in found.text.splitlines()


async def _is_deleted(driven: Driven, claim: DraftClaim) -> bool:
    """Delete a claim's branch as long as nothing but the claim is on it; False: something is. Raises NoForge."""
    git, ref = driven.repo.git(), f"refs/heads/{claim.branch}"
    lease = f"--force-with-lease={ref}:{claim.commit}"
    done = await git.run("push", "--quiet", "--porcelain", lease, REMOTE, f":{ref}", check=False, timeout=PUSH_SECONDS)
    if done.code == 0:
        return True
    listed = await git.run("ls-remote", REMOTE, ref, check=False, timeout=PUSH_SECONDS)
    there = listed.text.partition("\t")[0]
    if listed.code != 0 or there == claim.commit:
        raise NoForge(f"{claim.branch} could not be deleted at {REMOTE}: {done.err.strip()[:500]}")
    return not there
