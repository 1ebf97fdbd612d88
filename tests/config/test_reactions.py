"""What is wrong in a reaction is told where it stands, and what is right becomes one rule for each event."""

from __future__ import annotations

import pytest

from agent_orchestrator.config.load import load
from agent_orchestrator.model.config_problem import Code, Problem, Severity
from agent_orchestrator.model.config_reactions import ReactionConfig, reaction_problems, rules_of
from agent_orchestrator.model.reaction.kinds import EVENTS


def problems(id: str, **keys: object) -> list[Problem]:
    return list(reaction_problems(ReactionConfig(id=id, **keys)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "id", [event.name for event in EVENTS.values() if not event.pulls and event.name != "issue-assigned"]
)
def test_every_event_may_say_all_that_it_has(id):
    fields = EVENTS[id].fields
    message = " ".join(f"{{{{{field}}}}}" for field in fields)
    condition = " or ".join(f"{field} == 'x'" for field in fields)
    assert problems(id, message=message, condition=condition) == []


def test_what_an_event_says_by_default_names_fields_that_it_has():
    assert [p for event in EVENTS.values() for p in problems(event.name, message=event.message) if p.path] == []


def test_an_unknown_event_is_told_with_the_nearest_one():
    (problem,) = problems("agent-stucked")
    assert (problem.severity, problem.suggestion) == (Severity.WARNING, "agent-stuck")


@pytest.mark.parametrize(
    ("keys", "path", "says", "suggestion"),
    [
        ({"message": "{{comit}}"}, "message", "the event has no 'comit'", "commit"),
        ({"message": "{{commit"}, "message", "belongs to no field", ""),
        ({"condition": "session.titel == 'x'"}, "condition", "the event has no 'session.titel'", "session.title"),
        ({"condition": "commit =="}, "condition", "can not be read: a value is missing", ""),
    ],
)
def test_a_condition_and_a_message_are_looked_at(keys, path, says, suggestion):
    (problem,) = problems("landed", **keys)
    assert problem.path == (path,)
    assert says in problem.message
    assert problem.suggestion == suggestion


def test_what_a_condition_can_not_be_is_an_error_and_what_it_may_become_is_not():
    assert [p.severity for p in problems("landed", condition="commit ==")] == [Severity.ERROR]
    assert [p.severity for p in problems("landed", condition="later == 1")] == [Severity.WARNING]


def test_what_is_about_pull_requests_is_accepted_without_a_word():
    assert problems("ci-failed", auto=True, action="send-to-agent", message="{{errors}}") == []


def test_a_projects_own_reaction_takes_the_place_of_the_one_for_all_and_other_names_are_the_same_event():
    everywhere = {r.id: r for r in (ReactionConfig(id="all-complete"), ReactionConfig(id="landed", retries=0))}
    own = {"all-done": ReactionConfig(id="all-done", action="spawn", auto=True, threshold="2m")}
    rules = {rule.event: rule for rule in rules_of(everywhere, own)}
    assert list(rules) == ["all-done", "landed"]
    assert (rules["all-done"].action, rules["all-done"].threshold) == ("spawn", 120.0)
    assert (rules["landed"].retries, rules["landed"].asks) == (0, False)


def test_two_reactions_to_one_event_are_told_whatever_they_call_it(tmp_path):
    file = tmp_path / "agent-orchestrator.yaml"
    file.write_text("reactions:\n  agent-stuck: {action: stop}\n  agent-idle: {action: notify}\n")
    (found,) = [d for d in load(file, environ={}).diagnostics if "same event" in d.message]
    assert (found.code, found.severity, found.key) == (Code.DUPLICATE, Severity.WARNING, "reactions.agent-idle")
