"""Limits on what code under repair can do to the machine: set inside the processes that run it."""

from __future__ import annotations

import contextlib
import errno
import resource
import signal
import socket
from typing import Any, NoReturn

_LIMITS = (
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_FSIZE, 64 << 20),
    (resource.RLIMIT_AS, 6 << 30),
)
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0", "::ffff:127.")


class EndlessLoop(Exception):
    """Raised in a test that used up its processor time, so that it fails and the next one can run."""


def limit_resources(cpu_seconds: float) -> None:
    """Lower this process's limits on core files, written files, memory and processor time (the last as a backstop)."""
    for kind, value in (*_LIMITS, (resource.RLIMIT_CPU, int(cpu_seconds) + 2)):
        hard = resource.getrlimit(kind)[1]
        soft = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (soft, hard))


def arm(cpu_seconds: float) -> None:
    """Raise :class:`EndlessLoop` in the main thread after this much processor time; 0 disarms.

    The timer is the virtual one, as pytest-timeout uses the real one.
    """
    signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, cpu_seconds, cpu_seconds / 4)


def _stop(_number: int, _frame: object) -> NoReturn:
    raise EndlessLoop("the test used up its processor time")


def _is_local(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True
    host = address[0].decode("ascii", "replace") if isinstance(address[0], bytes) else str(address[0])
    return not host or host.startswith(_LOCAL)


def forbid_network() -> None:
    """Refuse every connection that leaves this machine; unix and loopback sockets go on working."""
    connect, connect_ex, getaddrinfo = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise OSError(errno.ENETUNREACH, "no network while autofix runs the tests")
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        return connect_ex(self, address) if _is_local(address) else errno.ENETUNREACH

    def guarded_lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not _is_local((host,)):
            raise socket.gaierror(socket.EAI_NONAME, "no network while autofix runs the tests")
        return getaddrinfo(host, *args, **kwargs)

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]
    socket.socket.connect_ex = guarded_ex  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = guarded_lookup
