"""The task of a turn, as its agent is told it."""

from __future__ import annotations

from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.drive.prompt import prompt_of
from agent_orchestrator.engine.state import Session
from agent_orchestrator.ports.agent import Task, TaskCheck, TaskFailure
from agent_orchestrator.ports.check import Selection


def task_of(context: Context, driven: Driven, session: Session, number: int, python: str) -> Task:
    """What the agent is told (``AO_TASK_FILE``)."""
    turn = session.turns[number - 1]
    failures = []
    for signature in session.failures:
        failure = context.state.failures.get(signature)
        check = driven.check(failure.item.check) if failure else None
        if failure is None or check is None:
            continue
        finding = failure.finding
        again = context.tools.rerun(check, Selection((failure.item.key,), (failure.item.path,)))
        failures.append(
            TaskFailure(
                id=signature,
                check=failure.item.check,
                kind=finding.kind.value,
                test=failure.item.key if finding.kind.value == "test" else "",
                rule=finding.rule,
                file=finding.path or failure.item.path,
                line=finding.line,
                message=finding.message,
                rerun=context.tools.argv(again, python),
                output=finding.output,
            )
        )
    checks = {c.id: TaskCheck(c.format, context.tools.argv(c.command, python)) for c in driven.checks}
    prompt = prompt_of(context, driven, session, turn, failures, python)
    return Task(
        id=session.id,
        project=session.project,
        title=session.title,
        prompt=prompt,
        attempt=number,
        feedback=turn.feedback,
        base=session.base,
        failures=tuple(failures),
        checks=checks,
    )
