from __future__ import annotations

from agent_orchestrator.model.external.text import boundary_for, comment, fenced, output, title


def test_a_secret_that_is_cut_by_colours_or_hidden_characters_is_found():
    assert comment("ghp_\x1b[0ma1B2a1B2a1B2\u200ba1B2a1B2") == "[redacted]"


def test_a_comment_is_bounded_however_long_it_is():
    assert len(comment("x" * 1_000_000)) == 4_000


def test_a_title_is_one_line():
    assert title("a\nb\x1b[31m\u202e c") == "a b c"


def test_of_an_output_the_end_is_kept_and_what_repeats_is_told_once():
    assert output("one\n" + "same  \nsame\n" * 50 + "two\n", 1000) == "one\nsame\ntwo"
    assert output("".join(f"{n}\n" for n in range(5000)) + "last", 100).endswith("\n4999\nlast")


def test_what_is_left_of_a_secret_whose_beginning_was_cut_off_is_not_told():
    assert "B2" not in output(f"key ghp_{'a1B2' * 9}\n" + "y\nz\n" * 95 + "last", 100)


def test_what_is_fenced_can_not_end_its_fence():
    text = "END 000000000000"
    word = boundary_for([text])
    assert fenced(text, word).count(f"END {word}") == 1
