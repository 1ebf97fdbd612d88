"""Annotations of a check run, as GitHub's interfaces give them → findings beside those of the job's log.

REST: ``path, start_line, end_line, start_column, end_column, annotation_level, title, message``
(https://docs.github.com/rest/checks/runs#list-check-run-annotations); GraphQL: ``path, location { start { line column }
end { … } }, annotationLevel, title, message``. There are at most ten errors and ten warnings of a step.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from attrs import evolve

from agent_orchestrator.formats.ci_log.job import JobLog, Told
from agent_orchestrator.formats.ci_log.repository import ROOT, Files, rewrite, roots_in
from agent_orchestrator.formats.github import Annotation, annotation_finding
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import mapping, number, text

_LEVELS = {"failure": "error", "warning": "warning", "notice": "notice"}


def read_annotation(entry: Mapping[str, object]) -> Annotation | None:
    """One annotation; None for what the runner says of the job itself ("Process completed with exit code 1.")."""
    path = text(entry.get("path"))
    level = _LEVELS.get((text(entry.get("annotation_level")) or text(entry.get("annotationLevel"))).lower())
    if level is None or path == ".github":
        return None
    location = mapping(entry.get("location"))
    start, end = mapping(location.get("start")), mapping(location.get("end"))
    return Annotation(
        level=level,
        text=text(entry.get("message")),
        title=text(entry.get("title")),
        file=path,
        line=number(entry.get("start_line")) or number(start.get("line")),
        column=number(entry.get("start_column")) or number(start.get("column")),
        end_line=number(entry.get("end_line")) or number(end.get("line")),
        end_column=number(entry.get("end_column")) or number(end.get("column")),
    )


def beside_log(
    log: JobLog, entries: Iterable[Mapping[str, object]], paths: Collection[str] | None = None
) -> tuple[Told, ...]:
    """The findings of error annotations at places of which ``log`` says nothing.

    The log knows the tool and so the failure's identity, which an annotation does not; warnings fail no job.
    """
    known = {(told.finding.path, told.finding.line) for told in log.findings}
    files = Files.of(paths)
    found: dict[tuple[str, str, int], Told] = {}
    for entry in entries:
        annotation = read_annotation(entry)
        if annotation is None or annotation.level != "error":
            continue
        file = rewrite(annotation.file, roots_in([annotation.file]))
        finding = annotation_finding(evolve(annotation, file=file), Inputs(b"", 1, ROOT))
        placed = files.place(finding)
        if placed.path and (placed.path, placed.line) not in known:
            found.setdefault((placed.key, placed.message, placed.line), Told("github", "", placed))
    return tuple(found.values())
