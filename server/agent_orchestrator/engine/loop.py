"""The engine's loop: the only writer of the state.

Events are applied in the order in which they arrive; the state and its views advance at once, the journal is written by
one thread in groups, and effects start only when the events that ask for them are stored.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from agent_orchestrator.engine import codec, snapshot
from agent_orchestrator.engine.due import Effect, due
from agent_orchestrator.engine.events import EffectFailed, Event
from agent_orchestrator.engine.state import State
from agent_orchestrator.engine.step import step
from agent_orchestrator.store.journal import Batch, Journal, JournalFull

log = logging.getLogger(__name__)

Handler = Callable[[Effect], Awaitable[None]]


def _nothing(_: str) -> None:
    """No crash test is running."""


#: Called with ``start <effect>`` and ``end <effect>`` around every effect; crash tests end the process there.
boundary: Callable[[str], None] = _nothing


class ReadOnly(Exception):
    """The journal can not be written: nothing is recorded and nothing is started until the cause is mended."""


class Engine:
    """State, journal and running effects of one daemon."""

    def __init__(self, journal: Journal, handlers: Mapping[type[Effect], Handler], now: Callable[[], float]) -> None:
        """``handlers`` carries out each kind of effect; ``now`` is the clock (seconds since the epoch)."""
        self.state = State()
        #: Why nothing can be recorded (disk full); empty in normal running.
        self.read_only = ""
        self._journal = journal
        self.handlers = handlers
        self._now = now
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ao-journal")
        self._inbox: list[tuple[tuple[Event, ...], asyncio.Future[State]]] = []
        self._wake = asyncio.Event()
        self._changed = asyncio.Condition()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._recorded: dict[str, int] = {}
        self._closing = False
        #: Called in the loop after each change of the state.
        self.listeners: list[Callable[[], None]] = []

    def replay(self) -> int:
        """Bring the state to where the journal ends; returns the number of its last event. Starts nothing."""
        count = begun = self._from_snapshot()
        for count, row in self._journal.replay(begun):
            try:
                event = codec.decode(row)
            except Exception as error:  # an event that this version can not read must not hide all the others
                event = EffectFailed(row.at, f"journal:{count}", f"event {count} ({row.kind}) is unreadable: {error}")
            self.state = step(self.state, event)
        if count - begun >= snapshot.EVERY:
            self._take_snapshot(count)
        return count

    def _from_snapshot(self) -> int:
        """Start from the stored snapshot; the number of the last event in it, 0 when there is none of use."""
        stored = self._journal.snapshot()
        if stored is None or (stored[1] != snapshot.STEP_VERSION and self._journal.is_whole):
            return 0
        try:
            self.state = snapshot.load(stored[2])
        except Exception:
            if not self._journal.is_whole:
                raise
            log.exception("the snapshot is unreadable; every event is read instead")
            return 0
        return stored[0]

    def _take_snapshot(self, seq: int) -> None:
        now = self._now()
        self.state = snapshot.compacted(self.state, now)
        try:
            self._journal.keep(seq, snapshot.STEP_VERSION, snapshot.dump(self.state), now - snapshot.KEPT)
        except JournalFull as error:
            # It is a shortcut: without it the next start takes as long as this one.
            log.warning("no snapshot could be stored: %s", error)

    async def run(self) -> None:
        """Serve until :meth:`close`. What was under way when the last daemon ended is due again now."""
        try:
            while not self._closing:
                self._wake.clear()
                while self._inbox:
                    await self._commit(self._take())
                self._start_due()
                await self._wake.wait()
        except BaseException:
            # Nobody stores anything any more: who waits for that would wait for ever.
            self._closing = True
            for _, done in self._take():
                if not done.done():
                    done.set_exception(ReadOnly("the daemon has ended"))
            raise

    async def record(self, *events: Event) -> State:
        """Apply and store events; returns the state after them, once they are stored. Raises ReadOnly."""
        if self.read_only:
            raise ReadOnly(self.read_only)
        if self._closing:
            # An effect that goes on in spite of its cancellation would wait for ever: nobody stores what it records.
            raise ReadOnly("the daemon is ending")
        task = asyncio.current_task()
        if task is not None and task.get_name() in self._running:
            self._recorded[task.get_name()] = self._recorded.get(task.get_name(), 0) + 1
        done: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._inbox.append((events, done))
        self._wake.set()
        return await done

    async def wait_for(self, condition: Callable[[State], bool]) -> State:
        """The first state from now on for which ``condition`` holds."""
        async with self._changed:
            await self._changed.wait_for(lambda: condition(self.state) or self._closing)
        return self.state

    async def changed_since(self, revision: int) -> State:
        """The state, as soon as it is newer than ``revision``."""
        return await self.wait_for(lambda state: state.revision > revision)

    @property
    def running(self) -> frozenset[str]:
        """Keys of the effects that are under way."""
        return frozenset(self._running)

    async def close(self) -> None:
        """Stop starting effects and end those that run; agents and gates live on under their holders."""
        self._closing = True
        self._wake.set()
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while self._inbox:
            await self._commit(self._take())
        async with self._changed:
            self._changed.notify_all()
        self._writer.shutdown()
        self._journal.close()

    def _take(self) -> list[tuple[tuple[Event, ...], asyncio.Future[State]]]:
        taken, self._inbox = self._inbox, []
        return taken

    async def _commit(self, group: list[tuple[tuple[Event, ...], asyncio.Future[State]]]) -> None:
        before = self.state
        flat = [event for events, _ in group for event in events]
        for event in flat:
            self.state = step(self.state, event)
        batch = Batch(
            rows=[codec.encode(event) for event in flat],
            claims=_claims(before, self.state),
            released=_released(before, self.state),
            durable=any(type(event) not in codec.FACTS for event in flat),
        )
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, self._journal.append, batch)
        except JournalFull as error:
            # Invariant: the journal is the truth. What could not be stored has not happened.
            self.state = before
            self.read_only = str(error)
            log.error("the journal can not be written: %s", error)
            for _, done in group:
                if not done.done():
                    done.set_exception(ReadOnly(self.read_only))
            return
        for _, done in group:
            if not done.done():
                done.set_result(self.state)
        async with self._changed:
            self._changed.notify_all()
        for listener in list(self.listeners):
            listener()

    def _start_due(self) -> None:
        if self.read_only or self._closing:
            return
        for effect in due(self.state):
            if effect.key not in self._running:
                self._recorded[effect.key] = 0
                task = asyncio.create_task(self._carry_out(effect), name=effect.key)
                self._running[effect.key] = task

    async def _carry_out(self, effect: Effect) -> None:
        failure = ""
        boundary(f"start {type(effect).__name__}")
        try:
            await self.handlers[type(effect)](effect)
            if not self._recorded.get(effect.key) and effect in due(self.state):
                # It would be done again at once, for ever.
                failure = "nothing came of it"
        except asyncio.CancelledError:
            self._running.pop(effect.key, None)
            raise
        except ReadOnly:
            pass
        except Exception as error:
            log.exception("%s", effect.key)
            failure = f"{type(error).__name__}: {error}"
        boundary(f"end {type(effect).__name__}")
        self._running.pop(effect.key, None)
        if failure:
            await self._failed(effect, failure)
        self._wake.set()

    async def _failed(self, effect: Effect, message: str) -> None:
        event = EffectFailed(self._now(), effect.key, message, effect.concerns, effect.project)
        try:
            await self.record(event)
        except ReadOnly:
            log.error("%s: %s", effect.key, message)


def _claims(before: State, after: State) -> list[tuple[str, str, str]]:
    return [
        (session.project, f"{item.check}\0{item.key}", session.id)
        for id, session in after.sessions.items()
        if not session.closed and (id not in before.sessions or before.sessions[id].closed)
        for item in session.items
    ]


def _released(before: State, after: State) -> list[str]:
    return [
        id
        for id, session in after.sessions.items()
        if session.closed and id in before.sessions and not before.sessions[id].closed
    ]
