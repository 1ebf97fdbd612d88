"""A pull request is merged as it is at that moment, and not as it was when it was looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

import pytest
from attrs import define, evolve, field

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.drive.react import react
from agent_orchestrator.engine.due import React
from agent_orchestrator.engine.state import Project, Reaction, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.talk import Comment, Talk
from agent_orchestrator.model.watched import talk_mark
from agent_orchestrator.ports.scm import Seen

GREEN = CiCheck("app/CI/test", "test", CheckState.PASSED, "c1", run=7)
#: No rule of its repository asks for reviews.
READY = Pull(
    *("P1", 12, "https://github.com/acme/shop/pull/12", "Fix it", "open", "h1", "ao/s", "main", "b1"),
    checks=(GREEN,),
    mergeable=Mergeable.YES,
    updated_at="2026-01-01T00:00:00Z",
)
YES = Comment("R1", "ann", "", at="1", may_push=True, verdict="approved")
NO = Comment("R2", "bob", "not like this", at="2", may_push=True, verdict="changes-requested")


@define
class AtForge:
    """The forge, and the daemon that looks at it."""

    state: State
    pull: Pull = READY
    said: tuple[Comment, ...] = (YES,)
    merged: list[str] = field(factory=list)

    def now(self) -> float:
        return 1_000.0

    async def record(self, *events: e.Event) -> State:
        for event in events:
            self.state = step(self.state, event)
        assert not self.state.problems
        return self.state

    def project(self, id: str) -> Project:
        return self.state.projects[id]

    def driven(self, _: str) -> SimpleNamespace:
        return SimpleNamespace(scm=self)

    def look_again(self, _: str) -> None: ...

    async def sweep(self, _: Mapping[str, Pull]) -> Seen:
        return Seen({self.pull.id: self.pull})

    async def talk(self, _: tuple[Pull, ...]) -> dict[str, Talk]:
        return {self.pull.id: Talk(self.said)}

    async def merge(self, _: Pull, head: str, *__: str) -> str:
        self.merged.append(head)
        return "merged"


@pytest.fixture
async def forge() -> AtForge:
    """A pull request that was found to be approved and green, and that is about to be merged."""
    rule = Rule("approved-and-green", "merge", auto=True)
    at = Forge("github", "https://github.com", "acme/shop", followed=True)
    forge = AtForge(State())
    await forge.record(
        e.ProjectConfigured(900.0, "app", Settings("app", "/repo", "app", "main", reactions=(rule,), forge=at)),
        p.PullFollowed(900.0, "app", "P1", mine=True),
        p.PullsSeen(901.0, "app", (READY,)),
        p.TalkRead(902.0, "app", "P1", talk_mark(READY), (YES,)),
    )
    return forge


async def merging(forge: AtForge) -> Reaction:
    (planned,) = forge.state.reactions.values()
    await react(forge, React("app", planned.key))  # type: ignore[arg-type]
    return forge.state.reactions[planned.key]


async def test_what_is_as_it_was_is_merged(forge):
    assert (await merging(forge)).outcome == f"merged {READY.url}"
    assert forge.merged == ["h1"]


@pytest.mark.parametrize(("said", "merged"), [((YES, NO), []), ((), ["h1"])], ids=["changes", "nothing"])
async def test_what_is_merged_when_its_checks_pass_is_not_where_somebody_asks_for_changes(forge, said, merged):
    (planned,) = forge.state.reactions.values()
    passed = evolve(planned, key="ci-passed/x", event="ci-passed")
    forge.said, forge.state = said, evolve(forge.state, reactions={passed.key: passed})
    await react(forge, React("app", passed.key))  # type: ignore[arg-type]
    assert forge.merged == merged


async def test_what_an_agent_pushed_by_itself_is_not_merged(forge):
    place = {"runtime": "process", "branch": "ao/s", "base": "c", "base_tree": "t", "path": "/tree/s"}
    claimed = e.SessionClaimed(
        902.0, session="s", project="app", name="s", title="Do it", prompt="", agent="claude", **place
    )
    await forge.record(claimed, p.PullFollowed(902.0, "app", "P1", "s"))
    assert (await merging(forge)).outcome == f"{READY.url} has commits that were not proven here"
    assert forge.merged == []


async def test_a_draft_that_only_claims_is_not_merged_when_its_session_is_over(forge):
    place = {"runtime": "process", "branch": "ao/s", "base": "c", "base_tree": "t", "path": "/tree/s"}
    await forge.record(
        e.SessionClaimed(
            902.0, session="s", project="app", name="s", title="Do it", prompt="", agent="claude", **place
        ),
        p.WorkClaimed(902.0, "app", "s", "P1", "ao/x", READY.head),
        e.SessionStopped(903.0, "s", "a person"),
    )
    assert (await merging(forge)).outcome == f"{READY.url} only claims what s was at: nothing is done there"
    assert forge.merged == []


LATER = "2026-01-01T00:00:01Z"
CHANGED: dict[str, Callable[[AtForge], None]] = {
    "somebody asks for changes": lambda forge: setattr(forge, "said", (YES, NO)),
    "an approval is taken back": lambda forge: setattr(forge, "said", (evolve(YES, verdict="dismissed"),)),
    "its head moved": lambda forge: setattr(forge, "pull", evolve(READY, head="h2", updated_at=LATER)),
    "a check begins again": lambda forge: setattr(
        forge, "pull", evolve(READY, checks=(evolve(GREEN, state=CheckState.PENDING),))
    ),
}


@pytest.mark.parametrize("change", CHANGED)
async def test_what_changed_since_the_look_is_not_merged(forge, change):
    CHANGED[change](forge)
    assert (await merging(forge)).outcome == "nothing: it changed just now"
    assert forge.merged == []


async def test_what_is_said_without_a_word_of_judgement_keeps_nothing_from_being_merged(forge):
    forge.said = (YES, evolve(NO, verdict="", text="nice"))
    forge.pull = evolve(READY, updated_at=LATER)
    await merging(forge)
    assert forge.merged == ["h1"]
    assert forge.state.pulls["app/P1"].comments == forge.said
