"""Edits of documents mean to the forwarder what they mean to the server and to the editor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec, TextDocument

from agent_orchestrator.forward.edits import apply, split
from agent_orchestrator.lsp.document import Document

TEXTS = st.lists(st.sampled_from(["a", "b", "\r", "\n", "\r\n", "é", "€", "😋", "\ud800", " "])).map("".join)
POSITIONS = st.fixed_dictionaries({"line": st.integers(0, 9), "character": st.integers(0, 12)})
RANGES = st.fixed_dictionaries({"start": POSITIONS, "end": POSITIONS})
PARTIAL = st.fixed_dictionaries({"range": RANGES, "text": TEXTS})
CHANGES = st.lists(PARTIAL | st.fixed_dictionaries({"text": TEXTS}), max_size=6)
WIDTHS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
ENCODINGS = st.sampled_from(["utf-8", "utf-16", "utf-32"])


def edited(text: str, changes: list[dict], encoding: str = "utf-16") -> list[str]:
    lines = split(text)
    for change in changes:
        apply(lines, change, encoding)
    return lines


def units(text: str, encoding: str) -> int:
    return len(text.encode(encoding + "-le" * (encoding != "utf-8"), "surrogatepass")) // WIDTHS[encoding]


def position(text: str, point: int, encoding: str) -> dict:
    """Of a place in a text that is given in characters."""
    before = split(text[:point] + "|")
    return {"line": len(before) - 1, "character": units(before[-1][:-1], encoding)}


def within(lines: list[str], change: dict, encoding: str) -> dict:
    """The change, its positions brought in order and into their lines."""
    if "range" not in change:
        return change
    ends = sorted((end["line"], end["character"]) for end in change["range"].values())
    start, end = ({"line": line, "character": min(at, longest(lines, line, encoding))} for line, at in ends)
    return {**change, "range": {"start": start, "end": end}}


def longest(lines: list[str], line: int, encoding: str) -> int:
    return units(lines[line].rstrip("\r\n"), encoding) if line < len(lines) else 0


def structured(change: dict) -> types.TextDocumentContentChangeEvent:
    if "range" not in change:
        return types.TextDocumentContentChangeWholeDocument(**change)
    start, end = (types.Position(**change["range"][side]) for side in ("start", "end"))
    return types.TextDocumentContentChangePartial(types.Range(start, end), change["text"])


@given(TEXTS, CHANGES, ENCODINGS)
def test_a_document_is_as_the_server_has_it(text, changes, encoding):
    document = Document(text)
    for change in changes:
        document.change(structured(change), PositionCodec(encoding))
    assert "".join(edited(text, changes, encoding)) == document.text


@given(TEXTS, st.data(), ENCODINGS)
def test_an_edit_between_two_places_of_the_text_puts_the_new_text_there(text, data, encoding):
    points = st.integers(0, len(text)).filter(lambda point: text[point - 1 : point + 1] != "\r\n")
    start, end = sorted((data.draw(points), data.draw(points)))
    new = data.draw(TEXTS)
    change = {"range": {"start": position(text, start, encoding), "end": position(text, end, encoding)}, "text": new}
    assert "".join(edited(text, [change], encoding)) == text[:start] + new + text[end:]


@given(TEXTS, CHANGES, ENCODINGS)
def test_a_document_within_whose_lines_all_positions_are_is_as_pygls_has_it(text, changes, encoding):
    document = TextDocument("file:///d", text, position_codec=PositionCodec(encoding))
    lines = split(text)
    for change in changes:
        inside = within(lines, change, encoding)
        apply(lines, inside, encoding)
        document.apply_change(structured(inside))
    assert "".join(lines) == document.source


@given(TEXTS, CHANGES, ENCODINGS)
def test_the_lines_are_those_of_the_text(text, changes, encoding):
    lines = edited(text, changes, encoding)
    assert lines == split("".join(lines))


@pytest.mark.parametrize("character", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029"])
def test_lines_end_only_where_the_protocol_says(character):
    change = {"range": {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 1}}, "text": "X"}
    assert "".join(edited(f"a{character}b\ncd", [change])) == f"a{character}b\nXd"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"text": 1},
        {"text": "x", "range": {}},
        {"text": "x", "range": 3},
        {"text": "x", "range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}},
        {"text": None, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}},
    ],
)
def test_what_is_no_change_leaves_the_text_as_it_was(change):
    lines = split("a\nb")
    with pytest.raises((KeyError, TypeError, ValueError)):
        apply(lines, change, "utf-16")
    assert lines == ["a\n", "b"]
