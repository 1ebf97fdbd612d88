"""Start, watch and stop runs. All truth is in the run directory (`hold.files`), so that any process can ask and wait.

Names for the caller: `launch`, `state`, `wait`, `stop`, `kill_tagged`; the values are in `values`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import asdict

from agent_orchestrator.proc.hold import files, procfs
from agent_orchestrator.proc.hold.procfs import kill_tagged
from agent_orchestrator.proc.values import End, Exit, Finished, Lost, NotStarted, Running, RunSpec, State

__all__ = [
    "boundary",
    "forget_spec",
    "holder_argv",
    "kill_tagged",
    "launch",
    "prepare",
    "state",
    "stop",
    "wait",
    "when_started",
]

_HOLDER = Path(__file__).with_name("holder.py")
_START_TIMEOUT = 30.0
_POLL = 0.02
_COARSE_POLL = 0.25
# Longer than the holder needs to give up on what it cannot kill.
_STOP_MARGIN = 75.0
# sun_path of unix(7) with its final NUL: 108 bytes on Linux, 104 on macOS and the BSDs.
_SOCKET_PATH_MAX = 107 if sys.platform == "linux" else 103


def _no_boundary(point: str) -> None:
    """Do nothing; a crash test puts its own function in `boundary`."""


boundary: Callable[[str], None] = _no_boundary
"""Called with `launch:before`, `launch:after`, `stop:before`, `stop:after`; a crash test may kill the process there."""


async def launch(run_dir: Path, spec: RunSpec) -> State:
    """Start `spec` in `run_dir`, once: a run that is started, running or over there is adopted.

    Returns when the run is started or cannot be: Running, or Finished or Lost when it is over already, or NotStarted
    with the reason. The holder is no child of this process and outlives it. Only mode `tty` is not started from here
    (see `prepare`).
    """
    boundary("launch:before")
    found = await asyncio.to_thread(prepare, run_dir, spec)
    if found == NotStarted():
        found = await _start(run_dir, spec)
    boundary("launch:after")
    return found


def prepare(run_dir: Path, spec: RunSpec) -> State:
    """Write `spec.json` for a holder that something else will start with `holder_argv`; blocking.

    Returns NotStarted() when a holder shall be started now; anything else (running, over, a reason) stands.
    """
    try:
        found = state(run_dir)
        if not isinstance(found, NotStarted):
            return found
        run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        socket = _socket_path(run_dir, spec)
        if isinstance(socket, NotStarted):
            return socket
        files.write_atomically(str(run_dir / files.SPEC), _to_json(spec, socket))
    except (OSError, ValueError) as problem:
        return NotStarted(f"{run_dir}: cannot prepare the run: {problem}")
    return NotStarted()


def forget_spec(run_dir: Path) -> None:
    """Remove the spec of a run that could not be started: it holds secrets. Blocking; never raises."""
    with contextlib.suppress(OSError):
        files.remove_spec(str(run_dir))


def holder_argv(run_dir: Path) -> tuple[str, ...]:
    """Return the command that holds the run in `run_dir`; it reads the prepared `spec.json`."""
    return (sys.executable, "-I", "-S", str(_HOLDER), str(run_dir))


async def when_started(run_dir: Path, seconds: float) -> State:
    """Wait until the run in `run_dir` is started or over, at most `seconds`; then NotStarted with a reason."""
    deadline = asyncio.get_running_loop().time() + seconds
    while isinstance(found := state(run_dir), NotStarted):
        if asyncio.get_running_loop().time() >= deadline:
            return NotStarted(f"{run_dir}: the holder did not start the run within {seconds:g} s")
        await asyncio.sleep(_POLL)
    return found


def state(run_dir: Path) -> State:
    """Return how the run in `run_dir` stands, from its files and /proc.

    Raises OSError or ValueError when the files cannot be read: that is no answer, not an end.
    """
    if (ended := files.read_json(str(run_dir / files.EXIT))) is not None:
        return Finished(_to_exit(ended))
    started = files.read_json(str(run_dir / files.STARTED))
    if started is None:
        return NotStarted()
    if _holder_lives(run_dir, started):
        socket, wire = (Path(at) if (at := started.get(key)) else None for key in ("socket", "wire"))
        screen = started["mode"] in ("pty", "tty")
        return Running(started["pid"], started["child"], started["tag"], socket, wire, screen)
    # The holder may have written the end between the two looks.
    if (ended := files.read_json(str(run_dir / files.EXIT))) is not None:
        return Finished(_to_exit(ended))
    return Lost(started["tag"])


async def wait(run_dir: Path) -> End:
    """Wait for the end of a run, whoever launched it; NotStarted at once when there is none.

    Lost when the holder was killed; what carried the run's tag is then killed too before this returns.
    """
    while isinstance(found := state(run_dir), Running):
        await _holder_ends(run_dir, found)
    if isinstance(found, Lost):
        return await asyncio.to_thread(_bury, run_dir, found)
    return found


async def stop(run_dir: Path, grace: float = 5.0) -> End:
    """End a run and all it started: SIGTERM, after `grace` seconds SIGKILL. Returns as `wait`.

    A holder that does not do it in time is killed itself, which makes the run Lost.
    """
    boundary("stop:before")
    found = state(run_dir)
    if isinstance(found, Running):
        await asyncio.to_thread(files.write_atomically, str(run_dir / files.STOP), {"grace": grace})
        # SIGCONT, or a stopped holder would never see the SIGTERM.
        _signal_holder(run_dir, found, signal.SIGTERM, signal.SIGCONT)
        try:
            async with asyncio.timeout(grace + _STOP_MARGIN):
                await wait(run_dir)
        except TimeoutError:
            _signal_holder(run_dir, found, signal.SIGKILL)
    ended = await wait(run_dir)
    boundary("stop:after")
    return ended


async def _start(run_dir: Path, spec: RunSpec) -> State:
    try:
        ready = await asyncio.to_thread(_spawn_detached, run_dir, spec.lock_fd)
    except OSError as problem:
        forget_spec(run_dir)
        return NotStarted(f"{run_dir}: cannot start the holder {_HOLDER}: {problem}")
    said = await _until_closed(ready, spec.lock_wait + _START_TIMEOUT)
    found = state(run_dir)
    if isinstance(found, NotStarted) and files.is_locked(str(run_dir / files.LOCK)):
        # Another launcher's holder was first and is about to start the run.
        found = await when_started(run_dir, spec.lock_wait + _START_TIMEOUT)
    if isinstance(found, NotStarted):
        forget_spec(run_dir)
        return NotStarted(f"{run_dir}: the holder ended without starting the run: {said or 'it said nothing'}")
    return found


def _spawn_detached(run_dir: Path, lock_fd: int | None) -> int:
    """Start the holder as nobody's child; return a descriptor that reaches EOF when it has started the run or ended."""
    ready, write = os.pipe()
    python, *rest = holder_argv(run_dir)
    try:
        subprocess.Popen(
            [python, *rest[:-1], "--detach", rest[-1]],
            stdin=subprocess.DEVNULL,
            stdout=write,
            stderr=write,
            cwd="/",
            env={},
            pass_fds=() if lock_fd is None else (lock_fd,),
            start_new_session=True,
        ).wait()
    except BaseException:
        os.close(ready)
        raise
    finally:
        os.close(write)
    return ready


async def _until_closed(descriptor: int, seconds: float) -> str:
    """Read until EOF, at most `seconds`; return the text. Closes the descriptor."""
    loop = asyncio.get_running_loop()
    closed: asyncio.Future[None] = loop.create_future()
    said = bytearray()
    os.set_blocking(descriptor, False)

    def take() -> None:
        data = os.read(descriptor, 4096)
        said.extend(data)
        if not data and not closed.done():
            closed.set_result(None)

    loop.add_reader(descriptor, take)
    try:
        # Not `wait_for`: before Python 3.12 it drops a cancellation that meets the result.
        async with asyncio.timeout(seconds):
            await closed
    except TimeoutError:
        said.extend(b"(no answer from the holder)")
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return said.decode(errors="replace").strip()


def _holder_lives(run_dir: Path, started: Mapping[str, Any]) -> bool:
    """Whether the holder of `started` lives; pid, start time and boot together name a process once and for all."""
    if started["start_ticks"] is None:
        return files.is_locked(str(run_dir / files.LOCK))
    return bool(started["boot"] == procfs.boot_id() and procfs.start_ticks(started["pid"]) == started["start_ticks"])


async def _holder_ends(run_dir: Path, running: Running) -> None:
    try:
        descriptor = os.pidfd_open(running.pid)
    except (AttributeError, OSError):
        await asyncio.sleep(_COARSE_POLL)
        return
    try:
        # Only now is the number bound to a process; it may have been another's in between.
        if state(run_dir) == running:
            await _readable(descriptor)
    finally:
        os.close(descriptor)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)


def _signal_holder(run_dir: Path, running: Running, *numbers: signal.Signals) -> None:
    try:
        descriptor = os.pidfd_open(running.pid)
    except AttributeError:
        procfs.send({running.pid}, numbers[0])
        return
    except OSError:
        return
    try:
        if state(run_dir) == running:
            for number in numbers:
                signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _bury(run_dir: Path, lost: Lost) -> Lost:
    """Kill what a dead holder left behind and remove its socket."""
    survivors = kill_tagged(lost.tag)
    started = files.read_json(str(run_dir / files.STARTED)) or {}
    for key in ("socket", "wire"):
        if started.get(key):
            files.remove(started[key])
    return Lost(lost.tag, tuple(sorted(survivors)))


def _socket_path(run_dir: Path, spec: RunSpec) -> Path | NotStarted | None:
    if spec.mode == "pipe":
        return None
    beside = run_dir / files.SOCKET
    if len(os.fsencode(beside)) <= _SOCKET_PATH_MAX:
        return beside
    # Not the tag: it holds a session's name, which may be as long as a path.
    name = f"{hashlib.sha256(os.fsencode(run_dir)).hexdigest()[:12]}.sock"
    short = None if spec.socket_dir is None else spec.socket_dir / name
    if short is None or len(os.fsencode(short)) > _SOCKET_PATH_MAX:
        return NotStarted(f"{beside}: too long for a unix socket ({_SOCKET_PATH_MAX} bytes); set a short socket_dir")
    short.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return short


def _to_json(spec: RunSpec, socket: Path | None) -> dict[str, Any]:
    raw = asdict(spec, recurse=False)
    del raw["socket_dir"]
    raw |= {"env": dict(spec.env), "socket": socket}
    return {key: str(value) if isinstance(value, Path) else value for key, value in raw.items()}


def _to_exit(raw: Mapping[str, Any]) -> Exit:
    return Exit(**{**raw, "survivors": tuple(raw["survivors"])})
