"""Whether something can be merged is found out when GitLab is asked to, and no more often than that is of use."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.pull import Mergeable


@pytest.fixture
def rechecks(lab):
    """How often the server was made to find out, since it was asked last."""

    def rechecks():
        count = sum(path.endswith("/merge_requests") for _, path, _ in lab.asked)
        lab.asked.clear()
        return count

    return rechecks


@pytest.fixture
def it(lab):
    it = lab.only.merge_request(source="ao/x")
    it.unchecked_reads = 1
    return it


async def test_the_server_is_made_to_find_out_and_the_next_look_has_it(glance, it, rechecks):
    known = await glance(it)
    assert (known.mergeable, known.blocked, rechecks()) == (Mergeable.UNKNOWN, "unchecked", 1)
    known = await glance(it, known)
    assert (known.mergeable, known.blocked, rechecks()) == (Mergeable.YES, "mergeable", 0)


async def test_what_is_being_found_out_is_waited_for(glance, it, rechecks):
    it.unchecked_reads = 4
    known = None
    for _ in range(3):
        known = await glance(it, known)
    assert (known.blocked, rechecks()) == ("checking", 1)


async def test_where_it_is_not_found_out_it_is_asked_again_every_thirty_seconds(lab, glance, it, rechecks):
    lab.only.members["ao-user"] = 20
    known = await glance(it)
    for _ in range(6):
        lab.clock.advance(10)
        known = await glance(it, known)
    assert (known.mergeable, rechecks()) == (Mergeable.UNKNOWN, 3)


@pytest.mark.parametrize("act", ["push", "base"])
async def test_for_other_commits_it_is_asked_at_once(lab, glance, it, rechecks, act):
    known = await glance(it)
    it.push() if act == "push" else lab.only.commit("main")
    it.unchecked_reads, it.checking = 1, False
    await glance(it, known)
    assert rechecks() == 2


async def test_only_those_that_need_it_are_asked_for(lab, gitlab, it):
    other = lab.only.merge_request(source="ao/y")
    seen = []
    lab.faults.add(lambda request, right: (seen.append(request.query), right())[1], where="recheck=true")
    await gitlab.sweep({str(each.iid): None for each in (it, other)})
    assert [part for part in seen[0].split("&") if part.startswith("iids")] == [f"iids[]={it.iid}"]


async def test_a_failure_of_it_keeps_nothing_from_being_seen(lab, glance, it, doubles, rechecks):
    lab.faults.add(doubles.gitlab.faults.gateway(502), where="recheck=true")
    known = await glance(it)
    assert (known.stale, known.mergeable) == (False, Mergeable.UNKNOWN)
    await glance(it, known)
    assert rechecks() == 2
