"""What an agent does, derived from what was observed: the table is the specification."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_orchestrator.model import activity as a
from agent_orchestrator.model.activity import Activity, Ask, Fact, activity, held, joined
from agent_orchestrator.model.usage import RATE_LIMITED, REFUSED

ASK = Ask("1", a.PERMISSION, "", tool="Bash", subjects=("rm x",))


def facts(*kinds: str | Fact, source: str = a.CHANNEL) -> tuple[Fact, ...]:
    """Facts of these kinds, a second after each other."""
    return tuple(Fact(kind, source, float(at)) if isinstance(kind, str) else kind for at, kind in enumerate(kinds, 1))


@pytest.mark.parametrize(
    ("observed", "state", "detail"),
    [
        ((), "working", "starting"),
        ((a.STARTED,), "working", "starting"),
        ((a.READY,), "working", "starting"),
        ((a.READY, a.ACCEPTED), "working", "working"),
        ((a.READY, a.ACCEPTED, a.WORKING), "working", "working"),
        ((a.ACCEPTED, a.WORKING, a.ASKED, a.ANSWERED), "working", "working"),
        ((a.ACCEPTED, a.RETRYING), "working", "retrying"),
        ((a.ACCEPTED, a.RETRYING, a.WORKING), "working", "working"),
        ((a.ACCEPTED, a.WORKING, a.DONE), "idle", "idle"),
        ((a.ACCEPTED, a.DONE, a.ACCEPTED), "working", "working"),
        ((a.ACCEPTED, a.WORKING, a.INTERRUPTED), "idle", "interrupted"),
        ((a.INTERRUPTED, a.ACCEPTED, a.DONE), "idle", "idle"),
        ((a.ACCEPTED, a.FAILED), "error", "error"),
        ((a.FAILED, a.ACCEPTED), "working", "working"),
        ((a.ACCEPTED, a.DONE, a.USED), "idle", "idle"),
        ((a.USED,), "working", "starting"),
    ],
)
def test_the_newest_of_what_its_own_events_say_counts(observed, state, detail):
    assert (activity(facts(*observed)).state, activity(facts(*observed)).detail) == (state, detail)


def test_a_turn_that_leaves_work_in_the_background_is_not_idle():
    done = Fact(a.DONE, at=2, background=1)
    assert activity((Fact(a.ACCEPTED, at=1), done)).detail == "background"
    assert activity((done, Fact(a.DONE, at=3))).detail == "idle"


def test_a_usage_limit_is_work_that_waits_for_a_time():
    limited = Fact(a.FAILED, at=2, error=RATE_LIMITED, until=900.0, text="limit reached")
    assert activity((limited,)) == Activity("working", "rate-limited", "limit reached", until=900.0)
    assert activity((Fact(a.FAILED, at=2, error=REFUSED, text="no"),)) == Activity("error", "error", "no")


@pytest.mark.parametrize(
    ("code", "expected"), [(0, ("idle", "exited")), (1, ("error", "crashed")), (None, ("error", "crashed"))]
)
def test_a_process_that_is_gone_is_gone_whatever_else_was_said_later(code, expected):
    gone = Fact(a.EXITED, a.PROCESS, 2.0, code=code)
    later = (gone, Fact(a.WORKING, a.HOOK, 3.0), Fact(a.WORKING, a.SCREEN, 4.0))
    assert (activity(later).state, activity(later).detail) == expected


@pytest.mark.parametrize("kind", [a.PERMISSION, a.QUESTION, a.DIALOG])
def test_it_waits_while_nobody_answers_what_it_asks(kind):
    ask = Ask("1", kind, "Which?")
    assert activity(facts(a.ACCEPTED, a.WORKING), (ask,)) == Activity("waiting", kind, "Which?", (ask,))


def test_a_permission_says_what_it_is_for():
    assert activity(facts(a.ACCEPTED, a.WORKING), (ASK,)).text == "Bash rm x"


@pytest.mark.parametrize("end", [a.DONE, a.INTERRUPTED, a.FAILED])
def test_what_it_asked_before_the_end_of_its_turn_is_asked_no_more(end):
    assert activity(facts(a.ACCEPTED, end), (ASK,)).state != "waiting"


def test_a_dialog_at_the_start_is_seen_on_the_screen_alone():
    dialog = Ask("trust", a.DIALOG, "Do you trust the files in this folder?")
    assert activity((), (dialog,)).detail == "dialog"


def test_weaker_evidence_does_not_override_stronger():
    assert activity((Fact(a.WORKING, a.HOOK, 1.0), Fact(a.DONE, a.SCREEN, 2.0))).detail == "working"
    assert activity((Fact(a.DONE, a.HOOK, 1.0), Fact(a.WORKING, a.FILES, 2.0))).detail == "idle"


def test_older_evidence_does_not_override_newer():
    assert activity((Fact(a.DONE, a.HOOK, 2.0), Fact(a.WORKING, a.HOOK, 1.0))).detail == "idle"


def test_an_interrupt_that_no_event_tells_of_is_seen_in_its_files():
    assert activity((Fact(a.WORKING, a.HOOK, 1.0), Fact(a.INTERRUPTED, a.FILES, 2.0))).detail == "interrupted"
    assert activity((Fact(a.INTERRUPTED, a.FILES, 1.0), Fact(a.WORKING, a.HOOK, 2.0))).detail == "working"


def test_the_screen_counts_while_nothing_else_is_known():
    assert activity((Fact(a.WORKING, a.SCREEN, 1.0),)).detail == "working"


def test_a_look_that_failed_changes_nothing_and_is_told():
    before = facts(a.ACCEPTED, a.WORKING)
    found = activity((*before, Fact(a.UNKNOWN, a.PROCESS, 9.0)))
    assert found == Activity("working", "working", unsure=True)
    assert not activity((*before, Fact(a.UNKNOWN, a.PROCESS, 9.0), Fact(a.WORKING, at=10.0))).unsure


KINDS = [a.STARTED, a.READY, a.ACCEPTED, a.WORKING, a.RETRYING, a.ASKED, a.ANSWERED, a.DONE, a.INTERRUPTED, a.FAILED]
FACTS = st.builds(
    Fact,
    st.sampled_from([*KINDS, a.USED, a.EXITED, a.UNKNOWN, "new kind"]),
    st.sampled_from(sorted(a.RANKS)),
    st.floats(0, 100),
    error=st.sampled_from(["", RATE_LIMITED]),
    background=st.integers(0, 2),
)


@given(st.lists(FACTS, max_size=8), st.booleans())
def test_every_history_is_one_of_four_states(history, asks):
    assert activity(history, (ASK,) if asks else ()).state in ("working", "waiting", "idle", "error")


@given(st.lists(FACTS, max_size=6))
def test_a_failed_look_never_changes_the_state(history):
    unknown = Fact(a.UNKNOWN, a.PROCESS, 101.0)
    before, after = activity(history), activity([*history, unknown])
    assert (after.state, after.detail) == (before.state, before.detail)


@pytest.mark.parametrize(
    ("observed", "there"),
    [
        ((), False),
        ((a.DONE,), False),
        ((a.JOINED,), True),
        ((a.JOINED, a.SAID, a.DONE), True),
        ((a.JOINED, a.LEFT), False),
        ((a.LEFT, a.JOINED), True),
    ],
)
def test_somebody_is_there_from_when_they_joined_until_they_left(observed, there):
    assert joined(facts(*observed)) == there


@pytest.mark.parametrize(
    ("observed", "interrupts", "waits"),
    [
        ((a.DONE,), (), False),
        ((a.DONE,), ("a person",), False),
        ((a.INTERRUPTED,), (), False),
        ((a.INTERRUPTED,), ("a person",), True),
        ((a.JOINED, a.DONE), (), True),
        ((a.JOINED, a.FAILED), (), True),
        ((a.JOINED, a.DONE, a.LEFT), (), False),
        # It was them who interrupted it.
        ((a.JOINED, a.INTERRUPTED, a.LEFT), (), True),
    ],
)
def test_it_waits_for_who_is_there_and_for_who_interrupted_it(observed, interrupts, waits):
    assert held(facts(*observed), interrupts) == waits


@pytest.mark.parametrize("kind", [a.JOINED, a.LEFT, a.SAID])
def test_who_is_there_says_nothing_of_what_it_does(kind):
    assert activity(facts(a.ACCEPTED, a.DONE, kind)).detail == "idle"
