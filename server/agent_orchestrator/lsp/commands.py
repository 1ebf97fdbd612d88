"""``workspace/executeCommand``: one object of parameters per command, asked for where it lacks what can be chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import NOTHING, fields
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

from agent_orchestrator.protocol import framing
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.errors import Refused, describe
from agent_orchestrator.protocol.lsp import EDITOR_COMMANDS
from agent_orchestrator.protocol.methods import LSP_COMMANDS
from agent_orchestrator.protocol.wire import camel, from_wire

#: Every command that an editor may run.
IDS = (*LSP_COMMANDS, *(command.id for command in EDITOR_COMMANDS))

_PARAMS: dict[str, type | None] = {
    **{id: method.params for id, method in LSP_COMMANDS.items()},
    **{command.id: command.params for command in EDITOR_COMMANDS},
}

#: Asks the person to choose: a question and answers; None when nothing was chosen.
Ask = Callable[[str, list[str]], Awaitable[str | None]]
#: The values that a missing parameter can have, with what a person reads of each.
Choices = Callable[[str, str], list[tuple[str, str]]]


class CommandError(JsonRpcException):
    """A command that was not carried out, with a sentence for a person."""

    CODE = framing.REFUSED
    MESSAGE = "refused"


def refused(sentence: str) -> CommandError:
    """A command that is refused."""
    return CommandError(message=sentence, code=framing.REFUSED)


def wrong(sentence: str) -> CommandError:
    """A command whose parameters are wrong."""
    return CommandError(message=sentence, code=framing.INVALID_PARAMS)


async def parameters(params: lsp.ExecuteCommandParams, ask: Ask | None, choices: Choices) -> Any:
    """The command's parameters as their attrs value. Raises CommandError.

    ``ask`` None: the client can not ask, and what is missing is refused.
    """
    command = params.command
    if command not in _PARAMS:
        raise wrong(f"there is no command `{command[:80]}`")
    cls = _PARAMS[command]
    given = _one_object(command, params.arguments)
    if cls is None:
        if given:
            raise wrong(f"{command} takes no parameters, found `{min(given)[:80]}`")
        return None
    for name in _required(cls):
        if name in given and given[name] not in ("", None):
            continue
        if not (found := choices(command, name)):
            raise wrong(f"{command}: `{name}` is missing")
        if ask is None:
            raise wrong(f"{command}: `{name}` is missing; one of {', '.join(value for value, _ in found[:20])}")
        said = await ask(f"{command}: which {name}?", [text for _, text in found])
        value = next((value for value, text in found if text == said), None)
        if value is None:
            raise refused(f"{command}: nothing was chosen")
        given = {**given, name: value}
    try:
        return from_wire(given, cls)
    except Exception as error:
        raise wrong(f"{command}: {describe(error)}") from error


def _one_object(command: str, arguments: Any) -> dict[str, Any]:
    if not arguments:
        return {}
    if len(arguments) > 1:
        raise wrong(f"{command} takes one object of parameters, found {len(arguments)} arguments")
    given = arguments[0]
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise wrong(f"{command} takes an object of parameters, found {type(given).__name__}")
    return given


def _required(cls: type) -> list[str]:
    return [camel(f.name) for f in fields(cls) if f.default is NOTHING]


async def calling(work: Awaitable[Any]) -> Any:
    """What a method of the daemon answers; its refusal as an error that the client shows."""
    try:
        return await work
    except Refused as error:
        raise refused(str(error)) from error
    except (CommandError, asyncio.CancelledError):
        raise
    except Exception as error:
        raise CommandError(message=f"{type(error).__name__}: {error}", code=framing.INTERNAL_ERROR) from error


def choices_from(
    sessions: tuple[t.SessionRow, ...],
    failures: tuple[t.FailureRow, ...],
    landings: tuple[t.LandingRow, ...],
    pulls: tuple[t.PullRow, ...] = (),
) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen for each parameter that names something."""
    return {
        "session": [(s.id, f"{s.id} ({s.detail})") for s in sessions],
        "failure": [(f.id, f"{f.check} {f.key}") for f in failures],
        "pull": [(p.key, f"#{p.number} {p.title}") for p in pulls if p.state == "open"],
        "landing": [(x.id, f"{x.commit[:7]} {x.title}") for x in landings],
    }
