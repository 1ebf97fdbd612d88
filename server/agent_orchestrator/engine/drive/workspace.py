"""``PrepareWorkspace``, ``MoveWorkspace`` and ``Retire``: a session's worktree from its making to its removal."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.command import failure_of
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.forge import NoForge, commit_fetched, patiently, scm_of
from agent_orchestrator.engine.due import CatchUp, MoveWorkspace, PrepareWorkspace, Retire, due
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.link import Conflict, merge_trees
from agent_orchestrator.git.lock import drop_stale_index_lock
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.removal import delete_branch, remove
from agent_orchestrator.git.repository import Repository, identity, resolve
from agent_orchestrator.git.runner import Git
from agent_orchestrator.git.save import Saved, save
from agent_orchestrator.git.snapshot import DEPENDENCY_DIRS

POST_CREATE_SECONDS = 1800.0
#: Seconds after which a turn that had not begun when it was to be stopped is looked at again.
STOP_AGAIN = 0.2


async def prepare_workspace(context: Context, effect: PrepareWorkspace) -> None:
    """Make the worktree, copy the user's files into it, run ``postCreate``."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    async with context.lock(f"session:{session.id}"):
        made = await context.workspace.create(
            driven.repo,
            Path(session.path),
            session.branch,
            session.base,
            include=driven.config.include,
            symlinks=driven.config.symlinks,
        )
        if isinstance(made, Problem):
            await context.record(e.WorkspaceFailed(context.now(), session.id, made.sentence))
            return
        problem = await _post_create(context, driven, session)
        if problem:
            await context.record(e.WorkspaceFailed(context.now(), session.id, problem))
            return
        await context.record(e.WorkspaceReady(context.now(), session.id, made.problems))


async def _post_create(context: Context, driven: Driven, session: Session) -> str:
    command = driven.config.post_create
    if command is None:
        return ""
    # A run's folder is used once: what was made again is set up again.
    again = f"-{session.restored_at * 1000:.0f}" if session.restored_at else ""
    folder = context.places.state / "sessions" / session.id / f"post-create{again}"
    tree = Path(session.path)
    failure = await failure_of(
        context,
        driven,
        command,
        folder,
        tree,
        told={"AO_SESSION": session.id, "AO_PROJECT": driven.id},
        tag=f"post-create-{session.id}{again}",
        timeout=POST_CREATE_SECONDS,
    )
    return f"`postCreate` failed in {tree}: {failure}" if failure else ""


async def move_workspace(context: Context, effect: MoveWorkspace) -> None:
    """Put the worktree on a newer target: its work merged into it, or (after a conflict) started again from there."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    again = session.again
    if again is None:
        return
    async with context.lock(f"session:{session.id}"):
        tree = Path(session.path)
        git = driven.repo.at(tree)
        if git is None or git.git_dir is None or not tree.is_dir():
            await context.record(e.WorkspaceGone(context.now(), session.id))
            return
        saved = await save_work(driven, session)
        commit, head, head_tree = again.onto, "", ""
        if again.move == "merge":
            made = await _merged(driven, session, again.onto, f"Merge the target into {session.branch}\n")
            if made is not None:
                commit, head, head_tree = made[0], *made
        await _put(git, tree, commit)
        base = await resolve(driven.repo, again.onto)
        assert base is not None
        target = context.project(effect.project).target
        known = target is not None and target.commit == again.onto
        base_tree = target.tree if target is not None and known else driven.identity(*base)
        await context.record(
            e.WorkspaceMoved(context.now(), session.id, base[0], base_tree, head, head_tree, saved.ref if saved else "")
        )


async def catch_up(context: Context, effect: CatchUp) -> None:
    """Merge the base of the session's pull request into its work, without its agent. Raises NoForge if they conflict.

    What comes of that is another head: it is proven and published as every other.
    """
    driven = context.driven(effect.project)
    if not await commit_fetched(driven, effect.base, f"bases/{effect.session}"):
        # Without a network nothing can be fetched; what answers is waited for.
        await patiently(context, lambda: scm_of(context, effect.project).find([context.session(effect.session).branch]))
        if not await commit_fetched(driven, effect.base, f"bases/{effect.session}"):
            raise NoForge(f"{effect.base[:12]} can not be fetched")
    async with context.lock(f"session:{effect.session}"):
        # Invariant: only what is in review now is moved; what its agent did meanwhile is not left behind.
        session = context.session(effect.session)
        watched = context.state.pulls.get(session.pull)
        if effect not in due(context.state) or watched is None or watched.pull is None:
            await context.record()
            return
        tree = Path(session.path)
        git = driven.repo.at(tree)
        if git is None or git.git_dir is None or not tree.is_dir():
            await context.record(e.WorkspaceGone(context.now(), session.id))
            return
        if (await git.run("status", "--porcelain", "--untracked-files=no")).text:
            # What its agent left was committed with its turn: this is somebody's, who may be typing.
            raise NoForge(f"{tree} has changes that are not committed: commit them there, or put them away")
        made = await _merged(driven, session, effect.base, f"Merge {watched.pull.base} into {session.branch}\n")
        base = await resolve(driven.repo, effect.base)
        if made is None or base is None:
            raise NoForge(f"{session.branch} does not merge with {watched.pull.base} as it is now")
        saved = await save_work(driven, session)
        await _put(git, tree, made[0])
        moved = (base[0], driven.identity(*base), *made, saved.ref if saved else "")
        await context.record(e.WorkspaceMoved(context.now(), session.id, *moved))


async def _merged(driven: Driven, session: Session, onto: str, message: str) -> tuple[str, str] | None:
    """The commit (and what its evidence is kept under) of a session's work merged with ``onto``; None: a conflict."""
    merged = await merge_trees(driven.repo, None, onto, session.head)
    if isinstance(merged, Conflict):
        return None
    who = await identity(driven.repo)
    made = await driven.repo.git().run(
        *("commit-tree", merged.tree, "-p", session.head, "-p", onto),
        input=message.encode(),
        env=who.env(),
        fsync=True,
    )
    return made.text, driven.identity(made.text, merged.tree)


async def _put(git: Git, tree: Path, commit: str) -> None:
    """Put a worktree, which is saved, on a commit."""
    assert git.git_dir is not None
    drop_stale_index_lock(tree, git.git_dir)
    await git.run("reset", "--hard", "-q", commit, timeout=600.0)


class NotSaved(Exception):
    """Work could not be saved; nothing that would lose it is done."""


async def save_work(driven: Driven, session: Session) -> Saved | None:
    """Save everything in the session's worktree to a ref. None: there is nothing beyond its base. Raises NotSaved."""
    tree = Path(session.path)
    if not tree.is_dir() or driven.repo.at(tree) is None:
        return None
    saved = await save(
        driven.repo, tree, session.id, session.saves + 1, base=session.base, exclude_dirs=dependencies(driven)
    )
    if isinstance(saved, Problem):
        raise NotSaved(saved.sentence)
    return saved


def dependencies(driven: Driven) -> tuple[str, ...]:
    """Folders that are never saved: they are made again."""
    return (*DEPENDENCY_DIRS, *driven.config.landing.cache)


async def retire(context: Context, effect: Retire) -> None:
    """End the agent, save everything, remove the worktree; the branch goes when another ref keeps its commits."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    lock = context.lock(f"session:{session.id}")
    await _end_turn(context, session, lock)
    try:
        reason = await _remove(driven, context.session(session.id))
        await context.record(reason_event(context, session.id, reason))
    finally:
        lock.release()


async def _end_turn(context: Context, session: Session, lock: asyncio.Lock) -> None:
    """End the session's agent; returns with the session's lock held, so that none can be started after that."""
    turn = session.turn
    while True:
        if turn is not None and session.running:
            runtime = context.runtimes[session.runtime]
            await runtime.stop(context.places.turn(session.id, turn.number), run_name(session.id, turn.number))
        try:
            async with asyncio.timeout(STOP_AGAIN):
                await lock.acquire()
                return
        except TimeoutError:
            # The turn was just being launched: there was nothing to stop yet, and it would run to its end.
            continue


def reason_event(context: Context, session: str, reason: tuple[str, str]) -> e.WorkspaceRemoved:
    """The event for a removal: (saved ref, why the folder had to stay)."""
    return e.WorkspaceRemoved(context.now(), session, saved=reason[0], reason=reason[1])


async def _remove(driven: Driven, session: Session) -> tuple[str, str]:
    tree = Path(session.path)
    # Commits that landed are kept by the target or by the landing's ref; others by a save.
    if not os.path.lexists(tree):
        await _forget(driven.repo, tree)
        problem = await delete_branch(driven.repo, session.branch)
        return "", problem.sentence if problem else ""
    saved = await save_work(driven, session)
    problem = await remove(
        driven.repo,
        tree,
        base=session.base,
        saved=saved.ref if saved else None,
        branch=session.branch,
        exclude_dirs=dependencies(driven),
    )
    return saved.ref if saved else "", problem.sentence if problem else ""


async def _forget(repo: Repository, tree: Path) -> None:
    await remove(repo, tree, base="HEAD")


def run_name(session: str, turn: int) -> str:
    """The name of a turn's run in its runtime: ``ao-<session>-<turn>``."""
    return f"ao-{session}-{turn}"
