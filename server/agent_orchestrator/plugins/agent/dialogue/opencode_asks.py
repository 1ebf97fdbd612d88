"""What opencode asks while it works: as something that a person or a rule can answer."""

from __future__ import annotations

import os.path
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.dialogue import opencode_wire as wire
from agent_orchestrator.plugins.agent.dialogue.lines import keep, obj, objs, shown, text, whole
from agent_orchestrator.ports.channel import Send, Step

ONCE, ALWAYS, REJECT = "once", "always", "reject"
#: Most characters of what is asked.
_CAP = 2000
_ACTIONS = {"bash": "run", "edit": "edit", "write": "edit", "apply_patch": "edit", "patch": "edit"}
_ACTIONS |= {"read": "read", "list": "read", "glob": "read", "grep": "read", "webfetch": "fetch"}
#: Before the label of an answer that it offers: one may be called like what refuses.
_CHOICE = "choice:"
#: What it asks before what the tool's own permission is about.
_OUTSIDE = "external_directory"


@frozen
class Asked:
    """Something that it asks, in which session. ``questions`` are those of a question."""

    ask: a.Ask
    session: str
    questions: tuple[Mapping[str, Any], ...] = ()

    def answer(self, option: str, words: str) -> Send | None:
        """What answers it so; None where that is no answer. No option is a refusal of what wants a permission."""
        known = any(one.id == option for one in self.ask.options)
        if self.ask.kind == a.PERMISSION:
            if option and not known:
                return None
            said = {"message": whole(words)} if words and option in ("", REJECT) else {}
            return wire.reply("permission", self.ask.id, "reply", {"reply": option or REJECT, **said})
        if option == REJECT or not (known or words):
            return wire.reply("question", self.ask.id, "reject", {})
        if option and not known:
            return None
        return wire.reply("question", self.ask.id, "reply", {"answers": self._answers(option, words)})

    def label(self, reply: str) -> str:
        """What it was answered, by the name that the program has for it."""
        return next((one.label for one in self.ask.options if one.id == reply), reply)

    def _answers(self, option: str, words: str) -> list[list[str]]:
        lines = [line for line in whole(words).splitlines() if line.strip()]
        if len(self.questions) > 1:
            # A line for each, or one text for all of them.
            return [[one] for one in lines] if len(lines) == len(self.questions) else [[words]] * len(self.questions)
        return [[*([option.removeprefix(_CHOICE)] if option else []), *lines]]


@define
class Asks:
    """What it asks at the moment. ``cwd`` is its folder."""

    cwd: str
    _open: dict[str, Asked] = field(factory=dict)

    def asked(self, properties: Mapping[str, Any], tool: str) -> Iterator[Step]:
        """It asks something; ``tool`` is the one whose call it is about, where that is known."""
        if text(properties, "id") not in self._open:
            questions = "questions" in properties
            asked = question(properties) if questions else permission(properties, tool, self.cwd)
            keep(self._open, asked.ask.id, asked)
            yield a.Fact(a.ASKED, ask=asked.ask)

    def answer(self, id: str, option: str, words: str) -> list[Send]:
        """What answers it so; nothing where it does not ask that, or that is no answer."""
        asked = self._open.get(id)
        sent = asked.answer(option, words) if asked else None
        return [sent] if sent else []

    def refuse(self) -> list[Send]:
        """What refuses all that it asks."""
        return [sent for id in self._open for sent in self.answer(id, "", "")]

    def replied(self, properties: Mapping[str, Any]) -> Iterator[Step]:
        """Something was answered, by whomever."""
        id = text(properties, "requestID")
        if id in self._open:
            words = _replied(properties) or self._open[id].label(text(properties, "reply"))
            yield from self.over(id, words)

    def over(self, id: str, words: str = "") -> Iterator[Step]:
        """It does not ask this any more."""
        if self._open.pop(id, None) is not None:
            yield a.Fact(a.ANSWERED, message=id, text=shown(words, 80))

    def end(self) -> Iterator[Step]:
        """It asks nothing any more."""
        for id in list(self._open):
            yield from self.over(id)

    def ids(self, kind: str) -> list[str]:
        """The ids of what it asks of this kind."""
        return [id for id, asked in self._open.items() if asked.ask.kind == kind]


def permission(properties: Mapping[str, Any], tool: str, cwd: str) -> Asked:
    """A request for permission. ``tool`` is the one whose call it is about, where that is known."""
    about, meta = text(properties, "permission"), obj(properties, "metadata")
    patterns = _texts(properties.get("patterns"))
    lasting = ", ".join(_texts(properties.get("always")))
    tool = tool or about
    action = _ACTIONS.get(tool if about == _OUTSIDE else about, "other")
    command, path, url = (whole(text(meta, name)) for name in ("command", "filepath", "url"))
    subjects: tuple[str, ...] = ()
    if action == "run":
        # All of the line: its patterns are parts of it, without what is written where.
        subjects = (command,) if command else ()
    elif action == "fetch":
        subjects = (url,) if url else ()
    elif action in ("edit", "read"):
        files = [path] if path else patterns if about in ("read", "edit") else [text(meta, "path") or cwd]
        subjects = tuple(os.path.normpath(os.path.join(cwd, one)) for one in files)
    words = " ".join((about, *subjects)) if subjects else " ".join((about, *patterns))
    options = (
        a.Option(ONCE, "Allow once", a.ALLOW),
        a.Option(ALWAYS, shown(f"Allow always: {lasting}" if lasting else "Allow always", 200), a.ALLOW_ALWAYS),
        a.Option(REJECT, "Reject", a.DENY),
    )
    said = sanitize(whole(words))[:_CAP]
    ask = a.Ask(whole(text(properties, "id")), a.PERMISSION, said, options, whole(tool), action, subjects)
    return Asked(ask, text(properties, "sessionID"))


def question(properties: Mapping[str, Any]) -> Asked:
    """Questions: one thing to answer also where they are several, with a line for each or one text for all."""
    asked = tuple(objs(properties, "questions"))
    options: tuple[a.Option, ...] = ()
    if len(asked) == 1:
        options = tuple(
            a.Option(_CHOICE + whole(label), shown(f"{label}: {more}" if more else label, 200))
            for one in objs(asked[0], "options")
            if (label := text(one, "label"))
            for more in (text(one, "description"),)
        )
    lines = []
    for one in asked:
        labels = [label for choice in objs(one, "options") if (label := text(choice, "label"))]
        lines.append(text(one, "question") + (f" ({' | '.join(labels)})" if labels and len(asked) > 1 else ""))
    words = sanitize(whole("\n".join(lines)))[:_CAP]
    options = (*options, a.Option(REJECT, "Skip", a.DENY))
    ask = a.Ask(whole(text(properties, "id")), a.QUESTION, words, options, "question", "other", free=True)
    return Asked(ask, text(properties, "sessionID"), asked)


def _replied(properties: Mapping[str, Any]) -> str:
    """The answers to questions; empty for what is none."""
    answers = properties.get("answers")
    return ", ".join(one for lines in answers for one in _texts(lines)) if isinstance(answers, list) else ""


def _texts(value: object) -> list[str]:
    return [whole(one) for one in value if isinstance(one, str)] if isinstance(value, list) else []
