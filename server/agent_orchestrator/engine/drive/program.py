"""One run of an agent's program: what it is given, how it is started, and that it is talked to until it ends."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shlex
from pathlib import Path

from attrs import asdict, evolve, frozen

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import base_env, process_env
from agent_orchestrator.engine.drive.shim import before_forge
from agent_orchestrator.engine.drive.talk import Talk, Terms
from agent_orchestrator.engine.drive.task import task_of
from agent_orchestrator.engine.drive.transcript import TRANSCRIPT, Transcript
from agent_orchestrator.engine.drive.workspace import run_name
from agent_orchestrator.engine.events import Observed
from agent_orchestrator.engine.settle import overspent
from agent_orchestrator.engine.state import Session
from agent_orchestrator.model.activity import STARTED, Fact
from agent_orchestrator.model.config_agents import PermissionsConfig
from agent_orchestrator.model.permission import Rules, patterns
from agent_orchestrator.model.runners import GIT, beginnings
from agent_orchestrator.model.usage import total
from agent_orchestrator.ports.agent import Bench, Task
from agent_orchestrator.ports.channel import Dialogue
from agent_orchestrator.ports.runtime import Runtime
from agent_orchestrator.proc import spool
from agent_orchestrator.proc.keyboard import Keyboard
from agent_orchestrator.proc.run import wait
from agent_orchestrator.proc.values import LOG_CAP, End, NotStarted, RunSpec
from agent_orchestrator.proc.wire import Wire, was_talked_to

#: Seconds that a program with a screen has to take what was typed.
ACCEPT_SECONDS = 60.0

log = logging.getLogger(__name__)

#: Bytes that a program may print in one turn: a new daemon reads them all.
TALK_CAP = 256 << 20


@frozen
class Run:
    """One run of an agent's program: where, what, and how it is talked to; None: it is not."""

    folder: Path
    name: str
    spec: RunSpec
    dialogue: Dialogue | None
    terms: Terms
    number: int
    #: Where its hooks write, when it has a screen and keyboard.
    spool: Path | None = None


async def run_program(context: Context, session: Session, run: Run) -> tuple[End, str]:
    """Run the program to its end; what it did not end by itself for, in a sentence."""
    runtime = context.runtimes[session.runtime]
    started = await runtime.start(run.folder, run.spec, run.name)
    if isinstance(started, NotStarted):
        return started, ""
    problem = ""
    # A run of an earlier version of the product, or configuration, may be one that nobody can talk to.
    if run.dialogue is not None and (run.spool is not None or was_talked_to(run.folder)):
        problem = await _talk(context, session, run, run.dialogue, runtime)
    end = await wait(run.folder)
    if (door := context.places.door(session.id, run.number)) is not None:
        # What a bridge that was killed has left.
        for socket in (door, Path(f"{door}.in")):
            socket.unlink(missing_ok=True)
    return end, problem


async def _talk(context: Context, session: Session, run: Run, dialogue: Dialogue, runtime: Runtime) -> str:
    if not context.session(session.id).turns[run.number - 1].talks:
        await context.record(Observed(context.now(), session.id, run.number, Fact(STARTED)))
    killing: set[asyncio.Task[End]] = set()

    def kill() -> None:
        if not killing:
            killing.add(asyncio.create_task(runtime.stop(run.folder, run.name)))

    transcript = Transcript(run.folder / TRANSCRIPT if run.spool is None else None)

    async def end() -> None:
        kill()

    wire = Wire(run.folder) if run.spool is None else Keyboard(run.folder, run.spool, end)
    await wire.open()
    talk = Talk(context, session.id, run.number, dialogue, wire, run.terms, kill, transcript)
    try:
        await talk.run()
    except Exception as error:
        # A program that nobody can talk to any more must not run on by itself.
        log.exception("%s: the conversation of turn %s", session.id, run.number)
        await runtime.stop(run.folder, run.name)
        return f"the conversation with its program failed: {type(error).__name__}: {error}"
    finally:
        await wire.close()
        await asyncio.gather(*killing, return_exceptions=True)
    return talk.problem


def prepare(context: Context, driven: Driven, session: Session, number: int, folder: Path) -> Run:
    """Write what the program is given, and say how it is started and talked to."""
    tree = Path(session.path)
    environment = context.tools.environment(driven.main, tree, base_env(driven))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    task_file, prompt_file = folder / "task.json", folder / "prompt"
    task = task_of(context, driven, session, number, environment.python)
    _write(task_file, json.dumps(asdict(task), ensure_ascii=False, indent=1))
    bench = evolve(
        bench_of(context, driven, session, number),
        python=environment.python,
        checks=tuple(check.argv for check in task.checks.values()),
    )
    launch = context.agent(driven, session.agent).launch(task, bench, task_file)
    bench.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path, text in launch.files.items():
        _write(path, text)
    _write(prompt_file, launch.stdin or task.prompt)
    own = {"AO_SESSION": session.id, "AO_PROJECT": session.project, "AO_TASK_FILE": str(task_file)}
    talks = launch.dialogue is not None and launch.spool is None
    spec = RunSpec(
        argv=launch.argv,
        cwd=tree,
        env=before_forge(context, driven, session, process_env(driven, environment, tree, {**launch.env, **own})),
        tag=run_name(session.id, number),
        stdin=None if launch.dialogue else prompt_file,
        timeout=driven.turn_seconds,
        socket_dir=context.places.runtime,
        mode="talk" if talks else "pty",
        log_cap=TALK_CAP if talks else LOG_CAP,
    )
    terms = _terms(context, driven, session, task)
    if launch.spool is not None:
        spool.make(launch.spool)
        terms = evolve(terms, accept=ACCEPT_SECONDS)
    return Run(folder, run_name(session.id, number), spec, launch.dialogue, terms, number, launch.spool)


def bench_of(context: Context, driven: Driven, session: Session, number: int) -> Bench:
    """Where the agent of a turn works, as far as that is known without looking."""
    return Bench(
        tree=Path(session.path),
        main=driven.main,
        git_dir=driven.repo.common_dir,
        folder=context.places.agent(session.id),
        python="",
        session=session.id,
        conversation=session.conversation,
        door=context.places.door(session.id, number),
    )


def _terms(context: Context, driven: Driven, session: Session, task: Task) -> Terms:
    config = driven.agents.get(session.agent)
    permissions = config.permissions if config else PermissionsConfig()
    own = beginnings((*(c.argv for c in task.checks.values()), *(f.rerun for f in task.failures)))
    rules = Rules(
        tree=session.path,
        commands=tuple(shlex.join(command) for command in (*GIT, *own)),
        allow=patterns(permissions.allow),
        deny=patterns(permissions.deny),
        bypass=permissions.bypass,
        resolve=os.path.realpath,
    )
    before = tuple(turn.usage for turn in session.turns[:-1])
    settings = context.project(session.project).settings
    return Terms(
        prompt=task.prompt,
        rules=rules,
        wait=float(permissions.wait * 60),
        overspent=lambda used: overspent(settings, total((*before, used))),
    )


def _write(path: Path, text: str) -> None:
    """Write a file for the agent; one that is running already may be reading it, so it is never half there."""
    temporary = path.with_suffix(".tmp")
    temporary.touch(mode=0o600)
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
