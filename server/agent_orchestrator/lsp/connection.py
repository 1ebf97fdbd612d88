"""One client's connection: its server, its board of diagnostics, and the task that keeps it up to date."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Coroutine
from typing import Any

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from agent_orchestrator import __version__
from agent_orchestrator.engine import derive
from agent_orchestrator.engine.state import Project
from agent_orchestrator.lsp import commands, configuration, notices, progress, status
from agent_orchestrator.lsp.board import Board
from agent_orchestrator.lsp.configured import Configured
from agent_orchestrator.lsp.core import Core
from agent_orchestrator.lsp.diagnostics import support_of
from agent_orchestrator.lsp.drafts import Drafts
from agent_orchestrator.lsp.folders import Folders, is_inside, path_of
from agent_orchestrator.lsp.gates import Gates
from agent_orchestrator.lsp.notices import Notices
from agent_orchestrator.lsp.person import Person
from agent_orchestrator.lsp.protocol import Protocol, make_server
from agent_orchestrator.lsp.pulled import Pulled
from agent_orchestrator.lsp.review import Review
from agent_orchestrator.lsp.sheet import URI as SHEET_URI
from agent_orchestrator.lsp.sheets import Sheets
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.lsp.toasts import Toasts
from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol import lsp as own
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.caller import Client
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.wire import to_wire

log = logging.getLogger(__name__)

#: So many files' diagnostics are sent at a time: a client reads some while others are made.
TOGETHER = 50

#: Seconds between two updates of a client; the first change after a rest is shown at once.
PACE = 0.02


class Connection:
    """What one client has open and was sent. Everything runs in the event loop."""

    def __init__(self, core: Core, client: Client) -> None:
        self.core = core
        self.client = client
        self.server: LanguageServer = make_server("agent-orchestrator", __version__)
        protocol = self.server.protocol
        assert isinstance(protocol, Protocol)
        self.protocol = protocol
        self.folders = Folders()
        self.texts = Texts()
        self.board = Board(self.texts, self.folders)
        self.progress = progress.Board(self._notify)
        self.person = Person(self.server, self.folders)
        self.notices = Notices()
        self.toasts = Toasts(self.notices, lambda notice: self.run(self._ask_about(notice)))
        self.gates = Gates(self.progress, self.run, self._stop)
        self.sheets = Sheets(self)
        self.pulled = Pulled(self.protocol.send_request)
        self.drafts = Drafts(self)
        self.review = Review(self)
        self.configured = Configured(self)
        #: Project → what was saved in it and is still to be checked.
        self.saves: dict[str, list[str]] = {}
        #: The editor says that its user does not trust the workspace: nothing may run from here.
        self.restricted = False
        #: Diagnostics are pulled by the client and not pushed.
        self.pulls = False
        self.capabilities = lsp.ClientCapabilities()
        self._changed = asyncio.Event()
        self._told: tuple[object, ...] = ()
        self._status: dict[str, Any] = {}
        self._settled: tuple[int, ...] | None = None
        self._started = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._forget = core.listen(self._changed.set)

    # Life

    def begin(self, params: lsp.InitializeParams) -> None:
        """Read what the client can do, and which folders it has open."""
        self.capabilities = params.capabilities
        self.texts.codec = self.server.workspace.position_codec
        self.board.support = support_of(params.capabilities)
        text = params.capabilities.text_document
        # Everybody shows what is pushed, for files that are not open too; many pull for open files only.
        self.pulls = bool(text and text.diagnostic and not text.publish_diagnostics)
        options = params.initialization_options
        self.restricted = isinstance(options, dict) and options.get("workspaceTrusted") is False
        window = params.capabilities.window
        self.sheets.begin(params)
        self.pulled.begin(params.capabilities)
        self.configured.begin(options)
        self.person.can_show = bool(window and window.show_document and window.show_document.support)
        if window and window.work_done_progress:
            self.progress.create = self._create_token
        for folder in params.workspace_folders or ():
            self.folders.add(folder.uri)
        if not self.folders.paths and params.root_uri:
            self.folders.add(params.root_uri)

    def started(self) -> None:
        """The client is ready: drive its projects, and keep it up to date. It may say so only once."""
        if self._started:
            return
        self._started = True
        self.run(self._keep_up_to_date())
        for path in self.folders.paths:
            self.run(self.look_into(path))

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the messages, until it or the connection ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s", error, exc_info=error)

    async def end(self) -> None:
        """Forget the client."""
        self._forget()
        self.toasts.close()
        try:
            await self.drafts.finish()
        finally:
            tasks = [*self._tasks, *self.protocol.tasks()]
            for task in self._tasks:
                task.cancel()
            self.protocol.cancel_all()
            await asyncio.gather(*tasks, return_exceptions=True)
            self.server.shutdown()  # type: ignore[no-untyped-call]

    # Projects

    def projects(self) -> list[Project]:
        """The projects that are in, or around, the open folders; an agent's worktree shows none."""
        worktrees = self._worktrees()
        return [p for p in self.core.state.projects.values() if self.folders.shows(p.settings.path, worktrees)]

    def _worktrees(self) -> list[str]:
        return [s.path for s in self.core.state.sessions.values() if s.path]

    def project_of(self, path: str) -> Project | None:
        """The project that a file belongs to."""
        found = [p for p in self.core.state.projects.values() if is_inside(path, p.settings.path)]
        return max(found, key=lambda p: len(p.settings.path), default=None)

    async def look_into(self, folder: str) -> None:
        """Drive the project that is configured for a folder, show what is wrong in its file, and run its checks."""
        file = next(configuration.files_above(folder), None)
        if file is None:
            return
        self.show_configuration(file)
        if any(is_inside(folder, worktree) for worktree in self._worktrees()):
            # What an agent made of the configuration is not what the person configured.
            return
        with contextlib.suppress(Refused):
            await self.core.call("projectAdd", t.AddProjectParams(path=folder), self.client)
            if project := self.project_of(folder):
                await self.check_on("start", project)
        self._changed.set()

    async def check_on(self, occasion: str, project: Project, files: tuple[str, ...] = ()) -> None:
        """Run the checks that are configured for an occasion, on these files alone where that can be; only if the
        project is trusted."""
        chosen = self.core.started_for(project.id, occasion)
        if not chosen or self.restricted or project.trusted != project.settings.trust or project.paused:
            return
        from agent_orchestrator.lsp import running

        params = t.CheckParams(project=project.id, checks=chosen, files=files)
        try:
            await running.check(self, params, None, f"ao check ({', '.join(chosen)})")
        except Refused as error:
            log.info("%s: %s", project.id, error)

    def show_configuration(self, path: str) -> None:
        """Say what is wrong in a configuration file, as it is in the editor or on disk."""
        text = self.texts.text(path)
        found = [] if text is None else self.configured.diagnostics(path, text)
        self.board.configuration(path, found)
        self._changed.set()

    # Keeping the client up to date

    def touch(self) -> None:
        """Something was edited, opened or closed."""
        self._settled = None
        self._changed.set()

    async def _keep_up_to_date(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._refresh()
            except Exception:
                # The next change may be one that can be shown.
                log.exception("a client can not be brought up to date")
            await self.protocol.drain()
            await asyncio.sleep(PACE)

    async def _refresh(self) -> None:
        version = self.core.version
        shown = self.projects()
        self.board.show(
            {p.id: (p.settings.path, p.settings.config or p.settings.path, self.core.problems(p.id)) for p in shown}
        )
        self.sheets.refresh()
        if self.pulls:
            if self.board.forget_dirty():
                self.pulled.diagnostics()
        else:
            await self._publish()
        state = self.core.state
        ids = {p.id for p in shown}
        sessions = [s for s in state.sessions.values() if s.project in ids]
        told = (version, len([s for s in sessions if not s.closed]), sum(len(self.core.failures(id)) for id in ids))
        self.pulled.lines(self.board.edition, told[1], self.sheets.shown)
        if told != self._told:
            self._told = told
            changed = own.Changed(revision=state.revision, sessions=told[1], failures=told[2])
            self._notify(own.CHANGED, to_wire(changed))
        self._tell_status()
        self.gates.show(state, ids)
        self.toasts.offer(self.notices.news(state, ids, trust=not self.restricted))
        self.person.withdraw_but(self.notices.standing)
        # What was edited meanwhile is still to be shown.
        self._settled = None if self._changed.is_set() else version

    async def _publish(self) -> None:
        more, frames = True, list[bytes]()
        while more:
            frames.clear()
            more = self.board.send(lambda uri, found: frames.append(_publication(uri, found)), TOGETHER)
            # Together: a write for each of hundreds of files takes longer than all else.
            self.protocol.write(b"".join(frames))
            await self.protocol.drain()

    def _tell_status(self) -> None:
        if status.is_wanted(self.capabilities):
            found = status.status(self.projects(), busy=self.core.busy)
            if found != self._status:
                self._status = found
                self._notify(status.METHOD, found)

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        self.protocol.write(_notification(method, params))

    async def idle(self) -> int:
        """Wait until nothing is under way and everything was sent; the revision of the state then."""
        done = asyncio.Event()
        forget = self.core.listen(done.set)
        try:
            while (
                self.core.busy or self._settled != self.core.version or len(self._tasks - self.person.waited_for_by) > 1
            ):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(PACE):
                        await done.wait()
                done.clear()
        finally:
            forget()
        return self.core.state.revision

    # Asking the person

    async def _ask_about(self, notice: notices.Notice) -> None:
        titles = [title for title, _, _ in notice.actions]
        said = await self.person.ask(notice.message, titles, notice.key) if self.person.can_ask else None
        if not self.person.can_ask:
            self.person.tell(notice.message, lsp.MessageType.Warning)
        chosen = next((a for a in notice.actions if a[0] == said), None)
        if chosen is None:
            return
        try:
            await self.execute(lsp.ExecuteCommandParams(command=chosen[1], arguments=[chosen[2]]))
        except commands.CommandError as error:
            self.person.tell(str(error.message), lsp.MessageType.Error)

    # Commands

    async def execute(self, params: lsp.ExecuteCommandParams) -> Any:
        """Run a command; its result as JSON types. Raises CommandError."""
        from agent_orchestrator.lsp import running

        return await running.execute(self, params)

    async def _stop(self, session: str) -> None:
        with contextlib.suppress(Refused):
            await self.core.call("stop", t.StopParams(session=session), self.client)

    async def _create_token(self, token: str) -> None:
        await self.protocol.send_request_async(
            lsp.WINDOW_WORK_DONE_PROGRESS_CREATE, lsp.WorkDoneProgressCreateParams(token=token)
        )

    def home(self, path: str | None = None) -> Client:
        """The client, standing where the file (or its first folder) is: that names the project."""
        from attrs import evolve

        cwd = os.path.dirname(path) if path else next(iter(self.folders.paths), self.client.cwd)
        return evolve(self.client, cwd=cwd or "/")

    def sessions(self) -> tuple[t.SessionRow, ...]:
        """The sessions of the shown projects that are not over."""
        from agent_orchestrator.views.rows import session_row

        state = self.core.state
        return tuple(session_row(state, s) for p in self.projects() for s in derive.open_sessions(state, p.id))


def path_in(uri: str) -> str:
    """The path of a document, its own name where that is no file; empty when it is nothing that is known here."""
    return path_of(uri) or (uri if uri == SHEET_URI else "")


def _notification(method: str, params: dict[str, Any]) -> bytes:
    """A notification of JSON types: pygls' converter takes ten times as long for a board of thousands."""
    return framing.frame({"jsonrpc": "2.0", "method": method, "params": params})


def _publication(uri: str, diagnostics: list[dict[str, Any]]) -> bytes:
    return _notification("textDocument/publishDiagnostics", {"uri": uri, "diagnostics": diagnostics})
