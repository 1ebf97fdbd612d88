"""``ObserveTarget``: which branch is the target, where it stands, and what the gate is now."""

from __future__ import annotations

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven, TargetRef
from agent_orchestrator.engine.drive.environment import gate_digest
from agent_orchestrator.engine.drive.upstream import upstream_notice
from agent_orchestrator.engine.due import ObserveTarget
from agent_orchestrator.engine.state import Project
from agent_orchestrator.git.repository import checked_out_at, is_ancestor, resolve

#: Where fixes land when the user's checkout of the target may not be touched.
LANDED_BRANCH = "ao/landed"


class TargetMissing(Exception):
    """There is no such branch; the message says what to do."""


async def target_ref(driven: Driven, project: Project) -> TargetRef:
    """The branch that landings of this project move, by ``landing.checkout`` and the person's answer to it."""
    branch = project.settings.target
    worktree = await checked_out_at(driven.repo, branch)
    choice = project.checkout or project.settings.checkout
    if worktree is None or choice == "ff":
        return TargetRef(branch, worktree)
    # Invariant: the user's checkout is never touched except by a fast-forward they agreed to.
    return TargetRef(LANDED_BRANCH, None)


async def observe_target(context: Context, effect: ObserveTarget) -> None:
    """Record where the target stands. ``ao/landed`` starts at, and follows, the branch that it stands in for."""
    driven = context.driven(effect.project)
    project = context.project(effect.project)
    ref = await target_ref(driven, project)
    found = await resolve(driven.repo, ref.ref)
    theirs = None
    if ref.branch == LANDED_BRANCH:
        found, theirs = await _follow(driven, project, found)
    if found is None:
        raise TargetMissing(f"there is no branch {ref.branch!r} in {driven.main}; set `landing.target`")
    commit, tree = found
    digest = gate_digest(context, driven)
    identity = driven.identity(commit, tree)
    if driven.config.landing.evidence == "off":
        # Earlier proof is worth nothing: each look at the target has evidence of its own.
        identity = f"{commit}@{context.new_id()}"
    notice = await upstream_notice(driven, ref.branch)
    await context.record(
        e.TargetObserved(
            context.now(),
            effect.project,
            commit,
            identity,
            digest,
            notice,
            ref.branch,
            theirs[0] if theirs else "",
            driven.identity(*theirs) if theirs else "",
        )
    )


#: A commit and its tree.
Tip = tuple[str, str]


async def _follow(driven: Driven, project: Project, found: Tip | None) -> tuple[Tip | None, Tip | None]:
    """Where ``ao/landed`` stands, and the tip of the user's branch if that is to be merged into it.

    Where the user's branch is simply ahead, ``ao/landed`` is moved to it.
    """
    theirs = await resolve(driven.repo, f"refs/heads/{project.settings.target}")
    if theirs is None:
        return None, None
    if found is not None:
        if await is_ancestor(driven.repo, theirs[0], found[0]):
            return found, None
        if not await is_ancestor(driven.repo, found[0], theirs[0]):
            return found, theirs
        if await checked_out_at(driven.repo, LANDED_BRANCH) is not None:
            # Somebody looks at it: moved under them, it would show everything as reverted.
            return found, None
    old = found[0] if found else "0" * len(theirs[0])
    await driven.repo.git().run("update-ref", f"refs/heads/{LANDED_BRANCH}", theirs[0], old)
    return theirs, None
