"""Between an editor's pipes and a daemon's socket: a thread for each direction; a daemon that is lost is replaced."""

from __future__ import annotations

import socket
import time
from collections import deque
from contextlib import suppress
from threading import Condition, Lock, Thread

from agent_orchestrator.cli.client import PATIENCE, NoDaemon, RefusedByDaemon
from agent_orchestrator.forward.frames import framed, parse, read_body, write_all
from agent_orchestrator.forward.memory import Memory, shown
from agent_orchestrator.protocol.framing import FramingError, encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from agent_orchestrator.forward.frames import Reader
    from agent_orchestrator.forward.memory import Message

#: Seconds after which a daemon is one that works, and not one that ends by what it is told.
_STEADY = 5.0
#: Seconds before a daemon is looked for after the first, second, … that did not last; then the editor has to ask.
_PAUSES = (0.0, 0.2, 1.0)
#: Seconds that a daemon has for its last words when the editor is done.
_LINGER = 1.0


class Relay:
    """``dial`` gives a socket whose hello is done, or raises; ``note`` says a sentence where no editor reads it."""

    def __init__(
        self, dial: Callable[[], socket.socket], reader: Reader, output: int, note: Callable[[str], None]
    ) -> None:
        self._dial = dial
        self._reader = reader
        self._output = output
        self._note = note
        self._writing = Lock()
        # All below belongs to whoever holds this. Nothing is sent meanwhile: a full pipe must not stop both directions.
        self._changed = Condition()
        self._memory = Memory()
        #: What waits for a daemon, oldest first. It is not in the memory yet.
        self._backlog: deque[tuple[bytes, Message]] = deque()
        #: The daemon, once it has been told everything that came before.
        self._stream: socket.socket | None = None
        #: Whether one is being told that.
        self._telling = False
        self._unreachable = False
        self._ending = False
        self._code: int | None = None

    def run(self) -> int:
        """Until the editor or its pipes end; the answer is the exit status."""
        self._start(self._hear_editor)
        self._start(self._keep_connected)
        with self._changed:
            self._changed.wait_for(lambda: self._code is not None)
        return self._code or 0

    # The editor's side

    def _hear_editor(self) -> None:
        shut_down = False
        try:
            while (body := read_body(self._reader)) is not None:
                message = parse(body)
                self._from_editor(body, message)
                shut_down |= message.get("method") == "shutdown"
                if message.get("method") == "exit":
                    return self._finish(0 if shut_down else 1)
        except FramingError as error:
            self._note(f"the editor's messages can not be read: {error}")
            return self._end(1)
        return self._finish(0)

    def _from_editor(self, body: bytes, message: Message) -> None:
        with self._changed:
            stream = self._stream
            if stream is None:
                self._backlog.append((body, message))
                self._changed.notify_all()
                return
            passes = self._memory.from_client(message)
        if passes:
            # A daemon that is gone is noticed where it is read; what this was, the memory knows.
            with suppress(OSError):
                stream.sendall(framed(body))

    def _finish(self, code: int) -> None:
        """Let the daemon read and say what is left, within limits."""
        with self._changed:
            self._ending = True
            self._changed.wait_for(lambda: self._unreachable or not (self._backlog or self._telling), PATIENCE)
            if self._stream is not None:
                with suppress(OSError):
                    self._stream.shutdown(socket.SHUT_WR)
                self._changed.wait_for(lambda: self._stream is None, _LINGER)
        self._end(code)

    # The daemon's side

    def _keep_connected(self) -> None:
        losses, said = 0, False
        while True:
            try:
                stream = self._dial()
            except (NoDaemon, RefusedByDaemon, OSError) as error:
                self._wait_without(str(error), say=not said)
                said = True
                continue
            since = time.monotonic()
            why = self._converse(stream)
            self._tell(self._lost())
            if self._is_over():
                return self._serve_shut_down()
            if time.monotonic() - since > _STEADY:
                losses, said = 0, False
            losses += 1
            if losses > len(_PAUSES):
                self._wait_without(f"the daemon ended {losses} times in a row ({why}); see `ao doctor`", say=not said)
                said = True
            else:
                time.sleep(_PAUSES[losses - 1])

    def _converse(self, stream: socket.socket) -> str:
        """Pass on what a daemon says until it ends; the answer is why it did."""
        telling: Thread | None = None
        try:
            with self._changed:
                self._telling = True
                opening = self._memory.opening()
            if opening is None:
                telling = self._start(self._bring_up_to_date, stream)
            else:
                stream.sendall(_frames([opening]))
            with stream.makefile("rb") as reader:
                while (body := read_body(reader)) is not None:
                    message = parse(body)
                    with self._changed:
                        opened = telling is None and self._memory.is_opened_by(message)
                        passes = self._memory.from_daemon(message)
                    if passes:
                        self._write(framed(body))
                    elif opened and "error" in message:
                        return f"it does not serve this editor any more: {message['error']}"
                    if opened:
                        telling = self._start(self._bring_up_to_date, stream)
            return "it closed the connection"
        except (OSError, FramingError) as error:
            return str(error)
        finally:
            with suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)
            if telling is not None:
                telling.join()
            stream.close()

    def _bring_up_to_date(self, stream: socket.socket) -> None:
        """Tell a daemon what its predecessor knew, then what the editor has said meanwhile."""
        with self._changed:
            messages = self._memory.reopening()
        with suppress(OSError):
            if messages:
                stream.sendall(_frames(messages))
            while (body := self._next(stream)) is not None:
                stream.sendall(framed(body))

    def _next(self, stream: socket.socket) -> bytes | None:
        """What waits for a daemon; None when nothing does, and from now on nothing needs to."""
        with self._changed:
            while self._backlog:
                body, message = self._backlog.popleft()
                if self._memory.from_client(message):
                    return body
            self._stream = stream
            self._telling = self._unreachable = False
            self._changed.notify_all()
            return None

    def _lost(self) -> list[Message]:
        with self._changed:
            self._stream = None
            self._telling = False
            self._changed.notify_all()
            return self._memory.lose()

    def _is_over(self) -> bool:
        with self._changed:
            return self._memory.shut_down or (self._ending and not self._backlog)

    def _wait_without(self, sentence: str, *, say: bool) -> None:
        """Answer in place of the daemon that there is none, until the editor says something more."""
        with self._changed:
            self._unreachable = True
            answers = self._memory.give_up(sentence) + self._answers(sentence)
            if self._memory.initialized and say:
                answers.append(shown(sentence))
            self._changed.notify_all()
        if say:
            self._note(sentence)
        self._tell(answers)
        with self._changed:
            self._changed.wait_for(lambda: self._backlog)

    def _serve_shut_down(self) -> None:
        """Nothing but ``exit`` may follow ``shutdown``."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._backlog)
                answers = self._answers("the server was shut down")
                self._changed.notify_all()
            self._tell(answers)

    def _answers(self, sentence: str) -> list[Message]:
        """Take the backlog into the memory, and answer its requests."""
        answers = [answer for _, message in self._backlog for answer in self._memory.without_daemon(message, sentence)]
        self._backlog.clear()
        return answers

    # Both sides

    def _tell(self, messages: Iterable[Message]) -> None:
        self._write(_frames(messages))

    def _write(self, data: bytes) -> None:
        try:
            with self._writing:
                write_all(self._output, data)
        except OSError:
            self._end(0)  # The editor has gone.

    def _end(self, code: int) -> None:
        with self._changed:
            if self._code is None:
                self._code = code
            self._changed.notify_all()

    def _start(self, work: Callable[..., Any], *args: Any) -> Thread:
        def guarded() -> None:
            try:
                work(*args)
            except BaseException:
                self._end(1)
                raise

        thread = Thread(target=guarded, daemon=True)
        thread.start()
        return thread


def _frames(messages: Iterable[Message]) -> bytes:
    return b"".join(framed(encode(message)) for message in messages)
