"""Starting the daemon: which command, how often, and what to say when it does not come up."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from agent_orchestrator.protocol.paths import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

#: Seconds after which a start is tried again: the first may have met a daemon that was just ending.
_START_AGAIN = 0.5


class NoDaemon(Exception):
    """There is no daemon that answers, or it ended before it did. A sentence that says what to do."""


def daemon_command() -> tuple[str, ...]:
    """What starts the daemon of this installation.

    By path with ``-P -E``: the folder and the ``PYTHON*`` variables of whoever happens to start it must not decide what
    it imports. A server that does without the interpreter's packages brings its own, and so does its daemon.
    """
    package = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
    own = ("-S",) if sys.flags.no_site else ()
    return (sys.executable, "-P", "-E", *own, os.path.join(package, "daemon", "__main__.py"))


class Starter:
    """Starts the daemon, again if need be, and notices when it fails."""

    def __init__(self, paths: Paths, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._paths = paths
        self._command = command
        self._environ = environ
        self._process: Popen[bytes] | None = None
        self._at = 0.0

    def start_or_raise(self, deadline: float) -> None:
        """Start it unless it is starting. Raises NoDaemon when it could not start."""
        if "AO_RUN" in self._environ:
            # It would be ended with the run of an agent or a check that this client belongs to.
            raise NoDaemon("no daemon answers, and none is started from inside an agent or a check of it")
        process = self._process
        status = None if process is None else process.poll()
        if process is not None and status:
            said = process.stderr.read() if process.stderr else b""
            why = said.decode(errors="replace").strip() or last_line(self._paths.log_file)
            raise NoDaemon(f"the daemon could not start (exit status {status}): {why}; see {self._paths.log_file}")
        now = time.monotonic()
        if process is None or (status == 0 and now - self._at >= _START_AGAIN and now < deadline):
            self.settle()
            self._at = now
            self._process = self._spawn()

    def settle(self) -> None:
        """Collect the process that started the daemon; it ends once the daemon answers."""
        if self._process is None:
            return
        from subprocess import TimeoutExpired

        with contextlib.suppress(TimeoutExpired):
            self._process.wait(1.0)
        if self._process.stderr is not None:
            self._process.stderr.close()

    def _spawn(self) -> Popen[bytes]:
        import subprocess

        folders = {"AO_STATE_DIR": self._paths.folders[0], "AO_RUNTIME_DIR": self._paths.folders[1]}
        try:
            return subprocess.Popen(
                self._command,
                env={**self._environ, **folders},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise NoDaemon(f"the daemon could not be started with {self._command[0]}: {error.strerror}") from error


def last_line(log: str) -> str:
    """The last line of a log that says something; empty where there is none."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            lines = file.read().decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "")
