"""Whatever GitLab answers: no exception, nothing green by mistake; and what is remembered is never behind."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.model.pull import Mergeable
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.net.memory import Memory
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import known as login

#: Of each answer what nothing else says, by the end of the way to it: where that is odd, nothing is ready.
DECIDES: dict[str, tuple[tuple[Any, ...], ...]] = {
    "query Pulse": tuple(
        (0, name) for name in ("state", "draft", "diffHeadSha", "conflicts", "labels", "approvalsLeft")
    ),
    "query Detail": (
        (0, "diffHeadSha"),
        (0, "headPipeline"),
        ("headPipeline", "jobs"),
        ("jobs", "nodes"),
        ("nodes", 0, "status"),
        ("downstreamPipeline", "status"),
        (0, "discussions"),
        ("discussions", "pageInfo"),
        ("nodes", 0, "resolved"),
    ),
    "/branches/": (),
}
ODD: list[Any] = [None, "odd", -1, [], {}, [None], {"nodes": None}]


@pytest.fixture
async def ready(lab, glance, doubles):
    """A merge request that is ready, with one of everything."""
    lab.only.approvals_required = 1
    it = lab.only.merge_request(source="ao/x")
    it.approve("ann")
    it.review("ann", "APPROVED")
    it.discuss("eve", "why?", doubles.gitlab.Position("half.py", 2)).resolve("eve")
    pipeline = lab.only.pipeline(it.sha, "ao/x")
    pipeline.job("unit")
    pipeline.bridge("child").job("inner")
    lab.only.status(it.sha, "coverage", "success")
    assert (await glance(it)).ready
    return it


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*at, key)
        yield from places(below, (*at, key))


def ends(way: tuple[Any, ...], wanted: tuple[tuple[Any, ...], ...]) -> bool:
    """Does a way end as one of these, and is it not that of a person?"""
    return "reviewers" not in way and any(way[-len(end) :] == end for end in wanted)


def spoiled(value: Any, way: tuple[Any, ...], odd: Any) -> Any:
    """A copy with something else at one place."""
    made = copy.deepcopy(value)
    within = made
    for step in way[:-1]:
        within = within[step]
    within[way[-1]] = odd
    return made


@pytest.mark.parametrize("where", DECIDES)
async def test_no_odd_answer_is_an_error_or_makes_something_ready(lab, gitlab, ready, where, doubles):
    lab.limit = 10**6
    http = HttpClient(transport=lab.transport(), now=lambda: lab.clock.now().timestamp())

    async def look(spoil: Any) -> Any:
        lab.faults.clear()
        lab.faults.add(spoil, where=where)
        http.memory = Memory()
        fresh = GitLabScm(gitlab.place, GitLab(http, gitlab.gitlab.login, gitlab.place.server, gitlab.place.path))
        return (await fresh.sweep({"1": None})).pulls.get("1")

    asked: list[Any] = []
    await look(lambda request, right: (asked.append(right()), asked[0])[1])
    right = json.loads(asked[0].body)
    wrong: list[Any] = []
    for way in places(right):
        for odd in ODD:
            pull = await look(doubles.gitlab.faults.said(spoiled(right, way, odd)))
            if pull is not None and pull.ready and ends(way, DECIDES[where]):
                wrong.append((way, odd))
    await http.close()
    assert wrong == []


ACTIONS = {
    "push": lambda it, rng: it.push(),
    "discuss": lambda it, rng: it.discuss("eve", "why?"),
    "comment": lambda it, rng: it.comment("eve", "hm"),
    "resolve": lambda it, rng: [one.resolve("eve") for one in it.discussions if one.resolvable and rng.random() < 0.5],
    "unresolve": lambda it, rng: [one.resolve(None) for one in it.discussions if one.resolvable and rng.random() < 0.5],
    "pipeline": lambda it, rng: [
        it.project.pipeline(it.sha, it.source).job(name, rng.choice(["pending", "running"])) for name in ("unit",)
    ],
    "job": lambda it, rng: _job(it, rng),
    "retry": lambda it, rng: [pipeline.retry() for pipeline in _own(it)],
    "status": lambda it, rng: it.project.status(it.sha, "coverage", rng.choice(["pending", "success", "failed"])),
    "approve": lambda it, rng: it.approve("ann"),
    "unapprove": lambda it, rng: [it.unapprove(who) for who in list(it.approved_by)],
    "review": lambda it, rng: it.review("eve", rng.choice(["REQUESTED_CHANGES", "REVIEWED", "APPROVED"])),
    "label": lambda it, rng: it.label(rng.choice("abc")),
    "base": lambda it, rng: it.project.commit("main"),
    "conflict": lambda it, rng: it.project._conflicts.update({(it.base_sha, it.sha): rng.random() < 0.5}),
    "train": lambda it, rng: setattr(it, "train", not it.train),
    "close": lambda it, rng: it.close() if it.state == "opened" else it.reopen(),
}


def _own(it):
    return [pipeline for pipeline in it.project.pipelines if pipeline.sha == it.sha]


def _job(it, rng):
    jobs = [job for pipeline in _own(it) for job in pipeline.newest()]
    if jobs:
        rng.choice(jobs).change(rng.choice(["running", "success", "failed", "canceled", "manual"]))


def plain(pulls):
    """Without what may be held while it is computed anew."""
    return {id: evolve(pull, mergeable=Mergeable.UNKNOWN) for id, pull in pulls.items() if pull.state == "open"}


@pytest.mark.parametrize("seed", range(8))
async def test_a_look_that_remembers_sees_what_one_that_remembers_nothing_sees(lab, gitlab, seed):
    rng = random.Random(seed)
    lab.limit = 10**6
    lab.only.approvals_required = 1
    made = [lab.only.merge_request(source=f"ao/{number}") for number in range(5)]
    known: Any = {str(it.iid): None for it in made}
    http = HttpClient(transport=lab.transport(), now=lambda: lab.clock.now().timestamp())
    for _ in range(60):
        for it in rng.sample(made, rng.randint(0, 3)):
            ACTIONS[rng.choice([*ACTIONS])](it, rng)
        lab.clock.advance(rng.choice([0, 1, 30]))
        known = (await gitlab.sweep(known)).pulls
        cold = GitLabScm(
            gitlab.place, GitLab(http, login(Credential(lab.token())), gitlab.place.server, gitlab.place.path)
        )
        assert plain(known) == plain((await cold.sweep(dict.fromkeys(known))).pulls)
    await http.close()


async def test_nothing_odd_of_those_that_run_is_an_error_or_makes_something_ready(lab, gitlab, ready, doubles):
    lab.limit = 10**6
    pipeline = lab.only.pipeline(ready.sha, "ao/x")
    pipeline.job("unit")
    pipeline.job("lint", "running")
    ready.discuss("eve", "and this?")
    known = (await gitlab.sweep({"1": None})).pulls
    asked: list[Any] = []
    lab.faults.add(lambda request, right: (asked.append(right()), asked[0])[1], where="live:")
    assert (await gitlab.sweep(known)).pulls == known
    right = json.loads(asked[0].body)
    wrong: list[Any] = []
    for way in places(right):
        for odd in ODD:
            if "live" in way:
                lab.faults.add(doubles.gitlab.faults.said(spoiled(right, way, odd)), where="live:")
                pull = (await gitlab.sweep(known)).pulls["1"]
                assert lab.faults.waiting[0].times == 0
                lab.faults.clear()
                if pull.ready or pull.settled:
                    wrong.append((way, odd))
                await gitlab.sweep(known)
    assert wrong == []
