"""Snapshots: a start from one gives the same state as from every event, and old sessions are forgotten."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.engine import codec, snapshot
from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Session, State
from agent_orchestrator.engine.step import step
from agent_orchestrator.model.pull import Pull
from agent_orchestrator.model.watched import Watched
from agent_orchestrator.store.journal import Batch, Journal

_spec = importlib.util.spec_from_file_location("ao_engine_world_snapshot", Path(__file__).with_name("world.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _module
_spec.loader.exec_module(_module)

MONTHS_LATER = 100 * 24 * 3600.0


def hunted():
    """The events of a whole hunt with a collision and a flaky test."""
    world = _module.World("abcdef", "abcf", flaky="f", collide=[("a", "b")])
    world.hunt()
    return world


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_state_is_read_back_as_it_was_after_any_event(data):
    world = hunted()
    state = State()
    for event in world.events[: data.draw(st.integers(0, len(world.events)))]:
        state = step(state, event)
    assert snapshot.load(snapshot.dump(state)) == state


def started(path, now=0.0):
    """A journal's state as the next start sees it, and how many events are stored."""
    journal = Journal(path)
    engine = Engine(journal, {}, lambda: now)
    engine.replay()
    count = sum(1 for _ in journal.replay())
    journal.close()
    return engine.state, count


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """A stored hunt, and snapshots from the first start on."""
    world = hunted()
    made = Journal(tmp_path / "journal.sqlite")
    made.append(Batch(rows=[codec.encode(event) for event in world.events]))
    made.close()
    monkeypatch.setattr(snapshot, "EVERY", 10)
    return tmp_path / "journal.sqlite", world


def test_a_start_from_a_snapshot_and_what_came_after_gives_the_same_state(journal):
    path, world = journal
    started(path)
    paused = e.ProjectPaused(9.0, "app", True)
    again = Journal(path)
    assert again.snapshot() is not None
    again.append(Batch(rows=[codec.encode(paused)]))
    again.close()
    assert started(path)[0] == step(world.state, paused)


def test_events_stay_for_thirty_days(journal):
    path, world = journal
    assert started(path)[1] == len(world.events)
    assert started(path)[1] == len(world.events)


def test_after_that_they_and_sessions_that_are_over_go_and_what_landed_stays_known(journal):
    path, world = journal
    over = {id: evolve(s, workspace="removed") for id, s in world.state.sessions.items() if s.closed}
    assert over
    state, _ = started(path, MONTHS_LATER)
    kept, count = started(path, MONTHS_LATER)
    assert (count, kept) == (1, state)  # the last event keeps the numbering
    assert not [s for s in state.sessions.values() if s.closed and s.workspace == "removed"]
    assert state.landings == world.state.landings


def test_a_session_whose_worktree_is_there_is_kept(journal):
    _, world = journal
    session = next(iter(world.state.sessions.values()))
    there = evolve(world.state, sessions={session.id: evolve(session, left="why", workspace="ready")})
    assert snapshot.compacted(there, MONTHS_LATER) == there


def test_pull_requests_that_are_over_go_and_those_of_sessions_that_are_kept_stay():
    open_ = Pull("P1", 1, "u", "t", "open", "h", "ao/s", "main", "b")
    over = evolve(open_, state="merged")
    session = Session("s", "app", "s", "t", "", "claude", "process", "ao/s", "c", "t", "/tree", 0.0, pull="app/P3")
    pulls = {f"app/P{n}": Watched("app", f"P{n}", 0.0, pull=each) for n, each in enumerate((open_, over, over), 1)}
    state = State(sessions={"s": session}, pulls={**pulls, "app/P4": evolve(pulls["app/P2"], changed_at=MONTHS_LATER)})
    assert [*snapshot.compacted(state, MONTHS_LATER).pulls] == ["app/P1", "app/P3", "app/P4"]


def test_a_snapshot_of_another_version_is_not_used_while_all_events_are_there(journal, monkeypatch):
    path, world = journal
    started(path)
    monkeypatch.setattr(snapshot, "STEP_VERSION", snapshot.STEP_VERSION + 1)
    monkeypatch.setattr(snapshot, "load", lambda data: State())
    assert started(path)[0] == world.state


def test_a_snapshot_that_is_broken_is_not_used_while_all_events_are_there(journal, monkeypatch):
    path, world = journal
    started(path)
    broken = Journal(path)
    broken.keep(5, snapshot.STEP_VERSION, b"no json", 0.0)
    broken.close()
    assert started(path)[0] == world.state


def test_what_is_recorded_after_everything_old_was_dropped_is_read_again(journal):
    path, _ = journal
    state, _ = started(path, MONTHS_LATER)
    paused = e.ProjectPaused(MONTHS_LATER, "app", True)
    again = Journal(path)
    again.append(Batch(rows=[codec.encode(paused)]))
    again.close()
    assert started(path, MONTHS_LATER)[0] == step(state, paused)


def test_a_snapshot_of_another_version_is_used_once_events_were_dropped(journal, monkeypatch):
    path, _ = journal
    state, _ = started(path, MONTHS_LATER)
    monkeypatch.setattr(snapshot, "STEP_VERSION", snapshot.STEP_VERSION + 1)
    assert started(path, MONTHS_LATER)[0] == state


def test_events_are_dropped_from_the_beginning_only_whatever_their_clock_said(tmp_path):
    made = Journal(tmp_path / "journal.sqlite")
    made.append(Batch(rows=[codec.encode(e.ProjectPaused(at, "app", True)) for at in (9.0, 1.0, 2.0)]))
    made.keep(3, 1, b"{}", 5.0)
    assert ([seq for seq, _ in made.replay()], made.is_whole) == ([1, 2, 3], True)
    made.close()
