from __future__ import annotations

import pytest
from attrs import evolve

from agent_orchestrator.model.pull import CheckState, CiCheck, Mergeable, Pull, Thread, newest

READY = Pull(
    id="P", number=1, url="u", title="t", state="open", head="h", branch="b", base="main", base_head="m",
    mergeable=Mergeable.YES, decision="approved", checks=(CiCheck("a", "a", CheckState.PASSED),),
)  # fmt: skip


def checks(*states: CheckState) -> tuple[CiCheck, ...]:
    return tuple(CiCheck(str(at), str(at), state) for at, state in enumerate(states))


@pytest.mark.parametrize(
    ("change", "ready"),
    [
        ({}, True),
        ({"decision": ""}, True),
        ({"decision": "required"}, False),
        ({"decision": "changes-requested"}, False),
        ({"state": "merged"}, False),
        ({"draft": True}, False),
        ({"stale": True}, False),
        ({"mergeable": Mergeable.UNKNOWN}, False),
        ({"mergeable": Mergeable.NO}, False),
        ({"checks": ()}, False),
        ({"checks": checks(CheckState.SKIPPED)}, False),
        ({"checks": checks(CheckState.PASSED, CheckState.SKIPPED)}, True),
        ({"checks": checks(CheckState.PASSED, CheckState.NEITHER)}, False),
        ({"checks": checks(CheckState.PASSED, CheckState.PENDING)}, False),
        ({"threads": (Thread("T", "a.py", resolved=True),)}, True),
        ({"threads": (Thread("T", "a.py", outdated=True),)}, False),
    ],
)
def test_it_is_ready_only_when_everything_is_known_and_well(change, ready):
    assert evolve(READY, **change).ready is ready


def test_of_one_check_the_run_that_started_last_counts():
    runs = [CiCheck("k", "n", state, started_at=at) for state, at in (("b", "2"), ("a", "1"), ("c", "2"))]
    assert [run.state for run in newest(runs)] == ["c"]
