"""Issues in the state: which are taken up and when, what their trackers are told, and which reactions there are."""

from __future__ import annotations

from itertools import count

import pytest
from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import issue_events as i
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.due import MAX_FAILURES, ObserveTarget, React, TakeIssue, TellTracker, due
from agent_orchestrator.engine.snapshot import compacted, dump, load
from agent_orchestrator.engine.state import Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.issue import Issue
from agent_orchestrator.model.reaction.kinds import EVENTS, NOTIFY, SEND, SPAWN
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.tracked import Intake, Noted, Tracked, is_claimed
from agent_orchestrator.views.issues import issue_rows
from agent_orchestrator.views.reactions import explained

TRACKED = Tracked("github", "https://github.com", "acme/shop", comment=True)


def noted(number: int, *, held: bool = False, claimed: bool = False) -> Noted:
    url = f"https://github.com/acme/shop/issues/{number}"
    return Noted(f"GH-{number}", "Halve", url, held=held, author="eve", claimed=claimed)


ONE, TWO, THREE = noted(1), noted(2), noted(3)


class Told:
    """A trusted project whose target is known, with a tracker and an intake."""

    def __init__(self, *rules: Rule, intake: Intake | None = None, tracker: Tracked | None = TRACKED) -> None:
        self.clock, self.state, self.events = count(1), State(), list[e.Event]()
        self.settings = Settings(
            "app", "/repo", "app", "main", reactions=rules, intake=intake or Intake("agent"), tracker=tracker
        )
        self.tell(e.ProjectConfigured, "app", self.settings)
        self.tell(e.ProjectTrusted, "app", "")
        self.tell(e.TargetObserved, "app", "c", "t", "gate")

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> None:
        event = kind(float(next(self.clock)), *args, **more)
        self.events.append(event)
        self.state = step(self.state, event)

    def sees(self, *issues: Noted) -> None:
        self.tell(i.IssuesSeen, "app", issues)

    def begins(self, key: str, session: str = "s") -> None:
        self.tell(
            e.SessionClaimed, session, "app", session, "Do it", "", "claude", "process", f"ao/{session}", "c", "t",
            f"/tree/{session}", issue=key,
        )  # fmt: skip

    def lands(self, session: str = "s") -> None:
        self.tell(e.LandingIntended, f"l-{session}", "app", session, "c", "c2", "t2", "evidence", "main")
        self.tell(e.Landed, f"l-{session}")

    def taken(self) -> list[str]:
        return [effect.issue for effect in due(self.state) if isinstance(effect, TakeIssue)]

    def stages(self) -> list[str]:
        return [effect.stage for effect in due(self.state) if isinstance(effect, TellTracker)]

    def fails(self, key: str, times: int = MAX_FAILURES) -> None:
        for _ in range(times):
            self.tell(e.EffectFailed, key, "NoForge: no", "", "app")

    def reactions(self) -> list[tuple[str, str]]:
        return [(r.issue, r.action) for r in self.state.reactions.values()]


# Taking up


@pytest.mark.parametrize(
    ("most", "at_work", "expected"),
    [
        (1, [], ["GH-1"]),
        (2, [], ["GH-1", "GH-2"]),
        (20, [], ["GH-1", "GH-2", "GH-3"]),
        (1, ["GH-1"], []),
        (2, ["GH-1"], ["GH-2"]),
        # One that a person began counts as well.
        (1, ["GH-9"], []),
    ],
)
def test_so_many_issues_are_worked_on_at_one_time(most: int, at_work: list[str], expected: list[str]):
    told = Told(intake=Intake("agent", most=most))
    told.sees(ONE, TWO, THREE)
    for number, key in enumerate(at_work):
        told.begins(key, f"s{number}")
    assert told.taken() == expected


def test_the_next_one_is_taken_when_one_is_over():
    told = Told()
    told.sees(ONE, TWO)
    told.begins("GH-1")
    told.lands()
    assert told.taken() == ["GH-2"]


def test_one_that_can_not_be_begun_keeps_no_other_back():
    told = Told()
    told.sees(*(noted(number) for number in range(6)))
    for number in range(3):
        assert told.taken() == [f"GH-{number}"]
        told.fails(f"TakeIssue:app:GH-{number}")
    assert told.taken() == ["GH-3"]
    # Where none of them can be begun it is not their fault.
    told.fails("TakeIssue:app:GH-3")
    assert told.taken() == []


@pytest.mark.parametrize("end", ["lands", "left", "stopped"])
def test_an_issue_gets_one_session_ever(end: str):
    told = Told()
    told.sees(ONE)
    told.begins("GH-1")
    if end == "lands":
        told.lands()
    elif end == "left":
        told.tell(e.SessionLeft, "s", "too hard")
    else:
        told.tell(e.SessionStopped, "s", "a person")
    told.sees(ONE)
    assert told.taken() == []


def test_an_issue_is_not_taken_again_when_its_session_is_forgotten():
    told = Told()
    told.sees(ONE)
    told.begins("GH-1")
    told.tell(e.SessionStopped, "s", "a person")
    told.tell(e.WorkspaceRemoved, "s", "")
    told.state = compacted(told.state, 365 * 24 * 3600.0)
    assert (list(told.state.sessions), told.taken()) == ([], [])


def test_what_a_stranger_wrote_waits_for_a_person_and_takes_nobodys_place():
    told = Told()
    told.sees(noted(1, held=True), TWO)
    assert told.taken() == ["GH-2"]


def test_what_somebody_else_is_at_is_taken_once_they_let_it_go_and_is_no_news():
    told = Told(Rule("issue-assigned", action=SPAWN, auto=True))
    told.sees(TWO)
    told.begins("GH-2")
    told.lands()
    told.sees(TWO, noted(1, claimed=True))
    assert (told.taken(), told.state.reactions) == ([], {})
    told.sees(TWO, ONE)
    assert told.taken() == ["GH-1"]


@pytest.mark.parametrize(
    ("claim", "labels", "assignees", "intake", "expected"),
    [
        ("label", ("bug", "AO"), (), Intake("agent"), True),
        ("label", ("bug",), ("ann",), Intake("agent"), False),
        ("label", ("ao",), (), Intake("ao"), False),
        ("assignee", (), ("ann",), Intake("agent"), True),
        ("assignee", ("ao",), (), Intake("agent"), False),
        ("assignee", (), ("ann",), Intake(assignee="ann"), False),
        ("none", ("ao",), ("ann",), Intake("agent"), False),
    ],
)
def test_an_issue_is_claimed_by_the_sign_that_is_configured(claim, labels, assignees, intake, expected):
    issue = Issue("1", "GH-1", "", "Halve", labels=labels, assignees=assignees)
    assert is_claimed(issue, evolve(TRACKED, claim=claim), intake) is expected


def test_nothing_is_taken_without_an_intake_or_before_the_project_is_trusted():
    told = Told()
    told.sees(ONE)
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, intake=None))
    told.tell(e.TargetObserved, "app", "c", "t", "gate")
    assert told.taken() == []
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, trust="other"))
    assert due(told.state) == []


def test_an_issue_that_can_not_be_taken_is_tried_some_times_and_the_others_are_taken():
    told = Told(intake=Intake("agent", most=2))
    told.sees(ONE, TWO)
    told.fails("TakeIssue:app:GH-1")
    assert told.taken() == ["GH-2"]


def test_another_trackers_issues_are_others():
    told = Told()
    told.sees(ONE)
    told.begins("GH-1")
    told.lands()
    there = evolve(TRACKED, path="acme/other")
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, tracker=there))
    assert told.state.projects["app"].issues is None
    told.tell(e.TargetObserved, "app", "c", "t", "gate")
    told.sees(ONE)
    assert told.taken() == ["GH-1"]


# Telling


def test_a_tracker_is_told_each_stage_once_and_in_order():
    told = Told()
    told.begins("GH-1")
    assert told.stages() == ["begun"]
    told.lands()
    assert told.stages() == ["begun"]
    told.tell(i.IssueTold, "s", "begun")
    assert told.stages() == ["landed"]
    told.tell(i.IssueTold, "s", "landed")
    assert told.stages() == []


@pytest.mark.parametrize(
    "end",
    [lambda told: told.tell(e.SessionLeft, "s", "too hard"), lambda told: told.tell(e.SessionStopped, "s", "a person")],
    ids=["left", "stopped"],
)
def test_a_tracker_is_told_once_that_work_was_given_up(end):
    told = Told()
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    end(told)
    assert told.stages() == ["left"]
    told.tell(i.IssueTold, "s", "left")
    assert told.stages() == []


def test_a_session_that_is_brought_back_begins_anew():
    told = Told()
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    told.tell(e.SessionLeft, "s", "too hard")
    told.tell(i.IssueTold, "s", "left")
    told.tell(e.SessionRestored, "s", "h", "t", "ready")
    assert told.stages() == ["begun"]


REVIEWED = evolve(TRACKED, comment=False, review="in-review")


@pytest.mark.parametrize(
    ("tracker", "told_of_it"),
    [
        (REVIEWED, True),
        (evolve(REVIEWED, plugin="gitlab"), True),
        (evolve(REVIEWED, plugin="linear"), True),
        (Tracked("linear", team="ENG", move=True), True),
        # A forge's issues are open or closed, and whether a label is wanted nobody said.
        (evolve(TRACKED, move=True), False),
        (Tracked("linear", team="ENG", comment=True), False),
    ],
    ids=["github", "gitlab", "linear by name", "linear", "no label", "no move"],
)
def test_a_tracker_is_told_once_that_a_pull_request_is_open(tracker: Tracked, told_of_it: bool):
    told = Told(tracker=tracker)
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    before = told.stages()
    told.tell(p.PullFollowed, "app", "P1", "s")
    assert (before, told.stages()) == ([], ["review"] if told_of_it else [])
    told.tell(i.IssueTold, "s", "review")
    told.tell(p.PullFollowed, "app", "P1", "s")
    assert told.stages() == []
    assert load(dump(told.state)) == told.state


def test_a_draft_that_shows_that_work_has_begun_is_no_review():
    told = Told(tracker=REVIEWED)
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    told.tell(p.WorkClaimed, "app", "s", "P1", "ao/gh-1", "c0")
    before = told.stages()
    told.tell(p.Published, "app", "s", "P1", "c1")
    told.tell(p.ClaimEnded, "app", "s")
    assert (before, told.stages()) == ([], ["review"])


@pytest.mark.parametrize(("told_before", "end"), [(True, "lands"), (False, "lands"), (True, "left"), (False, "left")])
def test_what_is_over_is_not_told_to_be_in_review_any_more(told_before: bool, end: str):
    told = Told(tracker=REVIEWED)
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    told.tell(p.PullFollowed, "app", "P1", "s")
    if told_before:
        told.tell(i.IssueTold, "s", "review")
    if end == "lands":
        told.lands()
    else:
        told.tell(e.SessionLeft, "s", "too hard")
    assert told.stages() == ["landed" if end == "lands" else "left"]


def test_a_review_that_could_not_be_told_keeps_nothing_back():
    told = Told(tracker=REVIEWED)
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    told.tell(p.PullFollowed, "app", "P1", "s")
    told.fails("TellTracker:s:review")
    assert told.stages() == []
    told.lands()
    assert told.stages() == ["landed"]


def test_a_tracker_that_is_to_be_told_nothing_is_told_nothing():
    told = Told(tracker=evolve(TRACKED, comment=False))
    told.begins("GH-1")
    assert told.stages() == []


def test_what_was_over_before_the_tracker_was_to_be_told_is_no_news_to_it():
    told = Told(tracker=evolve(TRACKED, comment=False))
    told.begins("GH-1", "s1")
    told.lands("s1")
    told.begins("GH-2", "s2")
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, tracker=TRACKED))
    assert [effect.session for effect in due(told.state) if isinstance(effect, TellTracker)] == ["s2"]


def test_what_could_not_be_told_keeps_neither_the_session_nor_what_comes_after_it_back():
    told = Told()
    told.begins("GH-1")
    told.fails("TellTracker:s:begun", MAX_FAILURES - 1)
    assert told.stages() == ["begun"]
    told.fails("TellTracker:s:begun", 1)
    session = told.state.sessions["s"]
    assert (told.stages(), session.closed, session.left) == ([], False, "")
    told.lands()
    assert told.stages() == ["landed"]


# Reactions


def test_what_was_there_at_the_first_look_is_no_news():
    told = Told(Rule("issue-assigned"))
    told.sees(ONE)
    assert told.reactions() == []
    told.sees(ONE, TWO)
    assert told.reactions() == [("GH-2", NOTIFY)]


def test_an_issue_that_comes_again_is_told_once():
    told = Told(Rule("issue-assigned"))
    told.sees()
    told.sees(ONE)
    told.sees()
    told.sees(ONE)
    assert told.reactions() == [("GH-1", NOTIFY)]


def test_issues_of_another_intake_are_looked_at_anew():
    told = Told(Rule("issue-assigned"))
    told.sees(ONE)
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, intake=Intake("other")))
    told.sees(TWO)
    assert told.reactions() == []


@pytest.mark.parametrize("action", [SPAWN, SEND])
@pytest.mark.parametrize("held", [False, True])
def test_what_a_stranger_wrote_reaches_no_agent_by_a_reaction(action: str, held: bool):
    told = Told(Rule("issue-assigned", action, auto=True))
    told.sees()
    told.sees(noted(1, held=held))
    (reaction,) = told.state.reactions.values()
    assert reaction.action == (NOTIFY if held else action)
    assert ("`ao new --issue GH-1` begins it" in reaction.text) == held


def test_what_a_reaction_begins_waits_until_the_target_is_known():
    told = Told(Rule("issue-assigned", SPAWN, auto=True), intake=Intake("agent", most=1))
    told.tell(e.TargetStale, "app")
    told.sees()
    told.tell(e.ProjectConfigured, "app", evolve(told.settings, intake=None))
    told.sees()
    told.sees(ONE)
    assert due(told.state) == [ObserveTarget("app")]
    told.tell(e.TargetObserved, "app", "c", "t", "gate")
    assert due(told.state) == [React("app", "issue-assigned/app/GH-1")]


def test_an_agent_gets_the_title_as_data():
    told = Told(Rule("issue-assigned", SPAWN, auto=True))
    told.sees()
    told.sees(ONE)
    (reaction,) = told.state.reactions.values()
    assert reaction.text.startswith("GH-1 BEGIN ")


# Starting again


def test_a_daemon_that_is_started_again_knows_the_same():
    told = Told(Rule("issue-assigned", SPAWN, auto=True), intake=Intake("agent", most=2))
    told.sees(ONE)
    told.sees(ONE, TWO, noted(3, held=True))
    told.begins("GH-1")
    told.tell(i.IssueTold, "s", "begun")
    told.lands()
    replayed = State()
    for event in told.events:
        replayed = step(replayed, event)
    assert replayed == told.state
    assert load(dump(told.state)) == told.state
    assert (told.taken(), told.stages()) == (["GH-2"], ["landed"])


# Explained


@pytest.mark.parametrize(
    ("rule", "tracker", "expected"),
    [
        (Rule("issue-assigned"), TRACKED, ["you are told (info)", "says: <issue.key> <issue.title>"]),
        (
            Rule("issue-assigned", SPAWN, auto=True, message="Do {{issue.key}}"),
            TRACKED,
            [
                "spawn is done by itself, 0 times of 3 so far",
                "an issue whose author may not push is told to you instead, with the command that begins it",
                "says: Do <issue.key>",
            ],
        ),
        (
            Rule("issue-assigned", condition="'bug' in labels"),
            None,
            [
                "it does not happen: the project has no tracker (`tracker`, `scm`)",
                "condition: 'bug' in labels does not hold (not known now: labels)",
                "nothing is done",
            ],
        ),
    ],
    ids=["told", "begun", "without a tracker"],
)
def test_what_would_be_done_is_explained(rule: Rule, tracker: Tracked | None, expected: list[str]):
    told = Told(rule, tracker=tracker)
    project = told.state.projects["app"]
    assert list(explained(told.state, project, EVENTS["issue-assigned"], None, 0.0)) == expected


@pytest.mark.parametrize(
    ("issue", "session", "expected"),
    [
        (ONE, "", ("waits", "for its turn")),
        (noted(1, held=True), "", ("held", "@eve may not push: `ao new --issue GH-1` begins it")),
        (
            noted(1, claimed=True),
            "",
            ("claimed", "somebody else is at it: `ao new --issue GH-1` begins it all the same"),
        ),
        (ONE, "open", ("worked on", "preparing")),
        (ONE, "left", ("over", "left: too hard")),
    ],
    ids=["waits", "held", "claimed", "worked on", "over"],
)
def test_a_person_is_told_who_works_on_an_issue(issue: Noted, session: str, expected: tuple[str, str]):
    told = Told()
    told.sees(issue)
    if session:
        told.begins("GH-1")
    if session == "left":
        told.tell(e.SessionLeft, "s", "too hard")
    (row,) = issue_rows(told.state, told.state.projects["app"], (issue,))
    assert ((row.state, row.detail), row.session) == (expected, "s" if session else "")


def test_a_person_is_told_why_an_issue_could_not_be_begun():
    told = Told()
    told.sees(ONE)
    told.fails("TakeIssue:app:GH-1")
    (row,) = issue_rows(told.state, told.state.projects["app"], (ONE,))
    assert (row.state, row.detail) == ("failed", "no; `ao new --issue GH-1` begins it")


def test_an_issue_that_waits_no_more_is_told_while_it_is_worked_on():
    told = Told()
    told.begins("GH-1")
    assert [row.key for row in issue_rows(told.state, told.state.projects["app"], ())] == ["GH-1"]
    told.lands()
    assert issue_rows(told.state, told.state.projects["app"], ()) == ()


def test_the_title_of_an_issue_reaches_an_agent_as_data():
    told = Told(Rule("agent-exited", SEND, auto=True, message="{{session.title}} ended"))
    told.begins("GH-1")
    told.tell(e.WorkspaceReady, "s")
    told.tell(e.TurnStarted, "s", 1)
    told.tell(e.TurnEnded, "s", 1, 1, "it broke", error="failed")
    (reaction,) = told.state.reactions.values()
    first, title, last = reaction.text.splitlines()[:3]
    assert (first.partition(" ")[0], title, last.partition(" ")[0]) == ("BEGIN", "Do it", "END")
