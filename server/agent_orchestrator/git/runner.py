"""The one runner for git: safe options, a clean environment, deadlines.

Invariant: no hook, file-system monitor or background maintenance of a repository runs with our rights. A relative
``core.hooksPath`` would otherwise run a *branch's* hooks on ``worktree add``, ``reset`` and even ``update-ref``.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from .lock import WRITERS_NAME, take

#: ``git rev-parse --local-env-vars`` of git 2.39 to 2.50. With ``GIT_DIR`` set, ``git -C A`` answers for another
#: repository, so none of these may come in from outside.
LOCAL_ENV_VARS = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY",
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_GRAFT_FILE",
    "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_REPLACE_REF_BASE",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_COMMON_DIR",
)

#: Variables that change what our own commands mean, or that run programs.
_MEANING_ENV_VARS = (
    "GIT_ATTR_SOURCE",
    "GIT_CEILING_DIRECTORIES",
    "GIT_EXTERNAL_DIFF",
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_REFLOG_ACTION",
    "GIT_TRACE",
)

_FIXED_ENV = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}

SAFE_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.splitIndex=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
)

#: Git fsyncs neither refs nor loose objects by default (git-config, ``core.fsync``).
FSYNC_OPTION = "core.fsync=committed,loose-object,reference"

#: Called with ``before <command>`` and ``after <command>`` around every mutating command; a crash test replaces it.
boundary: Callable[[str], None] = lambda name: None  # noqa: E731

_MUTATING = frozenset(
    [
        "checkout-index",
        "clean",
        "commit-tree",
        "merge",
        "read-tree",
        "reset",
        "update-index",
        "update-ref",
    ]
)
_MUTATING_WORKTREE = frozenset(["add", "lock", "move", "prune", "remove", "repair", "unlock"])
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_TERMINATE_SECONDS = 2.0
_HOLD_SECONDS = 2.0


@frozen
class Result:
    """How one git process ended: its exit status, its bytes, and its decoded standard error."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Standard output, decoded, without surrounding white space."""
        return os.fsdecode(self.out).strip()

    def fields(self) -> list[str]:
        """Standard output of a ``-z`` command: its NUL-terminated fields."""
        return os.fsdecode(self.out).split("\0")[:-1]


class GitError(Exception):
    """A git process failed, could not be started, or did not end in time (``code`` is then 124)."""

    def __init__(self, argv: Sequence[str], cwd: Path, code: int, stderr: str) -> None:
        self.argv = tuple(_CREDENTIALS.sub("", arg) for arg in argv)
        self.cwd = cwd
        self.code = code
        self.stderr = _CREDENTIALS.sub("", stderr).strip()
        super().__init__(
            f"`git {' '.join(self.argv)[:200]}` in {cwd} ended with status {code}: {self.stderr[:2000] or 'no message'}"
        )


@frozen
class Git:
    """Runs git in ``cwd``.

    With ``git_dir`` (and ``common_dir``, ``work_tree``) nothing is discovered: what a session wrote into the ``.git``
    file of its worktree, or that it deleted it, changes nothing. ``env`` is the whole environment, by default ours.
    ``untrusted_drivers`` are ``key=value`` settings that neutralise drivers (see ``drivers.driver_overrides``).
    """

    cwd: Path
    env: Mapping[str, str] | None = field(default=None, kw_only=True, repr=False)
    untrusted_drivers: Sequence[str] = field(default=(), kw_only=True)
    git_dir: Path | None = field(default=None, kw_only=True)
    common_dir: Path | None = field(default=None, kw_only=True)
    work_tree: Path | None = field(default=None, kw_only=True)

    async def run(
        self,
        *args: str,
        input: bytes | None = None,
        check: bool = True,
        timeout: float = 60.0,
        fsync: bool = False,
        env: Mapping[str, str] | None = None,
        held: Path | None = None,
    ) -> Result:
        """Run ``git <args>``.

        ``timeout`` is in seconds. ``env`` is added to the environment. ``held`` is a file that stays flocked while this
        git *or a child of it* lives, even when we are killed: recovery asks ``lock.is_held`` whether that git is gone.
        Raises GitError when git can not be started, does not end in time, or, with ``check``, fails.
        """
        command = _mutation(args, env or {})
        if command:
            boundary(f"before {command}")
        locks = await self._locks(args, held, writes=command is not None)
        try:
            result = await self._spawn(args, input, timeout, fsync, env or {}, locks)
        finally:
            for lock in locks:
                os.close(lock)
        if command:
            boundary(f"after {command}")
        if check and result.code != 0:
            raise GitError(args, self.cwd, result.code, result.err)
        return result

    async def text(self, *args: str) -> str:
        """Run ``git <args>`` and return its stripped standard output. Raises GitError."""
        return (await self.run(*args)).text

    async def _spawn(
        self,
        args: Sequence[str],
        data: bytes | None,
        timeout: float,
        fsync: bool,
        env: Mapping[str, str],
        locks: Sequence[int],
    ) -> Result:
        settings = (*SAFE_OPTIONS, *self.untrusted_drivers, *([FSYNC_OPTION] if fsync else []))
        argv = ["git", *(part for setting in settings for part in ("-c", setting)), *args]
        try:
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=self.cwd,
                env={**self._environment(), **env},
                stdin=asyncio.subprocess.DEVNULL if data is None else asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                pass_fds=locks,
            )
            try:
                # Not `wait_for`: before Python 3.12 it drops a cancellation that meets the result.
                async with asyncio.timeout(timeout):
                    out, err = await process.communicate(data)
            except TimeoutError:
                await _end(process)
                raise GitError(args, self.cwd, 124, f"no answer within {timeout:g} seconds; it was ended") from None
            except asyncio.CancelledError:
                await asyncio.shield(_end(process))
                raise
        except FileNotFoundError as error:
            reason = "git is not installed or not on PATH" if self.cwd.is_dir() else f"the folder {self.cwd} is gone"
            raise GitError(args, self.cwd, 127, reason) from error
        return Result(process.returncode or 0, out, os.fsdecode(err))

    async def _locks(self, args: Sequence[str], held: Path | None, *, writes: bool) -> tuple[int, ...]:
        """Descriptors of the locks that this git and its children hold as long as they live."""
        own = (await _hold(held, args, self.cwd),) if held else ()
        common_dir = self.common_dir or self.git_dir
        shared = _share(common_dir / WRITERS_NAME) if writes and common_dir else None
        return own if shared is None else (*own, shared)

    def _environment(self) -> dict[str, str]:
        source = os.environ if self.env is None else self.env
        dropped = {*LOCAL_ENV_VARS, *_MEANING_ENV_VARS}
        bound = {"GIT_DIR": self.git_dir, "GIT_COMMON_DIR": self.common_dir, "GIT_WORK_TREE": self.work_tree}
        return {
            **{name: value for name, value in source.items() if name not in dropped},
            **_FIXED_ENV,
            **{name: str(path) for name, path in bound.items() if path is not None},
        }


def _mutation(args: Sequence[str], env: Mapping[str, str]) -> str | None:
    """Name of the mutating command in ``args``; work on a temporary index is not one."""
    words = [arg for arg in args if not arg.startswith("-") and "=" not in arg]
    if not words or "GIT_INDEX_FILE" in env:
        return None
    if words[0] == "worktree" and words[1:2] and words[1] in _MUTATING_WORKTREE:
        return f"worktree {words[1]}"
    return words[0] if words[0] in _MUTATING else None


async def _hold(path: Path, args: Sequence[str], cwd: Path) -> int:
    descriptor = await take(path, _HOLD_SECONDS)
    if descriptor is None:
        raise GitError(args, cwd, 128, f"another git of ours is still at work here ({path} is locked)")
    return descriptor


def _share(path: Path) -> int | None:
    """A shared lock; None where no file can be made: the repository can not be changed either, and git says why."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


async def _end(process: asyncio.subprocess.Process) -> None:
    """End a git with its filters: politely first, because git removes its lock files on SIGTERM."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is not None:
            return
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            return
        try:
            await asyncio.wait_for(process.communicate(), _TERMINATE_SECONDS)
        except TimeoutError:
            continue
