"""What the model is to do: a script inside a prompt, and which of its steps answers a request.

A script is ``MOCK`` followed by a JSON array of steps. Nothing is remembered between requests: each one carries the
whole conversation, so the answers that follow the script in it tell which step is next.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MARK = "MOCK["

#: What is said where a script has no more steps, where there is none, and to an agent's side questions (titles, commit
#: messages).
FINISHED = "The script has no more steps."
UNSCRIPTED = "There is no script in this conversation."
ASIDE = "Scripted model"
#: In what system prompts of side questions begin with; they offer no tools.
_ASIDE = re.compile(r"title|commit message|summar", re.I)

#: How texts begin that an agent adds by itself, of files that changed or what is left to do. A pattern that matches the
#: prompt can match these too, and the script would begin again.
_REMINDER = "<system-reminder>"

#: In strings of a script: the working directory that the agent told the model of.
CWD = "$CWD"
_CWD_TOLD = re.compile(r"(?:working directory(?::| is)|<cwd>|Workspace Directories:\**\s+-)\s*`?(/[^\n<`]*)", re.I)

_KINDS = {
    "text": (str,),
    "tool": (str,),
    "input": (dict, str),
    "tools": (list,),
    "think": (str,),
    "wild": (bool,),
    "error": (int,),
    "message": (str,),
    "headers": (dict,),
    "body": (dict,),
    "hang": (bool,),
    "drop": (bool,),
    "sleep": (int, float),
    "slow": (int, float),
    "usage": (dict,),
    "until": (int, float),
}
_USAGE = {"input", "output", "cached"}


class ScriptError(Exception):
    """The script, or what it asks for, can not be: the message says where and why."""


@dataclass(frozen=True)
class Call:
    """A tool call of the model."""

    tool: str
    #: A text where the model is wild.
    input: Mapping[str, Any] | str


@dataclass(frozen=True)
class Failure:
    """An HTTP error instead of an answer; ``body`` is added to the vendor's error object."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One answer of the model. ``sleep`` and ``slow`` in seconds: before the answer, between its parts."""

    text: str = ""
    calls: tuple[Call, ...] = ()
    think: str = ""
    #: Calls what is not offered, and with arguments that are none.
    wild: bool = False
    failure: Failure | None = None
    hang: bool = False
    drop: bool = False
    sleep: float = 0
    slow: float = 0
    usage: Mapping[str, int] = field(default_factory=dict)
    #: Unix time from which the script goes on as if the step were not there.
    until: float | None = None


@dataclass(frozen=True)
class Turn:
    """A part of a conversation: who spoke (``user``, ``model``, or ``tool`` for what a tool gave) and the text."""

    who: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A request for an answer, the same for every vendor."""

    model: str
    stream: bool
    system: str
    turns: tuple[Turn, ...]
    tools: tuple[str, ...]
    #: Names that the answer must have as a JSON object; empty where text is wanted.
    wanted: tuple[str, ...] = ()

    def since(self, who: str) -> list[str]:
        """The texts of one kind since the model's last answer."""
        last = max((at for at, turn in enumerate(self.turns) if turn.who == "model"), default=-1)
        return [turn.text for turn in self.turns[last + 1 :] if turn.who == who]


@dataclass(frozen=True)
class Chosen:
    """A step, and which one it is of its script; ``index`` is None where no script decides."""

    step: Step
    index: int | None = None


def choose(asked: Asked, books: Sequence[tuple[re.Pattern[str], str]] = ()) -> Chosen:
    """The step that answers.

    ``books``: pattern → script, for prompts that have none inside; the newest prompt that a pattern matches has it.

    Raises:
        ScriptError: The script can not be read, or calls a tool that is not there.
    """
    if not asked.tools and (asked.wanted or _ASIDE.search(asked.system[:2000])):
        return Chosen(Step(text=json.dumps(dict.fromkeys(asked.wanted, ASIDE)) if asked.wanted else ASIDE))
    for at in reversed(range(len(asked.turns))):
        if asked.turns[at].who == "user" and (source := _source(asked.turns[at].text, books)):
            steps = [step for step in parse(_placed(source, asked)) if step.until is None or time.time() < step.until]
            index = _answers(asked.turns[at + 1 :])
            if index >= len(steps):
                return Chosen(Step(text=FINISHED), index)
            _check_tools(steps[index], index, asked.tools)
            return Chosen(steps[index], index)
    return Chosen(Step(text=UNSCRIPTED))


def _source(text: str, books: Sequence[tuple[re.Pattern[str], str]]) -> str:
    if (start := text.find(MARK)) >= 0:
        return text[start:]
    if text.lstrip().startswith(_REMINDER):
        return ""
    return next((script for pattern, script in books if pattern.search(text)), "")


def _answers(turns: Sequence[Turn]) -> int:
    """How often the model has answered: what it said in one go counts once."""
    return sum(turn.who == "model" and (at == 0 or turns[at - 1].who != "model") for at, turn in enumerate(turns))


def _placed(source: str, asked: Asked) -> str:
    if CWD not in source:
        return source
    told = [_CWD_TOLD.search(text) for text in (asked.system, *(turn.text for turn in asked.turns))]
    folder = next((found.group(1) for found in told if found), None)
    if folder is None:
        raise ScriptError(f"script: {CWD} is used, and the agent named no working directory")
    return source.replace(CWD, json.dumps(folder.strip())[1:-1])


def parse(source: str) -> tuple[Step, ...]:
    """The steps of a script, from its mark; what follows its array is not looked at.

    Raises:
        ScriptError: It can not be read.
    """
    array = source[len(MARK) - 1 :]
    try:
        values, _ = json.JSONDecoder().raw_decode(array)
    except json.JSONDecodeError as error:
        near = array[max(0, error.pos - 20) : error.pos + 20]
        raise ScriptError(f"script: {error.msg} at character {error.pos}, near {near!r}") from None
    return tuple(_step(value, index) for index, value in enumerate(values))


def _step(value: Any, index: int) -> Step:
    where = f"script, step {index}"
    if not isinstance(value, dict):
        raise ScriptError(f"{where}: an object is wanted, not {json.dumps(value)}")
    for name, part in value.items():
        if name not in _KINDS:
            raise ScriptError(f"{where}: unknown {name!r}; there are {', '.join(sorted(_KINDS))}")
        if not isinstance(part, _KINDS[name]) or (isinstance(part, bool) and bool not in _KINDS[name]):
            raise ScriptError(f"{where}: {name!r} can not be {json.dumps(part)}")
    calls = value.get("tools", [value] if "tool" in value else [])
    for call in calls:
        given = dict if not value.get("wild") else (dict, str)
        if (
            not isinstance(call, dict)
            or not isinstance(call.get("tool"), str)
            or not isinstance(call.get("input", {}), given)
        ):
            raise ScriptError(f'{where}: a call is {{"tool": name, "input": object}}, not {json.dumps(call)}')
    if unknown := set(value.get("usage", {})) - _USAGE:
        raise ScriptError(f"{where}: usage knows {', '.join(sorted(_USAGE))}, not {', '.join(sorted(unknown))}")
    if (status := value.get("error")) is not None and not 400 <= status <= 599:
        raise ScriptError(f"{where}: an error is a status from 400 to 599, not {status}")
    return Step(
        text=value.get("text", "" if calls else "ok"),
        calls=tuple(Call(call["tool"], call.get("input", {})) for call in calls),
        think=value.get("think", ""),
        wild=value.get("wild", False),
        failure=None if status is None else _failure(value),
        hang=value.get("hang", False),
        drop=value.get("drop", False),
        sleep=value.get("sleep", 0),
        slow=value.get("slow", 0),
        usage=value.get("usage", {}),
        until=value.get("until"),
    )


def _failure(value: Mapping[str, Any]) -> Failure:
    headers = {name: str(text) for name, text in value.get("headers", {}).items()}
    return Failure(value["error"], value.get("message", "scripted error"), headers, value.get("body", {}))


def _check_tools(step: Step, index: int, offered: Sequence[str]) -> None:
    for call in step.calls:
        if offered and call.tool not in offered and not step.wild:
            raise ScriptError(f"script, step {index}: no tool {call.tool!r}; this agent offers {', '.join(offered)}")
