"""Annotations of a check run beside the log of its job."""

from __future__ import annotations

import pytest

from agent_orchestrator.formats.ci_log import beside_log, read_annotation, read_job_log
from agent_orchestrator.formats.github import Annotation

REST = {
    "path": "src/a.py", "start_line": 3, "end_line": 4, "start_column": 5, "end_column": None,
    "annotation_level": "failure", "title": "F401", "message": "unused", "blob_href": "https://h/x",
}  # fmt: skip
GRAPHQL = {
    "path": "src/a.py", "annotationLevel": "FAILURE", "title": "F401", "message": "unused",
    "location": {"start": {"line": 3, "column": 5}, "end": {"line": 4, "column": None}},
}  # fmt: skip


@pytest.mark.parametrize("entry", [REST, GRAPHQL], ids=["rest", "graphql"])
def test_both_interfaces_say_the_same(entry):
    assert read_annotation(entry) == Annotation(
        "error", "unused", title="F401", file="src/a.py", line=3, column=5, end_line=4
    )


@pytest.mark.parametrize(
    "entry", [{"path": ".github", "annotation_level": "failure"}, {"path": "a", "annotation_level": "odd"}, {}]
)
def test_what_the_runner_says_of_the_job_is_none(entry):
    assert read_annotation(entry) is None


def test_only_errors_at_places_that_the_log_does_not_tell_are_added():
    log = read_job_log(b"src/a.py:3:1: error: told by the log\n")
    other = REST | {"start_line": 9}
    entries = [REST, other, other, REST | {"annotation_level": "warning", "start_line": 1}, REST | {"path": "../x.py"}]
    assert [(t.tool, t.finding.key, t.finding.line) for t in beside_log(log, entries)] == [
        ("github", "F401@src/a.py", 9)
    ]


def test_a_path_on_the_runner_becomes_one_of_the_repository():
    entry = REST | {"path": "/home/runner/work/shop/shop/src/a.py"}
    (told,) = beside_log(read_job_log(b""), [entry], ["src/a.py"])
    assert told.finding.path == "src/a.py"
