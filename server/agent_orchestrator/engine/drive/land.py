"""``BuildLink``, ``Land`` and ``FinishLanding``: from a proven branch to a moved target.

The order of steps is that of ``docs/proof.md``: commit-tree, pin, intent in the journal, one swap, outcome. A kill
between any two of them ends, after a restart, in exactly one landing or none.
"""

from __future__ import annotations

import hashlib
import os
import pwd

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven, TargetRef, checkout_lock
from agent_orchestrator.engine.drive.environment import gate_digest
from agent_orchestrator.engine.drive.target import LANDED_BRANCH, target_ref
from agent_orchestrator.engine.due import BuildLink, FinishLanding, Land
from agent_orchestrator.engine.state import Landing, Project, Session
from agent_orchestrator.git import link as links
from agent_orchestrator.git.diff import diff_text
from agent_orchestrator.git.fast_forward import fast_forward
from agent_orchestrator.git.ff_recovery import recover_fast_forward, was_interrupted
from agent_orchestrator.git.land import Landed, Superseded, Waits, move_ref, recover
from agent_orchestrator.git.repository import identity, resolve
from agent_orchestrator.model.rule import describe

DETAIL_CAP = 6000


def landing_id(session: Session, base: str) -> str:
    """The id of the landing of a session's head on a base: the same after a restart."""
    return hashlib.sha256(f"{session.id}\0{session.head}\0{base}".encode()).hexdigest()[:12]


async def build_link(context: Context, effect: BuildLink) -> None:
    """Put the session's work on the target as it stands now."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    project = context.project(effect.project)
    known = project.target
    ref = await target_ref(driven, project)
    actual = await resolve(driven.repo, ref.ref)
    digest = gate_digest(context, driven)
    if known is None or actual is None or actual[0] != known.commit or digest != known.gate:
        await context.record(e.TargetStale(context.now(), effect.project))
        return
    id = landing_id(session, known.commit)
    who = await identity(driven.repo)
    trailers = [("AO-Landing", id), ("AO-Session", session.id)]
    undone = context.state.landings.get(session.undoes)
    if undone is not None:
        built = await links.undo(
            driven.repo, known.commit, undone.commit, message=session.title, identity=who, trailers=trailers
        )
    else:
        built = await links.build(
            driven.repo,
            "merge" if session.follows else project.settings.strategy,  # type: ignore[arg-type]
            known.commit,
            session.head,
            message=_message(session),
            identity=who,
            trailers=trailers,
        )
    if isinstance(built, links.Conflict):
        detail = await _meanwhile(driven, session, known.commit)
        paths = built.paths or (built.message,)
        await context.record(e.LinkConflicted(context.now(), session.id, known.commit, paths, detail))
        return
    # Invariant: an unpinned commit can be lost to gc between here and the swap.
    await links.pin(driven.repo, id, built.commit)
    proven_as = driven.identity(built.commit, built.tree)
    await context.record(e.LinkBuilt(context.now(), session.id, known.commit, built.commit, proven_as))


def _message(session: Session) -> str:
    fixed = "\n".join(f"- {describe(item)}" for item in session.items)
    return f"{session.title}\n\nFixes:\n{fixed}\n" if fixed else f"{session.title}\n"


async def _meanwhile(driven: Driven, session: Session, target: str) -> str:
    """What the agent needs after a conflict: what landed since its base, and its own earlier change."""
    landed = await diff_text(driven.repo, session.base, target, DETAIL_CAP)
    own = await diff_text(driven.repo, session.base, session.head, DETAIL_CAP)
    return (
        f"The worktree now stands at {target[:12]}, without your change; that is saved.\n\n"
        f"What landed since {session.base[:12]}:\n{landed}\nYour earlier change:\n{own}"
    )


async def land(context: Context, effect: Land) -> None:
    """Record the intent to move the target to the session's link; carrying it out follows."""
    session = context.session(effect.session)
    project = context.project(effect.project)
    driven = context.driven(effect.project)
    link = session.link
    ruling = derive.link_verdict(context.state, session)
    evidence = derive.evidence_of(context.state, project, link.tree) if link else None
    if link is None or ruling is None or evidence is None or project.target is None:
        return
    base = derive.target_evidence(context.state, project)
    fixed = tuple(item for item in base.red if item not in evidence.red) if base else ()
    fixed += tuple(top for top in (base.tops if base else ()) if top not in evidence.tops)
    ref = await target_ref(driven, project)
    id = landing_id(session, link.base)
    context.intended.add(id)
    # Invariant: the target only moves to a commit whose exact tree has complete evidence (`docs/proof.md` 2).
    await context.record(
        e.LandingIntended(
            context.now(),
            landing=id,
            project=effect.project,
            session=session.id,
            base=link.base,
            commit=link.commit,
            tree=link.tree,
            evidence=evidence.key,
            target=ref.branch,
            fixed=fixed,
            undoes=session.undoes,
            allowed_by=session.allowed_by if session.held else "",
        )
    )


async def finish_landing(context: Context, effect: FinishLanding) -> None:
    """Carry out an intended landing, or find out that it happened before a kill."""
    landing = context.state.landings[effect.landing]
    driven = context.driven(effect.project)
    ref = await _intended_target(driven, context.project(effect.project), landing)
    ours = landing.id in context.intended
    context.intended.discard(landing.id)
    async with context.lock(checkout_lock(effect.project)):
        outcome = await (_swap if ours else _recover)(driven, landing, ref)
    match outcome:
        case Landed():
            await context.record(e.Landed(context.now(), landing.id))
        case Superseded(actual):
            reason = f"{landing.target} is at {(actual or 'nothing')[:12]} and no longer at {landing.base[:12]}"
            await links.unpin(driven.repo, landing.id)
            await context.record(e.LandingSuperseded(context.now(), landing.id, reason))
        case Waits(reason):
            await context.record(
                e.LandingSuperseded(context.now(), landing.id, reason),
                e.LandingWaits(context.now(), landing.session, reason),
            )


async def _intended_target(driven: Driven, project: Project, landing: Landing) -> TargetRef:
    """The branch that an intent of an earlier daemon names, even if another one would be the target by now."""
    ref = await target_ref(driven, project)
    if ref.branch == landing.target:
        return ref
    return TargetRef(landing.target, None if landing.target == LANDED_BRANCH else ref.worktree)


async def _recover(driven: Driven, landing: Landing, ref: TargetRef) -> Landed | Superseded | Waits:
    """An intent without an outcome: it happened, it is done again, or the target stands elsewhere."""
    what = await recover(driven.repo, ref.ref, landing.id, landing.base, landing.commit)
    if what == "landed":
        # A swap drops the pin itself; one that somebody else's move contains has not.
        await links.unpin(driven.repo, landing.id)
        return Landed(landing.commit)
    if what == "superseded":
        actual = await resolve(driven.repo, ref.ref)
        return Superseded(actual[0] if actual else None)
    if ref.worktree is not None and await was_interrupted(driven.repo, ref.worktree, landing.commit):
        mended = await recover_fast_forward(driven.repo, ref.worktree, landing.base, landing.commit)
        if isinstance(mended, Landed | Superseded | Waits):
            return mended
    return await _swap(driven, landing, ref)


async def _swap(driven: Driven, landing: Landing, ref: TargetRef) -> Landed | Superseded | Waits:
    if ref.worktree is None:
        return await move_ref(driven.repo, ref.ref, landing.base, landing.commit, landing.id)
    return await fast_forward(driven.repo, ref.worktree, ref.ref, landing.base, landing.commit, landing.id)


def who() -> str:
    """The person at the keyboard, for the record of what they allowed."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
