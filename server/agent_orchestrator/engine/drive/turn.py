"""``StartTurn`` and ``RunTurn``: one run of the agent, and what becomes of its work."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from attrs import asdict, evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive import inspect
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env, process_env
from agent_orchestrator.engine.drive.prompt import prompt_of
from agent_orchestrator.engine.drive.workspace import run_name, save_work
from agent_orchestrator.engine.due import RunTurn, StartTurn
from agent_orchestrator.engine.state import Session
from agent_orchestrator.git.commit import commit_all
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import identity, is_ancestor, resolve
from agent_orchestrator.model.usage import RATE_LIMITED
from agent_orchestrator.ports.agent import Bench, Task, TaskCheck, TaskFailure, Told
from agent_orchestrator.ports.check import Selection
from agent_orchestrator.proc.logs import tail
from agent_orchestrator.proc.run import wait
from agent_orchestrator.proc.text import sanitize
from agent_orchestrator.proc.values import End, Finished, NotStarted, RunSpec

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
        end = await _run(context, driven, session, turn.number, folder)
        if isinstance(end, NotStarted):
            raise RuntimeError(f"the agent {session.agent!r} could not be started: {end.reason}")
        current = context.session(session.id).turn
        if current is not None and not current.exited_at:
            # A person sees at once that the agent is done; saving its work takes git a moment.
            await context.record(e.AgentExited(context.now(), session.id, turn.number))
        # Hundreds of kilobytes are cleaned and parsed, which the event loop must not wait for.
        told = await asyncio.to_thread(_told, context, driven, session, turn.number, end)
        ended = await _ended(context, driven, context.session(session.id), turn.number, end, before, told)
        await context.record(*_limited(context, driven, session, told), ended)


async def _run(context: Context, driven: Driven, session: Session, number: int, folder: Path) -> End:
    runtime = context.runtimes[session.runtime]
    started = await runtime.start(folder, _spec(context, driven, session, number, folder), run_name(session.id, number))
    return started if isinstance(started, NotStarted) else await wait(folder)


def _spec(context: Context, driven: Driven, session: Session, number: int, folder: Path) -> RunSpec:
    tree = Path(session.path)
    environment = context.tools.environment(driven.main, tree, base_env(driven))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    task_file, prompt_file = folder / "task.json", folder / "prompt"
    task = task_of(context, driven, session, number, environment.python)
    _write(task_file, json.dumps(asdict(task), ensure_ascii=False, indent=1))
    bench = Bench(
        tree=tree,
        main=driven.main,
        git_dir=driven.repo.common_dir,
        folder=context.places.agent(session.id),
        python=environment.python,
        session=session.id,
        conversation=session.conversation,
        checks=tuple(check.argv for check in task.checks.values()),
    )
    launch = context.agent(driven, session.agent).launch(task, bench, task_file)
    bench.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, text in launch.files.items():
        _write(path, text)
    _write(prompt_file, launch.stdin)
    own = {"AO_SESSION": session.id, "AO_PROJECT": session.project, "AO_TASK_FILE": str(task_file)}
    return RunSpec(
        argv=launch.argv,
        cwd=tree,
        env=process_env(driven, environment, tree, {**launch.env, **own}),
        tag=run_name(session.id, number),
        stdin=prompt_file,
        timeout=driven.turn_seconds,
        socket_dir=context.places.runtime,
    )


def _write(path: Path, text: str) -> None:
    """Write a file for the agent; one that is running already may be reading it, so it is never half there."""
    temporary = path.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def task_of(context: Context, driven: Driven, session: Session, number: int, python: str) -> Task:
    """What the agent is told (``AO_TASK_FILE``)."""
    turn = session.turns[number - 1]
    failures = []
    for signature in session.failures:
        failure = context.state.failures.get(signature)
        check = driven.check(failure.item.check) if failure else None
        if failure is None or check is None:
            continue
        finding = failure.finding
        again = context.tools.rerun(check, Selection((failure.item.key,), (failure.item.path,)))
        failures.append(
            TaskFailure(
                id=signature,
                check=failure.item.check,
                kind=finding.kind.value,
                test=failure.item.key if finding.kind.value == "test" else "",
                rule=finding.rule,
                file=finding.path or failure.item.path,
                line=finding.line,
                message=finding.message,
                rerun=context.tools.argv(again, python),
                output=finding.output,
            )
        )
    checks = {c.id: TaskCheck(c.format, context.tools.argv(c.command, python)) for c in driven.checks}
    prompt = prompt_of(context, driven, session, turn, failures, python)
    return Task(
        id=session.id,
        project=session.project,
        title=session.title,
        prompt=prompt,
        attempt=number,
        feedback=turn.feedback,
        base=session.base,
        failures=tuple(failures),
        checks=checks,
    )


async def _ended(
    context: Context, driven: Driven, session: Session, number: int, end: End, before: inspect.Before, told: Told
) -> e.TurnEnded:
    tree = Path(session.path)
    code = end.exit.code if isinstance(end, Finished) else None
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


def _told(context: Context, driven: Driven, session: Session, number: int, end: End) -> Told:
    """What the agent says of its turn; where it says nothing, how it ended."""
    log = tail(context.places.turn(session.id, number) / "log", OUTPUT_READ).decode(errors="replace")
    code = end.exit.code if isinstance(end, Finished) else None
    told = context.agent(driven, session.agent).told(sanitize(log), code)
    if isinstance(end, Finished) and end.exit.timed_out:
        return evolve(told, words="ran out of time (`limits.minutes.turn`)")
    if not isinstance(end, Finished):
        return evolve(told, words="its process was killed from outside")
    return evolve(
        told, words=(told.words or f"ended with {code if code is not None else end.exit.signal}")[-SUMMARY_CAP:]
    )


def _limited(context: Context, driven: Driven, session: Session, told: Told) -> tuple[e.AgentLimited, ...]:
    if told.error != RATE_LIMITED:
        return ()
    now = context.now()
    until = told.resets_at if told.resets_at > now else now + LIMIT_SECONDS
    config = driven.agents.get(session.agent)
    return (e.AgentLimited(now, session.agent, until, session.id, asks=config is not None and config.resume == "ask"),)
