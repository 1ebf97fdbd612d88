"""The process that runs tests, once for each candidate edit, in a fork of itself.

A *hot* worker collects the suite first and swaps code in the fork; a *cold* one has only pytest imported, and its fork
imports the repository from disk. Requests and answers are lines of JSON on two inherited pipes:

request  ``{"edit": {...} | null, "stages": [[id, …], …], "stop": n, "trace": bool, "cpu": s, "wall": s}``: the stages
         run in order; the first ``n`` end the run at their first test that does not pass
answers  one result for each test; ``{"end": "ok" | "died" | "cold" | "syntax", "note": …}`` from the fork if it could;
         ``{"over": "died" | "time"}`` when the fork is gone
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from .guard import arm, forbid_network, limit_resources
from .hotswap import CanNotSwap, Functions, live_functions, swap
from .source import Edit
from .suite import PASS, Suite


class _Channel:
    """The two pipes to the agent."""

    def __init__(self, reading: int, writing: int) -> None:
        os.set_inheritable(reading, False)
        os.set_inheritable(writing, False)
        self._in: BinaryIO = os.fdopen(reading, "rb")
        self._out = writing

    def send(self, message: dict[str, Any]) -> None:
        """Write one line; it begins with a line break because a killed child may have left half a line."""
        data = b"\n" + json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(self._out, data) :]

    def requests(self) -> Iterator[dict[str, Any]]:
        """Yield requests until the agent closes its end."""
        for line in self._in:
            yield json.loads(line)


def _execute(channel: _Channel, suite: Suite, root: Path, request: dict[str, Any]) -> None:
    """Run the stages of a request in this (forked) process."""
    for number, ids in enumerate(request["stages"]):
        arm(request["cpu"])
        for result in suite.run(ids, root, request["trace"]):
            channel.send(result.wire())
            if number < request["stop"] and result.outcome != PASS:
                return
            arm(request["cpu"])


def _forked(channel: _Channel, wall: float, cpu: float, work: Callable[[], None]) -> None:
    """Run ``work`` in a fork with a process group of its own, end all of it in time, and send how it ended."""
    alive, held = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        note = {"end": "died", "note": "it left early"}
        try:
            os.setsid()
            limit_resources(cpu)
            work()
            note = {"end": "ok", "note": ""}
        except CanNotSwap as error:
            note = {"end": "cold", "note": str(error)}
        except SyntaxError as error:
            note = {"end": "syntax", "note": str(error)}
        except BaseException as error:
            note = {"end": "died", "note": f"{type(error).__name__}: {error}"}
        finally:
            with contextlib.suppress(BaseException):
                channel.send(note)
            os._exit(0)
    os.close(held)
    in_time = bool(select.select([alive], [], [], wall)[0])
    os.close(alive)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    channel.send({"over": "died" if in_time else "time"})


def _serve_hot(channel: _Channel, root: Path, suite: Suite) -> None:
    """Say what was collected, then answer requests from this very session."""
    functions: Functions = live_functions(root)
    gc.collect()
    gc.freeze()
    channel.send(
        {
            "ids": list(suite.ids),
            "problems": list(suite.problems),
            "foreign": _foreign(root, Path(os.environ["AO_ORIGIN"])),
            "functions": len(functions),
        }
    )
    for request in channel.requests():

        def work(request: dict[str, Any] = request) -> None:
            if request["edit"]:
                edit = Edit(**request["edit"])
                swap(root, edit, functions, (root / edit.path).read_bytes())
            _execute(channel, suite, root, request)

        _forked(channel, request["wall"], request["wall"], work)
    os._exit(0)


def _foreign(root: Path, origin: Path) -> list[str]:
    """Return the modules that came from the worktree itself, not from the copy that is under test."""
    files = {name: getattr(module, "__file__", None) or "" for name, module in list(sys.modules.items())}
    own = __name__.split(".")[0]
    return sorted(
        name
        for name, file in files.items()
        if file.startswith(f"{origin}/") and _is_code(file, origin) and name.split(".")[0] != own
    )


def _is_code(file: str, origin: Path) -> bool:
    return not {"site-packages", "dist-packages"} & set(Path(file).relative_to(origin).parts)


def _map_import_path(root: Path, origin: Path) -> None:
    """Let entries that a ``.pth`` file put on the import path point at the copy."""
    for index, entry in enumerate(sys.path):
        inside = entry.startswith(f"{origin}/") or entry == str(origin)
        if inside and not {"site-packages", "dist-packages"} & set(Path(entry).parts):
            sys.path[index] = str(root) + entry[len(str(origin)) :]


def main(arguments: list[str]) -> int:
    """Run a worker: ``hot|cold``, the two pipe numbers, ``pytest|unittest``, then the runner's arguments."""
    mode, reading, writing, runner, *rest = arguments
    channel = _Channel(int(reading), int(writing))
    root = Path.cwd()
    sys.dont_write_bytecode = True
    forbid_network()
    _map_import_path(root, Path(os.environ["AO_ORIGIN"]))
    if runner == "pytest":
        if str(root) not in sys.path:
            sys.path.insert(0, str(root))  # as `python -m pytest` does
        from .pytest_suite import collect_with_pytest, warm_up

        if mode == "cold":
            warm_up(root, Path(tempfile.mkdtemp()) / "empty")

        collect: Callable[[Callable[[Suite], None]], None] = partial(collect_with_pytest, rest)
    else:
        from .unittest_suite import collect_with_unittest

        collect = partial(collect_with_unittest, rest[0])
    if mode == "hot":
        collect(partial(_serve_hot, channel, root))
        return 0
    channel.send({"ids": [], "problems": [], "foreign": [], "functions": 0})
    for request in channel.requests():

        def work(request: dict[str, Any] = request) -> None:
            collect(lambda suite: _execute(channel, suite, root, request))

        _forked(channel, request["wall"], request["wall"], work)
    return 0
