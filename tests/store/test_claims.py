"""One failure, one agent, in the journal as in the state: a claim that does not fit never reaches the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.loop import Engine
from agent_orchestrator.engine.state import Settings
from agent_orchestrator.model.evidence import Item
from agent_orchestrator.store.journal import Journal

ITEM = Item("unit", "t.py::a")
CLAIM = ("app", "unit\0t.py::a")


def claimed(session: str) -> e.SessionClaimed:
    return e.SessionClaimed(
        3.0, session, "app", session, "Fix a", "", "script", "process", f"ao/{session}", "c", "t", "/w", items=(ITEM,)
    )


@pytest.fixture
def journal(open_journal: Callable[..., Journal]) -> Journal:
    return open_journal()


@pytest.fixture
async def engine(journal: Journal) -> AsyncIterator[Engine]:
    """An engine with one paused project, so that nothing is started."""
    engine = Engine(journal, {}, lambda: 9.0)
    running = asyncio.create_task(engine.run())
    settings = Settings("app", "/repo", "app", "main")
    await engine.record(e.ProjectConfigured(1.0, "app", settings), e.ProjectPaused(2.0, "app", True))
    yield engine
    await engine.close()
    await running


def problem_of(engine: Any, event: type[e.Event]) -> str:
    return engine.state.problems[f"event:{event.__name__}"].message


async def test_a_session_claims_its_items_when_it_is_made(engine, journal):
    await engine.record(claimed("first"))
    assert journal.claims() == {(*CLAIM, "first")}


async def test_a_second_session_for_an_item_is_not_made(engine, journal):
    await engine.record(claimed("first"))
    await engine.record(claimed("second"))
    assert problem_of(engine, e.SessionClaimed) == "already owned: t.py::a"
    assert journal.claims() == {(*CLAIM, "first")}


async def test_two_sessions_for_an_item_in_one_group_leave_one(engine, journal):
    await asyncio.gather(engine.record(claimed("first")), engine.record(claimed("second")))
    assert journal.claims() == {(*CLAIM, "first")}


@pytest.mark.parametrize("end", [e.SessionLeft(4.0, "first", "why"), e.SessionStopped(4.0, "first")], ids=type)
async def test_a_session_that_is_over_gives_its_claims_back(engine, journal, end):
    await engine.record(claimed("first"))
    await engine.record(end)
    assert journal.claims() == set()


async def test_an_item_changes_hands_within_one_group(engine, journal):
    await engine.record(claimed("first"))
    await asyncio.gather(engine.record(e.SessionLeft(4.0, "first", "why")), engine.record(claimed("second")))
    assert journal.claims() == {(*CLAIM, "second")}


async def test_a_restored_session_claims_its_items_again(engine, journal):
    await engine.record(claimed("first"))
    await engine.record(e.SessionLeft(4.0, "first", "why"))
    await engine.record(e.SessionRestored(5.0, "first", "", ""))
    assert journal.claims() == {(*CLAIM, "first")}


async def test_a_session_is_not_restored_while_another_owns_its_items(engine, journal):
    await engine.record(claimed("first"))
    await engine.record(e.SessionLeft(4.0, "first", "why"))
    await engine.record(claimed("second"))
    await engine.record(e.SessionRestored(5.0, "first", "", ""))
    assert problem_of(engine, e.SessionRestored) == "already owned: t.py::a"
    assert (journal.claims(), engine.read_only) == ({(*CLAIM, "second")}, "")
