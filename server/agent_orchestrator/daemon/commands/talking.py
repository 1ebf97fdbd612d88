"""Commands that reach a session's agent: send, answer, interrupt."""

from __future__ import annotations

from agent_orchestrator.daemon.app import App
from agent_orchestrator.daemon.hello import Client
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.land import who
from agent_orchestrator.engine.state import Asked, Session
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused
from agent_orchestrator.views.talking import question


async def send(app: App, params: t.SendParams, client: Client) -> t.Done:
    """Say something to a session's agent: at once where it can be told while it works, else with its next turn."""
    found = app.session(params.session, params.project)
    if found.closed:
        raise Refused(f"{found.id} is over; `ao restore {found.id}` brings it back")
    text = sanitize(params.text).strip()
    if not text:
        raise Refused("the message is empty")
    id = app.context.new_id()
    await app.engine.record(e.MessageQueued(app.context.now(), found.id, id, text))
    talks = found.running and found.turns[-1].talks
    when = "as soon as its agent takes messages" if talks else "when its next turn starts"
    return t.Done(message=f"stored for {found.id}; delivered {when}", id=id)


async def answer(app: App, params: t.AnswerParams, client: Client) -> t.Done:
    """Answer what a session's agent asks. Invariant: the first answer wins; a later one is refused."""
    found = app.session(params.session, params.project)
    asked = _asked(found, params.ask)
    option, text = _option(asked, params.option), sanitize(params.text).strip()
    if option is None and not (text and asked.ask.free):
        offered = ", ".join(f"{each.label!r}" for each in asked.ask.options)
        raise Refused(
            f"{found.id} asks: {question(asked.ask)}. "
            + (f"Say which: {offered}" if offered else "It has no answers to choose from")
            + (", or answer in words with `--text`" if asked.ask.free else "")
        )
    by = who()
    chosen = option.id if option else ""
    await app.engine.record(e.AskAnswered(app.context.now(), found.id, asked.ask.id, chosen, text, by))
    now = next(
        (k for k in app.state.sessions[found.id].asks if k.turn == asked.turn and k.ask.id == asked.ask.id), None
    )
    if now is None or (now.option, now.text, now.by) != (chosen, text, by):
        raise Refused(f"{found.id} was answered by {now.by if now else 'somebody else'} meanwhile")
    return t.Done(message=f"{found.id}: {option.label if option else text}", id=asked.ask.id)


def _asked(found: Session, ask: str) -> Asked:
    among = found.open_asks
    if not among:
        raise Refused(f"{found.id} asks nothing")
    asked = next((k for k in among if not ask or k.ask.id == ask), None)
    if asked is None:
        raise Refused(f"{found.id} does not ask that any more")
    return asked


def _option(asked: Asked, said: str) -> a.Option | None:
    """The option that is meant: by its id, its label, or what it does."""
    word = said.strip().lower()
    if not word:
        return None
    by_name = next((o for o in asked.ask.options if said == o.id or word == o.label.lower()), None)
    found = by_name or asked.ask.option(word)
    if found is None:
        offered = ", ".join(f"{each.label!r}" for each in asked.ask.options)
        raise Refused(f"{said!r} is no answer to {question(asked.ask)}: {offered}")
    return found


async def interrupt(app: App, params: t.SessionParams, client: Client) -> t.Done:
    """End what a session's agent does at the moment; it waits for a message then."""
    found = app.session(params.session, params.project)
    turn = found.turn
    if turn is None or not found.running:
        raise Refused(f"{found.id} has no agent running now")
    if not turn.talks:
        raise Refused(f"{found.id}: its agent can not be interrupted; `ao stop {found.id}` ends it and saves its work")
    await app.engine.record(e.InterruptAsked(app.context.now(), found.id, turn.number, who()))
    return t.Done(message=f"{found.id} is interrupted; it waits for `ao send {found.id} …`", id=found.id)
