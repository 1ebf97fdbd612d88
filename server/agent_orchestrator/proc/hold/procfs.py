"""What /proc says of processes (proc(5)); on systems without it every answer is empty."""

from __future__ import annotations

import contextlib
import os
import signal
import time

RUN_VARIABLE = "AO_RUN"

# Indices into the fields of /proc/<pid>/stat that follow the command name, which may itself hold spaces and brackets.
_STATE, _PARENT, _START = 0, 1, 19
_FREEZE_ROUNDS = 50


def _stat(pid: int) -> list[bytes] | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return fields if len(fields) > _START else None


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def start_ticks(pid: int) -> int | None:
    """Return when `pid` started, in clock ticks since boot; None when it is gone or a zombie."""
    fields = _stat(pid)
    return None if fields is None or fields[_STATE] in b"ZXx" else int(fields[_START])


def boot_id() -> str:
    """Return the kernel's id of this boot (random(4)), "" where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


def descendants(roots: set[int]) -> set[int]:
    """Return all living processes below `roots`, without `roots`."""
    children: dict[int, list[int]] = {}
    for pid in _pids():
        fields = _stat(pid)
        if fields is not None and fields[_STATE] not in b"ZXx":
            children.setdefault(int(fields[_PARENT]), []).append(pid)
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        new = [pid for pid in children.get(waiting.pop(), ()) if pid not in found and pid not in roots]
        found.update(new)
        waiting.extend(new)
    return found


def tagged(tag: str) -> set[int]:
    """Return the living processes whose initial environment has `AO_RUN=<tag>` and may be read by this user."""
    entry = os.fsencode(f"{RUN_VARIABLE}={tag}")
    found = set()
    for pid in _pids():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
        except OSError:
            continue
        if entry in environment.split(b"\0"):
            found.add(pid)
    return found - {os.getpid()}


def send(pids: set[int], number: int) -> None:
    """Send a signal to each process; those that are gone or belong to another user are passed over."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def kill_tagged(tag: str, seconds: float = 5.0) -> set[int]:
    """Kill all processes tagged `tag` and their descendants, trying for `seconds`; return those that still live.

    Each round freezes before it kills, so that nothing forks away between the look and the kill.
    """
    deadline = time.monotonic() + seconds
    while True:
        frozen: set[int] = set()
        for _ in range(_FREEZE_ROUNDS):
            marked = tagged(tag)
            new = (marked | descendants(marked)) - frozen - {os.getpid()}
            if not new:
                break
            send(new, signal.SIGSTOP)
            frozen |= new
        if not frozen or time.monotonic() >= deadline:
            return frozen
        send(frozen, signal.SIGKILL)
        time.sleep(0.01)
