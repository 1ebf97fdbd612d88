"""``StartTurn`` and ``RunTurn``: one run of the agent, and what becomes of its work."""

from __future__ import annotations

import asyncio
from pathlib import Path

from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive import inspect
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.program import Run, prepare, run_program
from agent_orchestrator.engine.drive.workspace import save_work
from agent_orchestrator.engine.due import RunTurn, StartTurn
from agent_orchestrator.engine.state import OutsideFile, Session
from agent_orchestrator.git.commit import commit_all
from agent_orchestrator.git.outside import keep
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import identity, is_ancestor, resolve
from agent_orchestrator.model.activity import activity
from agent_orchestrator.model.usage import FAILED, RATE_LIMITED
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.proc.logs import tail
from agent_orchestrator.proc.text import sanitize
from agent_orchestrator.proc.values import End, Finished, NotStarted
from agent_orchestrator.proc.wire import was_talked_to

SUMMARY_CAP = 400
#: Bytes of the end of an agent's output that are looked at.
OUTPUT_READ = 256 << 10
#: Seconds that an agent rests after a usage limit of which it does not say when it ends.
LIMIT_SECONDS = 900.0


async def start_turn(context: Context, effect: StartTurn) -> None:
    """Decide the next turn: what the agent is told is the feedback on its work and everything said to it since."""
    session = context.session(effect.session)
    unsaid = [m for m in session.messages if not m.turn]
    told = [session.again.feedback if session.again else "", *(m.text for m in unsaid)]
    feedback = "\n\n".join(text for text in told if text)
    config = context.driven(effect.project).agents.get(session.agent)
    bypass = config is not None and config.permissions.bypass
    said = tuple(m.id for m in unsaid)
    await context.record(
        e.TurnStarted(context.now(), session.id, len(session.turns) + 1, feedback, said, bypass=bypass)
    )


async def run_turn(context: Context, effect: RunTurn) -> None:
    """Run the agent (or go on watching it), then commit, save and inspect what it left."""
    session, driven = context.session(effect.session), context.driven(effect.project)
    turn = session.turn
    if turn is None:
        return
    async with context.lock(f"session:{session.id}"):
        tree = Path(session.path)
        if not tree.is_dir() or driven.repo.at(tree) is None:
            await context.record(e.WorkspaceGone(context.now(), session.id))
            return
        folder = context.places.turn(session.id, turn.number)
        before = await inspect.before(context, driven, folder)
        run = prepare(context, driven, session, turn.number, folder)
        end, problem = await run_program(context, session, run)
        if isinstance(end, NotStarted):
            raise RuntimeError(f"the agent {session.agent!r} could not be started: {end.reason}")
        current = context.session(session.id).turn
        if current is not None and not current.exited_at:
            # A person sees at once that the agent is done; saving its work takes git a moment.
            await context.record(e.AgentExited(context.now(), session.id, turn.number))
        # Hundreds of kilobytes are cleaned and parsed, which the event loop must not wait for.
        told = await asyncio.to_thread(_told, context, driven, context.session(session.id), run, end, problem)
        ended, outside = await _ended(context, driven, context.session(session.id), turn.number, end, before, told)
        await context.record(*_limited(context, driven, session, told), *outside, ended)


async def _ended(
    context: Context, driven: Driven, session: Session, number: int, end: End, before: inspect.Before, told: Told
) -> tuple[e.TurnEnded, tuple[e.OutsideChanged, ...]]:
    tree = Path(session.path)
    code = end.exit.code if isinstance(end, Finished) else None
    if session.turns[-1].talks:
        # It was asked to end, and what it said counts: not how its process took that.
        code = (code or 1) if told.error else 0
    notices: list[str] = []
    message = f"{session.title}\n\nAO-Session: {session.id}\n"
    committed = await commit_all(driven.repo, tree, message, await identity(driven.repo), branch=session.branch)
    if isinstance(committed, Problem):
        notices.append(committed.sentence)
    saved = await save_work(driven, session)
    if saved is not None:
        notices += saved.skipped[:20]
    tip = await resolve(driven.repo, f"refs/heads/{session.branch}")
    head, head_tree = (tip[0], driven.identity(*tip)) if tip else ("", "")
    base = await resolve(driven.repo, session.base)
    if tip is None or base is None or tip[1] == base[1] or not await is_ancestor(driven.repo, session.base, head):
        if tip is not None and tip[1] != (base or ("", ""))[1]:
            notices.append(f"{session.branch} no longer grows from {session.base[:12]}; its work is saved, not landed")
        head, head_tree = "", ""
    seen = await inspect.after(context, driven, session, before, head)
    files = tuple(OutsideFile(file.path, file.before, file.after) for file in seen.outside)
    if files:
        await keep(driven.repo, f"{session.id}/{number}", seen.outside)
    outside = (e.OutsideChanged(context.now(), session.id, number, files),) if files else ()
    ended = e.TurnEnded(
        context.now(),
        session.id,
        number,
        code,
        told.words,
        head,
        head_tree,
        saved.ref if saved else "",
        held=seen.held,
        notices=(*notices, *seen.notices),
        conversation=told.conversation,
        error=told.error,
        usage=told.usage,
    )
    return ended, outside


def _told(context: Context, driven: Driven, session: Session, run: Run, end: End, problem: str) -> Told:
    """What the agent says of its turn; where it says nothing, how it ended."""
    code = end.exit.code if isinstance(end, Finished) else None
    if run.dialogue is not None and (run.spool is not None or was_talked_to(run.folder)):
        told = run.dialogue.told(code)
        if not told.words:
            said = _end_of(run.folder / ("errors" if run.spool is None else "log"))
            told = evolve(told, words=" ".join(said.split())[-SUMMARY_CAP:])
        if problem:
            return evolve(told, words=problem, error=told.error or FAILED)
        if not told.error and (cut := _cut(session, end)):
            told = evolve(told, words=cut, error=FAILED)
    else:
        told = context.agent(driven, session.agent).told(_end_of(run.folder / "log"), code)
    if isinstance(end, Finished) and end.exit.error:
        # It never ran, and knows nothing of the conversation.
        return evolve(told, words=end.exit.error[-SUMMARY_CAP:], conversation=None, error=told.error or FAILED)
    if isinstance(end, Finished) and end.exit.timed_out:
        return evolve(told, words="ran out of time (`limits.minutes.turn`)")
    if not isinstance(end, Finished):
        return evolve(told, words="its process was killed from outside")
    return evolve(
        told, words=(told.words or f"ended with {code if code is not None else end.exit.signal}")[-SUMMARY_CAP:]
    )


def _cut(session: Session, end: End) -> str:
    """How its program ended before its turn was over, in a sentence; empty where it was over, or we ended it."""
    if activity(session.facts).state in ("idle", "error") or (isinstance(end, Finished) and end.exit.stopped):
        return ""
    how = ""
    if isinstance(end, Finished):
        how = f" with {end.exit.code}" if end.exit.code is not None else f" by signal {end.exit.signal}"
    return f"its program ended{how} before its turn was over"


def _end_of(path: Path) -> str:
    return sanitize(tail(path, OUTPUT_READ).decode(errors="replace"))


def _limited(context: Context, driven: Driven, session: Session, told: Told) -> tuple[e.AgentLimited, ...]:
    if told.error != RATE_LIMITED:
        return ()
    now = context.now()
    until = told.resets_at if told.resets_at > now else now + LIMIT_SECONDS
    config = driven.agents.get(session.agent)
    return (e.AgentLimited(now, session.agent, until, session.id, asks=config is not None and config.resume == "ask"),)
