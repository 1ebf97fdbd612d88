"""``StartTurn`` and ``RunTurn``: one run of the agent, and what becomes of its work."""

from __future__ import annotations

import asyncio
from pathlib import Path

from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive import inspect
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env
from agent_orchestrator.engine.drive.outside import Onlooker, look
from agent_orchestrator.engine.drive.program import Run, prepare, run_program
from agent_orchestrator.engine.drive.watch import watching
from agent_orchestrator.engine.drive.workspace import save_work
from agent_orchestrator.engine.due import RunTurn, StartTurn
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.commit import commit_all
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import identity, is_ancestor, resolve
from agent_orchestrator.model.activity import STARTED, activity
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.model.usage import FAILED, MISSING, RATE_LIMITED
from agent_orchestrator.ports.agent import Told
from agent_orchestrator.proc.logs import shorten, size_of, tail
from agent_orchestrator.proc.values import End, Finished, NotStarted
from agent_orchestrator.proc.wire import was_talked_to

SUMMARY_CAP = 400
#: Bytes of the end of an agent's output that are looked at.
OUTPUT_READ = 256 << 10
#: Bytes of what a program printed that are kept after its turn.
KEPT_LOG = 40 << 20
#: Seconds that an agent rests after a usage limit of which it does not say when it ends.
LIMIT_SECONDS = 900.0
#: Seconds that a limit lasts at the most.
_LONGEST_LIMIT = 60 * 24 * 3600.0


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
        late = inspect.was_before(folder)
        before = await inspect.before(context, driven, folder)
        onlooker = Onlooker(context, driven, session.id, turn.number, before.checkout)
        run = prepare(context, driven, session, turn.number, folder)
        run = evolve(run, terms=evolve(run.terms, hear=onlooker.hear))
        async with watching(context, driven, onlooker, late=late):
            end, problem = await run_program(context, session, run)
        if isinstance(end, NotStarted):
            raise RuntimeError(f"the agent {session.agent!r} could not be started: {end.reason}")
        current = context.session(session.id).turn
        if current is not None and not current.exited_at:
            # A person sees at once that the agent is done; saving its work takes git a moment.
            await context.record(e.AgentExited(context.now(), session.id, turn.number))
        # Hundreds of kilobytes are cleaned and parsed, which the event loop must not wait for.
        told = await asyncio.to_thread(_told, context, driven, context.session(session.id), run, end, problem)
        ended = await _ended(context, driven, context.session(session.id), turn.number, end, before, told)
        outside = await onlooker.compare(await look(context, driven))
        await context.record(*_limited(context, driven, session, told), *outside, ended)
        # Nobody goes on with this conversation from its log any more. Where it is short the turn is over now.
        if size_of(folder / "log") > KEPT_LOG:
            await asyncio.to_thread(shorten, folder / "log", KEPT_LOG)


async def _ended(
    context: Context, driven: Driven, session: Session, number: int, end: End, before: inspect.Before, told: Told
) -> e.TurnEnded:
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
    if told.error == MISSING and head not in ("", session.head):
        # It was there and has done something; a command of its own was not.
        told = evolve(told, words=f"ended with {code}", error=FAILED)
    seen = await inspect.after(context, driven, session, before, head)
    return e.TurnEnded(
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


def _told(context: Context, driven: Driven, session: Session, run: Run, end: End, problem: str) -> Told:
    """What the agent says of its turn; where it says nothing, how it ended."""
    code = end.exit.code if isinstance(end, Finished) else None
    talked = run.dialogue is not None and (run.spool is not None or was_talked_to(run.folder))
    if run.dialogue is not None and talked:
        told = run.dialogue.told(code)
        if not told.words:
            said = _end_of(run.folder / ("errors" if run.spool is None else "log"))
            told = evolve(told, words=" ".join(said.split())[-SUMMARY_CAP:])
    else:
        told = context.agent(driven, session.agent).told(_end_of(run.folder / "log"), code)
    if missing := _missing(session, end, told.words):
        # It never ran, and knows nothing of the conversation.
        reason = context.agent(driven, session.agent).unavailable(base_env(driven)) or missing[-SUMMARY_CAP:]
        return Told(words=f"{reason}; then `ao restore {session.id}`", error=MISSING)
    if talked and problem:
        return evolve(told, words=problem, error=told.error or FAILED)
    if talked and not told.error and (cut := _cut(session, run, end)):
        told = evolve(told, words=cut, error=FAILED)
    if not isinstance(end, Finished):
        return evolve(told, words="its process was killed from outside")
    if end.exit.timed_out:
        return evolve(
            told, words="ran out of time (`limits.minutes.turn`)", error=told.error or ("" if talked else FAILED)
        )
    if end.exit.stopped and not talked:
        # It may have ended well all the same, and not because it was done.
        return evolve(told, words="it was stopped before it was done", error=told.error or FAILED)
    return evolve(
        told, words=(told.words or f"ended with {code if code is not None else end.exit.signal}")[-SUMMARY_CAP:]
    )


def _missing(session: Session, end: End, words: str) -> str:
    """Why its program could not be started; empty: it ran."""
    if not isinstance(end, Finished):
        return ""
    # A shell, ``env`` and their like end so when there is no such program, or it can not be run.
    silent = all(fact.kind == STARTED for fact in session.facts)
    return end.exit.error or (words if end.exit.code in (126, 127) and silent else "")


def _cut(session: Session, run: Run, end: End) -> str:
    """How its program ended before its turn was over, in a sentence; empty where it was over."""
    now = activity(session.facts)
    if now.state in ("idle", "error") and now.detail != "interrupted":
        return ""
    if isinstance(end, Finished) and end.exit.truncated and run.spec.mode == "talk":
        return f"it printed more than {run.spec.log_cap >> 20} MB in one turn, and was ended"
    if isinstance(end, Finished) and end.exit.stopped:
        return "it was stopped before its turn was over"
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
    # What is no time of a limit (they are of hours, or weeks) is none that it says.
    until = told.resets_at if now < told.resets_at < now + _LONGEST_LIMIT else now + LIMIT_SECONDS
    config = driven.agents.get(session.agent)
    return (e.AgentLimited(now, session.agent, until, session.id, asks=config is not None and config.resume == "ask"),)
