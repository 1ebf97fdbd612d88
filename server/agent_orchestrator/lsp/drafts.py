"""Tasks and messages that are written in the editor as files: opened, and sent when they are saved.

An editor that tells of a save is believed; of one that shows the file without telling, as some do with files outside of
their project, the file itself tells (on Linux). A file is sent once, whoever tells how often.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types as lsp

from agent_orchestrator.proc.inotify import Change, Inotify
from agent_orchestrator.protocol import lsp as own
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.protocol.paths import make_private
from agent_orchestrator.protocol.wire import to_wire
from agent_orchestrator.views.drafts import Draft, Written, read, template

if TYPE_CHECKING:
    from agent_orchestrator.lsp.connection import Connection

_SUFFIX, _SENT = ".md", ".sent"
#: Bytes of a file that are read: more is no message of a person.
MOST = 1 << 20
#: Characters that are shown of what is answered.
_TITLE = 200
#: Digests of all that was written into a file from here, which nobody has saved, by file: what one client has written
#: is heard of by all that opened it.
_WROTE: dict[str, set[bytes]] = {}


class Drafts:
    """What one client writes."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        #: The files that this client opened and that were not sent yet.
        self._open: set[str] = set()
        #: What was sent from here, by file.
        self._sent: dict[str, str] = {}
        #: The files that are about to be saved without anybody asking for that.
        self._unasked: set[str] = set()
        #: What is being sent. It goes on when the request that said so, or the client, ends.
        self._sending: set[asyncio.Future[Any]] = set()
        self._inotify: Inotify | None = None

    @property
    def folder(self) -> Path:
        """Where the files lie. They stay there, whatever becomes of the daemon."""
        return Path(self._c.core.sheet).with_name("tasks")

    async def compose(self, params: own.ComposeParams) -> Any:
        """Open a new file. Raises Refused."""
        draft, title = self._draft(params)
        path = self.begin(f"{draft.session or 'task'}-{secrets.token_hex(3)}", template(draft, title))
        await self._c.person.show(path)
        return to_wire(own.Shown(path=path))

    def begin(self, name: str, text: str) -> str:
        """Make a file that is sent when it is saved; its path. Raises Refused."""
        if problem := make_private(self.folder):
            raise Refused(problem)
        path = self.path(name)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        _WROTE.setdefault(path, set()).add(_digest(text))
        self._open.add(path)
        self._watch()
        return path

    def rewrite(self, path: str, text: str) -> None:
        """Change a file that the client has not open. It is not sent for that."""
        _WROTE.setdefault(path, set()).add(_digest(text))
        temporary = Path(f"{path}.tmp")
        temporary.write_text(text, encoding="utf-8")
        temporary.chmod(0o600)
        temporary.replace(path)

    def path(self, name: str) -> str:
        """Where the file of a name lies."""
        return os.path.join(os.path.realpath(self.folder), f"{name}{_SUFFIX}")

    def will_save(self, path: str, reason: lsp.TextDocumentSaveReason) -> None:
        """The client is about to save a file. What an editor saves by itself is not finished."""
        if reason == lsp.TextDocumentSaveReason.Manual:
            # The save before may have failed.
            self._unasked.discard(path)
        else:
            self._unasked.add(path)

    def saved(self, path: str) -> bool:
        """The client saved a file; returns whether it is one of these."""
        unasked = path in self._unasked
        self._unasked.discard(path)
        if not self._is_one(path):
            return False
        if not unasked:
            self._finishing(self._c.run(self._send(path, told=True)))
        return True

    async def finish(self) -> None:
        """The client is gone: what it saved before is sent still."""
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)

    def _finishing(self, work: asyncio.Future[Any]) -> None:
        self._sending.add(work)
        work.add_done_callback(self._sending.discard)

    def _draft(self, params: own.ComposeParams) -> tuple[Draft, str]:
        state = self._c.core.state
        if params.session:
            if params.session not in state.sessions:
                raise Refused(f"there is no session {params.session!r}")
            return Draft(session=params.session), state.sessions[params.session].title
        shown = {project.id: project for project in self._c.projects()}
        project = params.project or next(iter(shown), "")
        if project not in state.projects:
            raise Refused("no project is open here; `ao start` adds one")
        if params.thread:
            answered = (row for row in self._c.core.threads(project) if row.thread == params.thread)
            if (thread := next(answered, None)) is None:
                raise Refused("nothing is known of that conversation; it may be resolved by now")
            first = thread.comments[0]
            title = f"@{first.author} in #{thread.number}: {first.text[:_TITLE]}"
            return Draft(project, pull=thread.pull, thread=thread.thread), title
        rows = {row.id: row for row in self._c.core.failures(project)}
        if unknown := [id for id in params.failures if id not in rows]:
            raise Refused(f"nothing is known of the failure {unknown[0]}; it may be gone by now")
        about = tuple(_line(rows[id]) for id in params.failures)
        return Draft(project, agent=params.agent, about=about), state.projects[project].settings.name or project

    def _is_one(self, path: str) -> bool:
        return path.endswith(_SUFFIX) and os.path.dirname(path) == os.path.realpath(self.folder)

    def _watch(self) -> None:
        if self._inotify is None and (made := Inotify.begin(self._heard)) is not None:
            self._inotify = made
            made.watch(self.folder)

    def _heard(self, changes: list[Change]) -> None:
        for path in {str(change.folder / change.name) for change in changes} & self._open:
            if not self._c.texts.is_open(path):
                self._finishing(self._c.run(self._send(path, told=False)))

    async def _send(self, path: str, *, told: bool) -> None:
        """Send what was saved, and say what became of it. ``told``: by the client, and not by the file itself."""
        text = await asyncio.to_thread(content, path)
        if self._sent.get(path) == text:
            return
        # Of a file that is seen while it is written nothing is said: it will be seen again. Nor of one that was sent:
        # whoever sent it knows.
        if not told and (_digest(text) in _WROTE.get(path, ()) or isinstance(read(text), str) or was_sent(path)):
            return
        try:
            done = await self.deliver(path, text)
        except Refused as error:
            self._c.person.tell(f"Nothing was sent: {error}", lsp.MessageType.Warning)
        else:
            self._c.person.tell(done.message if done else "Nothing was sent: nothing was written.")

    async def deliver(self, path: str, text: str) -> t.Done | None:
        """Send what a file says, once; None when it says nothing. Raises Refused: it can be tried again."""
        found = read(text)
        if isinstance(found, str):
            raise Refused(found)
        if not found.text:
            return None
        if not _claimed(path):
            raise Refused("this was sent already")
        self._sent[path] = text
        # From here on it is sent, or said to be not sent, whatever becomes of the request.
        work = asyncio.ensure_future(self._deliver(path, text, found))
        self._finishing(work)
        return await asyncio.shield(work)

    async def _deliver(self, path: str, text: str, found: Written) -> t.Done:
        try:
            done = await self._carry_out(found.text, found.draft)
        except Exception:
            del self._sent[path]
            os.unlink(f"{path}{_SENT}")
            raise
        self._open.discard(path)
        _WROTE.pop(path, None)
        return done

    async def _carry_out(self, text: str, draft: Draft) -> t.Done:
        client = self._c.home()
        if draft.session:
            done: t.Done = await self._c.core.call("send", t.SendParams(session=draft.session, text=text), client)
        elif draft.thread:
            answer = t.ReplyParams(project=draft.project, pull=draft.pull, thread=draft.thread, text=text)
            done = await self._c.core.call("commentReply", answer, client)
        else:
            wish = t.NewParams(project=draft.project, task=text, agent=draft.agent)
            done = await self._c.core.call("new", wish, client)
        return done


def content(path: str) -> str:
    """What the file holds; nothing where it is gone."""
    try:
        with open(path, "rb") as file:
            return file.read(MOST).decode(errors="replace")
    except OSError:
        return ""


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()


def _claimed(path: str) -> bool:
    """Is it ours to send? It is nobody's any more once somebody sends it, whatever happens to them."""
    try:
        os.close(os.open(f"{path}{_SENT}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    return True


def was_sent(path: str | os.PathLike[str]) -> bool:
    """Was the file sent, or is it being sent?"""
    return os.path.exists(f"{os.fspath(path)}{_SENT}")


def _line(row: t.FailureRow) -> str:
    place = f" ({row.path}:{row.line})" if row.path else ""
    return f"{row.check}: {row.key}{place}: {row.message}"
