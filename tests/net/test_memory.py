from __future__ import annotations

from agent_orchestrator.net.answers import Answer
from agent_orchestrator.net.memory import Key, Memory


def answer(size: int, **headers: str) -> Answer:
    return Answer(200, headers, b"0" * size)


def test_what_was_not_asked_for_the_longest_makes_room():
    memory = Memory(most=80)
    keys = [Key("", str(number), "") for number in range(9)]
    for key in keys[:8]:
        memory.keep(key, answer(10, etag="t"))
    assert memory.again(keys[0])
    memory.keep(keys[8], answer(10, etag="t"))
    assert [memory.again(key) is None for key in keys] == [False, True, *[False] * 7]


def test_what_can_not_be_asked_again_by_a_tag_or_is_large_is_not_kept():
    memory, key = Memory(most=80), Key("", "x", "")
    memory.keep(key, answer(1))
    assert memory.again(key) is None
    memory.keep(key, answer(11, etag="t"))
    assert memory.again(key) is None


def test_a_newer_answer_takes_the_place_of_the_older():
    memory, key = Memory(), Key("", "x", "")
    memory.keep(key, answer(1, etag="t"))
    memory.keep(key, answer(1))
    assert memory.conditions(key) == {}
