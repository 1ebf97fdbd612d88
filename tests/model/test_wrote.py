"""Which files of the user's checkout an agent says that it changes, by its own events."""

from __future__ import annotations

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact, Option
from agent_orchestrator.model.wrote import allowed, is_named, named

MAIN = "/home/ada/shop"
OPTIONS = (Option("y", "Yes", a.ALLOW), Option("always", "Always", a.ALLOW_ALWAYS), Option("n", "No", a.DENY))


def works(text: str) -> Fact:
    return Fact(a.WORKING, text=text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Write: /home/ada/shop/a.txt", "a.txt"),
        ("Edit: /home/ada/shop/sub/with a space.txt", "sub/with a space.txt"),
        ("Edit: b.txt, /home/ada/shop/a.txt", "a.txt"),
        ("Bash: echo x >/home/ada/shop/a.txt; true", "a.txt"),
        ("Run: sed -i s/a/b/ '/home/ada/shop/sub/c.txt'", "sub/c.txt"),
    ],
)
def test_what_it_works_on_by_its_whole_path_is_named(text, path):
    assert is_named(path, named(works(text), MAIN))


@pytest.mark.parametrize(
    "text",
    [
        "Read: /home/ada/shop/a.txt",
        "Grep: /home/ada/shop/a.txt",
        "Edit: a.txt",
        "Edit: /home/ada/shopping/a.txt",
        "Edit: /home/ada/shop/.worktrees/s/a.txt",
        "/home/ada/shop/a.txt",
        "Think",
    ],
)
def test_what_it_reads_and_what_lies_elsewhere_is_not(text):
    assert not is_named("a.txt", named(works(text), MAIN))


def test_what_it_says_in_its_words_is_not():
    assert not named(Fact(a.DONE, text="Edit: /home/ada/shop/a.txt"), MAIN)


def test_of_a_path_that_was_cut_the_beginning_counts():
    names = named(works(f"Edit: {MAIN}/{'x' * 200}"[:80]), MAIN)
    assert is_named("x" * 200, names)
    assert not is_named("y" * 200, names)


@pytest.mark.parametrize(("option", "may"), [("y", True), ("always", True), ("n", False), ("", False)])
def test_what_it_was_allowed_is_named_and_what_it_was_refused_is_not(option, may):
    ask = Ask("1", a.PERMISSION, "", OPTIONS, tool="Edit", action="edit", subjects=(f"{MAIN}/a.txt",))
    assert allowed(ask, option, MAIN) == ((frozenset({"a.txt"}), frozenset()) if may else (frozenset(), {"a.txt"}))


def test_what_it_was_allowed_to_read_is_not():
    ask = Ask("1", a.PERMISSION, "", OPTIONS, tool="Read", action="read", subjects=(f"{MAIN}/a.txt",))
    assert allowed(ask, "y", MAIN) == (frozenset(), frozenset())
