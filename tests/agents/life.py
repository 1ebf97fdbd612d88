"""A session of a real program, as a person has it from an editor: what they see, say and answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import psutil
from attrs import define, field, frozen

from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.proc import run
from agent_orchestrator.proc.values import Running
from agent_orchestrator.protocol.caller import Client

PATIENCE = 60.0
#: It runs until it is ended, and tells that it runs, in a file that git ignores.
BEGUN = "__pycache__/begun"
WATCH = f"mkdir -p __pycache__ && touch {BEGUN} && tail -f {BEGUN}"
#: What every program has to ask for, and what it makes then.
MAKE, MADE = "dd if=/dev/null of=made", "made"
COMMIT = "git add -A && git commit -qm 'As told'"
#: What a person allowed beforehand, in words of every program.
ALLOWED = {"allow": ["Bash(mkdir *)", "Bash(touch *)", "Bash(tail *)", "Bash(git *)"]}
DONE = {"text": "All is done."}


@frozen
class Kind:
    """How a program is told to run a command, and what is peculiar to it.

    ``refused``: what the model is told of a refusal, the words that go with it where it can be. ``settings``: of its
    agent, where it is not talked to without them. ``keeps``: the file below its home that it writes a conversation to,
    where it is in no hurry to.
    """

    shell: Callable[[str], dict[str, Any]]
    outside: Callable[[str], dict[str, Any]]
    refused: str
    steers: bool = True
    settings: Mapping[str, Any] = field(factory=dict)
    keeps: str = ""


def _codex(command: str, **more: Any) -> dict[str, Any]:
    return {"tool": "exec_command", "input": {"cmd": command, "yield_time_ms": 30000, **more}}


def _codex_outside(command: str) -> dict[str, Any]:
    return _codex(command, sandbox_permissions="require_escalated", justification="Needs more.")


def _tool(name: str) -> Callable[[str], dict[str, Any]]:
    return lambda command: {"tool": name, "input": {"command": command, "description": "Run"}}


def _kimi(command: str) -> dict[str, Any]:
    return {"tool": "Bash", "input": {"command": command}}


KINDS = {
    "claude-code": Kind(_tool("Bash"), _tool("Bash"), "Use git.", keeps=".claude/projects/*/{}.jsonl"),
    "codex": Kind(_codex, _codex_outside, "rejected by user"),
    "gemini": Kind(_tool("run_shell_command"), _tool("run_shell_command"), "canceled by the user", steers=False),
    "kimicode": Kind(_kimi, _kimi, "user rejected", steers=False, settings={"channel": "structured"}),
    "opencode": Kind(_tool("bash"), _tool("bash"), "Use git.", steers=False),
}


@define
class Life:
    """One session. ``seen`` is what the model was asked."""

    world: Any
    editor: Any
    kind: Kind
    agent: str
    new_editor: Callable[[Path], Any]
    id: str = ""

    async def spawn(self, *steps: Any, text: str = "Do it.") -> None:
        """Give the agent a task, with a script for the model."""
        task = self.world.scripted(text, *steps)
        self.id = (await self.editor.command("ao.spawn", task=task, agent=self.agent))["id"]

    # What is seen

    @property
    def facts(self) -> Any:
        """The session, as the engine knows it."""
        return self.world.state.sessions[self.id]

    @property
    def tree(self) -> Path:
        """Its worktree."""
        return Path(self.facts.path)

    @property
    def seen(self) -> list[dict[str, Any]]:
        """What the model was asked in conversations, oldest first."""
        return [one for one in self.world.seen if one.get("step") is not None]

    def told(self, text: str) -> int:
        """How often the model was told this by a user, each time it was new."""
        return sum(said.count(text) for one in self.world.seen if one.get("tools") for said in one.get("said", ()))

    async def row(self) -> dict[str, Any]:
        """Its row."""
        return (await self.editor.command("ao.session", session=self.id))["session"]

    async def message(self, id: str) -> dict[str, Any]:
        """The row of a message."""
        detail = await self.editor.command("ao.session", session=self.id)
        return next(one for one in detail["messages"] if one["id"] == id)

    async def until(self, condition: Callable[[Any], Any], seconds: float = PATIENCE) -> Any:
        """The session, once this is true of it; or what it did instead."""
        try:
            await self.world.until(lambda state: condition(state.sessions[self.id]), seconds)
        except TimeoutError:
            raise AssertionError(f"{await self.row()}\n{self.account()}") from None
        return self.facts

    async def shows(self, beginning: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Its row, once its detail begins so."""
        views = self.world.views
        await self.until(
            lambda session: views.session_state(self.world.state, session)[1].startswith(beginning), seconds
        )
        return await self.row()

    async def turn(self, number: int, seconds: float = PATIENCE) -> Any:
        """A turn, once it is over."""
        found = await self.until(lambda s: len(s.turns) >= number and s.turns[number - 1].ended_at, seconds)
        return found.turns[number - 1]

    async def landed(self) -> str:
        """The commit as which its work became part of the target."""
        found = await self.until(lambda s: s.landing and self.world.state.landings[s.landing].landed_at)
        return self.world.state.landings[found.landing].commit

    async def works(self) -> None:
        """Once its tool runs."""
        await self.eventually(lambda: self.facts.path and (self.tree / BEGUN).exists() and self.tools())

    async def eventually(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What ``condition`` gives once that is true; for what the engine does not tell of."""
        try:
            return await self.world.eventually(condition, seconds)
        except TimeoutError:
            raise AssertionError(self.account()) from None

    async def keeps(self) -> None:
        """Once the program has its call of the tool in a file: one that is killed before can not go on from there."""
        home, pattern = Path(self.world.env["HOME"]), self.kind.keeps.format(self.facts.conversation)
        if self.kind.keeps:
            await self.eventually(lambda: any(BEGUN in file.read_text() for file in home.glob(pattern)))

    def transcript(self, turn: int) -> str:
        """The conversation of a turn in words."""
        return (self._folder() / f"turn-{turn}" / "transcript").read_text()

    def account(self) -> str:
        """What it did, for the message of a failed test."""
        session = self.facts
        asked = [{k: one.get(k) for k in ("step", "said", "got", "calls", "refused")} for one in self.world.seen[-3:]]
        logs = [path.read_text(errors="replace")[-1500:] for path in self._folder().glob("turn-*/transcript")]
        return f"{session.turns=}\n{session.facts=}\n{session.asks=}\n{session.messages=}\n{asked=}\n" + "\n".join(logs)

    # What is said

    async def ask(self) -> dict[str, Any]:
        """What a person is asked in the editor: the answers' titles."""
        return await self.editor.take("window/showMessageRequest")

    def choose(self, title: str) -> None:
        """Choose one of the answers in the editor."""
        self.editor.send(
            {"jsonrpc": "2.0", "id": self.editor.asked["window/showMessageRequest"], "result": {"title": title}}
        )

    async def send(self, *steps: Any, text: str = "Go on.") -> str:
        """Say something, with a script for the model if there are steps; the message's id."""
        words = self.world.scripted(text, *steps) if steps else text
        return (await self.editor.command("ao.send", session=self.id, text=words))["id"]

    async def command(self, name: str, **params: Any) -> Any:
        """Run one of the editor's commands about the session."""
        return await self.editor.command(f"ao.{name}", session=self.id, **params)

    async def allow(self) -> None:
        """Allow what is asked."""
        await self.until(lambda session: session.open_asks)
        (option,) = [one.id for one in self.facts.open_asks[0].ask.options if one.does == "allow"][:1]
        await self.command("answer", option=option)

    @contextlib.asynccontextmanager
    async def restarted(self) -> AsyncIterator[None]:
        """With a new daemon, after the first was killed, and an editor of its own."""
        await self.editor.stop()
        await self.world.end()
        await self.world.start()
        self.editor = self.new_editor(self.world.repo)
        await self.editor.connect(Viewed(self.world.app), Client("lsp", str(self.world.repo), self.world.env, "0"))
        await self.editor.start()
        yield
        await self.editor.stop()

    # Processes

    def _folder(self) -> Path:
        return self.world.app.context.places.state / "sessions" / self.id

    def program(self) -> psutil.Process:
        """The process of the program that runs."""
        state = run.state(self.world.app.context.places.turn(self.id, len(self.facts.turns)))
        assert isinstance(state, Running), state
        return psutil.Process(state.child)

    def tools(self) -> list[psutil.Process]:
        """The processes of the tool that runs until it is ended."""
        return [one for one in self.world.processes(f"tail -f {BEGUN}") if "tail" in _name(one)]

    def end_tool(self) -> None:
        """End the tool that runs; the program goes on."""
        for one in self.tools():
            one.kill()

    def left(self) -> list[str]:
        """Everything that runs for the session."""
        found = []
        for one in self.world.processes():
            with contextlib.suppress(psutil.Error):
                found.append(" ".join(one.cmdline())[:200])
        return found


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""
