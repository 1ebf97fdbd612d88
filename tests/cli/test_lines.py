"""Lines and grids fit their width, lose nothing they may not lose, and carry no control characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.cli.render.grid import Column, grid
from agent_orchestrator.cli.render.lines import crop, line, plain, width_of, wrap


@given(st.text(max_size=60), st.integers(0, 40), st.booleans())
def test_crop_never_exceeds_its_width(text: str, width: int, keep_end: bool) -> None:
    assert width_of(crop(text, width, keep_end=keep_end)) <= width or width == 0


@pytest.mark.parametrize(("keep_end", "expected"), [(False, "tests/…"), (True, "…::test")])
def test_crop_keeps_the_end_that_is_asked_for(keep_end: bool, expected: str) -> None:
    assert crop("tests/a.py::test", 7, keep_end=keep_end) == expected


def test_wide_characters_take_two_columns() -> None:
    assert (width_of("日本"), crop("日本語", 5)) == (4, "日本…")


@given(st.lists(st.text("abc", min_size=1, max_size=30), max_size=12), st.integers(20, 60))
def test_wrap_loses_nothing_and_fits(words: list[str], width: int) -> None:
    lines = plain(wrap(" ".join(words), width, first=(("  - ", ""),), indent="    ")).splitlines()
    assert "".join(row.strip() for row in lines).replace(" ", "") == "-" + "".join(words)
    assert max(map(width_of, lines)) <= width


@given(st.text())
def test_a_line_has_no_control_characters(text: str) -> None:
    assert not {char for char in plain((line(text),))[:-1] if char in "\x00\x07\x08\n\r\t\x1b\x7f\x9b\u202e"}


def test_a_grid_crops_only_what_may_be_cropped() -> None:
    rows = [("id-that-stays-whole", "tests/unit/test_long_name.py::test_x")]
    assert plain(grid((Column(""), Column("", "start")), rows, 35)) == "id-that-stays-whole  …me.py::test_x\n"


def test_a_grid_without_a_width_crops_nothing() -> None:
    assert plain(grid((Column("A", "end"),), [("x" * 300,)], None)) == "A\n" + "x" * 300 + "\n"


def test_a_column_without_content_is_left_out() -> None:
    assert plain(grid((Column("A"), Column("B")), [("1", ""), ("2", "")], 80)) == "A\n1\n2\n"
