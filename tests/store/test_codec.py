"""Events in the journal: each reads back as it was; what can not be read is kept as a problem."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.engine import codec, events, issue_events, pull_events
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Settings
from agent_orchestrator.store.journal import Batch, Row

# What JSON in UTF-8 can hold: lone surrogates are made readable before they reach an event.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)


def any_of(kind):
    """Values of a field's type; few of each, because evidence is four levels deep."""
    if attrs.has(kind):
        attrs.resolve_types(kind)
        return st.builds(kind, **{a.name: any_of(a.type) for a in attrs.fields(kind) if a.init})
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple and inner[1:] == (...,):
        return st.lists(any_of(inner[0]), max_size=2).map(tuple)
    if origin is tuple:
        return st.tuples(*map(any_of, inner))
    if origin is Mapping:
        return st.dictionaries(*map(any_of, inner), max_size=2)
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*map(any_of, inner))
    plain = {str: TEXT, float: NUMBER}
    return plain[kind] if kind in plain else st.from_type(kind)


@pytest.mark.parametrize("kind", codec.KINDS.values(), ids=codec.KINDS)
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_every_event_reads_back_as_it_was_written(kind, data):
    event = data.draw(any_of(kind))
    assert codec.decode(codec.encode(event)) == event


def test_every_event_of_the_modules_can_be_stored():
    named = [entry for module in (events, pull_events, issue_events) for entry in vars(module).items()]
    defined = {name for name, cls in named if isinstance(cls, type) and issubclass(cls, events.Event)}
    assert set(codec.KINDS) == defined - {"Event"}


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(Row(5.0, "FromTheFuture", b"{}"), id="a kind that nobody knows"),
        pytest.param(Row(5.0, "ProjectPaused", b"{"), id="no JSON"),
        pytest.param(Row(5.0, "ProjectPaused", b'{"at": 5.0}'), id="fields are missing"),
        pytest.param(Row(5.0, "ProjectPaused", b"[]"), id="no object"),
    ],
)
def test_an_event_that_can_not_be_read_is_kept_as_a_problem_and_hides_no_other(open_journal, row):
    journal = open_journal()
    project = codec.encode(events.ProjectConfigured(1.0, "app", Settings("app", "/repo", "app", "main")))
    paused = codec.encode(events.ProjectPaused(6.0, "app", True))
    journal.append(Batch([project, row, paused]))
    engine = Engine(journal, {}, lambda: 9.0)
    assert engine.replay() == 3
    (problem,) = engine.state.problems.values()
    assert f"event 2 ({row.kind}) is unreadable" in problem.message
    assert engine.state.projects["app"].paused


def test_a_field_that_an_event_does_not_have_any_more_is_passed_over():
    row = Row(1.0, "ProjectPaused", b'{"at": 1.0, "project": "app", "paused": true, "mood": "blue"}')
    assert codec.decode(row) == events.ProjectPaused(1.0, "app", True)
