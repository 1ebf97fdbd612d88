"""A daemon that answers from a table and records what it was asked; an app around it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import NO_DAEMON, Failure
from agent_orchestrator.cli.main import run
from agent_orchestrator.cli.terminal import Terminal
from agent_orchestrator.protocol.methods import METHODS
from agent_orchestrator.protocol.plain import Row
from agent_orchestrator.protocol.types import CommandRow, Doctor, Done, ProjectRow, Projects, Runs
from agent_orchestrator.protocol.wire import from_wire, to_wire

NOW = 1_800_000_000.0


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


class Pipe(io.StringIO):
    def isatty(self) -> bool:
        return False


@define
class Daemon:
    """``answers``: by method, a value, a list of values in turn, a function of the parameters, or an exception."""

    answers: dict[str, Any]
    calls: list[tuple[str, Any]] = field(factory=list)

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        declared = METHODS[method]
        if declared.params is None:
            assert not params
        elif light:
            params = from_wire(params, declared.params)
        else:
            assert from_wire(to_wire(params), declared.params) == params
        self.calls.append((method, to_wire(params) if declared.params else None))
        answer = self.answers.get(method, Done(message=f"{method}: done"))
        if isinstance(answer, list):
            answer = answer.pop(0)
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, BaseException):
            raise answer
        assert isinstance(answer, declared.result)
        return Row(to_wire(answer), lambda: declared.result) if light else answer


@frozen
class Ran:
    code: int
    out: str
    err: str
    calls: tuple[tuple[str, Any], ...]
    starts: tuple[bool, ...]
    slept: tuple[float, ...]
    executed: tuple[Any, ...]

    def asked(self, method: str) -> Any:
        """The parameters of the one call of a method."""
        (found,) = [params for name, params in self.calls if name == method]
        return found


def project(id: str = "shop", path: str = "/src/shop", **more: Any) -> ProjectRow:
    return ProjectRow(
        **{"id": id, "name": id, "path": path, "target": "main", "trusted": True, "paused": False, **more}
    )


def runs(*commands: tuple[str, str], trusted: bool = True) -> Runs:
    rows = tuple(CommandRow(key=key, command=command) for key, command in commands)
    return Runs(project="shop", trust="hash-of-what-was-shown", trusted=trusted, commands=rows)


def call(
    argv: Sequence[str],
    *,
    home: Path,
    cwd: Path,
    answers: Mapping[str, Any] | None = None,
    daemon: bool = True,
    tty: bool = False,
    stderr_tty: bool = False,
    typed: str = "",
    env: Mapping[str, str] | None = None,
    execute: Callable[..., Any] | None = None,
) -> Ran:
    """Run one command line. ``tty``: standard input and output are a terminal of 80 columns."""
    known = Projects(projects=(project(path=str(cwd)),))
    table = {"projects": known, "runs": runs(), "doctor": Doctor(), **(answers or {})}
    fake = Daemon(dict(table))
    starts: list[bool] = []
    slept: list[float] = []
    executed: list[Any] = []
    environ = {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "TERM": "xterm",
        "COLUMNS": "80",
        "LINES": "30",
        **(env or {}),
    }

    def dial(environ: Mapping[str, str], start: bool) -> Any:
        starts.append(start)
        if not daemon and not start:
            raise Failure("no daemon is running; `ao start` in a project starts one", NO_DAEMON)
        return fake

    out, err = (Tty() if tty else Pipe()), (Tty() if stderr_tty else Pipe())
    terminal = Terminal(stdin=(Tty if tty else Pipe)(typed), stdout=out, stderr=err, environ=environ)
    app = App(
        terminal=terminal,
        cwd=cwd,
        environ=environ,
        dial=dial,
        now=lambda: NOW,
        sleep=slept.append,
        execute=execute or (lambda argv, environ: executed.append((tuple(argv), dict(environ)))),
    )
    code = run(list(argv), app)
    return Ran(code, out.getvalue(), err.getvalue(), tuple(fake.calls), tuple(starts), tuple(slept), tuple(executed))
