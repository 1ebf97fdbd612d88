"""What an agent is told, as text: the templates of ``prompts/`` filled in. One pure function, :func:`render`.

Nothing in it has control characters. A person's words stand as they are, and whole. What programs said is capped in
size, and stands between two lines with a boundary that is nowhere in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

from attrs import field, frozen

from agent_orchestrator.model.external.text import boundary_for, fenced
from agent_orchestrator.model.report import Kind
from agent_orchestrator.model.text import cap, sanitize
from agent_orchestrator.ports.agent import TaskFailure

TEMPLATES = Path(__file__).parents[1] / "prompts"
#: Characters that all failures, one failure at least and at most, and the account of a turn may take.
FAILURES_CAP, FAILURE_MIN, FAILURE_MAX, ACCOUNT_CAP = 16_000, 400, 4_000, 12_000
#: Failures that are shown; the others are in the task file.
SHOWN = 40

_BY_KIND = {Kind.TEST: "fix-tests", Kind.LINT: "fix-lint", Kind.TOP: "fix-check"}
_PERSON = "What the person you work for says"
_WORK = {
    True: "Your work so far is in this worktree; go on from there.",
    False: "Nothing of your earlier work is in this worktree: begin from what is there.",
}


@frozen
class Brief:
    """What a turn is about.

    ``task`` is a person's words, for a task without failures. ``commands``: check → the shell command that reproduces
    its failures. ``rules`` are files of the worktree that hold the project's rules. ``turn`` counts from 1;
    ``resumed``: the agent goes on in a conversation that has the task. ``work``: the worktree holds work of
    earlier turns. ``account`` is what became of the last turn, from outside; ``goes_on`` the same in our own words;
    ``said`` is what a person said since.
    """

    task: str = ""
    failures: tuple[TaskFailure, ...] = ()
    commands: Mapping[str, str] = field(factory=dict)
    rules: tuple[str, ...] = ()
    turn: int = 1
    resumed: bool = False
    work: bool = True
    account: str = ""
    goes_on: str = ""
    said: tuple[str, ...] = ()


def render(brief: Brief) -> str:
    """The prompt of one turn: the task, or what is new since, or both for an agent that remembers nothing."""
    blocks = _failures(brief)
    account = cap(sanitize(brief.account).strip("\n"), ACCOUNT_CAP)
    boundary = boundary_for((*(text for _, text in blocks), account))
    parts = []
    if not brief.resumed:
        parts.append(_first(brief, blocks, boundary))
    if brief.turn == 1 and brief.said:
        parts.append(f"# {_PERSON}\n\n{_said(brief)}")
    if brief.turn > 1:
        parts.append(_fill("next-turn", work=_WORK[brief.work], news=_news(brief, account, boundary)))
    text = "\n\n".join(part.strip() for part in parts)
    if f"BEGIN {boundary}" in text:
        text += "\n\n" + _fill("data", boundary=boundary).strip()
    return text + "\n"


def _first(brief: Brief, blocks: list[tuple[str, str]], boundary: str) -> str:
    checks = len(brief.commands)
    rules = [f"- Read `{_line(name)}` first: the project's rules, which count here too." for name in brief.rules]
    if brief.failures:
        rules.append(f"- Run the {'command' if checks == 1 else 'commands'} above until nothing fails.")
    else:
        rules.append("- Run the project's checks on what you changed.")
    finish = _fill("finish", rules="\n".join(rules)).strip()
    if not brief.failures:
        return _fill("task", task=sanitize(brief.task).strip(), finish=finish)
    shown = "\n\n".join(_section(check, text, brief.commands.get(check, ""), boundary) for check, text in blocks)
    if len(brief.failures) > SHOWN:
        shown += f"\n\nThese are {SHOWN} of {len(brief.failures)}; `$AO_TASK_FILE` names a file with all of them."
    return _fill(_BY_KIND[Kind(brief.failures[0].kind)], failures=shown, finish=finish)


def _section(check: str, text: str, command: str, boundary: str) -> str:
    again = f"\n\nThis command reproduces them:\n\n{_code(command)}" if command else ""
    return f"## Check `{_line(check)}`\n\n{fenced(text, boundary)}{again}"


def _news(brief: Brief, account: str, boundary: str) -> str:
    blocks = []
    if account:
        blocks.append(f"## What became of your last turn\n\n{fenced(account, boundary)}")
    if brief.goes_on:
        blocks.append(f"## What became of your last turn\n\n{brief.goes_on}")
    if brief.said:
        blocks.append(f"## {_PERSON}\n\n{_said(brief)}")
    return "\n\n".join(blocks) or "Nothing is known of your last turn but that its work is not complete."


def _said(brief: Brief) -> str:
    return "\n\n".join(sanitize(text).strip() for text in brief.said)


def _failures(brief: Brief) -> list[tuple[str, str]]:
    """By check, what is said of its failures; cleaned and capped."""
    shown = brief.failures[:SHOWN]
    room = max(FAILURE_MIN, min(FAILURE_MAX, FAILURES_CAP // max(len(shown), 1)))
    found: dict[str, list[str]] = {}
    for failure in shown:
        found.setdefault(failure.check, []).append(_failure(failure, room))
    return [(check, "\n\n".join(texts)) for check, texts in found.items()]


def _failure(failure: TaskFailure, room: int) -> str:
    """Name, place and message, then the end of the output: a traceback says what matters last."""
    place = f"{failure.file}:{failure.line}" if failure.file and failure.line else failure.file
    names = [_line(name) for name in (failure.test or failure.rule, place) if name]
    message = sanitize(failure.message).strip()
    text = "\n".join((*names, message[: room // 2])).rstrip()
    output = sanitize(failure.output).rstrip().lstrip("\n")
    left = room - len(text) - 5
    if left <= 0 or output in message:
        return text[:room]
    return text + "\n" + (output if len(output) <= left else "[…]\n" + output[-left + 4 :])


def _code(command: str) -> str:
    """A fence that is longer than any in the command (CommonMark 0.31, 4.5)."""
    fence = "```"
    while fence in command:
        fence += "`"
    return f"{fence}sh\n{sanitize(command)}\n{fence}"


def _line(text: str) -> str:
    return " ".join(sanitize(text).split())[:300]


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.md").read_text(encoding="utf-8"))


def _fill(name: str, **values: str) -> str:
    return _template(name).substitute(values)
