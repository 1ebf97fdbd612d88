"""What a person is asked about in the editor, once, because nothing goes on or they would want it undone."""

from __future__ import annotations

from itertools import count

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.state import OutsideFile, Settings, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.lsp.notices import Notice, Notices
from agent_orchestrator.model.usage import MISSING


class Told:
    """Events of one session ``s``, and what is asked after each."""

    def __init__(self) -> None:
        self.clock, self.state, self.notices = count(1), State(), Notices()
        self.tell(e.ProjectConfigured, "app", Settings("app", "/repo", "app", "main"))
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
