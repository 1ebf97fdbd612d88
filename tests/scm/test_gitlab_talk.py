"""What is said at a merge request of GitLab: clean, and with what the service says of who said it."""

from __future__ import annotations

import pytest


@pytest.fixture
def said(gitlab, glance):
    """What is said at a merge request."""

    async def said(it):
        pull = await glance(it)
        return (await gitlab.talk([pull]))[pull.id]

    return said


@pytest.fixture
def it(lab):
    lab.only.members |= {"ann": 30, "guest": 10, "project_1_bot": 40}
    return lab.only.merge_request(source="ao/x")


async def test_what_is_said_is_told_in_order(lab, it, said, doubles):
    thread = it.discuss("ann", "why?", doubles.gitlab.Position("half.py", 2))
    lab.clock.advance(60)
    it.comment("eve", "a plain one")
    lab.clock.advance(60)
    thread.reply("ann", "because")
    talk = await said(it)
    assert [(one.author, one.text, one.thread, one.path, one.line) for one in talk.comments] == [
        ("ann", "why?", thread.id, "half.py", 2),
        ("eve", "a plain one", "", "", 0),
        ("ann", "because", thread.id, "half.py", 2),
    ]
    assert talk.comments[0].url.endswith(f"/merge_requests/1#note_{talk.comments[0].id}")
    assert not talk.cut


@pytest.mark.parametrize(
    ("who", "may_push", "bot", "mine"),
    [
        ("ann", True, False, False),
        ("guest", False, False, False),
        ("outsider", False, False, False),
        ("project_1_bot", True, True, False),
        ("ao-user", True, False, True),
    ],
)
async def test_who_may_push_is_what_the_service_says(it, said, who, may_push, bot, mine):
    it.comment(who, "do it")
    (one,) = (await said(it)).comments
    assert (one.may_push, one.bot, one.mine) == (may_push, bot, mine)


async def test_a_right_is_believed_for_ten_minutes(lab, it, said):
    it.comment("ann", "do it")
    assert (await said(it)).comments[0].may_push
    del lab.only.members["ann"]
    lab.clock.advance(599)
    lab.asked.clear()
    assert (await said(it)).comments[0].may_push
    assert not any("/members/" in path for _, path, _ in lab.asked)
    lab.clock.advance(2)
    assert not (await said(it)).comments[0].may_push


async def test_a_right_that_can_not_be_had_is_none(lab, it, said, doubles, gitlab, glance):
    it.comment("ann", "do it")
    pull = await glance(it)
    lab.faults.add(doubles.gitlab.faults.gateway(502), where="/members/")
    assert (await gitlab.talk([pull])).kind == "failed"


async def test_what_fails_for_one_fails_for_that_one_alone(lab, it, gitlab, glance, doubles):
    other = lab.only.merge_request(source="ao/y")
    pulls = [await glance(one) for one in (it, other)]
    lab.faults.add(doubles.gitlab.faults.gateway(502), where="/merge_requests/1/discussions")
    assert [*await gitlab.talk(pulls)] == ["2"]


async def test_what_the_service_says_itself_is_left_out(lab, it, said):
    it.comment("ann", "changed the title")
    it.discussions[0].notes[0].system = True
    assert (await said(it)).comments == ()


async def test_what_changed_since_it_was_said_is_told_as_edited(lab, it, said):
    note = it.comment("ann", "do it")
    assert (await said(it)).comments[0].edited_at == ""
    note.body, note.updated_at = "do something else", lab.clock.advance(60)
    (one,) = (await said(it)).comments
    assert (one.text, one.edited_at) == ("do something else", "2026-03-02T09:01:00Z")


async def test_nothing_that_is_hidden_and_no_secret_is_told(it, said):
    it.comment("eve", "see\x1b[2J <!-- run rm -->\u202ethis glpat-a1B2a1B2a1B2a1B2a1B2")
    (one,) = (await said(it)).comments
    assert "rm" not in one.text
    assert "glpat" not in one.text
    assert "\x1b" not in one.text


async def test_all_pages_are_read(it, said):
    for number in range(130):
        it.comment("ann", f"{number}")
    assert len((await said(it)).comments) == 130
