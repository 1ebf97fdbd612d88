"""Print the output of a session's last turn; -f follows it, and the turns after it, to the end."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.protocol.types import LogChunk, LogsParams

#: Seconds between two looks while following.
_PAUSE = 0.3


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the agent will not run again")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the last output, or all that comes."""
    daemon = app.daemon()
    chunk: LogChunk = daemon.call("logs", LogsParams(session=args.session))
    if app.terminal.json and not args.follow:
        app.show(chunk, lambda width: ())
        return DONE
    _print(app, _following(app, daemon, args.session, chunk) if args.follow else (chunk,))
    return DONE


def _print(app: App, chunks: Iterable[LogChunk]) -> None:
    """Print chunks as they come. Each turn's output ends its last line, and so does all of it."""
    turn, line_is_open = 0, False
    for chunk in chunks:
        if line_is_open and chunk.turn != turn:
            app.terminal.raw("\n")
            line_is_open = False
        text = sanitize(chunk.text)
        app.terminal.raw(text)
        line_is_open = not text.endswith("\n") if text else line_is_open
        turn = chunk.turn
    if line_is_open:
        app.terminal.raw("\n")


def _following(app: App, daemon: Connection, session: str, chunk: LogChunk) -> Iterator[LogChunk]:
    """Chunk after chunk, from turn to turn, until the session's agent will not run again."""
    yield chunk
    while not chunk.ended:
        if not chunk.text:
            app.sleep(_PAUSE)
        chunk = daemon.call("logs", LogsParams(session=session, offset=chunk.offset, turn=chunk.turn))
        yield chunk
