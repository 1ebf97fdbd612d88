"""A turn's conversation with the program that runs: what it says becomes facts, and what is to be said reaches it.

All that matters is in the journal and in the run's own folder. A new daemon feeds the dialogue with everything that the
program has printed since its start, knows what was sent by its key, and goes on; facts that are recorded are not
recorded again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from attrs import define, field, frozen

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context
from agent_orchestrator.engine.drive.notebook import Notebook
from agent_orchestrator.engine.drive.transcript import Transcript
from agent_orchestrator.engine.state import Asked, Message, Session, State, Turn
from agent_orchestrator.engine.turns import prompt_id
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.permission import ASK, Rules, decide
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.ports.channel import Dialogue, Send, Step
from agent_orchestrator.proc.wire import Wire

#: Seconds that a program has until it takes messages.
READY_SECONDS = 120.0
#: Seconds that it has to end by itself when there is nothing more to say.
END_SECONDS = 10.0
#: Seconds that it has to end by itself when it has closed its output in the middle of its turn.
CLOSED_SECONDS = 3.0
#: Seconds after which a message that nobody took is lost, where the program's turn is over. Some say that they have
#: taken it only with the model's first answer.
LOST_SECONDS = 300.0
#: Seconds between looks at whether a person still has a text open at its screen, while a message waits for that.
YIELD_SECONDS = 1.0
#: Output of this size and more is parsed beside the event loop.
_LARGE = 64 << 10
_TIME_OUT = "time-out"


@frozen
class Terms:
    """What holds for a conversation.

    ``prompt`` is what the program is told first. ``wait``: seconds that what it asks waits for a person, 0 without an
    end. ``overspent`` says, of what the turn has used so far, why the session may not go on; empty when it may.
    """

    prompt: str
    rules: Rules
    wait: float = 0.0
    #: Seconds that a message may take to be accepted, 0 without an end: what is typed can get lost.
    accept: float = 0.0
    overspent: Callable[[Usage], str] = lambda _: ""
    #: Told of every fact, as it comes.
    hear: Callable[[a.Fact], None] = lambda _: None


@define
class Talk:
    """One conversation. ``problem`` says why it was ended from our side; empty: it ran its course."""

    context: Context
    session: str
    number: int
    dialogue: Dialogue
    wire: Wire
    terms: Terms
    #: Ends the program that does not end by itself.
    kill: Callable[[], None]
    transcript: Transcript
    problem: str = ""
    _notes: Notebook = field(init=False)
    _said: set[str] = field(factory=set)
    _accepted: set[str] = field(factory=set)
    _answered: set[str] = field(factory=set)
    #: What the dialogue does to tell what it knew before its program had said anything.
    _recalled: dict[str, tuple[Step, ...]] = field(factory=dict)
    _interrupted: int = 0
    #: The program's output so far was read; what is left of it waits in the inbox.
    _caught_up: bool = False
    #: A message waits until what a person types at its screen is sent.
    _yields: bool = False
    #: The program was told to end, by force.
    _killed: bool = False
    #: Since when it is led here, as a time of day.
    _since: float = 0.0
    # Times below are the event loop's: the time of day may jump.
    _began: float = 0.0
    _told_at: float = 0.0
    #: When the program has to have ended; 0: it is not asked to.
    _until: float = 0.0
    #: When it was seen that nothing more can come from it.
    _closed_at: float = 0.0
    #: Until when what is asked waits for a person, by its id.
    _waits: dict[str, float] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Take up what was recorded of the turn before."""
        self._notes = Notebook(self.context, self.session, self.number, self._turn.observed, self.transcript)

    async def run(self) -> None:
        """Lead the conversation until the program has ended."""
        self._since, self._began = self.context.now(), _clock()
        inbox: asyncio.Queue[list[str] | None] = asyncio.Queue()
        hearing = [asyncio.create_task(self._hear(inbox)), asyncio.create_task(self._watch(inbox))]
        try:
            await self._do(self.dialogue.open(), counted=True)
            self._recall()
            while True:
                lines = await self._next(inbox)
                if lines is None:
                    await self._notes.flush()
                    return hearing[0].result()
                await self._take(lines)
                # Invariant: nothing is said before everything that the program had to say so far is known.
                if self._caught_up and inbox.empty():
                    await self._act()
        finally:
            for task in hearing:
                task.cancel()

    def _recall(self) -> None:
        """Have the dialogue know what was typed before a restart, so that it knows it when its program tells of it.

        A program with a protocol tells of a message by its id; one with a screen only by the text. What of it was not
        sent yet is sent when everything that the program had to say is known.
        """
        if self.terms.accept:
            offered = [(m.id, m.text) for m in self._session.messages if m.turn == self.number and m.aside]
            for message, text in ((prompt_id(self.number), self.terms.prompt), *offered):
                self._recalled[message] = tuple(self.dialogue.say(message, text))

    # What comes in

    async def _hear(self, inbox: asyncio.Queue[list[str] | None]) -> None:
        try:
            async for lines in self.wire.lines():
                self._caught_up = self._caught_up or not lines
                await inbox.put(lines)
        finally:
            inbox.put_nowait(None)

    async def _watch(self, inbox: asyncio.Queue[list[str] | None]) -> None:
        """Wake the conversation when a person or a rule has something for it."""
        seen = self._wishes(self.context.state)
        while True:
            now = self._wishes(await self._other_wishes(seen))
            if now == seen:
                return  # the engine has ended
            seen = now
            await inbox.put([])

    async def _other_wishes(self, seen: tuple[object, ...]) -> State:
        return await self.context.engine.wait_for(lambda state: self._wishes(state) != seen)

    def _wishes(self, state: State) -> tuple[object, ...]:
        session = state.sessions[self.session]
        interrupts = session.turns[self.number - 1].interrupts
        return len(session.messages), interrupts, tuple(k.answered_at for k in session.asks)

    async def _next(self, inbox: asyncio.Queue[list[str] | None]) -> list[str] | None:
        """The next lines; none when the time is there for something else."""
        rest = min(self._deadlines(), default=None)
        try:
            async with asyncio.timeout(None if rest is None else max(rest - _clock(), 0.0)):
                return await inbox.get()
        except TimeoutError:
            return []

    def _deadlines(self) -> Iterable[float]:
        if self._notes.due:
            yield self._notes.due
        if self._until:
            # Once it is told, only its end is waited for.
            yield from () if self._killed else (self._until,)
        elif self._closed_at:
            yield self._closed_at + CLOSED_SECONDS
        elif not self._notes.ready and not self._open:
            yield self._began + READY_SECONDS
        elif self.terms.wait and self._open:
            yield from map(self._waits_until, self._open)
        elif self._yields:
            yield _clock() + YIELD_SECONDS
        elif self._unheard:
            yield self._told_at + self._accept_seconds

    async def _take(self, lines: Sequence[str]) -> None:
        if sum(map(len, lines)) < _LARGE:
            steps = [step for line in lines for step in self.dialogue.take(line)]
        else:
            steps = await asyncio.to_thread(lambda: [step for line in lines for step in self.dialogue.take(line)])
        await self._do(steps, counted=True)

    async def _do(self, steps: Iterable[Step], *, counted: bool = False) -> None:
        """Send what is to be sent, and note what is observed. ``counted``: it follows from the program's output."""
        for step in steps:
            if isinstance(step, Send):
                if step.pause and not self.wire.was_sent(step.key):
                    await asyncio.sleep(step.pause)
                if not await self.wire.send(step.key, step.data) and not self._until:
                    await self._end("the connection to its program is lost")
            else:
                self.terms.hear(step)
                if step.kind == a.ACCEPTED:
                    self._accepted.add(step.message)
                # What the rules answer nobody is asked, not for a moment.
                answered = () if step.ask is None else self._by_rules(step.ask)
                await self._notes.take(step, counted=counted, also=answered)
        await self._notes.flush_due()

    # What goes out

    async def _act(self) -> None:
        if self._until:
            if _clock() >= self._until and not self._killed:
                self._killed = True
                self.kill()
            return None
        if self.wire.closed:
            return await self._close()
        await self._decide()
        if not self._notes.ready:
            # What it asks before it is ready is a dialog of its start.
            if not self._open and _clock() >= self._began + READY_SECONDS:
                await self._end(f"it took no message within {READY_SECONDS:.0f} s")
            return None
        await self._answer()
        await self._interrupt()
        await self._say()
        if self._unheard and _clock() >= self._told_at + self._accept_seconds:
            await self._end("it did not take what it was told")
        await self._finish()
        return None

    async def _decide(self) -> None:
        """What the rules or the time answer in a person's place."""
        for asked in self._open:
            answered = self._by_rules(asked.ask)
            if not answered and self.terms.wait and _clock() >= self._waits_until(asked):
                answered = (self._refused(asked.ask, _TIME_OUT),)
            if answered:
                await self.context.record(*answered)

    def _by_rules(self, ask: a.Ask) -> tuple[e.AskAnswered, ...]:
        """The rules' answer, where they have one and the program offers it."""
        verdict = decide(ask, self.terms.rules)
        if verdict == a.DENY:
            answer = self._refused(ask, a.BY_RULES)
            return (answer,) if answer.option else ()
        option = ask.option(verdict)
        if verdict == ASK or option is None:
            return ()
        return (e.AskAnswered(self.context.now(), self.session, ask.id, option.id, "", a.BY_RULES),)

    def _refused(self, ask: a.Ask, by: str) -> e.AskAnswered:
        option = ask.option(a.DENY, a.DENY_ALWAYS)
        text = _refusal(by, self.terms.wait)
        return e.AskAnswered(self.context.now(), self.session, ask.id, option.id if option else "", text, by)

    async def _answer(self) -> None:
        for asked in self._session.asks:
            if asked.turn == self.number and asked.answered_at and asked.ask.id not in self._answered:
                self._answered.add(asked.ask.id)
                if (asked.option or asked.text) and asked.answered_at >= self._since:
                    label = next((o.label for o in asked.ask.options if o.id == asked.option), asked.option)
                    words = " ".join(part for part in (label, asked.text) if part)
                    self.transcript.answered(asked.answered_at, asked.ask, words, asked.by)
                if asked.option or asked.text:
                    await self._do(self.dialogue.answer(asked.ask.id, asked.option, asked.text))

    async def _interrupt(self) -> None:
        while self._interrupted < len(self._turn.interrupts):
            self._interrupted += 1
            await self._do(self.dialogue.interrupt())

    async def _say(self) -> None:
        """One message at a time; nothing while the agent waits for an answer."""
        first = prompt_id(self.number)
        if first not in self._accepted:
            return await self._tell(first, self.terms.prompt)
        offered = next((m for m in self._session.messages if self._outstanding(m)), None)
        if offered is None and not self._open and (self.dialogue.steers or self._notes.ended):
            offered = next((m for m in self._session.messages if not m.turn), None)
            self._yields = offered is not None and self._drafted
            if self._yields:
                return None
            if offered is not None:
                await self.context.record(e.MessageOffered(self.context.now(), self.session, self.number, offered.id))
        if offered is not None:
            await self._tell(offered.id, offered.text)
        return None

    async def _tell(self, message: str, text: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._told_at = _clock()
            self.transcript.said(self.context.now(), text)
            recalled = self._recalled.pop(message, None)
            await self._do(self.dialogue.say(message, text) if recalled is None else recalled)

    async def _finish(self) -> None:
        """End the program when its turn is over and nothing is left to say: then it costs nothing."""
        used = self._turn.usage
        over = self.terms.overspent(used) if used is not None else ""
        if over and not self._notes.ended:
            await self._do(self.dialogue.interrupt())
            await self._end(over)
        elif self._notes.ended and not any(not m.turn or self._outstanding(m) for m in self._session.messages):
            if self._notes.held(self._turn.interrupts):
                # A person is at its screen, or wanted it to wait: it waits for what they say.
                return
            await self._end("")

    async def _close(self) -> None:
        """It has closed its output: it can neither say nor take anything any more."""
        self._closed_at = self._closed_at or _clock()
        if self._notes.ended:
            await self._end("")
        elif _clock() >= self._closed_at + CLOSED_SECONDS:
            await self._end("it closed its output and went on running")
            self._until = _clock()

    async def _end(self, problem: str) -> None:
        self.problem = self.problem or problem
        self._until = _clock() + END_SECONDS
        await self.wire.end()

    def _waits_until(self, asked: Asked) -> float:
        if asked.ask.id not in self._waits:
            waited = min(max(self.context.now() - asked.at, 0.0), self.terms.wait)
            self._waits[asked.ask.id] = _clock() + self.terms.wait - waited
        return self._waits[asked.ask.id]

    def _outstanding(self, message: Message) -> bool:
        return message.turn == self.number and message.aside and not message.accepted_at

    @property
    def _drafted(self) -> bool:
        """Does a text of a person stand open? What was typed before an answer was the answer."""
        return self.wire.drafted_at > max((asked.answered_at for asked in self._session.asks), default=0.0)

    @property
    def _unheard(self) -> bool:
        """Was it told something that it has not taken?"""
        said = self._said - self._accepted
        # One that works may take it later; one whose turn is over has lost it.
        return bool(said and not self._open and (self.terms.accept or self._notes.ended))

    @property
    def _accept_seconds(self) -> float:
        return self.terms.accept or LOST_SECONDS

    @property
    def _session(self) -> Session:
        return self.context.session(self.session)

    @property
    def _turn(self) -> Turn:
        return self._session.turns[self.number - 1]

    @property
    def _open(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self._session.open_asks if asked.turn == self.number)


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _refusal(by: str, wait: float) -> str:
    if by == _TIME_OUT:
        return f"Nobody answered within {wait / 60:g} minutes. Go on without it, or say what you need and why."
    return "This is not allowed here. Go on without it."
