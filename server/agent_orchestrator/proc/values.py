"""The values of a run: what to run, how it stands, how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from attrs import field, frozen

Mode = Literal["pipe", "pty", "tty", "talk"]

LOG_CAP = 10 << 20


@frozen
class RunSpec:
    """One process to run; times in seconds, sizes in bytes.

    `env` is the complete environment; `AO_RUN=<tag>` is added to it. `tag` is unique to the run: whatever carries it
    is killed with the run. Modes: `pipe` (output through a pipe, standard input from `stdin` or empty), `pty` (own
    pseudo-terminal, others may attach), `tty` (as `pty`, and shown on the terminal the holder was started in), `talk`
    (pipes; its standard input is what a `wire` sends, its standard error is kept apart from its output, and of that all
    is kept: at `log_cap` the run is ended).

    `lock` is a file that is flocked from before the start until the last descendant has ended, waited for at most
    `lock_wait`; or `lock_fd` is the number of a descriptor of the launcher that holds such a lock already (not in mode
    `tty`). `grace` is the time between SIGTERM and SIGKILL. `socket_dir` is where the attach socket goes when the run
    directory's path is too long for one.
    """

    argv: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    tag: str
    stdin: Path | None = None
    timeout: float | None = None
    mode: Mode = "pipe"
    log_cap: int = LOG_CAP
    lock: Path | None = None
    lock_fd: int | None = None
    lock_wait: float = 10.0
    grace: float = 5.0
    umask: int = 0o022
    columns: int = 120
    lines: int = 40
    socket_dir: Path | None = None


@frozen
class Exit:
    """How a run ended. Exactly one of `code` and `signal` is set, neither when it never ran; then `error` says why.

    `truncated`: not all of the output was kept; a run in mode `talk` was ended for that.

    `duration` is in seconds and the child's own. `survivors` are processes that could not be killed (another user's,
    or stuck in the kernel): with one, nothing the run left can be trusted to stand still.
    """

    code: int | None
    signal: int | None
    timed_out: bool = False
    stopped: bool = False
    duration: float = 0.0
    truncated: bool = False
    error: str | None = None
    survivors: tuple[int, ...] = ()


@frozen
class NotStarted:
    """Nothing ran in this run directory; `reason` says why when a launch failed."""

    reason: str = ""


@frozen
class Running:
    """The holder (`pid`) lives; `child` is the process it holds.

    `socket` is where to attach and `wire` where to send it messages, None when nobody can.
    """

    pid: int
    child: int
    tag: str
    socket: Path | None = None
    wire: Path | None = None
    #: It has a terminal.
    screen: bool = False


@frozen
class Finished:
    """The run and all it started have ended."""

    exit: Exit


@frozen
class Lost:
    """The run was started but its holder died before it could write the end; `survivors` could not be killed."""

    tag: str
    survivors: tuple[int, ...] = ()


State = NotStarted | Running | Finished | Lost
End = NotStarted | Finished | Lost
