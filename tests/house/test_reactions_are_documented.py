"""The page about reactions names every event, field and action that there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.config.load import load
from agent_orchestrator.model.reaction.kinds import ACTIONS, ALIASES, EVENTS

PAGE = (Path(__file__).parents[2] / "docs" / "reactions.md").read_text()
#: Without the ends of its lines.
PROSE = " ".join(PAGE.split())


#: Fields that all events of sessions, and of pull requests, have: named once.
_SHARED = {False: ("session.",), True: ("session.", "pr.", "labels")}


@pytest.mark.parametrize("event", EVENTS.values(), ids=lambda event: event.name)
def test_an_event_stands_with_its_own_fields(event):
    (row,) = (line for line in PAGE.split("\n") if line.startswith(f"| `{event.name}` |"))
    assert event.says in row
    own = [field for field in event.fields if not field.startswith(_SHARED[event.pulls]) and field != "project"]
    assert [field for field in own if f"`{field}`" not in row] == []


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_stands(action):
    assert any(line.startswith("| `") and f"`{action}`" in line.split("|")[1] for line in PAGE.split("\n"))


def test_other_names_stand():
    assert [f"`{alias}` is `{name}`" in PROSE for alias, name in ALIASES.items()] == [True] * len(ALIASES)


def test_the_example_is_read_without_a_word(tmp_path):
    example = PAGE.partition("```yaml\n")[2].partition("```")[0]
    file = tmp_path / "agent-orchestrator.yaml"
    file.write_text(example)
    loaded = load(file)
    assert loaded.diagnostics == ()
    assert list(loaded.config.reactions) == ["agent-stuck", "agent-exited", "landed", "evicted"]
