"""Where the lines of a commit are in the person's files: moved with edits, or stale, and never guessed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_orchestrator.model.placing import PlacedFile, Placement, files_of, same_lines
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull, Thread
from agent_orchestrator.model.report import Finding, Frame, Kind
from agent_orchestrator.model.watched import CiFinding, CiRed, Watched

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", re.MULTILINE)


def test_lines_move_with_what_is_written_above_and_those_that_were_edited_are_nowhere():
    assert same_lines("a\nb\nc\n", "new\na\nB\nc\n") == {1: 2, 3: 4, 4: 5}


def test_line_ends_are_no_difference():
    assert same_lines("a\nb\n", "a\r\nb\r\n") == {1: 1, 2: 2, 3: 3}


def test_a_line_that_is_there_is_where_it_is_now():
    placed = Placement("h", {"a.py": PlacedFile("b.py", {3: 5}, 7.0)})
    place = placed.of("a.py", 3)
    assert (place.path, place.line, place.stale, place.seen_at) == ("b.py", 5, False, 7.0)


@pytest.mark.parametrize(("path", "line"), [("a.py", 4), ("other.py", 3)])
def test_a_line_that_was_changed_and_a_file_that_is_gone_are_stale_where_they_were(path, line):
    place = Placement("h", {"a.py": PlacedFile("b.py", {3: 5}, 7.0)}).of(path, line)
    assert (place.path, place.line, place.stale) == (path, line, True)


@pytest.mark.parametrize(("path", "now"), [("a.py", "b.py"), ("", "")])
def test_what_is_about_a_whole_file_or_about_none_is_not_stale(path, now):
    place = Placement("h", {"a.py": PlacedFile("b.py", {}, 7.0)}).of(path, 0)
    assert (place.path, place.line, place.stale) == (now, 0, False)


def test_the_files_are_those_of_findings_and_of_what_is_discussed_and_none_outside_of_the_repository():
    found = Finding(
        "t.py::x", Kind.TEST, "no", path="", frames=(Frame("f.py", 1), Frame("/usr/lib/x.py", 1), Frame("../y.py", 1))
    )
    threads = (Thread("1", "talk.py", 1), Thread("2", "done.py", 1, resolved=True), Thread("3", "a/../../b", 1))
    check = CiCheck("k", "test", CheckState.FAILED)
    pull = Pull("P", 1, "u", "t", "open", "h", "b", "main", "m", checks=(check,), threads=threads)
    watched = Watched("app", "P", 0.0, pull=pull, reds=(CiRed(check, (CiFinding(found),)),))
    assert files_of(watched) == ("f.py", "t.py", "talk.py")


#: Few words, so that lines repeat.
TEXT = st.lists(st.sampled_from(["a", "b", "c", "", "}", "x y"]), max_size=25).map("\n".join)


@given(TEXT, TEXT)
def test_whatever_was_edited_a_line_is_only_where_the_same_text_stands_and_no_two_are_one(before, after):
    found = same_lines(before, after)
    old, new = before.split("\n"), after.split("\n")
    assert all(old[was - 1] == new[now - 1] for was, now in found.items())
    assert len(set(found.values())) == len(found)


def kept(folder: Path, before: list[str], after: list[str]) -> dict[int, int]:
    """The lines that git's own comparison leaves as they are."""
    for name, lines in (("before", before), ("after", after)):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    names = [str(folder / name) for name in ("before", "after")]
    diff = subprocess.run(["git", "diff", "--no-index", "-U0", *names], capture_output=True, text=True).stdout
    found: dict[int, int] = {}
    old = new = 1
    for first, gone, then, come in _HUNK.findall(diff):
        # A hunk without lines on a side is counted from the line before it.
        start, begin = int(first) + (gone == "0"), int(then) + (come == "0")
        found |= {number: new + number - old for number in range(old, start)}
        old, new = start + int(gone or 1), begin + int(come or 1)
    return found | {number: new + number - old for number in range(old, len(before) + 1)}


@given(st.lists(st.integers(0, 40), unique=True), st.lists(st.integers(0, 40), unique=True))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_that_git_leaves_as_it_is_is_where_git_has_it(tmp_path, old, new):
    before, after = ([f"line {number}" for number in numbers] for numbers in (old, new))
    found = same_lines("\n".join(before), "\n".join(after))
    assert kept(tmp_path, before, after).items() <= found.items() if before and after else True
