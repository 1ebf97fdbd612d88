"""Watching a hunt to its end: long polls, a page drawn in place or one line per change, through daemon restarts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from attrs import define

from agent_orchestrator.cli.app import App, Connection
from agent_orchestrator.cli.exits import NO_DAEMON, Failure
from agent_orchestrator.cli.render.progress import changes, live_page
from agent_orchestrator.protocol.types import HuntIdParams, HuntRow, HuntState

if TYPE_CHECKING:
    from rich.text import Text

#: A daemon that was killed is started again and takes the hunt up; this many times in a row without news is enough.
_REDIALS = 5
_FRAMES = 8


#: Shows each new state of the hunt.
Progress = Callable[[HuntRow], None]


def follow(app: App, daemon: Connection, state: HuntState) -> tuple[HuntState, HuntRow]:
    """The last state of the hunt, once it has ended. Raises Failure when the daemon is gone for good."""
    hunt = _hunt(state)
    with _progress(app, hunt) as show:
        show(hunt)
        while not hunt.ended_at:
            daemon, state = _next(app, daemon, hunt.id, state.revision)
            hunt = _hunt(state)
            show(hunt)
    return state, hunt


def _hunt(state: HuntState) -> HuntRow:
    if state.hunt is None:
        raise Failure("the daemon no longer knows the hunt; `ao list` and `ao queue` show what became of it")
    return state.hunt


def _next(app: App, daemon: Connection, hunt: str, revision: int) -> tuple[Connection, HuntState]:
    """The next state; where the daemon broke off, a new one is started and asked without a revision of the old one."""
    for redials in range(_REDIALS + 1):
        try:
            if redials:
                daemon, revision = app.redial(start=True), -1
            return daemon, daemon.call("huntState", HuntIdParams(hunt=hunt, revision=revision))
        except Failure as failure:
            if failure.code != NO_DAEMON or redials == _REDIALS:
                raise
            app.sleep(0.2 * (redials + 1))
    raise AssertionError("the loop above returns or raises")


@contextmanager
def _progress(app: App, hunt: HuntRow) -> Iterator[Progress]:
    terminal = app.terminal
    if terminal.styled:
        with _live(app, hunt) as show:
            yield show
        return
    # With --json, standard output is for the final document; progress is for a person who watches standard error.
    say = terminal.line if not terminal.json else terminal.note if terminal.stderr.isatty() else None
    yield _Changes(say)


@define
class _Changes:
    """Says what differs from the last state that was shown."""

    say: Callable[[str], None] | None
    before: HuntRow | None = None

    def __call__(self, hunt: HuntRow) -> None:
        if self.say is not None:
            for text in changes(self.before, hunt):
                self.say(text)
        self.before = hunt


@define
class _Latest:
    """What the drawing thread reads; a whole value is swapped in, so it never sees half of one."""

    hunt: HuntRow

    def __call__(self, hunt: HuntRow) -> None:
        self.hunt = hunt


@contextmanager
def _live(app: App, hunt: HuntRow) -> Iterator[Progress]:
    """A page that is drawn in place while the poll waits, and is gone when it ends: the report takes its place."""
    from rich.live import Live

    from agent_orchestrator.cli.render.paint import console, painted

    terminal = app.terminal
    latest = _Latest(hunt)
    out = console(terminal.stdout, terminal.environ, terminal.size[0])

    def page() -> Text:
        width, height = terminal.size
        return painted(live_page(latest.hunt, app.now(), width, height))

    with Live(get_renderable=page, console=out, refresh_per_second=_FRAMES, transient=True):
        yield latest
