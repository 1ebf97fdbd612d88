"""What every command works with: the terminal, the folder it was called in, and the daemon."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, Protocol

from agent_orchestrator.cli import terminal
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.render.lines import Lines
from agent_orchestrator.cli.terminal import Terminal


class Connection(Protocol):
    """A connection to the daemon. A call that can not be answered raises :class:`.exits.Failure`."""

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        """The result of a method of :mod:`agent_orchestrator.protocol.methods`.

        With ``light`` it is a :class:`~agent_orchestrator.protocol.plain.Row`, and ``params`` is a mapping in the
        wire's spelling: a command that only looks then imports neither attrs nor the wire types, and is twice as fast.
        """


Dial = Callable[[Mapping[str, str], bool], Connection]
Execute = Callable[[Sequence[str], Mapping[str, str]], NoReturn]


def _dial(environ: Mapping[str, str], start: bool) -> Connection:
    from agent_orchestrator.cli.dial import dial

    return dial(environ, start=start)


def _execute(argv: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    os.execvpe(argv[0], list(argv), dict(environ))


class App:
    """The parts that tests replace are given: streams, folder, environment, clock, the daemon, and exec."""

    def __init__(
        self,
        terminal: Terminal,
        cwd: Path,
        environ: Mapping[str, str],
        *,
        dial: Dial = _dial,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        execute: Execute = _execute,
    ) -> None:
        self.terminal = terminal
        self.cwd = cwd
        self.environ = environ
        self.now = now
        self.sleep = sleep
        self.execute = execute
        self._dial = dial
        self._connection: Connection | None = None

    def daemon(self, *, start: bool = False) -> Connection:
        """The daemon; ``start`` starts one where there is none. Raises Failure with exit code 3."""
        if self._connection is None:
            self._connection = self._dial(self.environ, start)
        return self._connection

    def redial(self, *, start: bool = False) -> Connection:
        """A new connection, after the old one broke or its daemon was replaced."""
        self._connection = None
        return self.daemon(start=start)

    def show(self, value: Any, page: Callable[[int | None], Lines]) -> None:
        """Print a result: as JSON in its wire shape where that was asked for, else as ``page`` lays it out."""
        if not self.terminal.json:
            self.terminal.page(page(self.terminal.width))
            return
        from agent_orchestrator.protocol.plain import encode_value

        self.terminal.document(encode_value(value))

    def done(self, result: Any) -> int:
        """Print what a method that answers :class:`~agent_orchestrator.protocol.types.Done` did."""
        self.show(result, lambda width: (((result.message, ""),),))
        return DONE

    @property
    def user(self) -> str:
        """Who decides: recorded with what was trusted or allowed."""
        import getpass

        try:
            return getpass.getuser()
        except (OSError, KeyError):
            return f"uid {os.getuid()}"


def of_process() -> App:
    """The app of this process. A working folder that was removed is told by its last name."""
    try:
        cwd = Path.cwd()
    except FileNotFoundError:
        cwd = Path(os.environ.get("PWD", "/"))
    return App(terminal=terminal.of_process(), cwd=cwd, environ=os.environ)
