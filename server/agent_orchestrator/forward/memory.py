"""What a daemon that takes another one's place must be told, and what the editor must be told of the one that is gone.

Bookkeeping over the messages of both directions, without IO. Names are those of the Language Server Protocol 3.17.
"""

from __future__ import annotations

from contextlib import suppress

from agent_orchestrator.forward import edits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Message = dict[str, Any]
    _Note = Callable[["Memory", Any], None]

#: ``ServerCancelled`` and ``RequestFailed`` of the Language Server Protocol.
SERVER_CANCELLED, REQUEST_FAILED = -32802, -32803
ASK_AGAIN = "the daemon was restarted; ask again"

#: Ids of our own requests; an editor's are numbers, or not likely these.
_OWN = "ao-forward"


class Memory:
    """One editor's conversation so far."""

    def __init__(self) -> None:
        #: Whether the editor has asked the server to shut down: a daemon that ends then is not missed.
        self.shut_down = False
        self._initialize: Message | None = None
        self._initialized = False
        self._encoding = edits.UTF16
        self._documents: dict[str, tuple[Message, list[str]]] = {}
        self._asked_by_client: dict[Any, str] = {}
        self._asked_by_daemon: dict[Any, Message] = {}
        self._asked_by_the_dead: set[Any] = set()
        self._published: dict[str, None] = {}
        self._progress: dict[Any, None] = {}
        self._registered: dict[str, str] = {}
        self._opening: Any = None
        self._losses = 0

    @property
    def initialized(self) -> bool:
        """Whether the editor has had its answer to ``initialize``, before which it takes no other messages."""
        return self._initialize is not None and self._asked_by_client.get(self._initialize["id"]) != "initialize"

    def from_client(self, message: Message) -> bool:
        """Take note of a message before it is passed on; False when it answers a daemon that is gone."""
        method, key = message.get("method"), _key(message)
        if method is None:
            return self._answered(key, message)
        if key is not None:
            self._asked_by_client[key] = method
        if method == "initialize" and key is not None:
            self._initialize = message
        with suppress(*_MALFORMED):
            if note := _FROM_CLIENT.get(method):
                note(self, message.get("params"))
        return True

    def from_daemon(self, message: Message) -> bool:
        """Take note of a message before it is passed on; False when it answers a request of ours."""
        method, key = message.get("method"), _key(message)
        with suppress(*_MALFORMED):
            if method is None:
                return self._answer(key, message)
            if key is not None:
                self._asked_by_daemon[key] = message
            if note := _FROM_DAEMON.get(method):
                note(self, message.get("params"))
        return True

    def lose(self) -> list[Message]:
        """Forget the daemon: what its editor is to be told. An unanswered ``initialize`` is kept for the next one."""
        told = [_ended(token) for token in self._progress]
        told += [_notification("textDocument/publishDiagnostics", uri=uri, diagnostics=[]) for uri in self._published]
        told += [_notification("$/cancelRequest", id=key) for key in self._asked_by_daemon]
        self._asked_by_the_dead.update(self._asked_by_daemon)
        if self._registered:
            told.append(self._unregister())
        kept = {key: method for key, method in self._asked_by_client.items() if method == "initialize"}
        told += [_lost(key, method) for key, method in self._asked_by_client.items() if key not in kept]
        for forgotten in (self._progress, self._published, self._asked_by_daemon, self._registered):
            forgotten.clear()
        self._asked_by_client = kept
        return told

    def opening(self) -> Message | None:
        """``initialize`` for another daemon: under an id of our own, or the editor's while it waits for the answer."""
        if self._initialize is None:
            return None
        self._opening = f"{_OWN}:initialize" if self.initialized else self._initialize["id"]
        return {**self._initialize, "id": self._opening}

    def is_opened_by(self, message: Message) -> bool:
        """Whether this is the answer to :meth:`opening`."""
        return "method" not in message and self._opening is not None and _key(message) == self._opening

    def reopening(self) -> list[Message]:
        """What follows ``initialize``: ``initialized``, and every open document as it is now."""
        self._opening = None
        told = [_notification("initialized")] if self._initialized else []
        for document, lines in self._documents.values():
            told.append(_notification("textDocument/didOpen", textDocument={**document, "text": "".join(lines)}))
        return told

    def give_up(self, sentence: str) -> list[Message]:
        """There is no daemon: an ``initialize`` that waits for its answer is refused and forgotten."""
        if self._initialize is None or self.initialized:
            return []
        key = self._initialize["id"]
        self._initialize = None
        del self._asked_by_client[key]
        return [refusal(key, "initialize", sentence)]

    def without_daemon(self, message: Message, sentence: str) -> list[Message]:
        """Take note of a message that can not be passed on; a request is answered at once."""
        method, key = message.get("method"), _key(message)
        if method is None or key is None:
            self.from_client(message)
            return []
        if method == "shutdown":
            self.shut_down = True
            return [_lost(key, method)]
        return [refusal(key, method, sentence)]

    def _answered(self, key: Any, message: Message) -> bool:
        """The editor's answer to a request: of the daemon, or of one that is gone."""
        if key in self._asked_by_the_dead:
            self._asked_by_the_dead.discard(key)
            return False
        request = self._asked_by_daemon.pop(key, {})
        if "error" not in message:
            with suppress(*_MALFORMED):
                if note := _ANSWERED.get(request.get("method", "")):
                    note(self, request.get("params"))
        return True

    def _answer(self, key: Any, message: Message) -> bool:
        """The daemon's answer to a request: of the editor, or our own."""
        if self._asked_by_client.pop(key, None) == "initialize":
            if "error" in message:
                self._initialize = None
            else:
                self._encoding = message["result"]["capabilities"].get("positionEncoding") or edits.UTF16
        return not (isinstance(key, str) and key.startswith(_OWN))

    def _unregister(self) -> Message:
        self._losses += 1
        key = f"{_OWN}:unregister:{self._losses}"
        self._asked_by_the_dead.add(key)
        # The protocol's own spelling of the name.
        params = {"unregisterations": [{"id": id_, "method": method} for id_, method in self._registered.items()]}
        return {"jsonrpc": "2.0", "id": key, "method": "client/unregisterCapability", "params": params}

    def _note_initialized(self, params: Any) -> None:
        self._initialized = True

    def _note_shutdown(self, params: Any) -> None:
        self.shut_down = True

    def _note_folders(self, params: Any) -> None:
        if self._initialize is None:
            return
        asked, event = self._initialize["params"], params["event"]
        gone = {folder["uri"] for folder in event["removed"]}
        left = [folder for folder in asked.get("workspaceFolders") or [] if folder["uri"] not in gone]
        asked["workspaceFolders"] = [*left, *event["added"]]

    def _note_open(self, params: Any) -> None:
        document = params["textDocument"]
        self._documents[document["uri"]] = (document, edits.split(document.pop("text")))

    def _note_change(self, params: Any) -> None:
        document, lines = self._documents[params["textDocument"]["uri"]]
        for change in params["contentChanges"]:
            edits.apply(lines, change, self._encoding)
        document["version"] = params["textDocument"]["version"]

    def _note_close(self, params: Any) -> None:
        del self._documents[params["textDocument"]["uri"]]

    def _note_diagnostics(self, params: Any) -> None:
        if params["diagnostics"]:
            self._published[params["uri"]] = None
        else:
            self._published.pop(params["uri"], None)

    def _note_progress(self, params: Any) -> None:
        token, kind = params["token"], params["value"]["kind"]
        if kind == "begin":
            self._progress[token] = None
        elif kind == "end":
            self._progress.pop(token, None)

    def _note_registered(self, params: Any) -> None:
        self._registered.update((item["id"], item["method"]) for item in params["registrations"])

    def _note_unregistered(self, params: Any) -> None:
        for item in params["unregisterations"]:
            self._registered.pop(item["id"], None)


def refusal(key: Any, method: str, sentence: str) -> Message:
    """A request's answer where there is no daemon. ``retry``: the editor may offer to ``initialize`` once more."""
    error = {"code": REQUEST_FAILED, "message": sentence}
    if method == "initialize":
        error["data"] = {"retry": True}
    return {"jsonrpc": "2.0", "id": key, "error": error}


def shown(sentence: str) -> Message:
    """``window/showMessage`` of an error."""
    return _notification("window/showMessage", type=1, message=sentence)


def _lost(key: Any, method: str) -> Message:
    """The answer to a request that its daemon did not live to answer. It is shut down, as it was asked to be."""
    if method == "shutdown":
        return {"jsonrpc": "2.0", "id": key, "result": None}
    return {"jsonrpc": "2.0", "id": key, "error": {"code": SERVER_CANCELLED, "message": ASK_AGAIN}}


def _ended(token: Any) -> Message:
    return _notification("$/progress", token=token, value={"kind": "end", "message": "the daemon was restarted"})


def _notification(method: str, **params: Any) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def _key(message: Message) -> Any:
    key = message.get("id")
    return key if isinstance(key, str | int | float) else None


#: What a message raises that is not as the protocol has it. Whoever gets it says so; there is nothing to remember.
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)

_FROM_CLIENT: Mapping[str, _Note] = {
    "initialized": Memory._note_initialized,
    "shutdown": Memory._note_shutdown,
    "workspace/didChangeWorkspaceFolders": Memory._note_folders,
    "textDocument/didOpen": Memory._note_open,
    "textDocument/didChange": Memory._note_change,
    "textDocument/didClose": Memory._note_close,
}
_FROM_DAEMON: Mapping[str, _Note] = {
    "textDocument/publishDiagnostics": Memory._note_diagnostics,
    "$/progress": Memory._note_progress,
}
_ANSWERED: Mapping[str, _Note] = {
    "client/registerCapability": Memory._note_registered,
    "client/unregisterCapability": Memory._note_unregistered,
}
