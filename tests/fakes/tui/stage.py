"""A session with the double on its screen, as a person sees and steers it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent_orchestrator.model import activity as a
from agent_orchestrator.protocol import types as t
from agent_orchestrator.views.rows import session_state

HERE = Path(__file__).parent
FILES = {"calc.py": "def add(a, b):\n    return a - b\n", "README": "x\n"}
#: What no message may ever do; see README.md.
WRONG = ("command", "shell", "lost", "approved_by", "swallowed", "menu")


def script(*steps: list[Any]) -> str:
    """A message with a script."""
    return f"Do it.\nDO {json.dumps(steps)}"


def eventually(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until it is true; for what the engine does not tell of."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it does not come true"
        time.sleep(0.05)


class Stage:
    """A world whose agent is the double."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.log = world.folder / "tui.jsonl"

    async def open(self, *, env: dict[str, str] | None = None, limits: Any = None, **agent: Any) -> None:
        """Make the repository and start the daemon's insides."""
        double = {
            "command": [sys.executable, "-S", str(HERE / "tui.py")],
            "env": {"TUI_LOG": str(self.log), "ANTHROPIC_API_KEY": "none", **(env or {})},
            "channel": "terminal",
            **agent,
        }
        self.world.make(FILES, checks={}, agents={"claude-code": double}, limits=limits)
        await self.world.start()

    async def begin(self, task: str, runtime: str = "") -> Session:
        """A session with this task."""
        done = await self.world.call("new", t.NewParams(task=task, agent="claude-code", runtime=runtime))
        return Session(self, done.id)

    async def rest(self) -> None:
        """Stop its sessions, and end the server of the tmux runtime: it would outlive the test."""
        for session in [s for s in self.world.state.sessions.values() if s.running]:
            await self.world.call("stop", t.StopParams(session=session.id))
        await self.world.app.context.runtimes["tmux"].rest()

    def events(self, *keys: str) -> list[dict[str, Any]]:
        """What the doubles logged, oldest first: what has one of these keys."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        return [event for line in lines for event in [json.loads(line)] if not keys or set(keys) & set(event)]


class Session:
    """One session."""

    def __init__(self, stage: Stage, id: str) -> None:
        self.stage, self.world, self.id = stage, stage.world, id

    @property
    def facts(self) -> Any:
        return self.world.state.sessions[self.id]

    @property
    def run_dir(self) -> Path:
        """Of the newest turn."""
        return self.world.app.context.places.turn(self.id, len(self.facts.turns))

    @property
    def spool(self) -> Path:
        """Where the hooks of the newest turn write."""
        return self.world.app.context.places.agent(self.id) / f"hooks-{len(self.facts.turns)}.jsonl"

    async def until(self, condition: Callable[[Any], Any], seconds: float = 30.0) -> None:
        """Wait until the session is so."""
        try:
            await self.world.until(lambda state: condition(state.sessions[self.id]), seconds)
        except TimeoutError:
            about = (session_state(self.world.state, self.facts), self.facts, self.stage.events()[-5:])
            raise AssertionError(f"not within {seconds:g} s: {about}; {self._screen()}") from None

    async def until_detail(self, detail: str, seconds: float = 30.0) -> t.SessionRow:
        """The row once its detail begins so."""
        await self.until(lambda s: session_state(self.world.state, s)[1].startswith(detail), seconds)
        return (await self.world.call("session", t.SessionParams(session=self.id))).session

    async def works(self) -> None:
        """Wait until it is at its first step."""
        await self.until(lambda s: any(f.kind == a.WORKING for f in s.facts))

    async def turn_over(self, number: int = 1, seconds: float = 30.0) -> Any:
        """A turn, once it is over."""
        await self.until(lambda s: len(s.turns) >= number and s.turns[number - 1].ended_at, seconds)
        return self.facts.turns[number - 1]

    async def send(self, text: str) -> str:
        return (await self.world.call("send", t.SendParams(session=self.id, text=text))).id

    async def answer(self, option: str = "", **more: Any) -> t.Done:
        return await self.world.call("answer", t.AnswerParams(session=self.id, option=option, **more))

    async def interrupt(self) -> t.Done:
        return await self.world.call("interrupt", t.SessionParams(session=self.id))

    def told(self) -> list[str]:
        """All that its programs were told after the task, oldest first."""
        ids = {event["pid"] for event in self.stage.events("started") if self._is_mine(event["started"])}
        return [event["told"] for event in self.stage.events("told") if event["pid"] in ids]

    def _is_mine(self, arguments: list[str]) -> bool:
        return any(f"/{self.id}/" in word for word in arguments)

    def _screen(self) -> bytes:
        log = self.run_dir / "log"
        return log.read_bytes()[-1000:] if log.exists() else b""
