"""The run directory: the names of its files, atomic writes, and file locks.

A run directory is the whole truth of one run and is used once:

- `spec.json` (0600): what to run. Read by the holder, then unlinked, because it holds secrets.
- `holder.lock`: flocked by the one holder for its whole life.
- `started`: JSON, written before the child's exec; from then on the run is never started again.
- `log`: the output, head first; beyond the cap the newest part grows in `log.tail` (and `log.tail.old`) and is put
  behind the head at the end.
  In mode `talk` it is whole, and the run is ended when it reaches the cap.
- `errors`: standard error of a run in mode `talk`, capped as the log is.
- `sent`: the keys of the messages that a run in mode `talk` was sent, a line each.
- `draft`: empty; there while a person has typed something at the run's screen that is not sent, as old as the last key.
- `stop`: JSON `{"grace": seconds}`, written by who stops the run, before SIGTERM to the holder.
- `exit`: JSON, written when the child and all its descendants have ended.
- `holder.log`: what the holder itself had to say; normally empty.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SPEC = "spec.json"
LOCK = "holder.lock"
STARTED = "started"
LOG = "log"
#: Added to a log's name.
TAIL = ".tail"
TAIL_OLD = ".tail.old"
ERRORS = "errors"
SENT = "sent"
STOP = "stop"
EXIT = "exit"
HOLDER_LOG = "holder.log"
SOCKET = "attach.sock"
DRAFT = "draft"

_LOCK_POLL = 0.02


def write_atomically(path: str, value: object) -> None:
    """Write `value` as JSON to `path`, mode 0600, so that a reader sees all of it or nothing."""
    # Random, because threads of one process may write the same file at once.
    temporary = f"{path}.{os.urandom(6).hex()}.tmp"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(descriptor)
    os.rename(temporary, path)


def read_json(path: str) -> dict[str, Any] | None:
    """Return the object in `path`, None when there is no such file.

    Raises OSError when it cannot be read and ValueError when it holds no JSON object.
    """
    try:
        with open(path, encoding="ascii") as file:
            value = json.load(file)
    except FileNotFoundError:
        return None
    if not isinstance(value, dict):
        raise ValueError(f"{path}: expected a JSON object, found {type(value).__name__}")
    return value


def remove(path: str) -> None:
    """Unlink `path`; it may be gone already."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def remove_spec(run_dir: str) -> None:
    """Remove the spec and what a launcher that was killed left of one: both hold secrets."""
    for name in os.listdir(run_dir):
        if name.startswith(SPEC):
            remove(os.path.join(run_dir, name))


def take_lock(path: str, seconds: float) -> int | None:
    """Flock `path` exclusively, trying for `seconds`; return the descriptor, None when another holds it to the end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(_LOCK_POLL)


def is_locked(path: str) -> bool:
    """Whether some process holds the flock on `path`. Takes a shared lock for an instant to find out."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
