"""Leaving whoever started us: own session, own files, an environment that says nothing about them.

Standard library only: all of it happens before anything heavy is imported.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

#: A log that is longer than this at start, in bytes, is put aside as ``daemon.log.1``.
MAX_LOG = 5 * 1024 * 1024

_KEPT = frozenset({"HOME", "USER", "LOGNAME", "PATH", "LANG", "TZ", "TMPDIR", "AO_STATE_DIR", "AO_RUNTIME_DIR"})
_KEPT_PREFIXES = ("LC_", "XDG_", "COVERAGE_")


def detach(log: Path, keep: int) -> Callable[[], None]:
    """Fork twice and go on as a process of its own session whose standard streams are ``log``.

    Editors kill their descendants, and a session leader could get a terminal again: hence twice. ``keep`` is the one
    descriptor beside the streams that stays open. Returns in the last process only; the function that it returns is
    called once the daemon answers. Until then the first process waits: it ends with 0 when that happened, with 1 when
    the daemon ended before.
    """
    ready, told = os.pipe()
    if os.fork():
        os.close(told)
        os._exit(0 if os.read(ready, 1) else 1)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    os.umask(0o077)
    _redirect(log)
    _close_all_but({keep, told})

    def tell() -> None:
        # Whoever started us may have ended; the daemon goes on for others.
        with contextlib.suppress(BrokenPipeError):
            os.write(told, b"1")
        os.close(told)

    return tell


def own_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of the starting client's environment the daemon itself keeps: nothing that would make it act otherwise.

    Agents and checks get the environment of their project's clients, never this one.
    """
    return {name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


def rotate(log: Path) -> None:
    """Put a long log aside, replacing the one that was put aside before."""
    try:
        if log.stat().st_size > MAX_LOG:
            log.replace(log.with_name(f"{log.name}.1"))
    except FileNotFoundError:
        return


def _redirect(log: Path) -> None:
    rotate(log)
    nothing = os.open(os.devnull, os.O_RDONLY)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (out, 1), (out, 2)):
        os.dup2(source, target)


def _close_all_but(kept: set[int]) -> None:
    for name in os.listdir("/dev/fd"):
        descriptor = int(name)
        if descriptor > 2 and descriptor not in kept:
            try:
                os.close(descriptor)
            except OSError:
                continue
