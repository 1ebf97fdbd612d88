"""The events of a server, as lines: those that are wanted, without what nobody reads."""

from __future__ import annotations

import http.client
import json
import sys
import time

from agent_orchestrator.proc.bridge.http_client import RefusedError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet
    from typing import Any

    from agent_orchestrator.proc.bridge.http_client import Client

PATH = "/event"
#: Seconds until a stream has to be open, at the first try and at later ones.
OPEN_SECONDS = (1.0, 2.0, 4.0, 10.0)
#: Seconds between a stream that broke and the next one.
PAUSE = 0.2
#: Longer texts in what is told again and again are cut: nobody reads them, and the log of a run has an end.
TEXT = 4000


def listen(
    client: Client,
    wanted: AbstractSet[str],
    say: Callable[[dict[str, object]], None],
    opened: threading.Event,
    over: threading.Event,
) -> None:
    """Say the events until ``over``. ``opened`` is set with the first stream. One that breaks is opened again.

    A server that refuses the first one is none that can be talked to.
    """
    streams, tries = 0, 0
    parts = Parts()
    while not over.is_set():
        is_open, why = False, "it ended"
        try:
            for data in client.events(PATH, OPEN_SECONDS[min(tries, len(OPEN_SECONDS) - 1)]):
                if data is None:
                    is_open, tries = True, 0
                    streams += 1
                    say({"stream": "open", "number": streams})
                    opened.set()
                elif (event := _parsed(data)) is None:
                    print(f"bridge: not an event: {data[:200]!r}", file=sys.stderr)
                elif event.get("type") in wanted and parts.is_news(event):
                    say({"event": event, "at": round(time.time(), 3)})
        except RefusedError as problem:
            if not streams:
                say({"failed": f"its events can not be heard: {problem}"})
                return
            why = str(problem)
        except (OSError, ValueError, http.client.HTTPException) as problem:
            why = str(problem) or type(problem).__name__
        tries += 1
        if is_open and not over.is_set():
            say({"stream": "broken", "number": streams, "why": why[:400]})
        over.wait(PAUSE)


class Parts:
    """Messages and their parts, which are told anew with all that is in them whenever something is added."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[object, ...]] = {}

    def is_news(self, event: dict[str, Any]) -> bool:
        """Does it say more than was told of this part? Takes out of it what is long and nobody reads."""
        properties = event.get("properties")
        if not isinstance(properties, dict):
            return True
        # Whole files, as they were and as they are.
        for name, big in (("info", "summary"), ("metadata", "diff")):
            one = properties.get(name)
            if isinstance(one, dict) and isinstance(one.get(big), dict | str):
                del one[big]
        if event["type"] != "message.part.updated":
            return True
        part = properties.get("part")
        if not isinstance(part, dict):
            return False
        state = part.get("state")
        state = state if isinstance(state, dict) else {}
        times = part.get("time")
        ended = isinstance(times, dict) and "end" in times
        child = state.get("metadata")
        child = child.get("sessionId") if isinstance(child, dict) else None
        stage = (part.get("type"), state.get("status"), bool(state.get("input")), child, ended)
        id = str(part.get("id"))
        if self._told.get(id) == stage:
            return False
        if state.get("status") in ("completed", "error"):
            self._told.pop(id, None)
        else:
            self._told[id] = stage
        properties["part"] = _cut(part)
        return True


def _cut(value: object) -> object:
    if isinstance(value, str):
        return value if len(value) <= TEXT else f"{value[:TEXT]}…"
    if isinstance(value, dict):
        return {name: _cut(one) for name, one in value.items()}
    return [_cut(one) for one in value] if isinstance(value, list) else value


def _parsed(data: str) -> dict[str, Any] | None:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and isinstance(value.get("type"), str) else None
