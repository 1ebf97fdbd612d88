"""Anything in any order: two editors that open, edit, ask, order, cancel, leave and come back, on one daemon.

A model of what the specification says of texts is kept beside. Every request is answered exactly once, by a result or
by a sentence; the server has the texts that the editors have; diagnostics lie inside of them; nothing is logged as a
fault. ``AO_HYPOTHESIS_EXAMPLES`` sets how many histories are tried; the fast run tries few, and the same each time.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, fields
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.lsp import connection, features
from agent_orchestrator.lsp import serve as serving
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.caller import Client
from agent_orchestrator.protocol.lsp import EDITOR_COMMANDS
from agent_orchestrator.protocol.methods import LSP_COMMANDS
from agent_orchestrator.protocol.wire import camel

EXAMPLES = int(os.environ.get("AO_HYPOTHESIS_EXAMPLES", "0"))
PATIENCE = 30.0
INTERNAL_ERROR = -32603
#: The largest number that a position may hold.
MOST = 2**31 - 1

# What editors say

WHO = st.sampled_from((0, 1))
#: Position encoding, and whether diagnostics are pulled.
KIND = st.tuples(st.sampled_from(("utf-8", "utf-16", "utf-32")), st.booleans())
NAME = st.sampled_from(
    ("half.py", "tests/test_half.py", "tests/test_half.py", "agent-orchestrator.yaml", "no/such.py", "../outside.py",
     "tests/../half.py", "untitled:1", "file://[", "file:///%00")
)  # fmt: skip
PIECE = st.sampled_from(
    ("", "a", "b c", "ß", "→", "😀", "\n", "\r\n", "\r", "\x00", "\x0c", "\x85", "\u2028", "\ufeff", "\ud83d", "\ude00",
     "projects: [\n", "{app: {path: 5}}", "assert half(3) == 1.5\n", "def half(a):\n    return a // 2\n")
)  # fmt: skip
#: As it arrives: JSON makes one character of two halves.
TEXT = st.lists(PIECE, max_size=6).map(lambda pieces: str(json.loads(json.dumps("".join(pieces)))))
PLACE = st.fixed_dictionaries(dict.fromkeys(("line", "character"), st.integers(0, 6) | st.sampled_from((99, MOST))))
HOSTILE = st.fixed_dictionaries(dict.fromkeys(("line", "character"), st.sampled_from((0, -1, MOST + 1, -(2**63)))))
SPAN = st.fixed_dictionaries({"start": PLACE, "end": PLACE})
BROKEN = st.fixed_dictionaries({"start": PLACE, "end": HOSTILE})
CHANGE = st.fixed_dictionaries({"text": TEXT}) | st.fixed_dictionaries({"range": SPAN, "text": TEXT})
CHANGES = st.lists(CHANGE, max_size=4) | st.lists(st.fixed_dictionaries({"range": BROKEN, "text": TEXT}), max_size=1)

ATOM = st.none() | st.booleans() | st.integers() | st.floats() | PIECE
FLAT = ATOM | st.lists(ATOM, max_size=3) | st.dictionaries(PIECE, ATOM, max_size=2)
JUNK = FLAT | st.lists(FLAT, max_size=2) | st.dictionaries(PIECE, FLAT, max_size=2)

DIAGNOSTIC = st.fixed_dictionaries(
    {"range": SPAN, "message": TEXT}, optional={"source": st.sampled_from(("ao", "ao:unit", "other", "")), "data": JUNK}
)
METHOD = st.sampled_from(
    ("textDocument/codeAction", "textDocument/codeAction", "textDocument/codeLens", "textDocument/inlayHint",
     "textDocument/diagnostic", "workspace/diagnostic", "codeAction/resolve", "ao/sessions", "ao/failures", "ao/idle",
     "initialize", "textDocument/hover", "no/such", "$/x", "textDocument/completion", "textDocument/definition",
     "textDocument/documentSymbol", "textDocument/formatting")
)  # fmt: skip
QUESTION = st.fixed_dictionaries(
    {
        "range": SPAN,
        "position": PLACE,
        "options": st.just({"tabSize": 2, "insertSpaces": True}),
        "context": st.fixed_dictionaries(
            {"diagnostics": st.lists(DIAGNOSTIC, max_size=2)},
            optional={"only": st.lists(st.sampled_from(("", "quickfix", "source")), max_size=2)},
        ),
        "title": TEXT,
        "data": JUNK | st.fixed_dictionaries({"command": ATOM, "arguments": JUNK}),
        "previousResultIds": st.lists(st.fixed_dictionaries({"uri": TEXT, "value": TEXT}), max_size=1),
    }
)

#: Words that stand for what is there: each is replaced by the first such thing, if there is one.
REAL = ("@failure", "@session", "@landing")
VALUE = st.sampled_from(("app", *REAL, *((word,) for word in REAL), True, False, 0, 1, "never", ".", "", ()))
PARAMS = {id: method.params for id, method in LSP_COMMANDS.items()} | {c.id: c.params for c in EDITOR_COMMANDS}


def _argument(cls: type | None) -> st.SearchStrategy[dict[str, Any]]:
    names = [camel(f.name) for f in fields(cls)] if cls else ["nothing"]
    return st.dictionaries(st.sampled_from(names) if names else st.nothing(), VALUE | JUNK, max_size=len(names))


ORDER = st.sampled_from(sorted(PARAMS)).flatmap(
    lambda id: st.tuples(st.just(id), st.lists(_argument(PARAMS[id]), min_size=1, max_size=1) | JUNK)
)


# What must come of it


def width(text: str, encoding: str) -> int:
    """How many units of an encoding a text takes."""
    codec, size = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
    # Character by character: two halves that came one after the other are two characters here.
    return sum(len(character.encode(codec, "surrogatepass")) // size for character in text)


def lines_of(text: str) -> list[str]:
    return re.split("\r\n|\n|\r", text)


def offset(text: str, place: dict[str, int], encoding: str) -> int:
    """Where a position is: at the end of a line that is shorter, at the end of a text that has fewer lines."""
    lines = lines_of(text)
    if place["line"] >= len(lines):
        return len(text)
    begins = [0, *(end.end() for end in re.finditer("\r\n|\n|\r", text))][place["line"]]
    line = lines[place["line"]]
    return begins + next((i for i in range(len(line)) if width(line[:i], encoding) >= place["character"]), len(line))


def edited(text: str, change: dict[str, Any], encoding: str) -> str:
    """A text after one event; a range that is reversed is the same one the other way round."""
    if "range" not in change:
        return str(change["text"])
    start, end = sorted(offset(text, change["range"][side], encoding) for side in ("start", "end"))
    return text[:start] + str(change["text"]) + text[end:]


def is_allowed(change: dict[str, Any]) -> bool:
    """Does an event fit the specification? The edits that it comes with have no effect where it does not."""
    places = change["range"].values() if "range" in change else ()
    return all(0 <= number <= MOST for place in places for number in place.values())


def inside(found: dict[str, Any], text: str, encoding: str) -> bool:
    """Does a diagnostic lie in the text?"""
    lines = lines_of(text)
    ends = [(found["range"][side]["line"], found["range"][side]["character"]) for side in ("start", "end")]
    return ends == sorted(ends) and all(
        0 <= line < len(lines) and 0 <= character <= width(lines[line], encoding) for line, character in ends
    )


@define
class Side:
    """One editor: what it has open, what it waits for."""

    editor: Any
    server: connection.Connection
    encoding: str
    texts: dict[str, str] = field(factory=dict)
    waiting: list[tuple[int, asyncio.Future[Any]]] = field(factory=list)

    def uri(self, name: str) -> str:
        return name if ":" in name else str(self.editor.uri(name))

    def path(self, name: str) -> str:
        """The file's path, empty for what is none."""
        return "" if ":" in name else os.path.realpath(self.editor.root / name)


class Faults(logging.Handler):
    """Keeps what is logged as wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(f"{record.name}: {record.getMessage()}: {record.exc_info and record.exc_info[1]!r}")


@define
class Place:
    """What every history begins with."""

    ed: Any
    h: Any
    files: dict[str, str]
    checks: dict[str, Any]
    folder: Path
    servers: list[connection.Connection]


class Editors(RuleBasedStateMachine):
    """Each rule is something that an editor, or the person at it, does."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.ed, self.place = place.ed, place
        self.faults = Faults()
        logging.getLogger().addHandler(self.faults)
        self.loop = asyncio.Runner()
        self.world = place.h.World(Path(tempfile.mkdtemp(dir=place.folder)))
        self.sides: list[Side] = []
        #: Files that were written since the check ran: only who has one open knows of that.
        self.written: set[str] = set()
        self.run(self._begin())

    def run(self, work: Awaitable[Any]) -> Any:
        """Let the loop go on until this is done."""

        async def within() -> Any:
            try:
                return await asyncio.wait_for(work, 2 * PATIENCE)
            except asyncio.CancelledError as error:
                # Hypothesis takes what is no Exception for the end of everything.
                raise AssertionError("the work of a rule was cancelled") from error

        return self.loop.run(within())

    async def _begin(self) -> None:
        self.world.make(self.place.files, checks=self.place.checks)
        self.world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
        await self.world.start()
        await self.world.call("check", t.CheckParams())
        self.core = Viewed(self.world.app)

    async def _connect(self, kind: tuple[str, bool]) -> Side:
        encoding, pulls = kind
        capabilities = {**self.ed.CAPABILITIES, "general": {"positionEncodings": [encoding]}}
        if pulls:
            capabilities["textDocument"] = {"diagnostic": {}, "codeAction": {}}
        editor = self.ed.Editor(self.world.repo)
        await editor.connect(self.core, Client("lsp", str(editor.root), self.world.env, "0"))
        await editor.start(capabilities=capabilities)
        return Side(editor, self.place.servers[-1], encoding)

    @initialize(one=KIND, other=KIND)
    def editors_start(self, one: Any, other: Any) -> None:
        self.sides = [self.run(self._connect(kind)) for kind in (one, other)]

    def notify(self, who: int, method: str, params: Any) -> None:
        async def send() -> None:
            self.sides[who].editor.notify(method, params)

        self.run(send())

    def ask(self, who: int, method: str, params: Any) -> None:
        async def send() -> None:
            self.sides[who].waiting.append(self.sides[who].editor.ask(method, params))

        self.run(send())

    # Documents

    @rule(who=WHO, name=NAME, text=st.none() | TEXT)
    def open(self, who: int, name: str, text: str | None) -> None:
        side, path = self.sides[who], self.sides[who].path(name)
        if text is None:
            text = Path(path).read_bytes().decode(errors="replace") if os.path.isfile(path) else ""
        document = {"uri": side.uri(name), "version": 1, "languageId": "x", "text": text}
        self.notify(who, "textDocument/didOpen", {"textDocument": document})
        if path:
            side.texts[path] = text

    @rule(who=WHO, name=NAME, version=st.integers(-1, 3), changes=CHANGES)
    def change(self, who: int, name: str, version: int, changes: list[dict[str, Any]]) -> None:
        side, path = self.sides[who], self.sides[who].path(name)
        document = {"uri": side.uri(name), "version": version}
        self.notify(who, "textDocument/didChange", {"textDocument": document, "contentChanges": changes})
        if path in side.texts and all(map(is_allowed, changes)):
            for each in changes:
                side.texts[path] = edited(side.texts[path], each, side.encoding)

    @rule(who=WHO, name=NAME)
    def save(self, who: int, name: str) -> None:
        side, path = self.sides[who], self.sides[who].path(name)
        if path in side.texts:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).write_bytes(side.texts[path].encode(errors="surrogatepass"))
            self.written.add(path)
        self.notify(who, "textDocument/didSave", {"textDocument": {"uri": side.uri(name)}})

    @rule(who=WHO, name=NAME)
    def close(self, who: int, name: str) -> None:
        side = self.sides[who]
        self.notify(who, "textDocument/didClose", {"textDocument": {"uri": side.uri(name)}})
        side.texts.pop(side.path(name), None)

    @rule(
        who=WHO, kind=st.sampled_from(("added", "removed")), name=st.sampled_from((".", "tests", "..", "x:", "file:"))
    )
    def folder(self, who: int, kind: str, name: str) -> None:
        event: dict[str, Any] = {"added": [], "removed": [], kind: [{"uri": self.sides[who].uri(name), "name": ""}]}
        self.notify(who, "workspace/didChangeWorkspaceFolders", {"event": event})

    # Requests

    @rule(who=WHO, method=METHOD, name=NAME, params=QUESTION)
    def question(self, who: int, method: str, name: str, params: dict[str, Any]) -> None:
        own = method.startswith("ao/")
        self.ask(who, method, {} if own else {**params, "textDocument": {"uri": self.sides[who].uri(name)}})

    @rule(who=WHO, method=METHOD, params=JUNK)
    def senseless_question(self, who: int, method: str, params: Any) -> None:
        self.ask(who, method, params)

    @rule(who=WHO, order=ORDER, token=st.just("mine") | JUNK)
    def order(self, who: int, order: tuple[str, Any], token: Any) -> None:
        command, arguments = order
        if isinstance(token, str | int):
            # An editor has no two pieces of work under one token.
            token = f"{token} {len(self.sides[who].waiting)}"
        given = {"command": command, "arguments": self._real(arguments), "workDoneToken": token}
        self.ask(who, "workspace/executeCommand", given)

    @rule(who=WHO, command=TEXT, arguments=JUNK)
    def senseless_order(self, who: int, command: str, arguments: Any) -> None:
        self.ask(who, "workspace/executeCommand", {"command": command, "arguments": arguments})

    def _real(self, value: Any) -> Any:
        """A value with words replaced by the ids of what is there."""
        if isinstance(value, dict):
            return {key: self._real(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._real(each) for each in value]
        state = self.world.state
        there = dict(zip(REAL, (state.failures, state.sessions, state.landings), strict=True))
        if isinstance(value, str) and value in there:
            return next(iter(there[value]), value)
        return value

    @rule(who=WHO, which=st.integers(0, 9))
    def cancel(self, who: int, which: int) -> None:
        numbers = [number for number, _ in self.sides[who].waiting]
        self.notify(who, "$/cancelRequest", {"id": numbers[which % len(numbers)] if numbers else which})

    @rule(who=WHO, method=st.sampled_from(("$/cancelRequest", "window/workDoneProgress/cancel", "$/setTrace")), id=JUNK)
    def senseless_notification(self, who: int, method: str, id: Any) -> None:
        self.notify(who, method, {"id": id, "token": id, "value": id})

    @rule(who=WHO)
    def cancel_progress(self, who: int) -> None:
        for token in list(self.sides[who].editor.progress):
            self.notify(who, "window/workDoneProgress/cancel", {"token": token})

    @rule(who=WHO, mood=st.sampled_from(("first", "last", "dismiss", "lie", "silent")))
    def mood(self, who: int, mood: str) -> None:
        """How the person answers questions from now on."""
        self.sides[who].editor.answers["window/showMessageRequest"] = {
            "first": lambda params: params["actions"][0],
            "last": lambda params: params["actions"][-1],
            "dismiss": lambda params: {},
            "lie": lambda params: 5,
            "silent": None,
        }[mood]

    # Coming and going

    @rule(who=WHO, how=st.sampled_from(("vanish", "stop", "exit", "half a message")), kind=KIND)
    def leave_and_come_back(self, who: int, how: str, kind: tuple[str, bool]) -> None:
        self.run(self._leave(self.sides[who], how))
        self.sides[who] = self.run(self._connect(kind))

    async def _leave(self, side: Side, how: str) -> None:
        editor = side.editor
        if how == "half a message":
            # It says no more, not even when it is asked.
            editor.answers = {}
            editor.raw(b'Content-Length: 99\r\n\r\n{"jsonrpc":')
            editor.writer.write_eof()
        elif how == "exit":
            editor.notify("exit", None)
        elif how == "vanish":
            editor.vanish()
        if how == "stop":
            await editor.stop()
            assert all(future.done() for _, future in side.waiting)
        else:
            await editor.gone()
        self._judge(side)

    @rule(patient=st.booleans())
    def settle(self, patient: bool) -> None:
        for side in self.sides:
            self.run(self._settle(side, patient))

    async def _settle(self, side: Side, patient: bool) -> None:
        """Every request has its answer; the server has what the editor has, and shows what lies in it."""
        editor = side.editor
        if not patient or editor.answers["window/showMessageRequest"] is None:
            for number, _ in side.waiting:
                editor.notify("$/cancelRequest", {"id": number})
        done = asyncio.gather(*(future for _, future in side.waiting), return_exceptions=True)
        await asyncio.wait_for(done, PATIENCE)
        assert (await editor.request("codeAction/resolve", {"title": "x"}))["title"] == "x"
        assert {path: side.server.texts.text(path) for path in side.texts} == side.texts
        if self.world.state.sessions or self.world.state.hunts:
            return  # Work that goes on for longer than is waited for here.
        await editor.idle()
        for token, values in editor.progress.items():
            kinds = [value["kind"] for value in values]
            assert (kinds[0], kinds[-1]) == ("begin", "end"), (token, kinds)
        for uri, found in {**editor.diagnostics, **await self._pulled(side)}.items():
            self._judge_shown(side, uri, found)

    async def _pulled(self, side: Side) -> dict[str, list[dict[str, Any]]]:
        if not side.server.pulls:
            return {}
        answer = await side.editor.request("workspace/diagnostic", {"previousResultIds": []})
        return {item["uri"]: item["items"] for item in answer["items"]}

    def _judge_shown(self, side: Side, uri: str, found: list[dict[str, Any]]) -> None:
        path = os.path.realpath(uri.removeprefix("file://"))
        text = side.texts.get(path)
        if text is None and (path in self.written or not os.path.isfile(path)):
            return
        text = Path(path).read_text() if text is None else text
        outside = [each for each in found if not inside(each, text, side.encoding)]
        assert outside == [], f"{json.dumps(outside)} in {text!r}"

    @invariant()
    def nothing_is_wrong(self) -> None:
        for side in self.sides:
            self._judge(side)
        assert self.faults.found == []

    def _judge(self, side: Side) -> None:
        """What came so far."""
        assert side.editor.stray == []
        for_people = {"window/showMessageRequest", "window/showMessage", "window/showDocument"}
        ours = {*for_people, "$/cancelRequest", "workspace/diagnostic/refresh"}
        assert {method for method, _ in side.editor.messages} <= ours
        for _, future in side.waiting:
            error = future.exception() if future.done() and not future.cancelled() else None
            if error is not None:
                assert isinstance(error, self.ed.RpcError)
                assert error.code != INTERNAL_ERROR, str(error)
                assert str(error)
                assert "Traceback" not in str(error)

    def teardown(self) -> None:
        try:
            if self.sides and sys.exc_info()[1] is None:
                self.settle(patient=False)
                for side in self.sides:
                    self.run(self._leave(side, "stop"))
                self.nothing_is_wrong()
                assert self.world.app.engine.listeners == []
        finally:
            self.run(self._end())
            self.loop.close()
            logging.getLogger().removeHandler(self.faults)
            self.place.servers.clear()

    async def _end(self) -> None:
        for side in self.sides:
            if not side.editor.closed:
                side.editor.vanish()
                await side.editor.gone()
        for hunt in self.world.state.hunts:
            await self.world.call("huntEnd", t.HuntIdParams(hunt=hunt))
        await self.world.close()
        shutil.rmtree(self.world.folder)


@pytest.fixture
def place(folder: Path, ed: Any, h: Any, monkeypatch: pytest.MonkeyPatch, files: Any) -> Place:
    servers: list[connection.Connection] = []
    made: Callable[..., connection.Connection] = serving.Connection

    def make(core: Any, client: Client) -> connection.Connection:
        servers.append(made(core, client))
        return servers[-1]

    monkeypatch.setattr(serving, "Connection", make)
    # What an editor waits for would else be most of the time.
    monkeypatch.setattr(connection, "PACE", 0.01)
    monkeypatch.setattr(features, "SAVE_PAUSE", 0.01)
    return Place(ed, h, *files, folder, servers)


@pytest.fixture
def files(h: Any) -> tuple[dict[str, str], dict[str, Any]]:
    """A repository with a failing test, and its check."""
    test = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"
    check = {**h.UNIT, "env": {"PYTHONPATH": "."}, "on": ["save", "start"]}
    return {"half.py": "def half(a):\n    return a // 2\n", "tests/test_half.py": test}, {"unit": check}


@pytest.mark.timeout(0 if EXAMPLES else 120)
def test_anything_in_any_order(place):
    how = settings(
        max_examples=EXAMPLES or 25,
        stateful_step_count=30,
        deadline=None,
        derandomize=not EXAMPLES,
        # To make a history shorter takes minutes.
        phases=tuple(Phase) if EXAMPLES else (Phase.generate,),
        suppress_health_check=list(HealthCheck),
        database=None,
        print_blob=True,
    )
    run_state_machine_as_test(lambda: Editors(place), settings=how)


# What it found


@pytest.mark.parametrize("token", [{}, [], {"a": []}, None, 1.5], ids=str)
async def test_a_progress_token_of_a_wrong_type_harms_nobody(editor, caplog, token):
    editor.notify("window/workDoneProgress/cancel", {"token": token})
    order = {"command": "ao.check", "arguments": [], "workDoneToken": token}
    assert (await editor.request("workspace/executeCommand", order))["project"] == "app"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_a_failure_on_a_line_that_the_text_no_longer_has_is_shown_on_its_last(editor):
    await editor.command("ao.check")
    await editor.idle()
    editor.open("tests/test_half.py", "x\ny")
    await editor.idle()
    (found,) = editor.shown("tests/test_half.py")
    assert (found["range"]["start"]["line"], found["range"]["end"]) == (1, {"line": 1, "character": 1})
    assert "edited since" in found["message"]
