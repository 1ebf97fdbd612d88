"""Each event with a rule is reacted to once, as often as it may be, and else by a person's word."""

from __future__ import annotations

from itertools import count

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.due import ObserveTarget, React, StartTurn, due
from agent_orchestrator.engine.reacting import DAY, KEPT, is_over, lasts
from agent_orchestrator.engine.snapshot import dump, load
from agent_orchestrator.engine.state import Reaction, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact, Option
from agent_orchestrator.model.evidence import CheckResult, Evidence
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.report import Outcome
from agent_orchestrator.model.usage import MISSING, RATE_LIMITED, Usage


class Told:
    """A project with these rules, a session ``s`` whose agent runs, and what is reacted to."""

    def __init__(self, *rules: Rule, **settings: object) -> None:
        self.clock, self.state, self.events = count(1), State(), []
        made = Settings("app", "/repo", "app", "main", reactions=rules, **settings)  # type: ignore[arg-type]
        self.tell(e.ProjectConfigured, "app", made)
        self.claim("s")

    def claim(self, id: str) -> None:
        names = {"session": id, "project": "app", "name": id, "title": "Do it", "prompt": "", "agent": "claude"}
        place = {"runtime": "process", "branch": f"ao/{id}", "base": "c", "base_tree": "t", "path": f"/tree/{id}"}
        self.tell(e.SessionClaimed, **names, **place)
        self.tell(e.WorkspaceReady, id)
        self.tell(e.TurnStarted, id, 1)

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> list[Reaction]:
        event = kind(float(next(self.clock)), *args, **more)
        self.events.append(event)
        before, self.state = self.state, step(self.state, event)
        assert not self.state.problems, self.state.problems
        return [r for key, r in self.state.reactions.items() if key not in before.reactions]

    def fails(self, turn: int) -> list[Reaction]:
        """The agent's turn ends badly; the next one begins."""
        found = self.tell(e.TurnEnded, "s", turn, 1, "it broke", error="failed")
        self.tell(e.TurnStarted, "s", turn + 1)
        return found


ASK = Fact(a.ASKED, ask=Ask("1", a.PERMISSION, "may it push?", (Option("y", "Yes", a.ALLOW),)))


def exits(told: Told) -> list[Reaction]:
    return told.fails(1)


def asks(told: Told) -> list[Reaction]:
    return told.tell(e.Observed, "s", 1, ASK)


def gets_stuck(told: Told) -> list[Reaction]:
    return told.tell(e.SessionStuck, "s")


def is_limited(told: Told) -> list[Reaction]:
    return told.tell(e.AgentLimited, "claude", 90_000.0)


def spends_all(told: Told) -> list[Reaction]:
    return told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed", usage=Usage(cost=2.0))


def ends_the_hunt(told: Told) -> list[Reaction]:
    told.tell(e.HuntStarted, "h", "app")
    return told.tell(e.HuntEnded, "h", "enough")


HAPPENS = {
    "agent-exited": (exits, "claude ended: failed it broke"),
    "agent-needs-input": (asks, "may it push?"),
    "agent-stuck": (gets_stuck, "claude has shown no sign of life for 0 min"),
    "agent-rate-limited": (is_limited, None),
    "budget-exceeded": (spends_all, None),
    "all-done": (ends_the_hunt, "the hunt is over: enough"),
}


@pytest.mark.parametrize("event", HAPPENS)
def test_what_happened_is_told_once_in_words(event):
    happen, text = HAPPENS[event]
    told = Told(Rule(event), attempts=9, cost=1.0)
    (reaction,) = happen(told)
    assert (reaction.event, reaction.action, reaction.outcome) == (event, "notify", "told")
    assert text is None or reaction.text == text
    assert [r.event for r in told.state.reactions.values()] == [event]


@pytest.mark.parametrize("event", HAPPENS)
def test_nothing_is_planned_for_what_has_no_rule(event):
    other = "landed"
    told = Told(Rule(other), attempts=9, cost=1.0)
    assert HAPPENS[event][0](told) == []


def test_what_is_automatic_is_due_until_its_outcome_is_known():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True), attempts=9)
    (reaction,) = exits(told)
    effect = React("app", reaction.key)
    assert effect in due(told.state)
    told.tell(e.Reacted, reaction.key, "told s")
    assert effect not in due(told.state)
    assert told.state.reactions[reaction.key].outcome == "told s"


def test_what_is_not_automatic_waits_for_a_persons_word():
    told = Told(Rule("agent-exited", "stop"), attempts=9)
    (reaction,) = exits(told)
    effect = React("app", reaction.key)
    assert (reaction.offered, effect in due(told.state)) == (True, False)
    told.tell(e.ReactionAccepted, reaction.key, "me")
    assert effect in due(told.state)


def test_when_it_was_done_often_enough_the_person_is_told_instead():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True, retries=2, message="again"), attempts=9)
    found = [told.fails(turn)[0] for turn in (1, 2, 3)]
    assert [r.action for r in found] == ["send-to-agent", "send-to-agent", "notify"]
    assert (found[2].priority, found[2].outcome) == ("urgent", "told")
    assert found[2].text == "again\n(send-to-agent was done 2 times; it is yours now)"


def test_without_retries_it_is_never_done():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True, retries=0), attempts=9)
    assert exits(told)[0].action == "notify"


def test_it_applies_only_where_its_condition_holds():
    told = Told(Rule("agent-exited", condition="session.attempt > 1 and error == 'failed'"), attempts=9)
    assert told.fails(1) == []
    assert len(told.fails(2)) == 1


def test_a_condition_that_can_not_be_read_never_holds():
    told = Told(Rule("agent-exited", condition="session.attempt >"), attempts=9)
    assert told.fails(1) == []


def test_a_usage_limit_is_no_exit():
    told = Told(Rule("agent-exited"), attempts=9)
    assert told.tell(e.TurnEnded, "s", 1, 1, "limited", error=RATE_LIMITED) == []


def test_a_second_question_is_another_event_and_the_same_one_is_not():
    told = Told(Rule("agent-needs-input"))
    assert len(asks(told)) == 1
    assert told.tell(e.Observed, "s", 1, ASK) == []
    second = Fact(a.ASKED, ask=Ask("2", a.PERMISSION, "and this?"))
    assert [r.text for r in told.tell(e.Observed, "s", 1, second)] == ["and this?"]


def test_replaying_the_events_plans_the_same_reactions():
    told = Told(Rule("agent-exited", "stop", auto=True), Rule("agent-needs-input"), attempts=9)
    asks(told)
    exits(told)
    again = State()
    for event in told.events:
        again = step(again, event)
    assert again == told.state
    assert load(dump(told.state)).reactions == told.state.reactions


def test_an_outcome_of_what_is_not_open_is_a_problem_and_changes_nothing():
    told = Told(Rule("agent-exited", "stop", auto=True), attempts=9)
    (reaction,) = exits(told)
    told.tell(e.Reacted, reaction.key, "stopped s")
    again = step(told.state, e.Reacted(99.0, reaction.key, "stopped it twice"))
    assert again.reactions == told.state.reactions
    assert "no open reaction" in again.problems["event:Reacted"].message


LASTS = {
    "agent-exited": (exits, lambda told: told.tell(e.TurnEnded, "s", 2, 0, "done")),
    "agent-needs-input": (asks, lambda told: told.tell(e.AskAnswered, "s", "1", "y", "", "me")),
    "agent-stuck": (gets_stuck, lambda told: told.tell(e.Observed, "s", 1, Fact(a.WORKING, text="goes on"))),
    "agent-rate-limited": (is_limited, lambda told: told.tell(e.AgentResumed, "claude")),
}


@pytest.mark.parametrize("event", LASTS)
def test_what_happened_lasts_until_it_is_over(event):
    happen, end = LASTS[event]
    told = Told(Rule(event, escalate_after=60.0), attempts=9)
    (reaction,) = happen(told)
    assert reaction.escalate_at == reaction.at + 60.0
    assert lasts(told.state, reaction)
    end(told)
    assert not lasts(told.state, reaction)


def test_what_lasts_too_long_is_told_once_with_what_was_done():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True, message="again", escalate_after=60.0), attempts=9)
    (reaction,) = exits(told)
    told.tell(e.Reacted, reaction.key, "told s")
    (later,) = told.tell(e.ReactionEscalated, reaction.key)
    assert (later.action, later.priority, later.outcome) == ("notify", "urgent", "told")
    assert later.text == "again (for 0 min; send-to-agent: told s)"
    assert told.tell(e.ReactionEscalated, reaction.key) == []


def fails_to_react(told: Told, reaction: Reaction, times: int) -> None:
    """Carrying out the reaction fails so often."""
    for _ in range(times):
        event = e.EffectFailed(float(next(told.clock)), f"React:app:{reaction.key}", "disk full", "", "app")
        told.state = step(told.state, event)


def test_what_can_not_be_done_comes_to_an_outcome_and_holds_nothing_up():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True), attempts=9)
    told.tell(e.ProjectTrusted, "app", "")
    told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed")
    (reaction,) = told.state.reactions.values()
    fails_to_react(told, reaction, 2)
    assert {type(effect) for effect in due(told.state)} >= {React}
    fails_to_react(told, reaction, 1)
    (after,) = told.state.reactions.values()
    assert (after.failed, after.outcome) == (True, "gave up after 3 tries: disk full")
    assert {type(effect) for effect in due(told.state)} == {StartTurn, ObserveTarget}
    assert told.state.problems == {}


def test_a_try_that_failed_is_forgotten_when_the_next_one_works():
    told = Told(Rule("agent-exited", "stop", auto=True), attempts=9)
    (reaction,) = exits(told)
    fails_to_react(told, reaction, 2)
    told.tell(e.Reacted, reaction.key, "stopped s")
    assert told.state.problems == {}


def test_what_can_not_be_reacted_to_has_happened_all_the_same(monkeypatch):
    told = Told(Rule("agent-exited"), attempts=9)
    monkeypatch.setattr("agent_orchestrator.engine.step.react", lambda *_: 1 / 0)
    told.state = step(told.state, e.TurnEnded(9.0, "s", 1, 1, "it broke", error="failed"))
    assert told.state.sessions["s"].turns[0].ended_at == 9.0
    assert "ZeroDivisionError" in told.state.problems["react:TurnEnded"].message


def test_an_agent_that_could_not_be_started_did_not_exit():
    told = Told(Rule("agent-exited", "send-to-agent", auto=True), attempts=9)
    assert told.tell(e.TurnEnded, "s", 1, None, "no such program", error=MISSING) == []
    assert told.state.sessions["s"].lacks == "no such program"


def test_a_limit_is_told_of_in_every_project_whose_sessions_it_stops():
    told = Told(Rule("agent-rate-limited"))
    told.tell(e.ProjectConfigured, "web", told.state.projects["app"].settings)
    place = ("ao/w", "c", "t", "/tree/w")
    told.tell(e.SessionClaimed, "w", "web", "w", "Do it", "", "claude", "process", *place)
    told.tell(e.AgentLimited, "claude", 90_000.0, "s")
    assert [r.project for r in told.state.reactions.values()] == ["app", "web"]


def queued(told: Told) -> None:
    """The session's work is proven and waits for its landing."""
    told.tell(e.TargetObserved, "app", "c", "t", "gate")
    for tree in ("t", "new"):
        passed = CheckResult("pytest", {"t.py::t": Outcome.PASS})
        told.tell(e.GateFinished, tree, "app", Evidence(tree, "gate", (passed,)))
    told.tell(e.TurnEnded, "s", 1, 0, "done", "head", "new")
    assert told.state.sessions["s"].queued_at


def test_work_that_conflicts_is_evicted():
    told = Told(Rule("evicted"))
    queued(told)
    (reaction,) = told.tell(e.LinkConflicted, "s", "c2", ("a.py",))
    assert "does not merge" in reaction.text


def test_work_that_waits_because_a_person_has_something_to_say_is_not_evicted():
    told = Told(Rule("evicted"))
    queued(told)
    assert told.tell(e.MessageQueued, "s", "m", "and the docs") == []
    assert not told.state.sessions["s"].queued_at


def test_what_belongs_to_no_session_is_counted_by_the_day():
    told = Told(Rule("all-done", "spawn", auto=True, retries=1))
    begun = []
    for hunt, at in (("a", 1_000.0), ("b", 2_000.0), ("c", 2_000.0 + DAY)):
        told.clock = count(int(at))
        told.tell(e.HuntStarted, hunt, "app")
        begun += [r.action for r in told.tell(e.HuntEnded, hunt, "enough")]
    assert begun == ["spawn", "notify", "spawn"]


def test_offers_that_nobody_takes_are_not_kept_for_ever():
    told = Told(Rule("all-done", "spawn", retries=10_000))
    for number in range(KEPT + 20):
        told.clock = count(int((number + 1) * DAY))
        told.tell(e.HuntStarted, f"h{number}", "app")
        told.tell(e.HuntEnded, f"h{number}", "enough")
    assert len(told.state.reactions) <= KEPT + 2


@pytest.mark.parametrize("event", ["agent-needs-input", "agent-stuck"])
def test_what_passed_by_itself_needs_nothing_done(event):
    happen, end = LASTS[event]
    told = Told(Rule(event, "stop", auto=True), attempts=9)
    (reaction,) = happen(told)
    assert not is_over(told.state, reaction)
    end(told)
    assert is_over(told.state, reaction)


def test_what_a_person_says_is_done_though_it_passed_by_itself():
    told = Told(Rule("agent-stuck", "stop"), attempts=9)
    (reaction,) = gets_stuck(told)
    told.tell(e.Observed, "s", 1, Fact(a.WORKING, text="goes on"))
    told.tell(e.ReactionAccepted, reaction.key, "me")
    assert not is_over(told.state, told.state.reactions[reaction.key])


@pytest.mark.parametrize("rule", [Rule("agent-needs-input"), Rule("agent-needs-input", "stop", auto=True)])
def test_what_the_rules_answer_is_no_question(rule):
    told = Told(rule)
    asks(told)
    told.tell(e.AskAnswered, "s", "1", "y", "", a.BY_RULES)
    assert told.state.reactions == {}


def test_an_offer_ends_with_the_question_that_it_is_for():
    told = Told(Rule("agent-needs-input", "stop"))
    (reaction,) = asks(told)
    told.tell(e.AskAnswered, "s", "1", "y", "", "me")
    after = told.state.reactions[reaction.key]
    assert (after.offered, after.outcome) == (False, "nothing: it was answered")
