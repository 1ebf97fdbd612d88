"""Pull requests in the state: what a person mutes, ignores and asks for, and what becomes of sessions in review."""

from __future__ import annotations

from itertools import count

import pytest
from attrs import evolve

from agent_orchestrator.engine import derive
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine import pull_events as p
from agent_orchestrator.engine.codec import decode, encode
from agent_orchestrator.engine.due import Publish, Push, Retire, StartTurn, due
from agent_orchestrator.engine.snapshot import dump, load
from agent_orchestrator.engine.state import Reaction, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.evidence import CheckResult, Evidence, Item
from agent_orchestrator.model.forge import Forge
from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread
from agent_orchestrator.model.reaction.rule import Rule
from agent_orchestrator.model.report import Finding, Kind, Outcome
from agent_orchestrator.model.talk import Comment
from agent_orchestrator.model.watched import CiFinding, CiRed, held, is_heard, verdict
from agent_orchestrator.views.pulls import ci_of, comment_rows, pull_row
from agent_orchestrator.views.rows import AT_WORK, NEEDS_YOU, OVER, RESTS, group_of, session_state

FORGE = Forge("github", "https://github.com", "acme/shop", followed=True, rerun=0)
PULL = Pull("P1", 12, "https://github.com/acme/shop/pull/12", "Fix it", "open", "h1", "ao/s", "main", "b1")
KEY = "app/P1"
RULE = Rule("ci-failed", "send-to-agent", True, "info", 3, "{{errors}}")
ITEM = Item("unit", "t.py::t")


def check(state: CheckState, name: str = "test", id: str = "c1") -> CiCheck:
    return CiCheck(f"app/CI/push/{name}", name, state, id, f"https://ci/{id}", "CI", 1, 7, "2026-01-01T00:00:00Z")


RED, GREEN, RUNS = (check(state) for state in (CheckState.FAILED, CheckState.PASSED, CheckState.PENDING))


def finding(signature: str) -> Finding:
    return Finding(f"t.py::{signature}", Kind.TEST, "1 != 2", path="t.py", line=3, signature=signature)


class World:
    """A project at a forge, whose target and gate are known, with a pull request ``P1`` that is followed."""

    def __init__(self, *rules: Rule, **forge: object) -> None:
        self.clock, self.state = count(1), State()
        settings = Settings(
            "app", "/repo", "app", "main", gate=("unit",), reactions=rules, forge=evolve(FORGE, **forge)
        )
        self.tell(e.ProjectConfigured, "app", settings)
        self.tell(e.ProjectTrusted, "app", "")
        self.tell(e.TargetObserved, "app", "c0", "t0", "gate", branch="main")
        self.tell(p.PullFollowed, "app", "P1")
        self.pull = PULL

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> list[Reaction]:
        event = decode(encode(kind(float(next(self.clock)), *args, **more)))
        before, self.state = self.state, step(self.state, event)
        assert not self.state.problems, self.state.problems
        assert load(dump(self.state)) == self.state
        return [r for key, r in self.state.reactions.items() if key not in before.reactions]

    def sees(self, **changes: object) -> list[Reaction]:
        self.pull = evolve(self.pull, updated_at=str(next(self.clock)), **changes)
        return self.tell(p.PullsSeen, "app", (self.pull,))

    def turns_red(self, **signatures: tuple[str, ...]) -> list[Reaction]:
        """Checks of the head fail, by their names, with findings of these signatures."""
        checks = tuple(check(CheckState.FAILED, name, f"c-{name}") for name in signatures)
        found = self.sees(checks=checks)
        found += self.tell(p.BaseCompared, "app", "P1", "b1")
        reds = tuple(
            CiRed(c, tuple(CiFinding(finding(s)) for s in said))
            for c, said in zip(checks, signatures.values(), strict=True)
        )
        return found + self.tell(p.CiRead, "app", "P1", self.pull.head, reds)

    def mutes(self, signature: str, muted: bool = True) -> None:
        self.tell(e.FailureMuted, signature, muted, "ann", "app", "ci:CI/test", finding(signature))

    def claims(self, *, items: tuple[Item, ...] = (), **more: object) -> None:
        names = {"session": "s", "project": "app", "name": "s", "title": "Do it", "prompt": "do", "agent": "claude"}
        place = {"runtime": "process", "branch": "ao/s", "base": "c0", "base_tree": "t0", "path": "/tree/s"}
        self.tell(e.SessionClaimed, **names, **place, items=items, **more)
        self.tell(e.WorkspaceReady, "s")

    def works(self, head: str = "h1", turn: int = 1) -> None:
        """The agent's turn ends with a head."""
        self.tell(e.TurnStarted, "s", turn)
        self.tell(e.TurnEnded, "s", turn, 0, "", head, f"tree-{head}", "saved")

    def proves(self, tree: str, outcome: Outcome = Outcome.PASS) -> None:
        said = () if outcome is Outcome.PASS else (Finding("t.py::t", Kind.TEST, "no", signature="sig", cluster="sig"),)
        result = CheckResult("unit", {"t.py::t": outcome}, said)
        self.tell(e.GateFinished, f"run-{tree}", "app", Evidence(tree, "gate", (result,)))

    def in_review(self, **more: object) -> None:
        """The session's proven head is its pull request."""
        self.claims(**more)
        self.works()
        self.proves("t0", Outcome.FAIL if more.get("items") else Outcome.PASS)
        self.proves("tree-h1")
        self.tell(p.Published, "app", "s", "P1", "h1")
        self.sees()

    @property
    def session(self):
        return self.state.sessions["s"]

    @property
    def watched(self):
        return self.state.pulls[KEY]

    def says(self) -> tuple[str, str, str]:
        """What a person reads of the session: its state, what exactly, and its group."""
        return (*session_state(self.state, self.session), group_of(self.state, self.session))


# Whose it is


@pytest.mark.parametrize("auto", [True, False])
@pytest.mark.parametrize("action", ["send-to-agent", "stop", "land"])
def test_what_would_be_done_to_a_session_is_told_to_the_person_where_there_is_none(action: str, auto: bool):
    world = World(evolve(RULE, action=action, auto=auto))
    (told,) = world.turns_red(test=("a",))
    assert (told.action, told.outcome, told.offered) == ("notify", "told", False)
    assert "BEGIN" not in told.text


# What is muted


def test_a_check_all_of_whose_findings_are_muted_wakes_nobody():
    world = World(RULE)
    world.mutes("a")
    world.mutes("b")
    assert world.turns_red(test=("a", "b")) == []
    assert ci_of(world.state, world.watched) == "muted"


def test_a_check_that_found_something_else_too_wakes_somebody():
    world = World(RULE)
    world.mutes("a")
    assert [r.event for r in world.turns_red(test=("a", "b"))] == ["ci-failed"]
    assert ci_of(world.state, world.watched) == "failed"


def test_a_check_of_which_only_the_log_is_known_is_never_muted():
    world = World(RULE)
    world.mutes("a")
    assert [r.event for r in world.turns_red(test=())] == ["ci-failed"]


def test_only_what_is_not_muted_is_told():
    world = World(RULE)
    world.mutes("a")
    world.sees()
    world.claims(pull=KEY, pushes_to="x")
    (told,) = world.turns_red(test=("a",), lint=("b",))
    assert ("t.py::a" in told.text, "t.py" in told.text, "test" in told.text.split(":")[0]) == (False, True, False)


def test_what_is_muted_is_not_run_again():
    world = World(rerun=1)
    world.turns_red(test=("a",))
    assert [type(effect).__name__ for effect in due(world.state)] == ["RepeatCi"]
    world.mutes("a")
    assert due(world.state) == []


def test_to_take_a_mute_back_makes_its_check_count_again():
    world = World()
    world.mutes("a")
    world.turns_red(test=("a",))
    assert verdict(world.watched, FORGE, derive.muted(world.state, "app")) == ()
    world.mutes("a", muted=False)
    assert [c.name for c in verdict(world.watched, FORGE, derive.muted(world.state, "app"))] == ["test"]


# Who is ignored

SAID = Comment("C1", "eve", "please", at="1")


@pytest.mark.parametrize("may_push", [True, False])
@pytest.mark.parametrize("allowed", [True, False])
def test_who_is_ignored_is_neither_heard_nor_held_nor_shown(may_push: bool, allowed: bool):
    world = World()
    comment = evolve(SAID, may_push=may_push)
    world.sees()
    world.tell(p.TalkRead, "app", "P1", "m", (comment,))
    if allowed:
        world.tell(p.CommentAllowed, "app", "P1", "C1@")
    world.tell(p.AuthorIgnored, "app", "eve")
    ignored = world.state.projects["app"].ignored
    assert not is_heard(comment, FORGE, (), world.watched.allowed, ignored)
    assert list(held(world.watched, FORGE, (), ignored)) == []
    assert comment_rows(world.state, world.watched) == ()
    assert pull_row(world.state, world.watched).held == 0


def test_who_is_heard_again_is_heard_from_then_on():
    world = World(Rule("comment-added", "send-to-agent", True, "info", 3, "{{comments}}"))
    world.sees()
    world.claims(pull=KEY, pushes_to="x")
    pushes = evolve(SAID, may_push=True)
    world.tell(p.AuthorIgnored, "app", "eve")
    assert world.tell(p.TalkRead, "app", "P1", "m1", (pushes,)) == []
    assert world.tell(p.AuthorIgnored, "app", "eve", ignored=False) == []
    newer = evolve(pushes, id="C2", text="and this", at="2")
    (told,) = world.tell(p.TalkRead, "app", "P1", "m2", (pushes, newer))
    assert ("and this" in told.text, "please" in told.text) == (True, False)


def test_the_newest_word_about_somebody_counts():
    world = World()
    world.tell(p.CommentAllowed, "app", "P1", "C1@", "eve")
    world.tell(p.AuthorIgnored, "app", "eve")
    assert (world.state.projects["app"].heard, world.state.projects["app"].ignored) == ((), ("eve",))
    world.tell(p.CommentAllowed, "app", "P1", "C1@", "eve")
    assert (world.state.projects["app"].heard, world.state.projects["app"].ignored) == (("eve",), ())


# A session of a pull request


def test_a_session_without_a_task_begins_when_somebody_says_something():
    world = World()
    world.sees()
    world.claims(pull=KEY, pushes_to="x", listens=True)
    assert due(world.state) == []
    assert not derive.needs_agent(world.session)
    assert world.says() == ("idle", "in review: #12 (no CI)", RESTS)
    world.tell(e.MessageQueued, "s", "m1", "go on")
    assert due(world.state) == [StartTurn("app", "s")]
    assert world.says() == ("working", "starting", AT_WORK)


def test_a_session_of_a_pull_request_is_published_and_does_not_land_here():
    world = World()
    world.sees(branch="x")
    world.claims(pull=KEY, pushes_to="x")
    world.works("h2")
    world.proves("t0")
    world.proves("tree-h2")
    assert (due(world.state), world.session.queued_at) == ([Publish("app", "s")], 0.0)


def test_what_a_person_wants_as_a_pull_request_leaves_the_landing_queue():
    world = World()
    world.claims()
    world.works()
    world.proves("t0")
    world.proves("tree-h1")
    assert world.session.queued_at
    world.tell(p.PullAsked, "app", "s", draft=True)
    assert (due(world.state), world.session.queued_at, world.session.draft) == ([Publish("app", "s")], 0.0, True)


def test_what_lands_just_now_does_not_become_a_pull_request():
    world = World()
    world.claims()
    world.works()
    world.proves("t0")
    world.proves("tree-h1")
    world.tell(e.LandingIntended, "l1", "app", "s", "c0", "h1", "tree-h1", "gate:tree-h1", "main")
    state = step(world.state, p.PullAsked(99.0, "app", "s"))
    assert (state.sessions["s"].opens_pull, [x.message for x in state.problems.values()]) == (False, ["s is landing"])


SAYS = [
    ({"checks": (RUNS,)}, "idle", "CI running", RESTS),
    ({"checks": (GREEN,)}, "idle", "CI passed", RESTS),
    ({"checks": (GREEN,), "mergeable": Mergeable.YES, "decision": "approved"}, "waiting", "approved", NEEDS_YOU),
    ({"checks": (RED,)}, "waiting", "CI failed", NEEDS_YOU),
    ({"mergeable": Mergeable.NO}, "waiting", "conflict", NEEDS_YOU),
    ({"decision": "changes-requested"}, "waiting", "changes requested", NEEDS_YOU),
    ({"draft": True}, "idle", "draft", RESTS),
    ({"queued": True}, "idle", "in the forge's queue", RESTS),
    ({"state": "closed"}, "waiting", "closed unmerged", NEEDS_YOU),
    ({"state": "merged", "head": "h9"}, "waiting", "merged with other commits", NEEDS_YOU),
]


@pytest.mark.parametrize(("seen", "state", "how", "group"), SAYS, ids=[case[2] for case in SAYS])
def test_a_session_in_review_says_how_its_pull_request_stands(seen: dict, state: str, how: str, group: str):
    world = World()
    world.in_review()
    world.sees(**seen)
    assert world.says() == (state, f"in review: #12 ({how})", group)
    assert due(world.state) == []


def test_a_session_whose_pull_request_was_closed_says_so_once_and_keeps_its_work():
    world = World()
    world.in_review()
    world.sees(state="closed")
    world.sees(title="Closed and renamed")
    assert (world.session.notices, world.session.head) == ((f"{PULL.url} was closed unmerged",), "h1")


def test_a_session_in_review_goes_on_when_it_is_told_something():
    world = World()
    world.in_review()
    world.tell(e.MessageQueued, "s", "m1", "a reviewer asks")
    assert due(world.state) == [StartTurn("app", "s")]
    assert world.says()[2] == AT_WORK


def test_a_session_in_review_is_not_over_because_the_target_passes():
    world = World()
    world.in_review(items=(ITEM,))
    world.tell(e.TargetObserved, "app", "c1", "t1", "gate", branch="main")
    world.proves("t1")
    assert not world.session.closed


def test_what_comes_from_a_fork_is_no_sessions_work_whatever_its_branch_is_called():
    world = World(RULE)
    world.claims()
    world.tell(p.PullFollowed, "app", "P1", "s")
    assert world.sees(foreign=True) == []
    assert (world.session.pull, world.watched.session) == ("", "")
    assert [r.session for r in world.turns_red(unit=("sig",))] == [""]


@pytest.mark.parametrize("state", ["merged", "closed"])
def test_what_was_over_before_a_session_published_is_not_its_work(state):
    world = World(Rule("pr-merged", "stop", auto=True))
    world.claims()
    world.tell(p.PullFollowed, "app", "P1", "s")
    assert [r.session for r in world.sees(state=state, head="h9")] == [""] * (state == "merged")
    assert (world.session.pull, world.session.notices) == ("", ())


# What was merged at the forge


def merged(*, items: tuple[Item, ...] = ()) -> World:
    world = World()
    world.in_review(items=items)
    world.sees(state="merged", merged_as="m1")
    return world


def test_a_session_whose_head_was_merged_has_landed_and_is_put_away():
    world = merged()
    landing = world.state.landings[world.session.landing]
    assert (landing.commit, landing.pull, landing.behind) == ("m1", KEY, "c0")
    assert due(world.state) == [Retire("app", "s")]
    assert world.says() == ("idle", "landed", OVER)


def test_what_its_agent_did_after_what_was_merged_is_told_to_be_saved():
    world = World()
    world.in_review()
    world.tell(e.MessageQueued, "s", "m", "and the docs")
    world.works("h2", turn=2)
    world.sees(state="merged", merged_as="m1")
    assert world.session.notices == (f"{PULL.url} was merged as of h1: what came after that is saved and not merged",)
    assert world.state.landings[world.session.landing].commit == "m1"
    assert merged().session.notices == ()


def test_what_landed_here_is_pushed_though_something_was_merged_after_it():
    world = World()
    world.in_review()
    settings = evolve(world.state.projects["app"].settings, push=True)
    world.tell(e.ProjectConfigured, "app", settings)
    world.tell(e.LandingIntended, "l1", "app", "other", "c0", "c1", "t1", "gate:t1", "main")
    world.tell(e.Landed, "l1")
    world.sees(state="merged", merged_as="m1")
    assert Push("app", "l1") in due(world.state)


def test_what_was_merged_is_not_hunted_again_before_the_target_here_moves():
    world = merged(items=(ITEM,))
    world.tell(e.ItemsRerun, "app", "t0", ())
    project = world.state.projects["app"]
    assert derive.merged_elsewhere(world.state, project) == {ITEM}
    world.tell(e.TargetObserved, "app", "c1", "t1", "gate", branch="main")
    assert derive.merged_elsewhere(world.state, world.state.projects["app"]) == frozenset()


def test_a_hunt_ends_where_all_that_is_red_was_fixed_at_the_forge():
    world = merged(items=(ITEM,))
    world.tell(e.WorkspaceRemoved, "s", "saved")
    world.tell(e.HuntStarted, "h", "app")
    world.tell(e.TargetObserved, "app", "c0", "t0", "gate", branch="main")
    assert (due(world.state), world.state.hunts["h"].reason) == ([], "done")


def test_a_thread_that_is_open_and_a_comment_that_is_held_are_counted():
    world = World()
    world.sees(threads=(Thread("T1", "a.py"), Thread("T2", "a.py", resolved=True)))
    world.tell(p.TalkRead, "app", "P1", "m", (SAID,))
    row = pull_row(world.state, world.watched)
    assert (row.unresolved, row.held, row.number, row.ci) == (1, 1, 12, "none")


def test_a_restored_session_is_given_up_for_new_failures_alone():
    world = World()
    world.claims(pushes_to="x")
    world.works()
    for _ in range(3):
        world.state = step(world.state, e.EffectFailed(50.0, "Publish:s", "refused", "s"))
    assert "gave up after 3 tries" in world.session.left
    world.state = step(world.state, e.SessionRestored(51.0, "s", "h1", "tree-h1"))
    assert (world.session.left, world.state.problems) == ("", {})
