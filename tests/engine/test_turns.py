"""What is kept of a turn's conversation: facts, messages on their way, questions and who answered them."""

from __future__ import annotations

from itertools import count

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import Session, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Ask, Fact, Option
from agent_orchestrator.model.usage import Usage

ASK = Ask("1", a.PERMISSION, "", (Option("y", "Yes", a.ALLOW),), tool="Bash", action="run", subjects=("make",))


class Story:
    """Events of one session ``s``, told one after the other."""

    def __init__(self) -> None:
        self.clock = count(1)
        self.state = State()
        settings = Settings("app", "/repo", "app", "main", attempts=9)
        self.tell(e.ProjectConfigured, "app", settings)
        names = {"session": "s", "project": "app", "name": "s", "title": "t", "prompt": "", "agent": "claude"}
        place = {"runtime": "process", "branch": "ao/s", "base": "c", "base_tree": "t", "path": "/tree"}
        self.tell(e.SessionClaimed, **names, **place)
        self.tell(e.WorkspaceReady, "s")

    def tell(self, kind: type[e.Event], *args: object, **more: object) -> None:
        self.state = step(self.state, kind(float(next(self.clock)), *args, **more))
        assert not self.state.problems, self.state.problems

    def turn(self, number: int, *messages: str) -> None:
        self.tell(e.TurnStarted, "s", number, "", messages)

    def see(self, kind: str, number: int = 0, **fields: object) -> None:
        self.tell(e.Observed, "s", self.session.turns[-1].number, Fact(kind, **fields), number)

    def end(self) -> None:
        self.tell(e.TurnEnded, "s", self.session.turns[-1].number, 0, "done")

    def say(self, id: str) -> None:
        self.tell(e.MessageQueued, "s", id, f"text of {id}")

    @property
    def session(self) -> Session:
        return self.state.sessions["s"]

    def message(self, id: str):
        return next(m for m in self.session.messages if m.id == id)


@pytest.fixture
def story() -> Story:
    return Story()


def test_a_message_is_accepted_when_the_agent_says_so(story):
    story.turn(1)
    story.see(a.READY)
    story.say("m")
    story.tell(e.MessageOffered, "s", 1, "m")
    assert (story.message("m").turn, story.message("m").accepted_at) == (1, 0.0)
    story.see(a.ACCEPTED, message="m")
    assert story.message("m").accepted_at
    story.see(a.DONE)
    assert story.message("m").answered_at


def test_that_another_message_is_accepted_says_nothing_of_this_one(story):
    story.turn(1)
    story.say("m")
    story.tell(e.MessageOffered, "s", 1, "m")
    story.see(a.ACCEPTED, message="turn-1")
    assert not story.message("m").accepted_at


def test_what_a_prompt_carries_is_accepted_with_it(story):
    story.say("m")
    story.turn(1, "m")
    story.see(a.ACCEPTED, message="turn-1")
    assert story.message("m").accepted_at


def test_a_message_that_was_not_accepted_is_queued_again_under_its_id(story):
    story.turn(1)
    story.see(a.READY)
    story.say("m")
    story.tell(e.MessageOffered, "s", 1, "m")
    story.end()
    message = story.message("m")
    assert (message.turn, message.tries, message.aside, message.lost) == (0, 1, False, False)


def test_after_three_tries_it_is_lost_and_told(story):
    story.say("m")
    for number in (1, 2, 3):
        story.turn(number, "m")
        story.see(a.READY)
        story.end()
    assert story.message("m").lost
    assert story.session.notices == ("claude did not take a message in 3 tries: 'text of m'",)


def test_what_a_program_that_nobody_talks_to_was_started_with_is_accepted(story):
    story.say("m")
    story.turn(1, "m")
    story.end()
    assert (story.message("m").accepted_at, story.message("m").tries) == (story.session.turns[0].ended_at, 0)


def test_only_a_queued_message_is_offered(story):
    story.turn(1)
    story.state = step(story.state, e.MessageOffered(9.0, "s", 1, "nothing"))
    assert list(story.state.problems) == ["event:MessageOffered"]


def test_the_newest_fact_of_each_kind_from_each_source_is_kept(story):
    story.turn(1)
    for n in range(5):
        story.see(a.WORKING, n + 1, text=str(n))
    story.see(a.WORKING, source=a.HOOK, text="hook")
    assert [(f.source, f.text) for f in story.session.facts] == [(a.CHANNEL, "4"), (a.HOOK, "hook")]
    assert story.session.turns[-1].observed == 5


def test_facts_are_of_one_turn(story):
    story.turn(1)
    story.see(a.WORKING)
    story.end()
    assert story.session.facts == ()


def test_a_conversation_and_what_is_used_outlast_the_facts_at_once(story):
    story.turn(1)
    story.see(a.READY, conversation="c-1")
    story.see(a.USED, usage=Usage(input_tokens=7))
    assert story.session.conversation == "c-1"
    assert story.session.turns[-1].usage == Usage(input_tokens=7)


def test_what_is_asked_twice_under_one_id_is_one_question(story):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.see(a.ASKED, ask=ASK)
    assert [asked.ask.id for asked in story.session.open_asks] == ["1"]


def test_the_same_id_in_another_turn_is_another_question(story):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.end()
    story.turn(2)
    story.see(a.ASKED, ask=ASK)
    assert [(asked.turn, bool(asked.answered_at)) for asked in story.session.asks] == [(1, True), (2, False)]


def test_the_first_answer_wins(story):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.tell(e.AskAnswered, "s", "1", "y", "", "ada")
    story.tell(e.AskAnswered, "s", "1", "n", "", "bob")
    assert [(asked.option, asked.by) for asked in story.session.asks] == [("y", "ada")]


def test_an_answer_to_what_was_never_asked_is_a_problem(story):
    story.turn(1)
    story.state = step(story.state, e.AskAnswered(9.0, "s", "1", "y"))
    assert list(story.state.problems) == ["event:AskAnswered"]


def test_what_is_answered_on_the_agents_own_screen_is_answered(story):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.see(a.ANSWERED, message="1", text="y")
    (asked,) = story.session.asks
    assert (asked.option, asked.by) == ("y", "the agent's own screen")


@pytest.mark.parametrize("end", [a.DONE, a.INTERRUPTED, a.FAILED])
def test_at_the_end_of_its_turn_an_agent_asks_nothing_more(story, end):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.see(end)
    assert story.session.open_asks == ()


def test_a_killed_program_asks_nothing_more(story):
    story.turn(1)
    story.see(a.ASKED, ask=ASK)
    story.end()
    assert [asked.by for asked in story.session.asks] == ["the turn ended"]


def test_facts_of_a_turn_that_is_over_are_refused(story):
    story.turn(1)
    story.end()
    story.state = step(story.state, e.Observed(9.0, "s", 1, Fact(a.WORKING)))
    assert list(story.state.problems) == ["event:Observed"]


def test_a_message_that_an_earlier_turn_took_is_no_part_of_a_later_one(story):
    story.say("m")
    story.turn(1, "m")
    story.see(a.ACCEPTED, message="turn-1")
    story.end()
    story.turn(2, "m")
    assert story.message("m").turn == 1


def test_what_is_still_asked_is_not_forgotten_however_much_was_asked(story):
    story.turn(1)
    story.see(a.ASKED, ask=Ask("first", a.QUESTION, "Which?"))
    for number in range(150):
        story.see(a.ASKED, ask=Ask(str(number), a.QUESTION, "Which?"))
        story.tell(e.AskAnswered, "s", str(number), "y")
    assert [asked.ask.id for asked in story.session.open_asks] == ["first"]
    assert len(story.session.asks) <= 100
