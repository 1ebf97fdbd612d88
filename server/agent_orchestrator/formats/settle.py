"""The rule of completeness that all formats share: the report and the exit status must agree."""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.text import OUTPUT_CAP, decode, last_line, message, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Kind, Report


def settle(report: Report, inputs: Inputs, tool: str) -> Report:
    """``report`` judged against the exit status.

    Non-zero with nothing red adds a finding of ``Kind.TOP`` for the whole check, with the tail of the output. Zero with
    something red, an end by a signal and an unknown status make the report incomplete.
    """
    code = inputs.exit_code
    problems = list(report.problems)
    findings = report.findings
    if code is None:
        problems.append(f"The exit status of {tool} is not known, so its report is no evidence.")
    elif code < 0 or code >= 128:
        problems.append(f"{tool} was ended by signal {-code if code < 0 else code - 128}.")
    elif code == 0 and findings:
        problems.append(
            f"{tool} exited with 0 but reported {len(findings)} failures; find the option that hides its exit status."
        )
    if code and not findings:
        findings = (whole_check(inputs, tool),)
    return evolve(
        report,
        findings=findings,
        problems=tuple(problems),
        complete=report.complete and len(problems) == len(report.problems),
    )


def whole_check(inputs: Inputs, tool: str) -> Finding:
    """The ⊤ finding of a check that failed without saying at what."""
    output = decode(inputs.output[-8 * OUTPUT_CAP :])
    frames = stack(output, inputs.root, inputs.base).frames
    where = frames[-1] if frames else None
    said = last_line(output)
    status = "ended" if inputs.exit_code is None else f"exited with {inputs.exit_code}"
    return Finding(
        key="",
        kind=Kind.TOP,
        message=message(f"{tool} {status}" + (f": {said}" if said else " and printed nothing")),
        path=where.path if where else "",
        line=where.line if where else 0,
        title=f"{tool} could not judge the tree",
        output=tail(output),
        frames=frames,
    )


def unreadable(inputs: Inputs, tool: str, problem: str) -> Report:
    """The report of a run whose report file is missing or malformed: never complete, never green."""
    said = last_line(decode(inputs.output[-8 * OUTPUT_CAP :])) if inputs.exit_code else ""
    sentence = f"{tool}: {problem}" + (f" Its last words: {message(said)}" if said else "")
    return settle(Report(complete=False, problems=(sentence,)), inputs, tool)
