"""Print a session's output; -f follows it until it ends."""

from __future__ import annotations

import argparse

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.cli.parser import add_json, add_session
from agent_orchestrator.cli.render.stream import Cleaner
from agent_orchestrator.protocol.types import LogChunk, LogsParams

#: Seconds between two looks while following.
_PAUSE = 0.3


def arguments(parser: argparse.ArgumentParser) -> None:
    """What it takes."""
    add_session(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="go on until the session's output ends")
    add_json(parser)


def run(args: argparse.Namespace, app: App) -> int:
    """Print the last output, or all that comes."""
    daemon = app.daemon()
    chunk: LogChunk = daemon.call("logs", LogsParams(session=args.session))
    if app.terminal.json and not args.follow:
        app.show(chunk, lambda width: ())
        return DONE
    cleaner = Cleaner()
    app.terminal.raw(cleaner.feed(chunk.text))
    if args.follow:
        _follow(app, daemon, args.session, chunk, cleaner)
    app.terminal.raw(cleaner.end())
    return DONE


def _follow(app: App, daemon: Connection, session: str, chunk: LogChunk, cleaner: Cleaner) -> None:
    while True:
        while not chunk.ended:
            if not chunk.text:
                app.sleep(_PAUSE)
            chunk = daemon.call("logs", LogsParams(session=session, offset=chunk.offset, turn=chunk.turn))
            app.terminal.raw(cleaner.feed(chunk.text))
        latest: LogChunk = daemon.call("logs", LogsParams(session=session, offset=0))
        if latest.turn <= chunk.turn:
            return
        chunk = latest
        app.terminal.raw(cleaner.feed(chunk.text))
