"""What counts as a text that a person has begun to type at a run's screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.proc.hold.draft import Draft


@pytest.mark.parametrize(
    ("keys", "is_open"),
    [
        ([b"h"], True),
        ([b"hello", b" world"], True),
        ([b"hello", b"\r"], False),
        ([b"hello\r"], False),
        ([b"hello\rmore"], True),
        ([b"hello", b"\x03"], False),
        ([b"hello", b"\x15"], False),
        (["é".encode()], True),
        # Keys that are no text: arrows, function keys, Alt and a letter, Tab, a blank.
        ([b"\x1b[A", b"\x1bOP", b"\x1bb", b"\t", b" "], False),
        # What terminals say by themselves: their kind, the focus, a colour.
        ([b"\x1b[?1;2c", b"\x1b[I", b"\x1b]11;rgb:0000/0000/0000\x07", b"\x1bP>|xterm\x1b\\"], False),
        # A sequence in two pieces.
        ([b"\x1b[1;", b"5C"], False),
        # A pasted line feed or return sends nothing.
        ([b"\x1b[200~two\rlines\x1b[201~"], True),
        ([b"\x1b[200~two\rlines\x1b[201~", b"\r"], False),
    ],
)
def test_a_text_stands_open_until_it_is_sent_or_thrown_away(tmp_path: Path, keys: list[bytes], is_open: bool) -> None:
    draft = Draft(str(tmp_path))
    for each in keys:
        draft.typed(each)
    assert (draft.open, (tmp_path / "draft").exists()) == (is_open, is_open)


def test_bytes_without_an_end_do_not_hide_what_follows(tmp_path: Path) -> None:
    draft = Draft(str(tmp_path))
    draft.typed(b"\x1b]" + b"x" * 100)
    draft.typed(b"text")
    assert draft.open
