"""Every event of pull requests × action × by itself or offered × done often enough × replayed: what is planned."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, product

import pytest
from attrs import evolve

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.due import CatchUp, React, RepeatCi, due
from agent_orchestrator.engine.reacting import KEPT, is_over, lasts
from agent_orchestrator.engine.snapshot import dump, load
from agent_orchestrator.engine.state import Reaction, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.evidence import CheckResult, Evidence
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread
from agent_orchestrator.model.reaction.kinds import ACTIONS, EVENTS, NOTIFY
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.report import Finding, Kind, Outcome
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.usage import Usage
from agent_orchestrator.model.watched import CiFinding, CiRed, set_key

FORGE = Forge("github", "https://github.com", "acme/shop", followed=True, rerun=0, bots=("reviewbot",))
PULL = Pull("P1", 12, "https://github.com/acme/shop/pull/12", "Fix it", "open", "h1", "ao/s", "main", "b1")
KEY = "app/P1"


def check(state: CheckState, *, name: str = "test", id: str = "c1", run: int = 7) -> CiCheck:
    return CiCheck(f"app/CI/push/{name}", name, state, id, f"https://ci/{id}", "CI", 1, run, "2026-01-01T00:00:00Z")


RED, GREEN = check(CheckState.FAILED), check(CheckState.PASSED)
SAID = Comment("C1", "ann", "please", may_push=True, url="https://c/1")


class Told:
    """A project at a forge with these rules, a session ``s`` at work, and its pull request, which was seen once."""

    def __init__(self, *rules: Rule, forge: Forge = FORGE) -> None:
        self.clock, self.state, self.events = count(1), State(), list[e.Event]()
        self.tell(e.ProjectConfigured, "app", Settings("app", "/repo", "app", "main", reactions=rules, forge=forge))
        self.tell(e.ProjectTrusted, "app", "")
        self.tell(e.TargetObserved, "app", "c", "t", "gate")
        place = {"runtime": "process", "branch": "ao/s", "base": "c", "base_tree": "t", "path": "/tree/s"}
        names = {"session": "s", "project": "app", "name": "s", "title": "Do it", "prompt": "", "agent": "claude"}
        self.tell(e.SessionClaimed, **names, **place)
        self.tell(e.WorkspaceReady, "s")
        self.tell(e.TurnStarted, "s", 1)
        self.tell(p.PullFollowed, "app", "P1", "s")
        self.pull = PULL

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> list[Reaction]:
        event = kind(float(next(self.clock)), *args, **more)
        self.events.append(event)
        before, self.state = self.state, step(self.state, event)
        assert not self.state.problems, self.state.problems
        return [r for key, r in self.state.reactions.items() if key not in before.reactions]

    def sees(self, **changes: object) -> list[Reaction]:
        """The pull request is seen with these changes, a moment later in the service's time."""
        at = next(self.clock)
        self.pull = evolve(self.pull, updated_at=f"2026-01-01T00:{at // 60:02}:{at % 60:02}Z", **changes)
        return self.tell(p.PullsSeen, "app", (self.pull,))

    def turns_red(self, head: str = "h1", *checks: CiCheck) -> list[Reaction]:
        """A head fails, is compared with its base, and the reason is read."""
        found = self.sees(head=head, checks=checks or (RED,))
        found += self.tell(p.BaseCompared, "app", "P1", "b1")
        reds = tuple(CiRed(c, (self.finding,), "the log") for c in self.pull.failed)
        return found + self.tell(p.CiRead, "app", "P1", head, reds)

    finding = CiFinding(Finding("t.py::t", Kind.TEST, "1 != 2", path="t.py", line=3, signature="sig"), "pytest")

    def says(self, *comments: Comment) -> list[Reaction]:
        return self.tell(p.TalkRead, "app", "P1", "m", comments)


def seen_first(told: Told) -> None:
    told.sees()


def labelled(told: Told) -> list[Reaction]:
    return told.sees(labels=("needs-tests",))


def unlabelled(told: Told) -> list[Reaction]:
    told.sees(labels=("a", "needs-tests"))
    return told.sees(labels=("a",))


def approved(told: Told) -> list[Reaction]:
    return told.sees(head="h2", decision="approved", mergeable=Mergeable.YES, checks=(GREEN,))


Happen = Callable[[Told], list[Reaction]]
#: Event → how it comes about, after the pull request was seen for the first time.
HAPPENS: dict[str, Happen] = {
    "ci-failed": lambda told: told.turns_red(),
    "ci-passed": lambda told: told.sees(checks=(GREEN,)),
    "changes-requested": lambda told: told.says(evolve(SAID, verdict="changes-requested")),
    "comment-added": lambda told: told.says(SAID),
    "bot-comment": lambda told: told.says(evolve(SAID, author="reviewbot", bot=True, may_push=False)),
    "approved-and-green": approved,
    "merge-conflict": lambda told: told.sees(mergeable=Mergeable.NO),
    "base-moved": lambda told: told.sees(base_head="b2"),
    "label-added": labelled,
    "label-removed": unlabelled,
    "pr-merged": lambda told: told.sees(state="merged"),
    "pr-closed": lambda told: told.sees(state="closed"),
}


def test_every_event_of_pull_requests_has_its_row():
    assert {*HAPPENS, "pr-opened"} == {name for name, event in EVENTS.items() if event.pulls}


TABLE = list(product(HAPPENS, ACTIONS, (True, False), (True, False)))


@pytest.mark.parametrize(("event", "action", "auto", "often_enough"), TABLE)
def test_it_is_told_offered_or_done_once(event: str, action: str, auto: bool, often_enough: bool):
    rule = Rule(event, action, auto=auto, retries=0 if often_enough else 3)
    told = Told(rule)
    seen_first(told)
    (reaction,) = HAPPENS[event](told)
    assert (reaction.event, reaction.session, reaction.pull, reaction.head) == (event, "s", KEY, told.pull.head)
    effect = React("app", reaction.key)
    if action == NOTIFY or often_enough:
        assert (reaction.action, reaction.outcome, effect in due(told.state)) == (NOTIFY, "told", False)
        assert (reaction.priority == "urgent") is (action != NOTIFY)
    elif auto:
        assert (reaction.action, reaction.offered, effect in due(told.state)) == (action, False, True)
    else:
        assert (reaction.action, reaction.offered, effect in due(told.state)) == (action, True, False)
        told.tell(e.ReactionAccepted, reaction.key, "me")
        assert effect in due(told.state)
    # A daemon that is started again: from its events, and from a snapshot.
    replayed = State()
    for each in told.events:
        replayed = step(replayed, each)
    assert replayed == told.state
    assert load(dump(told.state)).pulls == told.state.pulls
    # The same look again, by a webhook and by a poll: nothing more.
    assert [r.event for r in told.tell(p.PullsSeen, "app", (told.pull,))] == []


def test_what_was_opened_is_told_once():
    told = Told(Rule("pr-opened"))
    assert [r.text for r in told.sees()] == ["https://github.com/acme/shop/pull/12 was opened"]
    assert told.sees() == []


def test_an_agent_gets_what_ci_said_as_data():
    told = Told(Rule("ci-failed", "send-to-agent", auto=True, message="CI failed with: {{errors}}"))
    seen_first(told)
    (reaction,) = told.turns_red()
    first, *rest = reaction.text.splitlines()
    assert first.startswith("CI failed with: BEGIN ")
    assert rest[:2] == ["CI / test:", "- t.py:3: 1 != 2"]
    assert rest[2] == first.removeprefix("CI failed with: ").replace("BEGIN", "END")


def test_a_person_is_told_the_same_in_plain_words():
    told = Told(Rule("ci-failed", message="{{checks}}: {{errors}}"))
    seen_first(told)
    (reaction,) = told.turns_red()
    assert reaction.text == "test: CI / test:\n- t.py:3: 1 != 2"


def test_a_set_of_failures_of_a_head_is_told_once_and_another_set_again():
    told = Told(Rule("ci-failed"))
    seen_first(told)
    lint = check(CheckState.FAILED, name="lint", id="c2", run=8)
    keys = [told.turns_red()[0].key]
    keys += [r.key for r in told.turns_red("h1", RED)]
    keys += [r.key for r in told.turns_red("h1", RED, lint)]
    keys += [r.key for r in told.turns_red("h2", RED)]
    sets = [("h1", [RED]), ("h1", [RED, lint]), ("h2", [RED])]
    assert keys == [f"ci-failed/{KEY}/{head}/{set_key(checks)}" for head, checks in sets]


def test_an_agent_is_sent_to_work_as_often_as_it_may_until_ci_is_green_again():
    told = Told(Rule("ci-failed", "send-to-agent", auto=True, retries=2))
    seen_first(told)
    actions = [told.turns_red(head)[0].action for head in ("h1", "h2", "h3")]
    told.sees(head="h4", checks=(GREEN,))
    actions += [told.turns_red("h5")[0].action]
    assert actions == ["send-to-agent", "send-to-agent", "notify", "send-to-agent"]


def test_what_a_program_says_of_each_green_head_is_told_only_so_often():
    told = Told(Rule("bot-comment", "send-to-agent", auto=True, retries=2))
    actions = []
    for number in range(4):
        told.sees(head=f"h{number}", checks=(GREEN,))
        (reaction,) = told.says(evolve(SAID, id=f"C{number}", author="reviewbot", bot=True, may_push=False))
        actions += [reaction.action]
    assert actions == ["send-to-agent", "send-to-agent", "notify", "notify"]


def test_a_session_that_has_used_what_it_may_is_sent_to_work_by_a_person_alone():
    for auto, action in ((True, "notify"), (False, "send-to-agent")):
        told = Told(Rule("ci-failed", "send-to-agent", auto=auto))
        told.tell(e.ProjectConfigured, "app", evolve(told.state.projects["app"].settings, cost=1.0))
        told.tell(e.TurnEnded, "s", 1, 0, "done", "h1", "t1", usage=Usage(cost=2.0))
        seen_first(told)
        (reaction,) = told.turns_red()
        assert (reaction.action, "$2.00 of the $1.00" in reaction.text) == (action, auto)


def test_of_a_session_that_was_given_up_a_person_is_told_what_its_agent_would_be():
    told = Told(Rule("ci-failed", "send-to-agent", auto=True))
    seen_first(told)
    told.tell(e.SessionLeft, "s", "left after 3 attempts")
    (reaction,) = told.turns_red()
    assert (reaction.action, reaction.outcome, reaction.session) == ("notify", "told", "s")


def test_what_else_happens_meanwhile_makes_it_no_more_often():
    told = Told(Rule("ci-failed", "send-to-agent", auto=True, retries=2), Rule("label-added"))
    seen_first(told)
    actions = []
    for head in ("h1", "h2", "h3", "h4"):
        (reaction,) = told.turns_red(head)
        actions += [reaction.action]
        if reaction.is_due:
            told.tell(e.Reacted, reaction.key, "told s")
        told.sees(labels=tuple(f"{head}-{number}" for number in range(KEPT + 1)))
    assert actions == ["send-to-agent", "send-to-agent", "notify", "notify"]


def test_no_checks_and_unknown_mergeability_are_never_green():
    told = Told(Rule("ci-passed"), Rule("approved-and-green"))
    assert told.sees(decision="approved", mergeable=Mergeable.YES) == []
    assert [r.event for r in told.sees(checks=(GREEN,), mergeable=Mergeable.UNKNOWN)] == ["ci-passed"]


def test_no_rule_about_reviews_is_no_approval():
    told = Told(Rule("approved-and-green"))
    assert told.sees(decision="", mergeable=Mergeable.YES, checks=(GREEN,)) == []
    (reaction,) = told.says(evolve(SAID, verdict="approved"))
    assert reaction.event == "approved-and-green"


def test_an_approval_by_somebody_who_may_not_push_is_none():
    told = Told(Rule("approved-and-green"))
    told.sees(decision="", mergeable=Mergeable.YES, checks=(GREEN,))
    assert told.says(evolve(SAID, verdict="approved", may_push=False)) == []


def test_an_approval_by_a_program_is_none_whatever_it_may_do():
    told = Told(Rule("approved-and-green"))
    told.sees(decision="", mergeable=Mergeable.YES, checks=(GREEN,))
    assert told.says(evolve(SAID, verdict="approved", bot=True, author="reviewbot")) == []


def test_an_open_conversation_is_not_ready():
    told = Told(Rule("approved-and-green"))
    ready = {"decision": "approved", "mergeable": Mergeable.YES, "checks": (GREEN,)}
    assert told.sees(**ready, threads=(Thread("T1", "a.py", 1),)) == []
    assert len(told.sees(**ready, threads=(Thread("T1", "a.py", 1, resolved=True),))) == 1


def test_what_fails_on_the_base_as_well_wakes_nobody():
    told = Told(Rule("ci-failed"))
    seen_first(told)
    told.sees(checks=(RED,))
    told.tell(p.BaseCompared, "app", "P1", "b1", (RED.key,))
    assert told.tell(p.CiRead, "app", "P1", "h1", (CiRed(RED),)) == []


def test_a_run_that_goes_on_is_waited_for():
    told = Told(Rule("ci-failed"))
    seen_first(told)
    assert told.turns_red("h1", RED, check(CheckState.PENDING, name="lint", id="c2")) == []
    assert len(told.turns_red("h1", RED, check(CheckState.NEITHER, name="lint", id="c2"))) == 1


FLAKES_FIRST = evolve(FORGE, rerun=1)


def test_what_fails_is_run_again_before_anybody_is_woken():
    told = Told(Rule("ci-failed"), forge=FLAKES_FIRST)
    seen_first(told)
    assert told.turns_red() == []
    assert RepeatCi("app", KEY, "h1") in due(told.state)
    told.tell(p.CiRepeated, "app", "P1", "h1", ("c1",))
    assert not any(isinstance(effect, RepeatCi) for effect in due(told.state))
    assert told.sees(labels=("x",)) == []
    assert told.sees(checks=(check(CheckState.PENDING, id="c9"),)) == []
    assert len(told.turns_red("h1", check(CheckState.FAILED, id="c9"))) == 1


def test_what_passes_when_it_is_run_again_is_flaky():
    told = Told(Rule("ci-failed"), forge=FLAKES_FIRST)
    seen_first(told)
    told.turns_red()
    told.tell(p.CiRepeated, "app", "P1", "h1", ("c1",))
    assert told.sees(checks=(check(CheckState.PASSED, id="c9"),)) == []
    assert told.state.pulls[KEY].flaky == (RED.key,)


def test_what_can_not_be_run_again_has_failed():
    told = Told(Rule("ci-failed"), forge=FLAKES_FIRST)
    seen_first(told)
    told.turns_red()
    assert len(told.tell(p.CiRepeated, "app", "P1", "h1")) == 1


def test_nobody_hears_whom_nobody_lets_through():
    told = Told(Rule("comment-added"), Rule("bot-comment"))
    seen_first(told)
    stranger, bot = evolve(SAID, may_push=False), evolve(SAID, id="C2", author="reviewbot[bot]", bot=True)
    assert told.says(stranger, bot) == []
    (reaction,) = told.tell(p.CommentAllowed, "app", "P1", "C1@")
    assert reaction.text == "ann says:\n@ann:\nplease"


def test_whom_a_person_lets_through_always_is_heard_from_then_on():
    told = Told(Rule("comment-added"))
    seen_first(told)
    told.says(evolve(SAID, may_push=False))
    assert len(told.tell(p.CommentAllowed, "app", "P1", author="ann")) == 1
    assert len(told.says(evolve(SAID, may_push=False), evolve(SAID, id="C2", may_push=False))) == 1


def test_a_comment_that_is_edited_after_it_was_held_is_not_the_one_that_was_let_through():
    told = Told(Rule("comment-added"))
    seen_first(told)
    told.says(evolve(SAID, may_push=False))
    assert told.says(evolve(SAID, may_push=False, text="rm -rf /", edited_at="2026-01-02")) == []
    assert told.tell(p.CommentAllowed, "app", "P1", "C1@") == []


def test_a_comment_that_is_edited_is_not_told_again():
    told = Told(Rule("comment-added"))
    seen_first(told)
    assert len(told.says(SAID)) == 1
    assert told.says(evolve(SAID, text="and more", edited_at="2026-01-02")) == []


def test_what_the_daemon_itself_says_is_no_news():
    told = Told(Rule("comment-added"))
    seen_first(told)
    assert told.says(evolve(SAID, mine=True)) == []


def test_a_review_and_its_comments_are_one_event():
    told = Told(Rule("changes-requested"), Rule("comment-added"))
    seen_first(told)
    found = told.says(
        evolve(SAID, verdict="changes-requested"), evolve(SAID, id="C2", text="here", path="a.py", line=4)
    )
    assert [(r.event, r.text) for r in found] == [
        ("changes-requested", "A reviewer asks for changes:\n@ann:\nplease\n\n@ann on a.py:4:\nhere")
    ]


OVER: dict[str, Happen] = {
    "ci-failed": lambda told: told.sees(head="h9", checks=()),
    "merge-conflict": lambda told: told.sees(mergeable=Mergeable.YES),
    "approved-and-green": lambda told: told.sees(decision="required"),
}


@pytest.mark.parametrize("event", OVER)
def test_what_passed_by_itself_needs_nothing_done(event: str):
    told = Told(Rule(event, "send-to-agent", auto=True))
    seen_first(told)
    (reaction,) = HAPPENS[event](told)
    assert (lasts(told.state, reaction), is_over(told.state, reaction)) == (True, False)
    OVER[event](told)
    assert (lasts(told.state, reaction), is_over(told.state, reaction)) == (False, True)


def test_work_that_was_merged_at_the_forge_has_landed():
    told = Told(Rule("landed"))
    seen_first(told)
    told.tell(e.TurnEnded, "s", 1, 0, "done", "h1", "t1")
    told.tell(p.Published, "app", "s", "P1", "h1")
    (reaction,) = told.sees(state="merged", merged_as="m1")
    assert (reaction.event, told.state.sessions["s"].closed) == ("landed", True)
    (landing,) = told.state.landings.values()
    assert (landing.session, landing.commit, landing.target) == ("s", "m1", "main")


def in_review(told: Told) -> None:
    """The session's work is proven, published, green and approved."""
    told.tell(e.TargetObserved, "app", "c", "t", "gate")
    for tree in ("t", "t1"):
        passed = CheckResult("pytest", {"t.py::t": Outcome.PASS})
        told.tell(e.GateFinished, tree, "app", Evidence(tree, "gate", (passed,)))
    told.tell(e.TurnEnded, "s", 1, 0, "done", "h1", "t1")
    told.tell(p.Published, "app", "s", "P1", "h1")
    told.sees(checks=(GREEN,), mergeable=Mergeable.YES)


def test_what_was_green_over_another_base_is_not_merged_but_brought_up_to_date():
    told = Told(Rule("approved-and-green", "merge", auto=True))
    in_review(told)
    told.sees(base_head="b2")
    assert told.sees(decision="approved") == []
    assert CatchUp("app", "s", "b2") in due(told.state)
    told.tell(e.WorkspaceMoved, "s", "b2", "t2", "h2", "t3")
    told.tell(p.Published, "app", "s", "P1", "h2")
    assert not any(isinstance(effect, CatchUp) for effect in due(told.state))
    (reaction,) = told.sees(head="h2", checks=(GREEN,))
    assert (reaction.event, reaction.head) == ("approved-and-green", "h2")


def test_a_base_that_moved_while_ci_ran_is_another_one_as_well():
    told = Told(Rule("approved-and-green", "merge", auto=True))
    in_review(told)
    told.sees(head="h2", checks=(check(CheckState.PENDING),))
    told.tell(e.WorkspaceMoved, "s", "b1", "t2", "h2", "t3")
    told.tell(p.Published, "app", "s", "P1", "h2")
    told.sees(base_head="b2")
    assert told.sees(decision="approved", checks=(GREEN,)) == []
    assert CatchUp("app", "s", "b2") in due(told.state)


def test_what_no_session_works_on_is_the_forges_to_judge():
    told = Told(Rule("approved-and-green"))
    told.tell(p.PullFollowed, "app", "P2", mine=True)
    mine = evolve(PULL, id="P2", number=13, mergeable=Mergeable.YES, decision="approved", checks=(RED,))
    told.tell(p.PullsSeen, "app", (evolve(mine, base_head="b0"),))
    assert [r.pull for r in told.tell(p.PullsSeen, "app", (evolve(mine, checks=(GREEN,)),))] == ["app/P2"]


def test_a_merge_of_more_than_was_published_is_not_the_sessions_landing():
    told = Told(Rule("landed"), Rule("pr-merged"))
    seen_first(told)
    told.tell(e.TurnEnded, "s", 1, 0, "done", "h1", "t1")
    told.tell(p.Published, "app", "s", "P1", "h1")
    assert [r.event for r in told.sees(head="h2", state="merged")] == ["pr-merged"]
    assert not told.state.sessions["s"].closed
