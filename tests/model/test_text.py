"""Text from outside is shown without what it could do to a terminal or a reader."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.model.text import cap, sanitize


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bP1;2|data\x1b\\x", "x"),
        ("\x9b2Jx", "x"),
        ("\x1b(Bx", "x"),
        ("a\rb\r\nc", "a\nb\nc"),
        ("a\x08\x00\x7fb\tc", "ab\tc"),
        ("a\u202eb\u2066c", "abc"),
        ("\x1b", ""),
        ("grüße ✓", "grüße ✓"),
        ("a\u200bb\ufeffc\xadd", "abcd"),
        ("a\U000e0041\U000e007fb", "ab"),
        ("a\U000e0100b\ue000c\U000f0001d", "abcd"),
        ("a\ud800b", "ab"),
        ("one\u2028two\x85three", "one\ntwo\nthree"),
        ("a\u200db", "ab"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("é\u200d\u200c\u200dé", "éé"),
        ("❤\ufe0f\ufe01\ufe02!", "❤\ufe0f!"),
        ("a\ufe0f1\ufe0f", "a1\ufe0f"),
        ("\u0600١", "\u0600١"),
    ],
)
def test_sanitize(dirty, clean):
    assert sanitize(dirty) == clean


@given(st.text(alphabet=st.sampled_from("\x1b[]\x07\\;0mPa\n\r\t\x9b\x9c\u202e")))
def test_no_control_character_survives(text):
    assert not set(sanitize(text)) - set("[]\\;0mPa\n\t")


@given(st.text(), st.integers(0, 200))
def test_cap_holds(text, n):
    assert len(cap(text, n)) <= n


@given(st.text(max_size=50))
def test_cap_leaves_short_text_alone(text):
    assert cap(text, 50) == text


def test_cap_keeps_head_and_tail():
    assert cap("a" * 500 + "b" * 500, 60) == "a" * 15 + "\n[1000 characters, shortened]\n" + "b" * 15


def test_many_carriage_returns_take_no_longer_than_other_text():
    begun = time.process_time()
    sanitize("\r" * 100_000)
    assert time.process_time() - begun < 1.5


def test_of_format_characters_those_alone_are_kept_that_are_seen():
    seen = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    every = "".join(f"a{chr(n)}a" for n in range(0x110000) if unicodedata.category(chr(n)) in ("Cf", "Co", "Cs"))
    assert sanitize(every).replace("a", "") == seen
