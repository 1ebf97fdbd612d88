"""The steps of what happens in and around an agent's turn: its start and end, what is said, asked and answered."""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.change import Unfit, put, touch
from agent_orchestrator.engine.state import Again, Asked, Message, Session, State, Turn
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.usage import MISSING

#: How often a message is offered to an agent that does not take it.
TRIES = 3
#: How much of what its agent asked a session keeps.
_ASKS = 100


def prompt_id(turn: int) -> str:
    """The id of a turn's prompt, as a message to a program that is talked to."""
    return f"turn-{turn}"


def turn_started(state: State, event: e.TurnStarted) -> State:
    """The next turn begins."""
    session = state.sessions.get(event.session)
    if session is None or session.running:
        raise Unfit(f"session {event.session!r} can not start turn {event.turn}")
    told = (evolve(m, turn=event.turn) if m.id in event.messages and not m.turn else m for m in session.messages)
    messages = tuple(told)
    turns = (*session.turns, Turn(event.turn, event.at, event.feedback))
    session = evolve(session, bypass=event.bypass, facts=())
    state = evolve(state, sessions=put(state.sessions, session.id, session))
    return touch(state, event, turns=turns, messages=messages, again=None, held=(), link=None, queued_at=0.0, waits="")


def agent_exited(state: State, event: e.AgentExited) -> State:
    """The turn's process is gone."""
    session = _running(state, event.session, event.turn)
    turn = evolve(session.turns[-1], exited_at=event.at)
    return touch(state, event, turns=(*session.turns[:-1], turn))


def turn_ended(state: State, event: e.TurnEnded) -> State:
    """The turn's work is saved."""
    session = _running(state, event.session, event.turn)
    turn = evolve(
        session.turns[-1],
        ended_at=event.at,
        code=event.code,
        summary=event.summary,
        head=event.head,
        saved=event.saved,
        error=event.error,
        usage=event.usage,
    )
    if event.error == MISSING:
        return _not_begun(state, event, session, turn)
    asks = tuple(k if k.answered_at else evolve(k, by="the turn ended", answered_at=event.at) for k in session.asks)
    messages = tuple(_after_turn(m, turn, event.at) for m in session.messages)
    lost = [m.text for m, before in zip(messages, session.messages, strict=True) if m.lost and not before.lost]
    return touch(
        state,
        event,
        turns=(*session.turns[:-1], turn),
        head=event.head,
        head_tree=event.head_tree,
        held=event.held,
        conversation=session.conversation if event.conversation is None else event.conversation,
        saves=session.saves + bool(event.saved),
        facts=(),
        asks=asks,
        messages=messages,
        notices=(
            *session.notices,
            *event.notices,
            *(f"{session.agent} did not take a message in {TRIES} tries: {text[:80]!r}" for text in lost),
        ),
    )


def _not_begun(state: State, event: e.TurnEnded, session: Session, turn: Turn) -> State:
    """Its program could not be started: all is as before the turn, and waits for a person. It is nobody's try."""
    told = [m for m in session.messages if m.turn == turn.number]
    said = "\n\n".join(m.text for m in told if not m.aside)
    # What it would have been told besides, which the messages are added to again.
    feedback = turn.feedback.removesuffix(said).removesuffix("\n\n") if said else turn.feedback
    return touch(
        state,
        event,
        turns=(*session.turns[:-1], turn),
        lacks=event.summary,
        again=Again(feedback),
        saves=session.saves + bool(event.saved),
        facts=(),
        messages=tuple(evolve(m, turn=0, aside=False) if m in told else m for m in session.messages),
        notices=(*session.notices, *event.notices),
    )


def message_queued(state: State, event: e.MessageQueued) -> State:
    """Somebody has something to say."""
    session = state.sessions.get(event.session)
    messages = (*session.messages, Message(event.message, event.text, event.at)) if session else ()
    return touch(state, event, messages=messages, lacks="")


def message_offered(state: State, event: e.MessageOffered) -> State:
    """A queued message goes to the program that runs."""
    session = _running(state, event.session, event.turn)
    if all(m.id != event.message or m.turn for m in session.messages):
        raise Unfit(f"session {event.session!r} has no queued message {event.message!r}")
    offered = (evolve(m, turn=event.turn, aside=True) if m.id == event.message else m for m in session.messages)
    return touch(state, event, messages=tuple(offered))


def observed(state: State, event: e.Observed) -> State:
    """A fact of the turn that runs: what it says of messages, questions, the conversation and usage is kept as well."""
    session, fact = _running(state, event.session, event.turn), event.fact
    fact = evolve(fact, at=fact.at or event.at)
    same = (fact.source, fact.kind)
    # What lasts is kept beside; the facts need only the newest of each kind.
    facts = (*(f for f in session.facts if (f.source, f.kind) != same), fact)
    turn = session.turns[-1]
    turn = evolve(
        turn,
        talks=turn.talks or fact.source != a.PROCESS,
        observed=max(turn.observed, event.number),
        usage=fact.usage or turn.usage,
    )
    return touch(
        state,
        event,
        facts=facts,
        turns=(*session.turns[:-1], turn),
        conversation=fact.conversation or session.conversation,
        messages=tuple(_heard(m, turn, fact) for m in session.messages),
        asks=_asks(session, turn, fact),
    )


def ask_answered(state: State, event: e.AskAnswered) -> State:
    """Invariant: the first answer wins; one that comes later changes nothing."""
    session = state.sessions.get(event.session)
    if session is None or all(k.ask.id != event.ask for k in session.asks):
        raise Unfit(f"session {event.session!r} never asked {event.ask!r}")
    asks = tuple(
        evolve(k, option=event.option, text=event.text, by=event.by, answered_at=event.at)
        if k.ask.id == event.ask and not k.answered_at
        else k
        for k in session.asks
    )
    return touch(state, event, asks=asks)


def interrupt_asked(state: State, event: e.InterruptAsked) -> State:
    """Somebody wants the agent to stop what it does."""
    session = _running(state, event.session, event.turn)
    turn = evolve(session.turns[-1], interrupts=(*session.turns[-1].interrupts, event.by))
    return touch(state, event, turns=(*session.turns[:-1], turn))


def outside_changed(state: State, event: e.OutsideChanged) -> State:
    """Of a file that changed in several turns what it was before the first of them counts."""
    session = state.sessions.get(event.session)
    known = {file.path: file for file in (session.outside if session else ())}
    for file in event.files:
        if before := known.get(file.path):
            file = evolve(file, before=before.before, by_agent=file.by_agent or before.by_agent)
        known[file.path] = file
    return touch(state, event, outside=tuple(known.values()))


def outside_put_back(state: State, event: e.OutsidePutBack) -> State:
    """They are as they were."""
    session = state.sessions.get(event.session)
    left = tuple(file for file in (session.outside if session else ()) if file.path not in event.paths)
    return touch(state, event, outside=left)


def _running(state: State, id: str, number: int) -> Session:
    session = state.sessions.get(id)
    if session is None or not session.running or session.turns[-1].number != number:
        raise Unfit(f"session {id!r} runs no turn {number}")
    return session


def _after_turn(message: Message, turn: Turn, at: float) -> Message:
    if message.turn != turn.number or message.accepted_at:
        return message
    if not turn.talks:
        # It was part of what the program was started with.
        return evolve(message, accepted_at=at)
    tries = message.tries + 1
    lost = tries >= TRIES
    return evolve(message, tries=tries, lost=lost, turn=message.turn if lost else 0, aside=lost and message.aside)


def _heard(message: Message, turn: Turn, fact: a.Fact) -> Message:
    if message.turn != turn.number:
        return message
    if fact.kind == a.ACCEPTED and not message.accepted_at:
        own = message.id if message.aside else prompt_id(turn.number)
        return evolve(message, accepted_at=fact.at) if fact.message == own else message
    if fact.kind == a.DONE and message.accepted_at and not message.answered_at:
        return evolve(message, answered_at=fact.at)
    return message


def _asks(session: Session, turn: Turn, fact: a.Fact) -> tuple[Asked, ...]:
    known = {k.ask.id for k in session.asks if k.turn == turn.number}
    if fact.kind == a.ASKED and fact.ask is not None and fact.ask.id not in known:
        kept = session.asks
        if len(kept) >= _ASKS:
            # What is still asked is never forgotten.
            oldest = next((k for k in kept if k.answered_at), None)
            kept = tuple(k for k in kept if k is not oldest)
        return (*kept, Asked(fact.ask, turn.number, fact.at))
    if fact.kind == a.ANSWERED:
        return tuple(
            evolve(k, option=fact.text, by="the agent's own screen", answered_at=fact.at)
            if k.ask.id == fact.message and not k.answered_at
            else k
            for k in session.asks
        )
    if fact.kind in a.ENDS:
        return tuple(
            k if k.answered_at else evolve(k, by="not asked any more", answered_at=fact.at) for k in session.asks
        )
    return session.asks
