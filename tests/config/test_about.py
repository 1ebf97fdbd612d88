"""What an editor shows of a configuration: hovers, definitions, symbols, and where projects and checks are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.config.help import Described, described_keys
from agent_orchestrator.config.language.about import Named, file_at, hover, named, project_at
from agent_orchestrator.config.language.fix import fixes
from agent_orchestrator.config.language.format import format_changes
from agent_orchestrator.config.language.shape import Entry, Symbol, entries, symbols
from agent_orchestrator.config.load import load_text
from agent_orchestrator.model.config_kinds import Section, Sections, allowed_text

KEYS = described_keys()


@pytest.mark.parametrize("described", KEYS, ids=lambda d: d.dotted)
def test_a_hover_tells_a_key_s_documentation_type_and_default(described: Described, at: Any, nested: Any) -> None:
    key = described.key
    said = hover(*at(nested(described.dotted, f"{key.wire[0]}|{key.wire[1:]}: x")))
    assert said.startswith(f"`{described.dotted}`\n\n{key.doc}")
    assert key.default in said
    assert ("Not built yet" in said, "Machine-wide" in said) == (key.planned, key.machine_wide)
    if not isinstance(key.kind, Section | Sections):
        assert allowed_text(key.kind) in said


@pytest.mark.parametrize("described", KEYS, ids=lambda d: d.dotted)
def test_a_hover_over_a_value_is_that_of_its_key(described: Described, at: Any, nested: Any) -> None:
    assert described.key.doc in hover(*at(nested(described.dotted, f"{described.key.wire}: va|lue")))


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("projects:\n  a|pp:\n", "`projects.<id>`\n\nOne repository that is kept green"),
        ("agents:\n  mi|ne:\n", "`agents.<name>`\n\nOne agent that sessions can use"),
        ("projects:\n\tapp\n\t\tpa|th", "`projects.<id>.path`"),
        ("projects: {app: {pa|th: .", "`projects.<id>.path`"),
        ("projects:\n  app:\n    landing:\n      gate:\n      - un|it\n", "`projects.<id>.landing.gate`"),
    ],
)
def test_a_hover_reads_the_place_from_the_lines(marked: str, first: str, at: Any) -> None:
    assert hover(*at(marked)).startswith(first)


@pytest.mark.parametrize("marked", ["colo|ur: red", "# por|t", "  |  port: 1", "", "projects:\n  |\n"])
def test_there_is_no_hover_over_what_is_no_key(marked: str, at: Any) -> None:
    assert hover(*at(marked)) == ""


FILE = """\
defaults:
  agent: mine
agents:
  mine:
    command: [./bin/tool, --fast]
projects:
  app:
    path: ~/app
    agent: "mine"
    agents:
      mine: {}
    checks:
      unit:
        command: python tests/run.py
    landing:
      gate: [unit]
    symlinks:
    - data
"""


@pytest.mark.parametrize(
    ("word", "places"),
    [
        pytest.param("agent: mine", (Named(line=3),), id="the default agent"),
        pytest.param('agent: "mine"', (Named(line=3),), id="a project's agent, in quotes"),
        pytest.param("      mine", (Named(line=3),), id="an agent in a project"),
        pytest.param("[unit", (Named(line=12),), id="a check of the gate"),
        pytest.param("path: ~/app", (Named(file="~/app"),), id="a folder"),
        pytest.param("- data", (Named(file="data"),), id="a file in a list"),
        pytest.param("[./bin/tool", (Named(file="./bin/tool"),), id="a program in a list"),
        pytest.param("python tests/run.py", (Named(file="tests/run.py"),), id="a word of a command"),
        pytest.param("path", (), id="a key"),
        pytest.param("defaults", (), id="a section"),
    ],
)
def test_a_definition_is_the_block_or_the_file(word: str, places: tuple[Named, ...]) -> None:
    end = FILE.index(word) + len(word) - 1
    line = FILE.count("\n", 0, end)
    assert named(FILE, line, end - FILE.rfind("\n", 0, end) - 1) == places


def test_paths_are_looked_for_where_they_are_meant(tmp_path: Path) -> None:
    for name in ("home/a", "project/b", "folder/b", "folder/c"):
        (tmp_path / name).mkdir(parents=True)
    folder, project, home = (tmp_path / name for name in ("folder", "project", "home"))
    found = [file_at(one, folder, project, home) for one in ("~/a", "b", "c", str(home), home.as_uri(), "no", "", "\0")]
    assert found == [home / "a", project / "b", folder / "c", home, home, None, None, None]


def test_the_project_of_a_line_is_known() -> None:
    assert [project_at(FILE, line) for line in (0, 7, 13, 99)] == ["", "app", "app", ""]


def names(found: list[Symbol]) -> list[Any]:
    return [(one.name, names(one.below)) if one.below else one.name for one in found]


def test_symbols_are_the_keys_as_they_are_nested() -> None:
    assert names(symbols("port: 1\nlimits:\n  minutes:\n    turn: 5\n  cost: 1\n")) == [
        "port",
        ("limits", [("minutes", ["turn"]), "cost"]),
    ]


def test_a_symbol_ends_with_the_last_of_what_is_inside() -> None:
    _, limits = symbols("port: 1\nlimits:\n  minutes:\n    turn: 5\n")
    assert (limits.line, limits.last, limits.last_end) == (1, 3, 11)


def test_projects_and_their_checks_are_found() -> None:
    assert list(entries(FILE)) == [Entry(6, "app"), Entry(12, "app", "unit")]


_TEXTS = st.lists(
    st.sampled_from(
        (
            "projects:",
            "  app:",
            "    path: .",
            "\t",
            "- ",
            "a: [",
            "}",
            "'",
            '"',
            "|",
            ": ",
            "x",
            "\n",
            "\r\n",
            "😀",
            "#",
            "*a",
        )
    ),
    max_size=20,
).map("".join)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=40), _TEXTS), st.integers(-2, 30), st.integers(-2, 60))
def test_any_text_at_any_position_can_be_asked_about(text: str, line: int, column: int) -> None:
    def judge(changed: str) -> Any:
        return load_text(changed).diagnostics

    asked: list[Callable[[], Any]] = [
        lambda: hover(text, line, column),
        lambda: named(text, line, column),
        lambda: symbols(text),
        lambda: list(entries(text)),
    ]
    for one in asked:
        one()
    whole = (*(fix.change for fix in fixes(text, judge(text), judge)), *format_changes(text))
    assert all(0 <= change.start <= change.end <= len(text) for change in whole)
