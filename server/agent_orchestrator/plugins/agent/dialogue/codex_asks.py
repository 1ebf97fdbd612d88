"""What ``codex app-server`` asks while it works: as something that a person or a rule can answer."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, evolve, field, frozen

from agent_orchestrator.model.activity import (
    ALLOW,
    ALLOW_ALWAYS,
    ANSWERED,
    ASKED,
    DENY,
    DENY_ALWAYS,
    PERMISSION,
    QUESTION,
    Ask,
    Fact,
    Option,
)
from agent_orchestrator.model.text import cap, sanitize
from agent_orchestrator.plugins.agent.dialogue import codex_wire as wire
from agent_orchestrator.ports.channel import Step

#: The decisions of a version that does not say which ones there are.
_DECISIONS = ("accept", "acceptForSession", "decline", "cancel")
_NO_METHOD = -32601
_SESSION = "Allow in this conversation"
_LABELS = {
    "accept": ("Allow", ALLOW),
    "acceptForSession": (_SESSION, ALLOW_ALWAYS),
    "decline": ("Refuse", DENY),
    "cancel": ("Refuse, and end the turn", DENY),
}


@frozen
class Request:
    """A request of the program for a decision. ``result`` makes its result from the chosen option and words.

    ``id`` is the program's, ``thread`` the conversation that waits: it may be one of an agent below ours.
    """

    id: int | str
    thread: str
    ask: Ask
    result: Callable[[str, str], object]

    def words_apart(self, option: str) -> bool:
        """Have words a way of their own to the model? A decision has no place for them, a question has."""
        return self.ask.kind == PERMISSION and option != "cancel"


@define
class Requests:
    """The requests that wait, by their ids as texts, and what was chosen for them."""

    _open: dict[str, Request] = field(factory=dict)
    _chosen: dict[str, str] = field(factory=dict)

    def take(
        self, method: str, id: object, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]
    ) -> Step | None:
        """The program asks: what is to be done about it, nothing if it is no request or known.

        ``cwd`` is the conversation's folder, ``edited`` are the files of the change that is asked about.
        """
        if not isinstance(id, int | str) or isinstance(id, bool) or str(id) in self._open:
            return None
        make = _MAKERS.get(method)
        if make is None:
            return wire.reply(id, {"error": {"code": _NO_METHOD, "message": f"{method} is not supported"}})
        ask, result = make(str(id), params, cwd, edited)
        options = tuple(evolve(option, label=wire.shown(option.label, 200)) for option in ask.options)
        ask = evolve(ask, text=cap(sanitize(ask.text), 4000), options=options)
        wire.keep(self._open, ask.id, Request(id, wire.text(params, "threadId"), ask, result))
        return Fact(ASKED, ask=ask)

    def answer(self, id: str, option: str, text: str) -> Request | None:
        """The request that is answered; None where nothing is to be answered, or not so."""
        found = self._open.get(id)
        if found is None or id in self._chosen:
            return None
        known = any(one.id == option for one in found.ask.options)
        if not known and not (found.ask.free and not option):
            return None
        wire.keep(self._chosen, id, option or text)
        return found

    def resolved(self, id: str) -> Fact | None:
        """The program asks no more, since it has an answer or needs none."""
        if self._open.pop(id, None) is None:
            return None
        return Fact(ANSWERED, message=id, text=wire.shown(self._chosen.pop(id, ""), 80))

    def forget(self, thread: str) -> None:
        """What was asked in this conversation is not asked any more."""
        self._open = {id: one for id, one in self._open.items() if one.thread != thread}
        self._chosen = {id: option for id, option in self._chosen.items() if id in self._open}


Made = tuple[Ask, Callable[[str, str], object]]


def _command(id: str, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]) -> Made:
    line = wire.unwrapped(wire.text(params, "command"))
    # Rules read the line as one for the worktree.
    there = wire.text(params, "cwd")
    subject = line if there in ("", cwd) else f"cd {shlex.quote(there)} && {line}"
    network = wire.obj(params, "networkApprovalContext")
    if network:
        action = "fetch"
        subjects: tuple[str, ...] = (f"{wire.text(network, 'protocol')}://{wire.text(network, 'host')}",)
    else:
        # What is typed into a command that runs is no command.
        action = "run"
        subjects = (subject,) if line and params.get("kind", "command") != "writeStdin" else ()
    offered = params.get("availableDecisions")
    decisions = list(offered) if isinstance(offered, list) and offered else list(_DECISIONS)
    if "decline" not in decisions:
        # It is understood always, and the only refusal after which the turn goes on.
        decisions.insert(decisions.index("cancel") if "cancel" in decisions else len(decisions), "decline")
    known = {option.id: (option, decision) for decision in decisions if (option := _option(decision)) is not None}
    ask = Ask(
        id,
        PERMISSION,
        wire.text(params, "reason") or line,
        tuple(option for option, _ in known.values()),
        tool="commandExecution",
        action=action,
        subjects=subjects,
    )
    return ask, lambda option, text: {"decision": known[option][1]}


def _change(id: str, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]) -> Made:
    root = wire.text(params, "grantRoot")
    options = tuple(Option(name, *_LABELS[name]) for name in _DECISIONS)
    text = wire.text(params, "reason") or "Edit " + (root or ", ".join(edited) or "files")
    subjects = (root,) if root else edited
    ask = Ask(id, PERMISSION, text, options, tool="fileChange", action="edit", subjects=subjects)
    return ask, lambda option, text: {"decision": option}


def _permissions(id: str, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]) -> Made:
    wanted = {key: value for key, value in wire.obj(params, "permissions").items() if value is not None}
    options = (
        Option("turn", "Allow until the turn ends", ALLOW),
        Option("session", _SESSION, ALLOW_ALWAYS),
        Option("decline", "Refuse", DENY),
    )
    files = wire.objs(wire.obj(wanted, "fileSystem"), "entries")
    subjects = [f"{wire.text(one, 'access')} {wire.text(wire.obj(one, 'path'), 'path')}" for one in files]
    if wire.obj(wanted, "network").get("enabled") is True:
        subjects.append("network")
    text = wire.text(params, "reason") or "More than its sandbox allows: " + ", ".join(subjects)
    tool = "requestPermissions"
    ask = Ask(id, PERMISSION, text, options, tool=tool, action="other", subjects=tuple(subjects))

    def result(option: str, text: str) -> object:
        scope = "session" if option == "session" else "turn"
        return {"permissions": {} if option == "decline" else wanted, "scope": scope}

    return ask, result


def _questions(id: str, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]) -> Made:
    """One thing to answer, also of several questions: then with a line for each, or one text for all of them."""
    asked = wire.objs(params, "questions")
    labels = [[label for label, _ in _choices(one)] for one in asked]
    options = (
        tuple(Option(label, f"{label}: {more}" if more else label) for label, more in _choices(asked[0]))
        if (len(asked) == 1)
        else ()
    )
    free = len(asked) > 1 or not options or bool(asked and asked[0].get("isOther"))
    texts = [
        wire.text(one, "question") + (f" ({' | '.join(names)})" if names and len(asked) > 1 else "")
        for one, names in zip(asked, labels, strict=True)
    ]
    ask = Ask(id, QUESTION, "\n".join(texts), options, tool="requestUserInput", action="other", free=free)

    def result(option: str, text: str) -> object:
        lines = text.splitlines()
        answers = [[one] for one in lines] if len(lines) == len(asked) > 1 else [[text] if text else []] * len(asked)
        if option:
            answers = [[option, *one] for one in answers]
        return {"answers": {wire.text(one, "id"): {"answers": said} for one, said in zip(asked, answers, strict=True)}}

    return ask, result


def _elicitation(id: str, params: Mapping[str, Any], cwd: str, edited: tuple[str, ...]) -> Made:
    """A server of the user's wants consent: most often to one of its tools."""
    meta = wire.obj(params, "_meta")
    tool, lasts = wire.text(meta, "tool_name"), meta.get("persist")
    options = (
        Option("accept", "Allow", ALLOW),
        *((Option("session", _SESSION, ALLOW_ALWAYS),) if isinstance(lasts, list) and "session" in lasts else ()),
    )
    # A form that wants to be filled in can only be declined.
    form = bool(wire.obj(params, "requestedSchema").get("required"))
    given = [
        f"{wire.text(one, 'name')}: {one.get('value')}" for one in wire.objs(meta, "tool_params_display") if _flat(one)
    ]
    text = "\n".join(part for part in (wire.text(params, "message"), wire.text(params, "url"), *given) if part)
    ask = Ask(
        id,
        PERMISSION,
        text,
        (*(() if form else options), Option("decline", "Refuse", DENY)),
        tool="__".join(part for part in ("mcp", wire.text(params, "serverName"), tool) if part),
        action="other",
    )

    def result(option: str, text: str) -> object:
        if option == "decline":
            return {"action": "decline", "content": None, "_meta": None}
        return {"action": "accept", "content": {}, "_meta": {"persist": "session"} if option == "session" else None}

    return ask, result


def _flat(shown: Mapping[str, Any]) -> bool:
    return isinstance(shown.get("value"), str | int | float)


_MAKERS: dict[str, Callable[[str, Mapping[str, Any], str, tuple[str, ...]], Made]] = {
    "item/commandExecution/requestApproval": _command,
    "item/fileChange/requestApproval": _change,
    "item/permissions/requestApproval": _permissions,
    "item/tool/requestUserInput": _questions,
    "mcpServer/elicitation/request": _elicitation,
}


def _option(decision: object) -> Option | None:
    """A decision that the program offers: a name, or an object with the name as its only key."""
    if isinstance(decision, str):
        return Option(decision, *_LABELS[decision]) if decision in _LABELS else None
    if not isinstance(decision, dict):
        return None
    rule = wire.obj(decision, "acceptWithExecpolicyAmendment").get("execpolicy_amendment")
    if isinstance(rule, list):
        # It writes that into the user's own rules.
        begin = shlex.join(map(str, rule))
        return Option("acceptWithExecpolicyAmendment", f"Allow `{begin} …` always, in Codex's own rules", ALLOW_ALWAYS)
    policy = wire.obj(wire.obj(decision, "applyNetworkPolicyAmendment"), "network_policy_amendment")
    if policy:
        action, host = wire.text(policy, "action"), wire.text(policy, "host")
        does = ALLOW_ALWAYS if action == "allow" else DENY_ALWAYS
        label = f"{'Allow' if action == 'allow' else 'Refuse'} {host} always, in Codex's own rules"
        return Option(f"applyNetworkPolicyAmendment:{action}", label, does)
    return None


def _choices(question: Mapping[str, Any]) -> list[tuple[str, str]]:
    options = wire.objs(question, "options")
    return [(label, wire.text(one, "description")) for one in options if (label := wire.text(one, "label"))]
