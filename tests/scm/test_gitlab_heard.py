"""What is said comes with the look that saw that something was: the same as REST tells, or REST is asked."""

from __future__ import annotations

import json

import pytest

from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm


@pytest.fixture
def asked(lab):
    """How often the conversations were asked for by themselves, since it was asked last."""

    def asked():
        count = sum("/discussions" in path for _, path, _ in lab.asked)
        lab.asked.clear()
        return count

    return asked


@pytest.fixture
def by_rest(gitlab):
    """What somebody hears who has not looked."""

    async def by_rest(pull):
        return (await GitLabScm(gitlab.place, gitlab.gitlab).talk([pull]))[pull.id]

    return by_rest


@pytest.fixture
def it(lab):
    lab.only.members |= {"ann": 30, "project_1_bot": 40}
    return lab.only.merge_request(source="ao/x")


async def test_it_is_the_same_as_rest_tells(lab, gitlab, glance, it, asked, by_rest, doubles):
    thread = it.discuss("ann", "why\u202e?", doubles.gitlab.Position("half.py", 2))
    lab.clock.advance(1)
    it.comment("eve", "a plain one <!-- hidden -->")
    it.discuss("project_1_bot", "of the whole").resolve("ann")
    it.discuss("eve", "where a line was", doubles.gitlab.Position("half.py", None, 7))
    it.comment("ann", "changed the title")
    it.discussions[-1].notes[0].system = True
    it.remark("eve", "about a commit")
    it.push()
    lab.clock.advance(60)
    note = thread.reply("ao-user", "because")
    it.discuss("eve", "on the new head", doubles.gitlab.Position("other.py", 3))
    note.body, note.updated_at = "because of that", lab.clock.advance(60)
    pull = await glance(it)
    heard = (await gitlab.talk([pull]))[pull.id]
    assert asked() == 0
    assert heard == await by_rest(pull)
    assert asked() == 1
    assert [one.text for one in heard.comments][-2:] == ["because of that", "on the new head"]


async def test_it_is_told_once(gitlab, glance, it, asked):
    it.comment("eve", "why?")
    pull = await glance(it)
    first = await gitlab.talk([pull])
    assert asked() == 0
    assert await gitlab.talk([pull]) == first
    assert asked() == 1


async def test_it_is_forgotten_at_the_next_look(gitlab, glance, it, asked):
    it.comment("eve", "why?")
    pull = await glance(it)
    assert await glance(it, pull) == pull
    await gitlab.talk([pull])
    assert asked() == 1


@pytest.mark.parametrize("replies", [29, 30])
async def test_a_thread_that_does_not_fit_is_asked_for_by_itself(gitlab, glance, it, asked, by_rest, replies):
    thread = it.discuss("ann", "why?")
    for number in range(replies):
        thread.reply("eve", f"{number}")
    pull = await glance(it)
    heard = (await gitlab.talk([pull]))[pull.id]
    assert (len(heard.comments), asked()) == (replies + 1, int(replies == 30))
    assert heard == await by_rest(pull)


async def test_all_pages_of_conversations_are_heard(gitlab, glance, it, asked):
    for number in range(230):
        it.comment("ann", f"{number}")
    pull = await glance(it)
    assert (len((await gitlab.talk([pull]))[pull.id].comments), asked()) == (230, 0)


@pytest.mark.parametrize("odd", ["url", "author", "replyId", "createdAt"])
async def test_what_can_not_be_read_is_asked_for_by_itself(lab, gitlab, glance, it, asked, odd, doubles):
    it.comment("eve", "why?")
    known = await glance(it)
    it.comment("eve", "so?")

    def without(request, right):
        spoiled = _without(json.loads(right().body), odd)
        return doubles.gitlab.faults.said(spoiled)(request, right)

    lab.faults.add(without, where="Detail")
    pull = await glance(it, known)
    assert not pull.stale
    assert [one.text for one in (await gitlab.talk([pull]))[pull.id].comments] == ["why?", "so?"]
    assert asked() == 1


def _without(value, name):
    """A copy in which something is null everywhere."""
    if isinstance(value, dict):
        return {key: None if key == name else _without(inner, name) for key, inner in value.items()}
    return [_without(inner, name) for inner in value] if isinstance(value, list) else value


async def test_a_change_in_the_second_that_was_looked_at_is_heard_at_the_next_look(lab, gitlab, glance, it):
    note = it.comment("project_1_bot", "working")
    known = await glance(it)
    note.body = "done"
    lab.clock.advance(10)
    pull = await glance(it, known)
    assert pull.updated_at != known.updated_at
    assert [one.text for one in (await gitlab.talk([pull]))["1"].comments] == ["done"]
    lab.clock.advance(10)
    assert await glance(it, pull) == pull


@pytest.mark.parametrize(("before", "meanwhile", "sure"), [(3, 0, True), (0, 3, False)])
async def test_an_answer_is_as_old_as_its_request_may_be(lab, glance, it, before, meanwhile, sure):
    it.comment("eve", "why?")
    lab.clock.advance(before)

    def slow(request, right):
        lab.clock.advance(meanwhile)
        return right()

    lab.faults.add(slow, where="Pulse")
    known = await glance(it)
    # What is sure to have come to rest is not looked at again.
    assert (await glance(it, known) == known) is sure
