"""What a person is asked about in the editor, once, because nothing goes on or they would want it undone."""

from __future__ import annotations

from itertools import count

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.issue_events import IssuesSeen
from agent_orchestrator.engine.state import OutsideFile, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.lsp.notices import Notice, Notices
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact, Option
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.tracked import Intake, Noted
from agent_orchestrator.model.usage import MISSING


class Told:
    """Events of one session ``s``, and what is asked after each."""

    def __init__(self, *rules: Rule) -> None:
        self.clock, self.state, self.notices = count(1), State(), Notices()
        self.tell(e.ProjectConfigured, "app", Settings("app", "/repo", "app", "main", reactions=rules))
        names = {"session": "s", "project": "app", "name": "s", "title": "Do it", "prompt": "", "agent": "claude"}
        place = {"runtime": "process", "branch": "ao/s", "base": "c", "base_tree": "t", "path": "/tree"}
        self.tell(e.SessionClaimed, **names, **place)
        self.tell(e.WorkspaceReady, "s")
        self.tell(e.TurnStarted, "s", 1)

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> list[Notice]:
        self.state = step(self.state, kind(float(next(self.clock)), *args, **more))
        assert not self.state.problems, self.state.problems
        return self.notices.news(self.state, ["app"])


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_program_that_is_missing_is_asked_about_each_time(told: Told) -> None:
    sentence = "claude was not found; install it; then `ao restore s`"
    for number in (1, 2):
        (notice,) = told.tell(e.TurnEnded, "s", number, 127, sentence, error=MISSING)
        assert notice.message == f"Do it: waits. {sentence}"
        assert notice.actions == (("Try again", "ao.restore", {"session": "s"}),)
        assert not told.tell(e.SessionRetried, "s")
        told.tell(e.TurnStarted, "s", number + 1)


def test_of_a_quiet_session_nothing_is_asked_until_it_is_to_be_heard_again(told: Told) -> None:
    its = OutsideFile("its.txt", "1", "2", by_agent=True)
    assert not told.tell(e.SessionQuieted, "s")
    assert not told.tell(e.OutsideChanged, "s", 1, (its,))
    (notice,) = told.tell(e.SessionQuieted, "s", quiet=False)
    assert notice.message == "Do it: claude changed its.txt in your checkout."


def test_what_the_agent_changed_in_the_checkout_is_asked_about_once(told: Told) -> None:
    mine, its = OutsideFile("mine.txt", "1", "2"), OutsideFile("its.txt", "1", "2", by_agent=True)
    assert not told.tell(e.OutsideChanged, "s", 1, (mine,))
    (notice,) = told.tell(e.OutsideChanged, "s", 1, (its,))
    assert notice.message == "Do it: claude changed its.txt in your checkout."
    assert notice.actions == (("Put back", "ao.putBack", {"session": "s"}),)
    assert not told.tell(e.OutsideChanged, "s", 1, (OutsideFile("more.txt", "1", "2", by_agent=True),))


def test_what_a_reaction_offers_is_asked_and_done_from_there() -> None:
    told = Told(Rule("agent-exited", "stop"))
    (notice,) = told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed")
    assert notice.message == "agent-exited: claude ended: failed it broke"
    key = next(iter(told.state.reactions))
    assert notice.actions[0] == ("Do it: stop", "ao.react", {"reaction": key})
    told.tell(e.ReactionAccepted, key, "me")
    assert f"react:{key}" not in told.notices.standing


def test_what_a_reaction_tells_is_told_once_and_what_was_not_done_with_the_reason() -> None:
    told = Told(Rule("agent-exited"))
    (notice,) = told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed")
    assert notice.message == "agent-exited: claude ended: failed it broke"
    told = Told(Rule("agent-exited", "merge", auto=True))
    assert not told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed")
    key = next(iter(told.state.reactions))
    (notice,) = told.tell(e.Reacted, key, "s is over", failed=True)
    assert notice.message == "agent-exited: merge was not done: s is over"


def test_a_question_is_asked_once_whatever_a_reaction_says_of_it() -> None:
    told = Told(Rule("agent-needs-input"))
    ask = Fact(a.ASKED, ask=Ask("1", a.PERMISSION, "may it push?", (Option("y", "Yes", a.ALLOW),)))
    (notice,) = told.tell(e.Observed, "s", 1, ask)
    assert [title for title, _, _ in notice.actions] == ["Yes"]


def test_a_question_that_nobody_answers_for_too_long_is_told_again() -> None:
    told = Told(Rule("agent-needs-input", escalate_after=60.0))
    told.tell(e.Observed, "s", 1, Fact(a.ASKED, ask=Ask("1", a.PERMISSION, "may it push?")))
    (key,) = told.state.reactions
    (notice,) = told.tell(e.ReactionEscalated, key)
    assert notice.message == "agent-needs-input: may it push? (for 0 min)"


def test_a_usage_limit_is_asked_about_once_however_many_projects_wait_for_it(told: Told) -> None:
    told.tell(e.ProjectConfigured, "lib", Settings("lib", "/other", "lib", "main"))
    names = {"session": "o", "project": "lib", "name": "o", "title": "Do it too", "prompt": "", "agent": "claude"}
    place = {"runtime": "process", "branch": "ao/o", "base": "c", "base_tree": "t", "path": "/tree2"}
    told.tell(e.SessionClaimed, **names, **place)
    told.state = step(told.state, e.AgentLimited(99.0, "claude", 5000.0, asks=True))
    (notice,) = told.notices.news(told.state, ["app", "lib"])
    assert notice.message.startswith("claude has reached its usage limit")


def test_an_issue_by_a_stranger_is_asked_about_once() -> None:
    told, held = Told(), Noted("GH-3", "Halve", "https://github.com/acme/shop/issues/3", held=True, author="eve")
    settings = Settings("app", "/repo", "app", "main", intake=Intake("agent"))
    assert not told.tell(e.ProjectConfigured, "app", settings)
    (notice,) = told.tell(IssuesSeen, "app", (held,))
    assert notice.message == "GH-3 Halve: waits. @eve may not push, so a person has to begin it."
    assert notice.actions == (("Begin it", "ao.spawn", {"project": "app", "task": "", "issue": "GH-3"}),)
    assert not told.tell(IssuesSeen, "app", (held,))
