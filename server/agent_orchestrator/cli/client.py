"""Talking to the daemon: find it, start it where that is wanted, ask, and wait for the answer.

Nothing heavy is imported at the top: a command on a warm daemon has 150 ms, the start of Python included.
"""

from __future__ import annotations

import json
import os
import socket
import time

from agent_orchestrator import __version__
from agent_orchestrator.cli.starter import NoDaemon, Starter, daemon_command, last_line
from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol.lockfile import read_holder
from agent_orchestrator.protocol.paths import Paths, not_private

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, Self

__all__ = ("Connection", "NoDaemon", "RefusedByDaemon", "connect", "is_newer")

#: Seconds in which a daemon must answer, be it running or to be started.
PATIENCE = 10.0

_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.1

#: The kind of client that may call methods; others speak another protocol behind the hello.
_ASKING = "cli"


class RefusedByDaemon(Exception):
    """The daemon's own sentence: it refuses the request, or it failed at it (``code`` as in JSON-RPC)."""

    def __init__(self, sentence: str, code: int = framing.REFUSED) -> None:
        """``code`` is one of :mod:`agent_orchestrator.protocol.framing`."""
        super().__init__(sentence)
        self.code = code


class Connection:
    """A connection whose hello is done. Not for use by several threads."""

    def __init__(self, stream: socket.socket, version: str, pid: int) -> None:
        """Use :func:`connect`."""
        self.version = version
        self.pid = pid
        self._stream = stream
        self._reader = stream.makefile("rb")
        self._requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        """The result of a method of :mod:`agent_orchestrator.protocol.methods`, as the attrs value named there.

        ``params`` is the attrs value named there, or a mapping in the wire's spelling. With ``light`` the result is a
        :class:`~agent_orchestrator.protocol.plain.Row`, which reads alike and is had in a third of the time, because
        none of the wire types are imported (if ``params`` is a mapping). Waits as long as it takes.

        Raises RefusedByDaemon, and NoDaemon when the daemon ends before it has answered.
        """
        from agent_orchestrator.protocol.plain import Row, decode_value, encode_value

        result = self._ask(method, encode_value(params))
        return Row(result, lambda: _result_of(method)) if light else decode_value(result, _result_of(method))

    def detach(self) -> socket.socket:
        """Give the socket away, for another protocol than :meth:`call`: nothing behind the hello has been read."""
        self._reader.close()
        return self._stream

    def close(self) -> None:
        """End the connection; requests that still run are cancelled."""
        self._reader.close()
        self._stream.close()

    def _ask(self, method: str, params: Any) -> Any:
        self._requests += 1
        request = {"jsonrpc": "2.0", "id": self._requests, "method": method, "params": params}
        try:
            self._stream.sendall(framing.frame(request))
            answer = self._answer_to(self._requests)
        except (OSError, EOFError, ValueError, framing.FramingError) as error:
            sentence = f"the daemon (process {self.pid}) went away during `{method}`: {error}"
            raise NoDaemon(f"{sentence}; see `ao daemon status`") from error
        if failure := answer.get("error"):
            raise RefusedByDaemon(str(failure.get("message", failure)), failure.get("code", framing.INTERNAL_ERROR))
        return answer.get("result")

    def _answer_to(self, number: int) -> dict[str, Any]:
        while True:
            message = json.loads(self._reader.read(self._next_length()))
            # An error without id: the daemon could not even read the request.
            if message.get("id") == number or (message.get("id") is None and "error" in message):
                return dict(message)

    def _next_length(self) -> int:
        header = b""
        while line := self._reader.readline(8192):
            if line == b"\r\n":
                return framing.length_of(header)
            header += line
        raise EOFError("the connection was closed") if not header else framing.FramingError("half a header")


def connect(
    paths: Paths,
    *,
    start: bool,
    kind: str = _ASKING,
    environ: Mapping[str, str] | None = None,
    version: str = __version__,
    command: Sequence[str] | None = None,
    patience: float = PATIENCE,
) -> Connection:
    """Connect to the user's daemon. With ``start``, start one where there is none, and replace one that is older.

    ``environ`` (default: this process's) goes along with the hello; ``command`` starts a daemon in place of
    :func:`daemon_command`. Raises NoDaemon after ``patience`` seconds, naming the process that holds the lock, and
    RefusedByDaemon when the daemon does not accept the hello.
    """
    environ = os.environ if environ is None else environ
    starter = Starter(paths, command or daemon_command(), environ) if start else None

    def reach(kind: str, ending: int = 0) -> Connection:
        hello = framing.encode(_hello(kind, environ, version)) + b"\n"
        return _reach(paths, hello, starter, patience, ending)

    if starter is None:
        return reach(kind)
    try:
        connection = reach(kind)
        if not is_newer(version, connection.version):
            return connection
        # Once: were the one that follows older too, they would replace each other for ever.
        with connection, connection if kind == _ASKING else reach(_ASKING) as older:
            ending = older.pid if is_newer(version, older.version) and _hand_over(older) else 0
        return reach(kind, ending)
    finally:
        starter.settle()


def is_newer(version: str, other: str) -> bool:
    """Whether ``version`` is strictly newer: by its leading numbers, and a release follows its pre-releases."""
    return _order(version) > _order(other)


def _result_of(method: str) -> type:
    # Deferred: the wire types take longer to import than all else that a command does.
    from agent_orchestrator.protocol.methods import METHODS

    return METHODS[method].result


def _hello(kind: str, environ: Mapping[str, str], version: str) -> dict[str, Any]:
    try:
        cwd = os.getcwd()
    except FileNotFoundError:
        cwd = "/"  # the folder that the shell stands in was removed
    return {"ao": framing.PROTOCOL, "client": kind, "version": version, "cwd": cwd, "env": dict(environ)}


def _try_all(paths: Paths, hello: bytes, deadline: float) -> Connection | str:
    """A connection, or why there is none: at the socket of our own environment, then where the holder says it is."""
    found = _try_one(paths.socket_file, hello, deadline)
    if isinstance(found, Connection):
        return found
    holder = read_holder(paths.lock_file)
    if holder is None or holder.socket == paths.socket_file:
        return found
    return _try_one(holder.socket, hello, deadline)


def _try_one(path: str, hello: bytes, deadline: float) -> Connection | str:
    if not os.path.exists(path):
        return f"{path} does not exist"
    if problem := not_private(os.path.dirname(path)):
        return problem
    stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    stream.settimeout(max(0.1, deadline - time.monotonic()))
    try:
        stream.connect(path)
        # An ending daemon may have refused us already; what it said is still to be read.
        _send(stream, hello)
        reply = _line(stream)
    except OSError as error:
        stream.close()
        return f"{path}: {error}"
    connection = _accepted(stream, reply)
    if connection is None:
        stream.close()
        return f"{path}: the daemon closed the connection"
    stream.settimeout(None)
    return connection


def _send(stream: socket.socket, hello: bytes) -> None:
    try:
        stream.sendall(hello)
    except BrokenPipeError:
        return


def _line(stream: socket.socket) -> bytes:
    """One line, without its end; what follows it stays unread. Empty when the stream ends before."""
    line = b""
    while not line.endswith(b"\n"):
        byte = stream.recv(1)
        if not byte or len(line) > 65536:
            return b""
        line += byte
    return line


def _accepted(stream: socket.socket, reply: bytes) -> Connection | None:
    try:
        said = json.loads(reply)
        if "error" in said:
            raise RefusedByDaemon(str(said["error"]))
        return Connection(stream, str(said["version"]), int(said["pid"]))
    except (ValueError, KeyError, TypeError):
        return None


def _reach(paths: Paths, hello: bytes, starter: Starter | None, patience: float, ending: int = 0) -> Connection:
    """Connect and start until a daemon answers that is not the process ``ending``."""
    deadline = time.monotonic() + patience
    for pause in _pauses():
        found = _try_all(paths, hello, deadline)
        if isinstance(found, Connection):
            if found.pid != ending:
                return found
            found.close()
            found = f"process {ending} is ending"
        if starter is None:
            raise NoDaemon(f"no daemon answers ({found}); `ao start` in a project starts one")
        starter.start_or_raise(deadline)
        if time.monotonic() > deadline:
            raise NoDaemon(_gave_up(paths, found, patience))
        time.sleep(pause)
    raise AssertionError("pauses never end")


def _hand_over(older: Connection) -> bool:
    """Ask an older daemon to end; whether it will. Its agents and gates go on and are taken up by the next one."""
    try:
        older.call("shutdown")
    except RefusedByDaemon:
        return False
    except NoDaemon:
        return True  # it ended before its answer came, which is what was asked for
    return True


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _order(version: str) -> tuple[tuple[int, ...], bool]:
    release, rest = version.partition("+")[0], ""
    numbers = []
    for part in release.split("."):
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        rest = part[len(digits) :]
        if digits:
            numbers.append(int(digits))
        if rest:
            break
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), not rest or rest.startswith("post")


def _gave_up(paths: Paths, why: str, patience: float) -> str:
    holder = read_holder(paths.lock_file)
    who = f"process {holder.pid} (version {holder.version or 'unknown'}) holds" if holder else "nobody is named in"
    last = last_line(paths.log_file)
    return (
        f"no daemon answered within {patience:g} s ({why}); {who} {paths.lock}; "
        f"see {paths.log}{f', last: {last}' if last else ''}"
    )
