"""The format ``github``: workflow commands as a tool prints them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.formats.github import Annotation, command
from agent_orchestrator.model.report import Kind, Report


def github(text: str, code: int = 1) -> Report:
    return parse("github", Inputs(text.encode(), code, "/t"))


def test_an_error_is_a_finding_of_its_title_at_its_place():
    (finding,) = github("::error file=/t/src/a.py,line=3,endLine=4,col=5,endColumn=7,title=E501::too long\n").findings
    assert (finding.key, finding.kind, finding.message) == ("E501@src/a.py", Kind.LINT, "too long")
    assert (finding.line, finding.column, finding.end_line, finding.end_column) == (3, 5, 4, 7)


def test_escapes_are_undone_once_and_colons_and_commas_only_in_properties():
    told = command("::error file=a%2Cb%3A.py,title=50%25::first%0Asecond %253A %3A")
    assert told == Annotation("error", "first\nsecond %3A %3A", title="50%", file="a,b:.py")


def escape(text: str, *, properties: bool) -> str:
    """As ``@actions/core`` escapes (``escapeData`` and ``escapeProperty``)."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if properties else text


@settings(deadline=None)
@given(st.text(), st.text(min_size=1))
def test_what_was_escaped_is_read_as_it_was(message: str, title: str):
    line = f"::warning title={escape(title, properties=True)}::{escape(message, properties=False)}"
    assert command(line) == Annotation("warning", message, title=title)


@pytest.mark.parametrize(
    "line", ["error::x", ":error::x", "::group::x", "::set-output name=a::b", "x ::error::y", "::error"]
)
def test_other_lines_are_none(line: str):
    assert command(line) is None


@pytest.mark.parametrize(("code", "count"), [(0, 0), (1, 1)])
def test_warnings_are_red_when_the_exit_status_says_so(code: int, count: int):
    assert len(github("::warning file=a.py,line=1::w\n::notice file=a.py::n\n", code).findings) == count


def test_an_error_without_a_file_or_with_a_wrong_line_is_kept():
    report = github("::error::no place\n::error file=b.py,line=-1,col=99999999999::odd\n")
    assert [(f.path, f.line, f.column) for f in report.findings] == [("", 0, 0), ("b.py", 0, 0)]
