"""One run of one check on one tree: process, report, result."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from attrs import evolve, frozen

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.environment import process_env
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.parse import parse
from agent_orchestrator.formats.paths import is_installed, is_outside
from agent_orchestrator.formats.signature import root_cause, signature
from agent_orchestrator.model.evidence import CheckResult
from agent_orchestrator.model.report import Finding, Report
from agent_orchestrator.ports.check import Command, Environment, PreparedCheck, ResolvedCheck, Where
from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import End, Exit, Finished, Lost, NotStarted, RunSpec

#: No report or output longer than this many bytes is read.
REPORT_CAP = 50 << 20
LOG_CAP = 4 << 20


@frozen
class Place:
    """Where a check runs: the tree, its environment, the other checkouts, and the slot's lock where there is one.

    ``bytecode`` is where Python keeps compiled modules: those of installed packages stay warm there between gates, and
    those of the tree are removed before each run.
    """

    tree: Path
    environment: Environment
    foreign: tuple[str, ...] = ()
    lock: Path | None = None
    bytecode: Path | None = None

    def forget_bytecode(self) -> None:
        """Remove what was compiled from the tree: bytecode of an older edit within one second must never run."""
        if self.bytecode is not None:
            shutil.rmtree(self.bytecode / str(self.tree).lstrip("/"), ignore_errors=True)


async def run_check(
    context: Context, driven: Driven, check: ResolvedCheck, place: Place, folder: Path, command: Command | None = None
) -> CheckResult:
    """Run a check (or ``command`` in its place) in ``place``; what it writes goes below ``folder``.

    A run that is complete in ``folder`` is taken as it is: after a restart nothing runs twice.
    """
    prepared = context.tools.prepare(check, command or check.command, _where(driven, check, place, folder))
    end = run.state(folder)
    if not isinstance(end, Finished):
        await _clear(folder)
        (folder / "tmp").mkdir(parents=True, exist_ok=True, mode=0o700)
        place.forget_bytecode()
        started = await run.launch(folder, _spec(driven, check, place, folder, prepared))
        if isinstance(started, NotStarted):
            return CheckResult(check.id, complete=False, unproven=f"could not be started: {started.reason}")
        end = await run.wait(folder)
    # A report of tens of megabytes takes seconds to read.
    result = await asyncio.to_thread(_result, driven, check, place, prepared, folder, end)
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    return result


async def _clear(folder: Path) -> None:
    """End what an earlier daemon left running here and forget it."""
    if folder.exists():
        await run.stop(folder, grace=0.5)
        shutil.rmtree(folder, ignore_errors=True)


def _where(driven: Driven, check: ResolvedCheck, place: Place, folder: Path) -> Where:
    inherited = {**driven.env, **driven.config.env, **check.env}
    return Where(str(folder / "report"), str(place.tree), place.foreign, place.environment.python, inherited)


def _spec(driven: Driven, check: ResolvedCheck, place: Place, folder: Path, prepared: PreparedCheck) -> RunSpec:
    env = process_env(driven, place.environment, place.tree, check.env)
    # Hash order is part of the evidence's key.
    env |= {"PYTHONHASHSEED": "0", "TMPDIR": str(folder / "tmp")}
    if place.bytecode is not None:
        env["PYTHONPYCACHEPREFIX"] = str(place.bytecode)
    env |= prepared.env
    front = [*place.environment.pythonpath, *prepared.pythonpath]
    if front:
        env["PYTHONPATH"] = os.pathsep.join(front)
    return RunSpec(
        argv=prepared.argv,
        cwd=place.tree,
        env=env,
        tag=f"check-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}",
        timeout=check.timeout,
        log_cap=LOG_CAP,
        lock=place.lock,
    )


def _result(
    driven: Driven, check: ResolvedCheck, place: Place, prepared: PreparedCheck, folder: Path, end: End
) -> CheckResult:
    if isinstance(end, Lost | NotStarted):
        return CheckResult(check.id, complete=False, problems=("its process was killed from outside",), exit_code=None)
    ended = end.exit
    code = ended.code if ended.code is not None else -(ended.signal or 0)
    inputs = Inputs(
        output=_read(folder / "log") or b"",
        exit_code=code,
        root=str(place.tree),
        report=_read(Path(prepared.report)) if prepared.report else None,
        listing=_read(Path(prepared.listing)) if prepared.listing else None,
        base=prepared.base,
        pattern=check.pattern,
    )
    report = parse(check.format, inputs)
    problems = (*_trouble(check, ended), *report.problems)
    return CheckResult(
        check=check.id,
        outcomes=report.outcomes,
        findings=tuple(_sign(driven, check, finding) for finding in report.findings),
        files=report.files,
        complete=report.complete and not _trouble(check, ended),
        problems=problems,
        foreign=_foreign(report, place),
        unproven="; ".join(place.environment.problems),
        listed=report.listed,
        exit_code=code,
        seconds=ended.duration,
    )


def _trouble(check: ResolvedCheck, ended: Exit) -> tuple[str, ...]:
    if ended.timed_out:
        return (f"ran longer than {check.timeout:g} s and was ended (`checks.{check.id}.timeout`)",)
    if ended.stopped:
        return ("was stopped",)
    return (f"could not be run: {ended.error}",) if ended.error else ()


def _sign(driven: Driven, check: ResolvedCheck, finding: Finding) -> Finding:
    """The finding with its identity. Projects do not share failures, so the project is part of it."""
    own = hashlib.sha256(f"{driven.id}\0{signature(check.format, finding)}".encode()).hexdigest()[:12]
    return evolve(finding, signature=own, cluster=f"{check.id}:{root_cause(check.format, finding)}")


def _foreign(report: Report, place: Place) -> tuple[str, ...]:
    """Code of another checkout that was run or reported. Invariant: a result from foreign code is refused."""
    reported = [f.path for f in report.findings] + [frame.path for f in report.findings for frame in f.frames]
    roots = [Path(root) for root in place.foreign]
    return tuple(
        dict.fromkeys(
            path
            for path in (*report.outside, *reported)
            if is_outside(path) and not is_installed(path) and any(root in Path(path).parents for root in roots)
        )
    )[:20]


def _read(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return file.read(REPORT_CAP)
    except OSError:
        return None


def outcome_of(result: CheckResult, keys: Sequence[str]) -> dict[str, bool]:
    """Which of ``keys`` passed in ``result``: True pass, False fail; a key that the run says nothing of is left out."""
    red = {f.key for f in result.findings}
    passed = {key for key, outcome in result.outcomes.items() if outcome == "pass"}
    failed = {key for key, outcome in result.outcomes.items() if outcome == "fail"} | red
    return {key: key not in failed for key in keys if key in failed or key in passed}
