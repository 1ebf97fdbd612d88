"""What the agent of a turn is told: the facts of its session, gathered for :func:`.engine.prompt.render`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.prompt import Brief, render
from agent_orchestrator.engine.settle import GO_ON
from agent_orchestrator.engine.state import Session, Turn
from agent_orchestrator.ports.agent import TaskFailure
from agent_orchestrator.ports.check import Selection

#: Files in which projects tell agents their rules.
RULES = ("AGENTS.md", "CLAUDE.md")
#: Characters of a command that names single tests; a longer one gives way to the whole check's.
COMMAND_CAP = 4_000


def prompt_of(
    context: Context, driven: Driven, session: Session, turn: Turn, failures: Sequence[TaskFailure], python: str
) -> str:
    """The prompt of a turn of a session."""
    account, said = told_apart(session, turn)
    folder = Path(session.path) if Path(session.path).is_dir() else driven.main
    return render(
        Brief(
            task=session.prompt or session.title,
            failures=tuple(failures),
            commands=_commands(context, driven, failures, python),
            rules=tuple(name for name in RULES if (folder / name).is_file()),
            turn=turn.number,
            resumed=turn.number > 1 and bool(session.conversation),
            work=bool(session.head),
            account="" if account == GO_ON else account,
            goes_on=GO_ON if account == GO_ON else "",
            said=said,
        )
    )


def told_apart(session: Session, turn: Turn) -> tuple[str, tuple[str, ...]]:
    """A turn's feedback as what became of the last one (from outside), and what the person said.

    A turn that a usage limit ended is begun again with the same feedback, so messages of earlier turns are in it too.
    """
    account = turn.feedback
    said: tuple[str, ...] = ()
    for number in range(turn.number, 0, -1):
        texts = tuple(m.text for m in session.messages if m.turn == number and not m.aside)
        spoken = "\n\n".join(texts)
        if spoken and (account == spoken or account.endswith(f"\n\n{spoken}")):
            account, said = account[: -len(spoken)].removesuffix("\n\n"), (*texts, *said)
    return account, said


def _commands(context: Context, driven: Driven, failures: Sequence[TaskFailure], python: str) -> Mapping[str, str]:
    """Check → the one shell command that runs just its failures again."""
    found = {}
    for id in dict.fromkeys(failure.check for failure in failures):
        check = driven.check(id)
        if check is None:
            continue
        items = [context.state.failures[f.id].item for f in failures if f.check == id]
        whole = context.tools.argv(check.command, python)
        keys, paths = tuple(i.key for i in items), tuple(dict.fromkeys(i.path for i in items if i.path))
        some = context.tools.argv(context.tools.rerun(check, Selection(keys, paths)), python) if all(keys) else whole
        found[id] = _shell(some if len(_shell(some)) <= COMMAND_CAP else whole)
    return found


def _shell(argv: tuple[str, ...]) -> str:
    return argv[2] if argv[:2] == ("sh", "-c") and len(argv) == 3 else shlex.join(argv)
