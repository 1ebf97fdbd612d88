"""Formatting: what a text says stays, comments included."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.config import layout
from agent_orchestrator.config.language.format import LARGE, format_changes
from agent_orchestrator.config.nodes import compose
from agent_orchestrator.config.values import plain


def formatted(text: str) -> str:
    for change in reversed(format_changes(text)):
        text = change.of(text)
    return text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("port: 1  \n \nhost: a \n", "port: 1\n\nhost: a\n", id="blanks at the ends of lines"),
        pytest.param("port: 1", "port: 1\n", id="no line end at the end"),
        pytest.param("port: 1\n\n \n", "port: 1\n", id="lines at the end"),
        pytest.param("port: 1\r\nhost: a \r\n\r\n", "port: 1\r\nhost: a\r\n", id="line ends of Windows"),
        pytest.param("projects:\n    app:\n        path: .\n", "projects:\n  app:\n    path: .\n", id="wide levels"),
        pytest.param(
            "# top\nprojects:\n    # the app\n    app: # this\n        path: .\n    # last\n",
            "# top\nprojects:\n  # the app\n  app: # this\n    path: .\n    # last\n",
            id="comments go with the key below",
        ),
        pytest.param(
            "a:\n    gate:\n    - x: 1\n      y: 2\n    - z\n",
            "a:\n  gate:\n  - x: 1\n    y: 2\n  - z\n",
            id="lists below",
        ),
        pytest.param("a:\n    gate:\n        - x\n        - z\n", "a:\n  gate:\n    - x\n    - z\n", id="lists deeper"),
        pytest.param("a: |\n  x  \n\n  y \nb: 1 \n", "a: |\n  x  \n\n  y \nb: 1\n", id="text keeps its blanks"),
        pytest.param('a: "x  \n  y"  \nb: [1,  \n 2] \n', 'a: "x  \n  y"\nb: [1,  \n 2]\n', id="what goes on below"),
        pytest.param(
            "a:\n    b: |\n        x\n    c: 1\n", "a:\n  b: |\n        x\n  c: 1\n", id="text stays where it is"
        ),
        pytest.param("a:\n    b: &x\n        c: 1\n    d: *x\n", "a:\n  b: &x\n    c: 1\n  d: *x\n", id="aliases"),
    ],
)
def test_a_text_is_put_into_shape(text: str, wanted: str) -> None:
    assert formatted(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: [1 \n", id="a bracket that is not closed"),
        pytest.param("a:\n\tb: 1 \n", id="tabs"),
        pytest.param("a: 1 \n b: 2\n", id="a key too deep"),
        pytest.param("", id="nothing"),
        pytest.param("a: |+\n  x\n\n\n", id="a text that keeps its line ends"),
        pytest.param("a: 1 \n" + "#" * LARGE, id="a text that takes long to read"),
        pytest.param("a:\x85\x85\n    b: x \n", id="lines that end in YAML and nowhere else"),
        pytest.param("# one\u2028a:\n    b: x \n", id="a separator of lines in a comment"),
    ],
)
def test_what_is_no_yaml_or_all_text_is_left_alone(text: str) -> None:
    assert format_changes(text) == ()


_LINES = st.builds(
    lambda indent, said, blanks: " " * indent + said + blanks,
    st.sampled_from((0, 1, 2, 4, 8)),
    st.sampled_from(
        ("a:", "b: 1", "- c", "- d: 2", "# why", "e: |", "text", "", "f: &x", "g: *x", "h: [1,", "2]", 'i: "j', 'k"')
    ),
    st.sampled_from(("", " ", "  # é", "\t")),
)


@settings(deadline=None)
@given(st.lists(_LINES, max_size=8).map("\n".join))
def test_formatting_changes_neither_values_nor_comments_and_is_done_once(text: str) -> None:
    after = formatted(text)
    root, then = compose(text), compose(after)
    if root is None or not hasattr(root, "tag"):
        assert after == text
        return
    assert then is not None
    assert plain(then) == plain(root)  # type: ignore[arg-type]
    assert [after[s.start : s.end].rstrip() for s in layout.comments(after)] == [
        text[s.start : s.end].rstrip() for s in layout.comments(text)
    ]
    assert formatted(after) == after
