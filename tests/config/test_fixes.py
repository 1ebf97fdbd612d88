"""What an editor offers to mend what is wrong in a configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.config import render
from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.help import Described, described_keys
from agent_orchestrator.config.language.fix import fixes
from agent_orchestrator.config.language.known import Known, Repo
from agent_orchestrator.config.language.world import Run, program_of, world_diagnostics
from agent_orchestrator.config.load import load_text
from agent_orchestrator.model.config_kinds import Choice, Flag, Integer, Many, Name, Number
from agent_orchestrator.model.config_problem import Code, nearest

KEYS = described_keys()
KNOWN = Known(
    agents={"codex": "", "gemini": "agent 'gemini': gemini was not found; npm install it"},
    repos={"app": Repo(branches=("main", "release"), head="main")},
)
THERE = ("pytest", "ruff")


def missing(run: Run) -> str | None:
    return None if run.program in THERE else nearest(run.program, THERE)


def judge(text: str) -> tuple[Diagnostic, ...]:
    """All that is wrong in a text, on a machine with two programs and one agent."""
    loaded = load_text(text, Path("/etc/ao/agent-orchestrator.yaml"), environ={"HOME": "/home/someone"})
    return (*loaded.diagnostics, *world_diagnostics(text, loaded, KNOWN, missing))


@pytest.fixture
def mend() -> Callable[[str], dict[str, str]]:
    """The texts that the fixes of a text make, by the fixes' titles."""

    def mended(text: str) -> dict[str, str]:
        return {fix.title: fix.change.of(text) for fix in fixes(text, judge(text), judge)}

    return mended


def misspelt(word: str) -> str:
    return word[:-1] + word[-1] * 2


@pytest.mark.parametrize("described", KEYS, ids=lambda d: d.dotted)
def test_a_misspelt_key_is_changed_to_the_one_that_is_meant(described: Described, mend: Any, nested: Any) -> None:
    key = described.key.wire
    text = nested(described.dotted, f"{misspelt(key)}:  # why")
    assert mend(text)[f"Change to `{key}`"] == nested(described.dotted, f"{key}:  # why")


@pytest.mark.parametrize("described", [d for d in KEYS if isinstance(d.key.kind, Flag)], ids=lambda d: d.dotted)
def test_another_language_s_flag_is_changed_to_one_of_ours(described: Described, mend: Any, nested: Any) -> None:
    text = nested(described.dotted, f"{described.key.wire}: yes")
    assert mend(text)["Change to `true`"] == nested(described.dotted, f"{described.key.wire}: true")


@pytest.mark.parametrize(
    "described",
    [d for d in KEYS if isinstance(d.key.kind, Choice | Name) and d.key.kind.values],
    ids=lambda d: d.dotted,
)
def test_a_misspelt_word_is_changed_to_the_nearest(described: Described, mend: Any, nested: Any) -> None:
    word = described.key.kind.values[-1]  # type: ignore[union-attr]
    text = nested(described.dotted, f"{described.key.wire}: {misspelt(word)}")
    assert mend(text)[f"Change to `{word}`"] == nested(described.dotted, f"{described.key.wire}: {render.text(word)}")


@pytest.mark.parametrize(
    "described", [d for d in KEYS if isinstance(d.key.kind, Integer | Number)], ids=lambda d: d.dotted
)
def test_a_number_in_quotes_loses_them(described: Described, mend: Any, nested: Any) -> None:
    text = nested(described.dotted, f'{described.key.wire}: "7"')
    assert nested(described.dotted, f"{described.key.wire}: 7") in mend(text).values()


@pytest.mark.parametrize(
    "described",
    [
        d
        for d in KEYS
        if isinstance(d.key.kind, Many) and not d.key.kind.single and d.key.wire not in ("gate", "notifiers")
    ],
    ids=lambda d: d.dotted,
)
def test_a_value_alone_becomes_a_list(described: Described, mend: Any, nested: Any) -> None:
    text = nested(described.dotted, f"{described.key.wire}: word")
    assert nested(described.dotted, f"{described.key.wire}: [word]") in mend(text).values()


@pytest.mark.parametrize(
    ("wrong", "title", "right"),
    [
        pytest.param("name: 5", 'Change to `"5"`', 'name: "5"', id="a number where text is wanted"),
        pytest.param("name: [x]", "Change to `x`", "name: x", id="a list where one is wanted"),
        pytest.param("agent: cdoex", "Change to `codex`", "agent: codex", id="an unknown agent"),
        pytest.param("agent: gemini", "Change to `codex`", "agent: codex", id="an agent that is not installed"),
        pytest.param("defaultBranch: relase", "Change to `release`", "defaultBranch: release", id="an unknown branch"),
        pytest.param("landing: {target: zzz}", "Change to `main`", "landing: {target: main}", id="no branch is near"),
        pytest.param("postCreate: pytst -x", "Change to `pytest`", "postCreate: pytest -x", id="an unknown program"),
        pytest.param("postCreate: [rufff, .]", "Change to `ruff`", "postCreate: [ruff, .]", id="the same in a list"),
        pytest.param(
            "wokspce: 1", "Keep it as `x-wokspce`, a key of your own", "x-wokspce: 1", id="a key of one's own"
        ),
        pytest.param("landing: {strategy: x}", "Change to `merge`", "landing: {strategy: merge}", id="few words"),
    ],
)
def test_a_fix_changes_the_value_and_nothing_else(wrong: str, title: str, right: str, mend: Any) -> None:
    text = "projects:\n  app:\n    path: .  # here\n    {}\n"
    assert mend(text.format(wrong))[title] == text.format(right)


def test_a_check_that_the_gate_misspells_is_changed_to_the_nearest(mend: Any) -> None:
    text = "projects: {{app: {{path: ., checks: {{unit: {{command: ruff}}}}, landing: {{gate: [{}]}}}}}}\n"
    assert mend(text.format("unti"))["Change to `unit`"] == text.format("unit")


def test_a_placeholder_that_is_misspelt_is_changed(mend: Any) -> None:
    text = 'projects:\n  app:\n    path: .\n    checks:\n      unit:\n        command: "{} -m pytest"\n'
    assert mend(text.format("{pyton}"))["Change to `{python}`"] == text.format("{python}")


@pytest.mark.parametrize("own", ["    sessionPrefix: first\n", ""])
def test_a_session_prefix_that_is_taken_gives_way_to_a_free_one(own: str, mend: Any) -> None:
    id = "second" if own else "first-one"
    first = "projects:\n  one:\n    path: .\n    sessionPrefix: {}\n".format("first" if own else id)
    text = f"{first}  {id}:\n    path: b\n{own}"
    fixed = list(mend(text).values())
    assert fixed
    assert [d for d in judge(fixed[0]) if d.code is Code.DUPLICATE] == []


def test_tabs_become_spaces(mend: Any) -> None:
    assert mend("projects:\n\tapp:\n\t\tpath: .\n")["Indent with spaces"] == "projects:\n  app:\n    path: .\n"


def test_a_project_without_a_path_gets_one(mend: Any) -> None:
    fixed = mend("projects:\n  app:\n    name: x\n")["Set `path` to this file's folder"]
    assert judge(fixed) == ()


def test_what_would_not_mend_it_is_not_offered(mend: Any) -> None:
    assert "Change to `port`" not in mend("port: 1\nportt: 2\n")


@pytest.mark.parametrize(
    ("command", "program"),
    [
        ("pytest -x", "pytest"),
        (("ruff", "check"), "ruff"),
        ("cd web && npm test", ""),
        ("FOO=1 pytest", ""),
        ("{python} -m pytest", ""),
        (("{python}", "-m"), ""),
        ("$TOOL x", ""),
        ("'a b' c", ""),
        (None, ""),
    ],
)
def test_only_a_program_that_is_sure_to_be_run_is_looked_for(command: Any, program: str) -> None:
    assert program_of(command) == program


def test_nothing_is_said_of_branches_where_no_repository_was_seen() -> None:
    assert judge("projects:\n  other:\n    path: .\n    defaultBranch: nowhere\n") == ()


def test_an_agent_of_the_file_s_own_is_judged_by_its_command() -> None:
    text = "agents:\n  gemini:\n    command: ruff\ndefaults:\n  agent: gemini\n"
    assert judge(text) == ()
    (found,) = judge(text.replace("ruff", "rufus"))
    assert (found.code, found.path, found.suggestion) == (Code.PROGRAM, ("agents", "gemini", "command"), "ruff")


@pytest.mark.parametrize("text", ["port: 1\n? host: true\n", "? a\n", "? [a]\n: 1\n", "- 1\n", "x", "{a: 1}: 2\n"])
def test_what_is_wrong_with_the_whole_file_has_no_fix_and_hinders_none(text: str, mend: Any) -> None:
    assert all(judge(changed) != judge(text) for changed in mend(text).values())
