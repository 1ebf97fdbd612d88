"""What GraphQL does not tell is asked of REST, not guessed: the commit of a squash, and where other targets stand."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("squash", [True, False])
async def test_what_was_squashed_became_the_commit_that_rest_names(lab, gitlab, glance, squash):
    lab.only.merge_method = "ff"
    it = lab.only.merge_request(source="ao/x")
    known = await glance(it)
    await gitlab.merge(known, it.sha, "squash" if squash else "rebase")
    found = await glance(it, known)
    assert (found.state, found.merged_as) == ("merged", it.merge_sha if squash else it.sha)


async def test_what_it_became_is_not_guessed(lab, gitlab, glance, doubles):
    lab.only.merge_method = "ff"
    it = lab.only.merge_request(source="ao/x")
    known = await glance(it)
    await gitlab.merge(known, it.sha, "squash")
    lab.faults.add(doubles.gitlab.faults.gateway(502), where="GET /api/v4/projects/acme%2Fshop/merge_requests/1")
    seen = await gitlab.sweep({"1": known})
    assert (seen.trouble.kind, seen.pulls["1"].stale, seen.pulls["1"].state) == ("failed", True, "open")
    assert (await glance(it, known)).merged_as == it.merge_sha


async def test_each_has_the_tip_of_its_own_target(lab, gitlab):
    for branch in ("release", "next"):
        lab.only.commit(branch)
    made = [lab.only.merge_request(source=f"ao/{n}", target=b) for n, b in enumerate(("next", "next", "release"))]
    known = dict.fromkeys(str(it.iid) for it in made)
    for _ in range(2):
        known = (await gitlab.sweep(known)).pulls
        assert [pull.base_head for pull in known.values()] == [it.base_sha for it in made]
        for branch in ("release", "next"):
            lab.only.commit(branch, "Move on")
    lab.asked.clear()
    known = (await gitlab.sweep(known)).pulls
    assert [pull.base_head for pull in known.values()] == [it.base_sha for it in made]
    assert [path.rpartition("/")[2] for _, path, _ in lab.asked] == ["graphql", "release"]


async def test_a_target_that_is_gone_is_said_to_be_by_rest(lab, gitlab, glance, doubles):
    lab.only.commit("next")
    it = lab.only.merge_request(source="ao/x", target="next")
    known = await glance(it)
    lab.only.refs.write("next", None)
    lab.faults.add(doubles.gitlab.faults.gateway(502), where="/branches/next")
    seen = await gitlab.sweep({"1": known})
    assert (seen.trouble.kind, seen.pulls["1"].stale) == ("failed", True)
    assert (await glance(it, known)).base_head == ""


async def test_a_server_that_does_not_tell_of_a_commit_is_asked_for_the_branch(lab, glance, doubles):
    lab.faults.add(doubles.gitlab.faults.undefined("commit"), where="/graphql", times=100)
    it = lab.only.merge_request(source="ao/x")
    known = await glance(it)
    lab.only.commit("main", "Move on")
    lab.asked.clear()
    assert (await glance(it, known)).base_head == it.base_sha
    lab.asked.clear()
    await glance(it, known)
    assert [path.rpartition("/")[2] for _, path, _ in lab.asked] == ["graphql", "main"]
