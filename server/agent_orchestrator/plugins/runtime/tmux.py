"""The `tmux` runtime: each agent is a session of a tmux server that is ours alone.

The server has its own socket, reads no configuration, and starts with an empty environment, because tmux gives its
server's environment to every later session. The pane runs the holder in mode `tty`, which execs the agent with exactly
the environment of its spec, keeps the log and writes start and end: the run directory is the truth, not tmux.
Targets are exact (`=name`): a bare name also matches as a prefix.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from attrs import evolve, field, frozen

from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import End, Finished, Lost, NotStarted, Running, RunSpec, State

KEEP_ALIVE = "_keep"

_COMMAND_TIMEOUT = 10.0
_START_TIMEOUT = 30.0
# What tmux says (in English only) when there is surely no such session; anything else is no answer.
_ABSENT = ("can't find session", "no server running", "(no such file or directory)", "(connection refused)")
_OPTIONS = (
    # Else a client's variables (DISPLAY, SSH_AUTH_SOCK …) get into the sessions it makes or joins.
    ("set-option", "-g", "update-environment", ""),
    ("set-option", "-g", "default-terminal", "screen-256color"),
    ("set-option", "-g", "history-limit", "20000"),
    ("set-option", "-g", "remain-on-exit", "off"),
    ("set-option", "-g", "destroy-unattached", "off"),
    ("set-option", "-s", "escape-time", "10"),
)


def _executor() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="libtmux")


@frozen
class TmuxRuntime:
    """Sessions on the tmux server at `socket` (an absolute path, short: it is a unix socket)."""

    socket: Path
    name: str = "tmux"
    _thread: ThreadPoolExecutor = field(factory=_executor, repr=False, eq=False)

    def available(self) -> str | None:
        """Return why this runtime cannot be used here, None when it can."""
        return None if shutil.which("tmux") else "tmux is not installed"

    async def start(self, run_dir: Path, spec: RunSpec, name: str) -> State:
        """Start the agent in session `name`, or adopt the run or the session that is there already."""
        if spec.mode == "talk":
            # There is no screen to show.
            return await run.launch(run_dir, spec)
        spec = evolve(spec, mode="tty", lock_fd=None)
        run.boundary("launch:before")
        found = await asyncio.to_thread(run.prepare, run_dir, spec)
        if found == NotStarted():
            found = await self._start_session(run_dir, spec, name)
        if isinstance(found, NotStarted):
            await asyncio.to_thread(run.forget_spec, run_dir)
        run.boundary("launch:after")
        return found

    async def stop(self, run_dir: Path, name: str, grace: float = 5.0) -> End:
        """End the agent and all it started; then the session, should it be left."""
        ended = await run.stop(run_dir, grace)
        if await self._has_session(name):
            await asyncio.get_running_loop().run_in_executor(self._thread, self._kill_session, name)
        return ended

    async def alive(self, run_dir: Path, name: str) -> bool | None:
        """Whether the agent runs or is about to; None when that cannot be known now."""
        try:
            found = run.state(run_dir)
        except (OSError, ValueError):
            return None
        if isinstance(found, Running):
            return True
        if isinstance(found, Finished | Lost):
            return False
        return await self._has_session(name)

    def attach_argv(self, run_dir: Path, name: str) -> tuple[str, ...]:
        """Return the command that joins a terminal to the session; works from within another tmux too."""
        return ("env", "-u", "TMUX", "tmux", "-u", "-S", str(self.socket), "attach-session", "-t", f"={name}")

    async def rest(self) -> None:
        """End the server when nothing but its keep-alive session is left in it."""
        if not self.socket.exists():
            return
        code, said = await self._tmux("-N", "list-sessions", "-F", "#{session_name}")
        if code == 0 and said.split() == [KEEP_ALIVE]:
            await self._tmux("-N", "kill-session", "-t", f"={KEEP_ALIVE}")

    async def _start_session(self, run_dir: Path, spec: RunSpec, name: str) -> State:
        if reason := await self._ensure_server():
            return NotStarted(reason)
        command = "exec " + shlex.join(run.holder_argv(run_dir))
        size = ("-x", str(spec.columns), "-y", str(spec.lines))
        # -N: were the server gone, this client would start a new one with whatever environment it has.
        code, said = await self._tmux("-N", "new-session", "-d", "-s", name, "-c", "/", *size, command)
        if code != 0 and "duplicate session" not in said:
            return NotStarted(f"tmux session {name}: {said}")
        return await run.when_started(run_dir, spec.lock_wait + _START_TIMEOUT)

    async def _ensure_server(self) -> str | None:
        """Start the server with its keep-alive session unless it runs; return what went wrong."""
        if await self._has_session(KEEP_ALIVE):
            return None
        try:
            self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as problem:
            return f"tmux server at {self.socket}: {problem}"
        options = [word for option in _OPTIONS for word in (";", *option)]
        code, said = await self._tmux("-f", "/dev/null", "new-session", "-d", "-s", KEEP_ALIVE, "exec cat", *options)
        return None if code == 0 or "duplicate session" in said else f"tmux server at {self.socket}: {said}"

    async def _has_session(self, name: str) -> bool | None:
        """Whether the session exists; None when tmux gave no clear answer: a failed probe is not a death."""
        code, said = await self._tmux("-N", "has-session", "-t", f"={name}")
        if code == 0:
            return True
        return False if any(reason in said.lower() for reason in _ABSENT) else None

    def _kill_session(self, name: str) -> None:
        # Costs 180 ms to import; most processes never need it.
        import libtmux

        # A session that is gone by now is what was wanted; libtmux reports it on stderr without raising.
        libtmux.Server(socket_path=str(self.socket)).cmd("kill-session", target=f"={name}")

    async def _tmux(self, *words: str) -> tuple[int, str]:
        """Run a tmux command with an empty environment and no inherited descriptors; return (exit code, output)."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TERM": "screen-256color"}
        try:
            process = await asyncio.create_subprocess_exec(
                "tmux",
                "-u",
                "-S",
                str(self.socket),
                *words,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                cwd="/",
                env=environment,
                umask=0o077,
                start_new_session=True,
            )
        except OSError as problem:
            return -1, f"cannot run tmux: {problem}"
        try:
            async with asyncio.timeout(_COMMAND_TIMEOUT):
                output, _ = await process.communicate()
        except TimeoutError:
            process.kill()
            await process.wait()
            return -1, f"no answer within {_COMMAND_TIMEOUT:g} s"
        return process.returncode or 0, output.decode(errors="replace").strip()
