"""The bridge to an agent that is an HTTP server: lines on one side, requests and events on the other."""

from __future__ import annotations

import json
import queue
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from attrs import define

from agent_orchestrator.proc.bridge.http_argv import URL, http_bridge_argv, http_join_argv
from agent_orchestrator.proc.bridge.http_events import TEXT, Parts

PATIENCE = 30
SERVER = Path(__file__).with_name("http_server.py")


def sent(*events: dict[str, Any]) -> list[str]:
    """Events as a server sends them."""
    return [f"data: {json.dumps(event)}\n\n" for event in events]


@define
class Bridge:
    """A bridge that runs."""

    process: subprocess.Popen[str]
    read: queue.Queue[str | None]

    def say(self, line: str) -> None:
        """A line of its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def ask(self, id: str, method: str, path: str, body: Any = None) -> None:
        """A request."""
        self.say(json.dumps({"id": id, "method": method, "path": path, "body": body}))

    def next(self) -> Any:
        """The next line."""
        line = self.read.get(timeout=PATIENCE)
        assert line is not None, "it has ended"
        return json.loads(line)

    def until(self, name: str) -> Any:
        """The next line with this name."""
        while name not in (found := self.next()):
            continue
        return found

    def server(self) -> psutil.Process:
        """The server behind it."""
        (found,) = psutil.Process(self.process.pid).children()
        return found

    def end(self) -> tuple[int, list[Any]]:
        """End its standard input; its code, and the lines that were left."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.rest()

    def rest(self) -> tuple[int, list[Any]]:
        """Its code, and the lines that were left."""
        lines = []
        while (line := self.read.get(timeout=PATIENCE)) is not None:
            lines.append(json.loads(line))
        return self.process.wait(PATIENCE), lines


@pytest.fixture
def door(tmp_path: Path) -> Path:
    return tmp_path / "doors" / "door"


@pytest.fixture
def start(door: Path) -> Iterator[Callable[..., Bridge]]:
    """Starts a bridge to a server with these streams, or to another program."""
    started: list[Bridge] = []

    def start(*streams: list[str], argv: tuple[str, ...] = ()) -> Bridge:
        program = argv or (sys.executable, "-I", str(SERVER), json.dumps(streams or [[]]))
        process = subprocess.Popen(
            http_bridge_argv(door, ("told", "message.part.updated"), program),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        read: queue.Queue[str | None] = queue.Queue()

        def reader() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                read.put(line)
            read.put(None)

        threading.Thread(target=reader, daemon=True).start()
        started.append(Bridge(process, read))
        return started[-1]

    yield start
    for bridge in started:
        bridge.process.kill()
        bridge.process.wait(PATIENCE)
        for pipe in (bridge.process.stdin, bridge.process.stdout, bridge.process.stderr):
            if pipe is not None:
                pipe.close()


def test_requests_are_answered_one_after_another(start: Callable[..., Bridge]):
    bridge = start()
    bridge.ask("a", "POST", "/x", {"text": "é\n\u2028"})
    bridge.ask("b", "GET", "/y")

    assert bridge.next() == {"stream": "open", "number": 1}
    answers = [bridge.next(), bridge.next()]
    assert [(one["id"], one["status"], one["body"]["method"]) for one in answers] == [
        ("a", 200, "POST"),
        ("b", 200, "GET"),
    ]
    assert answers[0]["body"]["body"] == {"text": "é\n\u2028"}
    assert bridge.end() == (0, [])


def test_wanted_events_are_lines_in_their_order(start: Callable[..., Bridge]):
    events = [{"type": "told", "properties": {"n": n}} for n in range(3)]
    bridge = start(sent(events[0], {"type": "other"}, *events[1:]))

    assert bridge.next() == {"stream": "open", "number": 1}
    lines = [bridge.next() for _ in events]
    assert [line["event"] for line in lines] == events
    assert all(line["at"] > 1.7e9 for line in lines)


def test_what_is_no_event_is_left_out(start: Callable[..., Bridge]):
    garbage = [": a comment\n\n", "data: {\n\n", "data: [1]\n\n", 'data: {"type": 3}\n\n', "data\n\n", "\n\n\n"]
    in_lines = ['event: x\r\ndata: {"type":\r\ndata: "to', 'ld"}\r\n\r\n']
    bridge = start([*garbage, *in_lines])

    assert bridge.next() == {"stream": "open", "number": 1}
    assert bridge.next()["event"] == {"type": "told"}


def test_a_stream_that_breaks_is_opened_again_and_that_is_said(start: Callable[..., Bridge]):
    bridge = start(sent({"type": "told", "properties": 1}), sent({"type": "told", "properties": 2}))

    lines = [bridge.next() for _ in range(5)]
    assert [line.get("event", line) for line in lines] == [
        {"stream": "open", "number": 1},
        {"type": "told", "properties": 1},
        {"stream": "broken", "number": 1, "why": lines[2]["why"]},
        {"stream": "open", "number": 2},
        {"type": "told", "properties": 2},
    ]


def test_what_hangs_after_the_start_is_asked_again_where_that_is_harmless(start: Callable[..., Bridge]):
    bridge = start()
    bridge.ask("a", "GET", "/hangs-once")

    assert bridge.until("id")["body"]["number"] > 1


def test_an_answer_that_is_no_answer_is_said(start: Callable[..., Bridge]):
    bridge = start()
    bridge.ask("a", "GET", "/fails")
    bridge.ask("b", "POST", "/cut")
    bridge.say("not a request")
    bridge.say('{"id": "d", "method": "GET"}')
    bridge.ask("e", "GET", "/y")

    assert bridge.until("id") == {"id": "a", "status": 500, "body": "<html>Internal</html>"}
    cut, strange, half = bridge.next(), bridge.next(), bridge.next()
    assert (cut["id"], cut["status"], cut["error"][:10]) == ("b", 0, "POST /cut:")
    assert (strange["id"], strange["error"][:14]) == (None, "not a request:")
    assert (half["id"], half["error"]) == ("d", "not a request: KeyError: 'path'")
    assert bridge.next()["status"] == 200


def test_a_server_that_ends_ends_it_with_its_code(start: Callable[..., Bridge]):
    bridge = start()
    bridge.ask("a", "POST", "/die")

    code, lines = bridge.rest()
    assert code == 3
    assert [line["status"] for line in lines if "id" in line] == [0]


def test_a_server_that_is_killed_ends_it_as_a_shell_says_it(start: Callable[..., Bridge]):
    bridge = start()
    bridge.until("stream")
    bridge.server().kill()

    assert bridge.rest()[0] == 128 + signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the holder ends what is left")
def test_it_leaves_no_server_when_it_is_killed(start: Callable[..., Bridge]):
    bridge = start()
    bridge.until("stream")
    server = bridge.server()
    bridge.process.kill()

    server.wait(PATIENCE)
    assert not server.is_running()


def test_what_was_asked_before_the_end_is_done(start: Callable[..., Bridge]):
    bridge = start()
    bridge.until("stream")
    bridge.ask("a", "POST", "/abort")

    code, lines = bridge.end()
    assert (code, [line["id"] for line in lines if "id" in line]) == (0, ["a"])


def test_a_signal_ends_both(start: Callable[..., Bridge]):
    bridge = start()
    bridge.until("stream")
    server = bridge.server()
    bridge.process.terminate()

    assert bridge.rest()[0] == 128 + signal.SIGTERM
    assert not server.is_running()


def test_a_program_that_is_missing_is_said(start: Callable[..., Bridge]):
    code, lines = start(argv=("/nonexistent/opencode", "serve")).rest()

    assert (code, lines) == (127, [{"failed": "cannot run '/nonexistent/opencode': there is no such file"}])


def test_one_that_ends_before_it_listens_is_said(start: Callable[..., Bridge]):
    code, lines = start(argv=("sh", "-c", "echo unknown command; exit 4")).rest()

    assert (code, lines) == (4, [{"failed": "sh ended with 4 before it listened"}])


def test_the_end_of_its_input_ends_a_server_that_does_not_listen_yet(start: Callable[..., Bridge]):
    assert start(argv=("sleep", "60")).end() == (0, [])


def test_a_server_without_events_can_not_be_talked_to(start: Callable[..., Bridge]):
    bridge = start(argv=(sys.executable, "-I", str(SERVER), "[]"))

    assert bridge.next() == {"failed": "its events can not be heard: GET /event: status 404"}
    assert bridge.end() == (0, [])


# Who joins


def test_who_knocks_is_told_where_it_is_and_is_counted(start: Callable[..., Bridge], door: Path):
    bridge = start()
    bridge.until("stream")
    wait_for(door.exists)
    assert stat.S_IMODE(door.stat().st_mode) == 0o600
    assert stat.S_IMODE(door.parent.stat().st_mode) & 0o077 == 0
    guest = socket.socket(socket.AF_UNIX)
    guest.connect(str(door))

    told = json.loads(guest.makefile("rb").readline())
    assert bridge.until("guests") == {"guests": 1}
    guest.close()
    assert bridge.until("guests") == {"guests": 0}
    assert told["url"].startswith("http://127.0.0.1:")
    # In the arguments everybody on the machine would see it.
    shown = [*psutil.Process(bridge.process.pid).cmdline(), *bridge.server().cmdline()]
    assert not any(told["password"] in word for word in shown)
    assert bridge.end()[0] == 0
    assert not door.exists()


def test_who_joins_becomes_its_program_and_stays_counted(start: Callable[..., Bridge], door: Path):
    bridge = start()
    bridge.until("stream")
    wait_for(door.exists)
    program = ("sh", "-c", 'echo "$0 $OPENCODE_SERVER_USERNAME ${#OPENCODE_SERVER_PASSWORD}"; read line', URL)
    joined = subprocess.Popen(http_join_argv(door, program), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert joined.stdout is not None
    assert joined.stdin is not None

    said = joined.stdout.readline().split()
    assert (said[0][:17], said[1:]) == ("http://127.0.0.1:", ["opencode", "48"])
    assert bridge.until("guests") == {"guests": 1}
    joined.communicate("\n", timeout=PATIENCE)
    assert bridge.until("guests") == {"guests": 0}


def test_what_has_ended_can_not_be_joined(door: Path):
    found = subprocess.run(http_join_argv(door, ("true", URL)), capture_output=True, text=True, timeout=PATIENCE)

    assert (found.returncode, found.stderr) == (1, "ao: its program has ended; `ao logs` shows what it said\n")


# Parts of messages


def part(**more: Any) -> dict[str, Any]:
    return {"type": "message.part.updated", "properties": {"part": {"id": "p", **more}}}


def test_a_part_is_told_when_something_is_new_about_it():
    parts = Parts()
    running = {"status": "running", "input": {"command": "x"}}
    told = [
        part(type="tool", state={"status": "pending", "input": {}}),
        part(type="tool", state=running),
        part(type="tool", state={**running, "metadata": {"output": "a"}}),
        part(type="tool", state={**running, "metadata": {"output": "ab"}}),
        part(type="tool", state={**running, "status": "completed"}),
    ]

    assert [parts.is_news(one) for one in told] == [True, True, False, False, True]


def test_a_text_is_told_when_it_begins_and_when_it_is_whole():
    parts = Parts()
    told = [
        part(type="text", text="", time={"start": 1}),
        part(type="text", text="a", time={"start": 1}),
        part(type="text", text="ab", time={"start": 1, "end": 2}),
    ]

    assert [parts.is_news(one) for one in told] == [True, False, True]


def test_long_texts_of_parts_are_cut_and_other_events_are_left_as_they_are():
    long = "x" * (TEXT + 1)
    event = part(type="tool", state={"status": "completed", "output": long, "list": [long]})
    asked = {"type": "permission.asked", "properties": {"metadata": {"command": long}}}

    assert Parts().is_news(event)
    assert Parts().is_news(asked)
    state = event["properties"]["part"]["state"]
    assert (len(state["output"]), len(state["list"][0])) == (TEXT + 1, TEXT + 1)
    assert state["output"].endswith("x…")
    assert asked["properties"]["metadata"]["command"] == long


def test_whole_files_are_left_out():
    message = {"type": "message.updated", "properties": {"info": {"id": "m", "summary": {"diffs": ["x"]}}}}
    summary = {"type": "message.updated", "properties": {"info": {"id": "m", "summary": True}}}
    asked = {"type": "permission.asked", "properties": {"metadata": {"filepath": "f", "diff": "x"}}}

    assert all(map(Parts().is_news, (message, summary, asked)))
    assert message["properties"] == {"info": {"id": "m"}}
    assert summary["properties"] == {"info": {"id": "m", "summary": True}}
    assert asked["properties"] == {"metadata": {"filepath": "f"}}


@pytest.mark.parametrize("properties", [None, [], {}, {"part": None}, {"part": {"state": 3, "time": []}}])
def test_strange_parts_do_no_harm(properties: Any):
    Parts().is_news({"type": "message.part.updated", "properties": properties})


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait for something outside."""
    for _ in range(PATIENCE * 50):
        if condition():
            return
        threading.Event().wait(0.02)
    raise AssertionError(condition)
