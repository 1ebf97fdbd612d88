"""One repository, one daemon's insides in this process, one client: what every hunt here is made of.

No socket is opened: :func:`compose.build` and the table of commands are what the socket's server would call.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from agent_orchestrator.daemon import compose
from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.paths import Paths

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
CONFIG = "agent-orchestrator.yaml"
#: Seconds after which a hunt that should have ended is reported with what it was doing.
PATIENCE = 100.0

Steps = Sequence[Sequence[Any]]
#: Part of a failure's name → the steps of each turn.
Plan = Mapping[str, Sequence[Steps]]

#: The check that starts fast; it knows passed, failed, skipped and missing tests as pytest does.
UNIT: dict[str, Any] = {
    "command": ["{python}", "-S", str(HERE / "minitest.py"), "{report}"],
    "format": "junit",
    "rerun": ["{python}", "-S", str(HERE / "minitest.py"), "{report}", "{tests}"],
}

#: For projects that are checked by pytest: the plugins that happen to be installed here take seconds to import.
LEAN = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def git(folder: Path, *arguments: str) -> str:
    """git's answer, without the last newline."""
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
    return done.stdout.rstrip("\n")


def commit(folder: Path, files: Mapping[str, str | None], message: str = "change") -> str:
    """Write files (None deletes) and commit them; returns the commit."""
    write(folder, files)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def write(folder: Path, files: Mapping[str, str | None]) -> None:
    """Write files below ``folder``; None deletes one."""
    for name, text in files.items():
        path = folder / name
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


async def eventually(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What ``condition`` gives as soon as that is true; for what the engine does not tell of."""
    async with asyncio.timeout(seconds):
        while not (found := condition()):  # noqa: ASYNC110 - nothing would set an event
            await asyncio.sleep(0.02)
    return found


class World:
    """A repository with a daemon's engine running on it."""

    def __init__(self, folder: Path, repo: Path | None = None) -> None:
        self.folder = folder
        self.repo = repo or folder / "repo"
        self.plan: dict[str, Sequence[Steps]] = {}
        #: Agents' plugins in the place of those that are built in, by name.
        self.plugins: dict[str, Any] = {}
        home = folder / "home"
        for made in (home, self.repo):
            made.mkdir(parents=True, exist_ok=True)
        self.env = {"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "GIT_CONFIG_NOSYSTEM": "1"}
        self.client = Client("cli", str(self.repo), self.env, "0")
        self.paths = Paths(folder / "s", folder / "r", folder / "c", home / ".config")
        self._app: App | None = None
        self._running: asyncio.Task[None] | None = None

    # The repository

    def make(self, files: Mapping[str, str], *, ignore: str = "__pycache__/\n", **config: Any) -> str:
        """The first commit of the repository, with its configuration; returns it."""
        git(self.repo, "init", "-q", "-b", "main")
        for key, value in (("user.name", "A Person"), ("user.email", "person@example.org")):
            git(self.repo, "config", key, value)
        self.configure(**config)
        return commit(self.repo, {".gitignore": ignore, **files}, "first")

    def configure(
        self, *, checks: Mapping[str, Any] | None = None, limits: Any = None, agents: Any = None, **project: Any
    ) -> None:
        """Write the configuration: the scripted agent, and the fast check unless others are named (``{}``: detect)."""
        limits = {"agents": 2, "checks": 2, **(limits or {})}
        agent = {"command": [sys.executable, "-S", str(HERE / "scripted.py"), str(self.folder)]}
        value = {
            "defaults": {"runtime": "process", "agent": "scripted"},
            "agents": {"scripted": agent, **(agents or {})},
            "limits": limits,
            "projects": {"app": {"path": ".", "checks": {"unit": UNIT} if checks is None else checks, **project}},
        }
        (self.repo / CONFIG).write_text(yaml.safe_dump(value, sort_keys=False))

    def agents_do(self, plan: Plan) -> None:
        """What the scripted agent does, by part of a failure's name (or of a free task's title)."""
        (self.folder / "plan.json").write_text(json.dumps([[part, turns] for part, turns in plan.items()]))

    def told(self, part: str = "") -> list[dict[str, Any]]:
        """The tasks that agents were given, oldest first: those whose title or test holds ``part``."""
        path = self.folder / "told.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [task for line in lines if part in line for task in [json.loads(line)]]

    # The daemon

    @property
    def app(self) -> App:
        """The running daemon's insides."""
        assert self._app is not None
        return self._app

    @property
    def state(self) -> State:
        """What the engine knows now."""
        return self.app.state

    async def start(self) -> None:
        """Start the engine; the project is added and trusted."""
        for folder in (self.paths.state, self.paths.runtime, self.paths.cache):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._app = compose.build(self.paths)
        self.app.context.agents = {**self.app.context.agents, **self.plugins}
        self._running = await compose.begin(self.app)
        await self.call("projectAdd", t.AddProjectParams(path="."))
        await self.call("trust", t.TrustParams(by="a person"))

    async def end(self) -> None:
        """End the engine as a daemon's death does: agents and gates go on."""
        await self.app.engine.close()
        assert self._running is not None
        await self._running

    async def close(self) -> None:
        """End the engine. Agents and gates outlive a daemon; here none may be left, so running agents are stopped."""
        if self._app is None:
            return
        for session in [s for s in self.state.sessions.values() if s.running]:
            await self.call("stop", t.StopParams(session=session.id))
        await self.end()
        try:
            await eventually(lambda: not self.processes(), 20.0)
        finally:
            for process in self.processes():
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()

    def processes(self, part: str = "") -> list[psutil.Process]:
        """Processes that work below this folder, by their working directory or arguments."""
        return [p for p in psutil.process_iter() if p.pid != os.getpid() and self._is_ours(p, part)]

    def _is_ours(self, process: psutil.Process, part: str) -> bool:
        try:
            words = " ".join([process.cwd(), *process.cmdline()])
            return process.status() != psutil.STATUS_ZOMBIE and str(self.folder) in words and part in words
        except psutil.Error:
            return False

    async def call(self, method: str, params: Any = None) -> Any:
        """What the daemon answers to this client."""
        return await asyncio.wait_for(COMMANDS[method](self.app, params, self.client), PATIENCE)

    async def hunt(self, *, checkout: str = "ff", patience: float = PATIENCE, **params: Any) -> t.HuntRow:
        """Hunt to the end. A hunt that does not end is an error that says what it was doing."""
        begun = await self.call("hunt", t.HuntParams(checkout=checkout, **params))
        return await self.end_of(begun.hunt.id, patience)

    async def end_of(self, hunt: str, patience: float = PATIENCE) -> t.HuntRow:
        """The hunt's last row."""
        deadline = asyncio.get_running_loop().time() + patience
        answer = await self.call("huntState", t.HuntIdParams(hunt=hunt))
        while not answer.hunt.ended_at:
            if asyncio.get_running_loop().time() > deadline:
                raise AssertionError(f"the hunt did not end: {self.account(answer.hunt)}")
            answer = await self.call("huntState", t.HuntIdParams(hunt=hunt, revision=answer.revision))
        return answer.hunt

    def account(self, row: t.HuntRow) -> str:
        """What a hunt is doing, for the message of a failed test."""
        sessions = [(s.name, s.detail[:200], s.attempt, s.summary, s.held, s.notices) for s in row.sessions]
        failures = [(f.key, f.state, f.reason[:200]) for f in row.failures]
        running = sorted(self.app.engine.running)
        return f"{row.phase}: {row.reason}; {sessions=}; {failures=}; {running=}; problems={self.state.problems}"

    async def until(self, condition: Callable[[State], bool], seconds: float = PATIENCE) -> State:
        """The first state for which ``condition`` holds."""
        return await asyncio.wait_for(self.app.engine.wait_for(condition), seconds)

    async def settled(self) -> State:
        """The state once the engine has nothing left to do."""

        def idle(state: State) -> bool:
            done = [s for s in state.sessions.values() if s.landing or s.unneeded]
            return all(s.workspace == "removed" or s.undoes for s in done)

        state = await self.until(idle)
        await eventually(lambda: not self.app.engine.running)
        return state

    def session(self, part: str) -> Session:
        """The one session whose title holds ``part``."""
        (found,) = [s for s in self.state.sessions.values() if part in s.title]
        return found

    # What became of it

    def tip(self, branch: str = "main") -> str:
        """The commit that a branch is at."""
        return git(self.repo, "rev-parse", f"refs/heads/{branch}")

    def commits(self, start: str, branch: str = "main") -> list[str]:
        """First-parent commits since ``start``, oldest first."""
        return git(self.repo, "rev-list", "--first-parent", "--reverse", f"{start}..{branch}").split()

    def show(self, path: str, commit: str = "main") -> str:
        """A file as it is in a commit."""
        return git(self.repo, "show", f"{commit}:{path}")
