"""``ClaimWork``, ``EndDraft``, ``WithdrawClaim``: a draft pull request by which others see that a session is at work.

The claim itself is the branch: its name follows from the work alone, so that of two fleets that begin the same only one
can make it. An empty commit stands on it, since forges open no pull request without one; it never lands.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from agent_orchestrator.engine import derive
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
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.watched import Watched
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.ports.scm import NewPull, Scm

T = TypeVar("T")

#: Seconds that a push, and each answer, may take while a session waits for it: its work begins all the same.
CLAIM_SECONDS, ANSWER_SECONDS = 20.0, 20.0


async def claim_work(context: Context, effect: ClaimWork) -> None:
    """Carry out a :class:`ClaimWork`. Raises NoForge where the forge, or git, refuses. Safe to repeat."""
    state = context.state
    claim = context.session(effect.session).claim
    branch = claim.branch if claim else _branch(state, context.session(effect.session))
    async with _at(context, effect.project, branch):
        session, project = context.session(effect.session), context.project(effect.project)
        if not derive.claims(project, session):
            await context.record()
            return
        driven, scm = context.driven(effect.project), scm_of(context, effect.project)
        claim = session.claim
        if claim is None:
            # Invariant: what is pushed was written down before, and so is taken back after a death at any point.
            claim = DraftClaim(branch, await _empty_commit(driven, session, project.settings.target))
            await context.record(p.ClaimIntended(context.now(), project.id, session.id, branch, claim.commit))
        if not claim.made:
            if not await _is_made(context, driven, scm, session, claim):
                reason = f"somebody else is at it: {branch} is at {REMOTE}; where nobody is, delete that branch"
                await context.record(p.WorkElsewhere(context.now(), project.id, session.id, reason))
                return
            await context.record(p.ClaimMade(context.now(), project.id, session.id))
        forge = project.settings.forge
        new = NewPull(
            branch=branch,
            base=project.settings.target,
            title=session.title,
            body=body(context, project, session),
            draft=True,
            labels=forge.labels if forge else (),
        )
        opened = await _promptly(context, lambda: scm.open(new))
        await context.record(p.WorkClaimed(context.now(), project.id, session.id, opened.id, branch, claim.commit))
    context.look_again(effect.project)


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
    try:
        await _withdrawn(context, effect)
    except (NoForge, GitError):
        # Others wait for it: it is taken back as soon as there is a network.
        scm, claim = scm_of(context, effect.project), context.session(effect.session).claim
        await patiently(context, lambda: scm.find([claim.branch] if claim else []))
        await _withdrawn(context, effect)
    context.look_again(effect.project)


async def _withdrawn(context: Context, effect: WithdrawClaim) -> None:
    claim = context.session(effect.session).claim
    async with _at(context, effect.project, claim.branch if claim else ""):
        session = context.session(effect.session)
        if session.claim is None or not derive.unclaims(session):
            await context.record()
            return
        there = await _after_deletion(context.driven(effect.project), session.claim)
        watched, scm = context.state.pulls.get(session.pull), scm_of(context, effect.project)

        async def seen() -> Pull | Trouble | None:
            found = await one(scm, watched) if watched else None
            return None if isinstance(found, Trouble) and found.kind == "missing" else found

        if there in ("", session.claim.commit):
            pull = await _promptly(context, seen)
            if pull is not None and pull.state == "open":
                await _promptly(context, lambda: scm.close(pull))
        if there == session.claim.commit:
            raise NoForge(f"{session.claim.branch} could not be deleted at {REMOTE}: nobody else can begin the same")
        await context.record(p.ClaimEnded(context.now(), effect.project, session.id))


def _at(context: Context, project: str, branch: str) -> asyncio.Lock:
    """A branch is not taken while it is being taken back."""
    return context.lock(f"claim:{project}:{branch}")


async def _promptly(context: Context, ask: Callable[[], Awaitable[T | Trouble]]) -> T:
    """What a forge answers soon. Raises NoForge."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await patiently(context, ask)
    except TimeoutError as error:
        raise NoForge(f"the forge did not answer within {ANSWER_SECONDS:.0f} s") from error


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
    """What makes a claim another commit than that of another fleet, whose session may have the same name."""
    digest = hashlib.sha256(f"{session.id}\0{session.created_at!r}".encode()).hexdigest()
    return f"AO-Claim: {digest[:16]}"


async def _is_made(context: Context, driven: Driven, scm: Scm, session: Session, claim: DraftClaim) -> bool:
    """Push the branch of a claim; False: somebody is at it. Raises NoForge."""
    expected = ""
    for _ in range(2):
        try:
            problem = await push_to(driven, session, claim.commit, claim.branch, expected, seconds=CLAIM_SECONDS)
        except OthersWork as others:
            if others.there == claim.commit:
                return True  # A push that was not recorded.
            if expected or not await _is_over(context, scm, session.project, claim.branch, others.there):
                return False
            expected = others.there
            continue
        if problem:
            raise NoForge(problem)
        return True
    return False


async def _is_over(context: Context, scm: Scm, project: str, branch: str, there: str) -> bool:
    """Is a branch what is left of a claim of ours that is being taken back, or of work that was merged?"""
    claims = (s.claim for s in context.state.sessions.values() if s.closed and s.claim)
    if any((each.branch, each.commit) == (branch, there) for each in claims):
        return True
    found = await _promptly(context, lambda: scm.find([branch]))
    if branch not in found:
        return False
    newest = Watched(project, found[branch], 0.0)
    pull = await _promptly(context, lambda: one(scm, newest))
    return pull.state == "merged" and pull.head == there and not pull.foreign


async def _after_deletion(driven: Driven, claim: DraftClaim) -> str:
    """Where a claim's branch is after it was deleted unless more than the claim is on it. Raises NoForge."""
    git, ref = driven.repo.git(), f"refs/heads/{claim.branch}"
    lease = f"--force-with-lease={ref}:{claim.commit}"
    done = await git.run("push", "--quiet", "--porcelain", lease, REMOTE, f":{ref}", check=False, timeout=PUSH_SECONDS)
    if done.code == 0:
        return ""
    listed = await git.run("ls-remote", REMOTE, ref, check=False, timeout=PUSH_SECONDS)
    if listed.code != 0:
        raise NoForge(f"{claim.branch} could not be deleted at {REMOTE}: {done.err.strip()[:500]}")
    return listed.text.partition("\t")[0]
