from __future__ import annotations

import pytest

from agent_orchestrator.model.reaction.pattern import MATCHED, compiled, matches


@pytest.mark.parametrize(
    "pattern",
    [
        "a+b*",
        "(a)+",
        "(ab|cd)",
        r"(\+)*",
        "[+*]+",
        "(?:feat|fix)(?:: .+)?",
        "(ab?){2}",
        "a{2,9}b{1,}",
        "https?://(a|b|c)/x?",
    ],
)
def test_one_that_is_soon_done_is_read(pattern):
    assert compiled(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "((a+)b*)+",
        "(?:a|a)*b",
        "(.*,){11}P",
        "(?=(a+))+b",
        "((a*)?x?)*",
        ".*.*.*.*x",
        "(ab|b)+?c",
        "a?" * 30 + "a" * 30,
        "(" * 9 + "a?" + "){3}" * 9 + "b",
        "(a|a)" * 30 + "b",
    ],
)
def test_one_that_can_take_long_is_not(pattern):
    with pytest.raises(ValueError, match="too long"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(", "a**", "[", "(?P<x", "a{99999999999999999999}"])
def test_one_that_is_none_is_told(pattern):
    with pytest.raises(ValueError, match="can not be read"):
        compiled(pattern)


def test_only_the_beginning_of_a_text_is_looked_at():
    assert matches(compiled("b"), "a" * (MATCHED - 1) + "b")
    assert not matches(compiled("b"), "a" * MATCHED + "b")
