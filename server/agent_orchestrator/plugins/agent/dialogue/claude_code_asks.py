"""What Claude Code asks (``can_use_tool``), and the answers that it understands."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from agent_orchestrator.model.activity import ALLOW, ALLOW_ALWAYS, DENY, PERMISSION, QUESTION, Ask, Option
from agent_orchestrator.model.text import sanitize
from agent_orchestrator.plugins.agent.dialogue.claude_code_values import a_text, an_object, objects, one_line

QUESTIONS = "AskUserQuestion"
WITHDRAWN = "withdrawn"
_ACTIONS = {
    "Bash": "run",
    "PowerShell": "run",
    "Monitor": "run",
    "Edit": "edit",
    "MultiEdit": "edit",
    "NotebookEdit": "edit",
    "Write": "edit",
    "Glob": "read",
    "Grep": "read",
    "Read": "read",
    "WebFetch": "fetch",
    "WebSearch": "fetch",
}
#: By tool, the part of its input that says all of what it does; a pattern says less, it can be of any folder.
_SUBJECTS = {
    "Bash": "command",
    "PowerShell": "command",
    "Monitor": "command",
    "Edit": "file_path",
    "MultiEdit": "file_path",
    "NotebookEdit": "notebook_path",
    "Write": "file_path",
    "Read": "file_path",
    "WebFetch": "url",
    "WebSearch": "query",
}
#: Of what it suggests to allow for good: neither another mode, nor what takes something away.
_FOR_GOOD = ("addRules", "addDirectories")
_NO = "The user does not allow this."


@frozen
class Request:
    """One request of the program, and what is asked by it: one permission, or some questions."""

    id: str
    asks: tuple[Ask, ...]
    input: Mapping[str, Any] = field(repr=False)
    #: What is allowed from then on by the answer that allows for good.
    always: tuple[Mapping[str, Any], ...] = ()

    def response(self, chosen: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
        """What the program is answered; ``chosen``: id of an ask → option's id, and words."""
        if self.asks[0].kind == QUESTION:
            pairs = zip(_questions(self.input), self.asks, strict=True)
            answers = {question["question"]: _answer(question, *chosen[ask.id]) for question, ask in pairs}
            return {"behavior": "allow", "updatedInput": {**self.input, "answers": answers}}
        option, text = chosen[self.id]
        if option == DENY:
            return {"behavior": "deny", "message": a_text(text) or _NO}
        allowed = {"behavior": "allow", "updatedInput": self.input}
        return {**allowed, "updatedPermissions": list(self.always)} if option == ALLOW_ALWAYS else allowed

    def answers(self, response: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Ids of the asks and with what they were answered, from the response as the program repeats it."""
        if self.asks[0].kind == QUESTION:
            answers = an_object(an_object(response.get("updatedInput")).get("answers"))
            for question, ask in zip(_questions(self.input), self.asks, strict=True):
                yield ask.id, one_line(a_text(answers.get(question["question"])))
        elif response.get("behavior") == "deny":
            yield self.id, one_line(a_text(response.get("message")))
        else:
            option = self.asks[0].option(ALLOW_ALWAYS if response.get("updatedPermissions") else ALLOW, ALLOW)
            yield self.id, option.label if option else ""


def request(id: str, asked: Mapping[str, Any], folder: str) -> Request:
    """What ``can_use_tool`` asks. ``folder`` is where the program works, against which paths are relative."""
    tool, given = a_text(asked.get("tool_name")), an_object(asked.get("input"))
    questions = _questions(given)
    if tool == QUESTIONS and questions:
        ids = [id] if len(questions) == 1 else [f"{id}#{number}" for number in range(1, len(questions) + 1)]
        return Request(id, tuple(map(_question, ids, questions)), given)
    always = tuple(
        # Anywhere else it would be written into settings, of the user or of the repository.
        {**one, "destination": "session"}
        for one in objects(asked.get("permission_suggestions"))
        if one.get("type") in _FOR_GOOD
        and one.get("behavior", "allow") == "allow"
        and not asked.get("suppress_always_allow_rule")
    )
    subjects = _subjects(tool, given, folder)
    options = [Option(ALLOW, "Allow", ALLOW), Option(DENY, "Deny", DENY)]
    if always:
        names = ", ".join(name for one in always for name in _names(one))
        options.insert(1, Option(ALLOW_ALWAYS, one_line(f"Allow for this turn: {names}"), ALLOW_ALWAYS))
    ask = Ask(
        id=id,
        kind=PERMISSION,
        text=_why(asked, given, subjects),
        options=tuple(options),
        tool=tool,
        action=_ACTIONS.get(tool, "other"),
        subjects=subjects,
    )
    return Request(id, (ask,), given, always)


def _questions(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [one for one in objects(given.get("questions")) if isinstance(one.get("question"), str) and one["question"]]


def _labels(question: Mapping[str, Any]) -> dict[str, str]:
    """Option's id → label."""
    labels = (one.get("label") for one in objects(question.get("options")))
    return {str(number): label for number, label in enumerate(labels, 1) if isinstance(label, str) and label}


def _question(id: str, question: Mapping[str, Any]) -> Ask:
    options = tuple(Option(number, one_line(label)) for number, label in _labels(question).items())
    text = sanitize(a_text(question["question"]))
    return Ask(id, QUESTION, text, options, QUESTIONS, "other", free=True)


def _answer(question: Mapping[str, Any], option: str, text: str) -> str:
    """The answer to a question: what was chosen and the words that go with it, joined as several choices are."""
    return ", ".join(part for part in (_labels(question).get(option, ""), a_text(text)) if part)


def _subjects(tool: str, given: Mapping[str, Any], folder: str) -> tuple[str, ...]:
    subject = a_text(given.get(_SUBJECTS.get(tool, "")))
    if _ACTIONS.get(tool) not in ("edit", "read"):
        return (subject,) if subject else ()
    # The program trims paths, and a tilde is the home folder.
    path = subject.strip()
    if not path or path.startswith("~") or not (path.startswith("/") or folder):
        return ()
    path = posixpath.normpath(posixpath.join(folder, path))
    # What is plainly in the worktree it does unasked. What it asks for there leads out of it by a link, or is a file
    # from which the program takes orders: a rule for paths in the worktree must not fit that.
    return () if folder and path.startswith(f"{folder}/") else (path,)


def _names(update: Mapping[str, Any]) -> Iterator[str]:
    for rule in objects(update.get("rules")):
        what = a_text(rule.get("ruleContent"))
        yield f"{a_text(rule.get('toolName'))}({what})" if what else a_text(rule.get("toolName"))
    folders = update.get("directories")
    yield from filter(None, map(a_text, folders)) if isinstance(folders, list) else ()


def _why(asked: Mapping[str, Any], given: Mapping[str, Any], subjects: tuple[str, ...]) -> str:
    """What the model and the program say of it, beyond what it is."""
    said = (a_text(given.get("plan")), a_text(asked.get("description")), a_text(asked.get("decision_reason")))
    return one_line(" · ".join(dict.fromkeys(one for one in said if one and one not in subjects)))
