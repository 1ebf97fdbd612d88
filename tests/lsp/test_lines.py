"""Edits of open documents, and where the lines of an earlier text are after them."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types as lsp
from pygls.workspace import PositionCodec, TextDocument

from agent_orchestrator.lsp.document import Document
from agent_orchestrator.lsp.lines import _EPOCHS, Lines
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.model.trace import lines_of

ENCODINGS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
#: Short pieces that edits and documents are made of: every line end, characters of one to four bytes, and characters
#: at which Python ends a line and an editor does not.
PIECES = st.sampled_from(
    ["", "a", "b c", "ß", "→", "😀", "\n", "\r\n", "\r", "\n\n", "x\ny\n", "\x0c", "\u2028", "\x85"]
)
#: A place in a text as a share of it.
PLACE = st.floats(0, 1)


def offset_in(text: str, share: float) -> int:
    """A place where an editor can have its cursor: never inside of a line end."""
    offset = round(share * len(text))
    return offset - 1 if text[offset - 1 : offset + 1] == "\r\n" else offset


def position(text: str, offset: int, encoding: str = "utf-16") -> lsp.Position:
    """By the specification alone: lines end at CR LF, LF or CR; characters are units of the encoding."""
    ends = [end.end() for end in re.finditer("\r\n|\n|\r", text) if end.end() <= offset]
    codec, width = ENCODINGS[encoding]
    begins = ends[-1] if ends else 0
    return lsp.Position(line=len(ends), character=len(text[begins:offset].encode(codec)) // width)


def partial(start: lsp.Position, end: lsp.Position, text: str) -> lsp.TextDocumentContentChangePartial:
    return lsp.TextDocumentContentChangePartial(range=lsp.Range(start=start, end=end), text=text)


EDITS = st.lists(st.tuples(PLACE, PLACE, PIECES), max_size=8)


@given(st.lists(PIECES, max_size=20).map("".join), st.sampled_from(sorted(ENCODINGS)), EDITS)
@settings(deadline=None)
def test_an_edit_replaces_what_is_between_two_places_in_every_encoding(text, encoding, edits):
    document, codec = Document(text), PositionCodec(encoding)
    for one, other, new in edits:
        start, end = sorted((offset_in(text, one), offset_in(text, other)))
        document.change(partial(position(text, start, encoding), position(text, end, encoding), new), codec)
        text = text[:start] + new + text[end:]
    assert (document.text, document.lines) == (text, re.split("\r\n|\n|\r", text))


def edited(text, start, end, new):
    document = Document(text)
    document.change(partial(lsp.Position(*start), lsp.Position(*end), new), PositionCodec())
    return document.text


def by_pygls(text, start, end, new):
    document = TextDocument("file:///x", text)
    document.apply_change(partial(lsp.Position(*start), lsp.Position(*end), new))
    return document.source


@pytest.mark.parametrize(
    ("text", "start", "end", "expected"),
    [
        pytest.param("a\x0cb\nc\n", (1, 0), (1, 1), "a\x0cb\nX\n", id="below a form feed"),
        pytest.param("a\u2028b\nc\n", (1, 0), (1, 1), "a\u2028b\nX\n", id="below a line separator"),
        pytest.param("a\nb\nc\n", (2, 0), (1, 0), "a\nXc\n", id="reversed"),
        pytest.param("abc", (0, 9), (0, 9), "abcX", id="past the last line's end"),
    ],
)
def test_an_edit_that_pygls_makes_elsewhere(text, start, end, expected):
    assert edited(text, start, end, "X") == expected
    assert by_pygls(text, start, end, "X") != expected


@pytest.mark.parametrize("start", [(0, 99), (99, 0), (99, 99)])
def test_a_place_past_the_end_of_a_text_is_its_end(start):
    assert edited("abc", start, start, "X") == "abcX"


def test_a_place_inside_of_a_character_is_after_it():
    assert edited("😀b", (0, 1), (0, 1), "X") == "😀Xb"


def test_a_change_without_a_range_is_the_whole_text():
    document = Document("a\nb")
    document.change(lsp.TextDocumentContentChangeWholeDocument(text="c"), PositionCodec())
    assert (document.text, document.lines) == ("c", ["c"])


class Traced:
    """A document whose lines are told apart by their texts, with what is known of them without :class:`Lines`."""

    def __init__(self, count: int) -> None:
        self.document = Document("".join(f"line {n}\n" for n in range(count)))
        self.lines = Lines.of(len(self.document.lines))
        self.now = 0.0
        #: For each state on disk: the lines that it had, and those of them that were at one place in every text since.
        self.states = [(list(self.document.lines), set(self.document.lines))]

    def edit(self, one: float, other: float, new: str) -> None:
        text = self.document.text
        start, end = sorted((offset_in(text, one), offset_in(text, other)))
        self.change(partial(position(text, start), position(text, end), new))

    def replace(self, order: list[int]) -> None:
        """The whole text, with its lines in another order, some of them twice or not at all."""
        lines = self.document.lines
        text = "\n".join(lines[n % len(lines)] for n in order)
        self.change(lsp.TextDocumentContentChangeWholeDocument(text=text))

    def change(self, change: lsp.TextDocumentContentChangeEvent) -> None:
        before = self.document.lines
        first, last = self.document.change(change, PositionCodec())
        self.lines.edited(first, last, before, self.document.lines)
        for _, intact in self.states:
            intact &= {text for text in intact if self.document.lines.count(text) == 1}

    def save(self) -> None:
        self.now += 1
        self.lines.saved(self.now)
        lines = self.document.lines
        self.states.append((list(lines), {text for text in lines if lines.count(text) == 1}))

    def check(self) -> None:
        """Every line of every state is where it is, or was touched and is nowhere."""
        current = self.document.lines
        for at, (lines, intact) in enumerate(self.states):
            for number, text in enumerate(lines):
                found = self.lines.where(number, at + 0.5)
                if text in intact:
                    assert found == current.index(text), (text, at)
                elif found is not None:
                    assert current[found] == text, (text, at)


STEP = st.one_of(
    st.tuples(st.just("edit"), PLACE, PLACE, PIECES),
    st.tuples(st.just("edit"), PLACE, PLACE, st.sampled_from(["line 1", "line 2\n", "\nline 3", "line 4\nline 5\n"])),
    st.tuples(st.just("replace"), st.lists(st.integers(0, 30), max_size=12)),
    st.tuples(st.just("save")),
)


@given(st.integers(0, 12), st.lists(STEP, max_size=14))
@settings(deadline=None, max_examples=300)
def test_a_line_is_shown_where_it_is_or_was_touched(count, steps):
    traced = Traced(count)
    for name, *arguments in steps:
        getattr(traced, name)(*arguments)
        traced.check()


def test_of_many_saves_the_first_state_and_the_newest_ones_are_known():
    traced = Traced(3)
    saves = _EPOCHS + 10
    for number in range(saves):
        traced.change(partial(lsp.Position(0, 0), lsp.Position(0, 0), f"new {number}\n"))
        traced.save()
    assert traced.lines.where(0, 0.5) == saves
    assert [traced.lines.where(0, n + 0.5) for n in range(1, 11)] == [None] * 10
    assert [traced.lines.where(0, n + 0.5) for n in range(12, saves + 1)] == [saves - n for n in range(12, saves + 1)]


def test_a_formatter_that_replaces_everything_leaves_the_lines_that_it_did_not_touch_known():
    traced = Traced(4)
    traced.change(partial(lsp.Position(0, 0), lsp.Position(9, 0), "top\nline 0\nline one\nline 2\nline 3\nend\n"))
    assert [traced.lines.where(n, 0.5) for n in range(4)] == [1, None, 3, 4]


def test_equal_lines_beside_one_that_is_known_are_known():
    lines = Lines.of(5)
    before = ["a", "}", "b", "}", "c"]
    lines.edited(0, 4, before, ["new", "a", "}", "other", "b", "}", "c2"])
    assert [lines.where(n, 0.0) for n in range(5)] == [1, 2, 4, 5, None]


def test_a_large_text_of_equal_lines_is_traced_at_once():
    before = ["}"] * 50_000
    lines = Lines.of(len(before))
    lines.edited(0, len(before) - 1, before, ["first", *before, "last"])
    assert lines.where(49_999, 0.0) in (None, 50_000)


# Files


@pytest.fixture
def file(tmp_path):
    """A file of three lines and how to write it, each time with a later stamp."""

    class File:
        path = str(tmp_path / "x.py")
        stamp = 1_000_000_000

        def write(self, text):
            with open(self.path, "w", newline="") as out:
                out.write(text)
            self.stamp += 1
            os.utime(self.path, (self.stamp, self.stamp))

    made = File()
    made.write("one\ntwo\nthree\n")
    return made


NOW = 4e9
"""A time after every save of these tests."""


def whole(text):
    return lsp.TextDocumentContentChangeWholeDocument(text=text)


def test_what_was_typed_before_the_server_came_is_found_by_the_file_on_disk(file):
    texts = Texts()
    texts.opened(file.path, "new\none\ntwo\nthree\n")
    assert [texts.where(file.path, n, NOW) for n in range(3)] == [1, 2, 3]


def test_a_line_that_is_edited_and_as_before_again_is_known_again(file):
    texts = Texts()
    texts.opened(file.path, "one\ntwo\nthree\n")
    texts.changed(file.path, whole("one\nTWO\nthree\n"))
    assert texts.where(file.path, 1, NOW) is None
    texts.changed(file.path, whole("one\ntwo\nthree\n"))
    assert texts.where(file.path, 1, NOW) == 1


def test_a_file_that_something_else_wrote_and_the_editor_loaded_again_counts_as_saved(file):
    texts = Texts()
    texts.opened(file.path, "one\ntwo\nthree\n")
    file.write("zero\none\ntwo\nthree\n")
    texts.changed(file.path, whole("zero\none\ntwo\nthree\n"))
    assert texts.where(file.path, 1, NOW) == 1
    assert texts.where(file.path, 1, 0.0) == 2


def test_a_document_that_is_not_open_has_no_edits(file):
    texts = Texts()
    texts.changed(file.path, whole("nothing"))
    assert texts.line(file.path, 0) == "one"


@pytest.mark.parametrize(("encoding", "start", "end"), [("utf-8", 7, 10), ("utf-16", 5, 8), ("utf-32", 4, 7)])
def test_columns_are_in_the_clients_units(file, encoding, start, end):
    texts = Texts(PositionCodec(encoding))
    texts.opened(file.path, 'a="😀bad"\n')
    assert texts.span(file.path, 0, 5, 8) == (start, end)


def test_the_lines_of_a_file_are_those_of_an_editor(file):
    file.write("a\x0cb\r\nc\u2028d\re")
    assert [Texts().line(file.path, n) for n in range(4)] == ["a\x0cb", "c\u2028d", "e", ""]
    assert lines_of("") == [""]


def test_a_file_that_is_gone_or_too_large_has_no_text(file, tmp_path):
    os.truncate(file.path, 5 * 1024 * 1024)
    assert [Texts().text(file.path), Texts().text(str(tmp_path / "none"))] == [None, None]
