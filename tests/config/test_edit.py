"""Editing keeps what it does not change: comments, order, style, every other value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.edit import add_project, get_value, remove_project, set_value
from agent_orchestrator.config.generate import generate
from agent_orchestrator.config.layout import comments
from agent_orchestrator.config.load import load_text
from agent_orchestrator.model.config_problem import Code

FIRST_RUN = (Path(__file__).parent / "original" / "first-run.yaml").read_text()


def done(result: str | Diagnostic) -> str:
    assert isinstance(result, str), str(result)
    return result


def refused(result: str | Diagnostic) -> Diagnostic:
    assert isinstance(result, Diagnostic), result
    return result


def all_comments(text: str) -> list[str]:
    return [text[span.start : span.end] for span in comments(text)]


CASES = {
    "a value before a comment": (
        "defaults:\n  runtime: tmux # why\nport: 1\n",
        ("defaults.runtime", "process"),
        "defaults:\n  runtime: process # why\nport: 1\n",
    ),
    "a missing key of a section that is there": (
        "defaults:\n  agent: autofix # a\n  # b\nport: 1\n",
        ("defaults.runtime", "process"),
        "defaults:\n  agent: autofix # a\n  runtime: process\n  # b\nport: 1\n",
    ),
    "a new section behind comments that belong to the one before": (
        "projects:\n  a:\n    path: .\n    # b\n\n    # c\n\n# d\n",
        ("limits.agents", "2"),
        "projects:\n  a:\n    path: .\n    # b\n\n    # c\nlimits:\n  agents: 2\n\n# d\n",
    ),
    "a missing section": (
        "port: 1 # a\n",
        ("limits.minutes.turn", "5"),
        "port: 1 # a\nlimits:\n  minutes:\n    turn: 5\n",
    ),
    "an empty file": ("", ("port", "1"), "port: 1\n"),
    "a file of comments": ("# a\n\n# b", ("port", "1"), "# a\n\n# b\nport: 1\n"),
    "no line end at the end": ("host: a", ("port", "1"), "host: a\nport: 1\n"),
    "windows line ends": ("host: a\r\n", ("limits.agents", "1"), "host: a\r\nlimits:\r\n  agents: 1\r\n"),
    "a byte order mark": ("\ufeffport: 1\n", ("port", "2"), "\ufeffport: 2\n"),
    "a key with nothing": ("limits: # a\nport: 1\n", ("limits.agents", "2"), "limits: # a\n  agents: 2\nport: 1\n"),
    "a value with nothing": ("port: # a\nhost: b\n", ("port", "2"), "port: 2 # a\nhost: b\n"),
    "a flow mapping": ("limits: {agents: 1} # a\n", ("limits.attempts", "2"), "limits: {agents: 1, attempts: 2} # a\n"),
    "an empty flow mapping": ("limits: {}\n", ("limits.minutes.turn", "2"), "limits: {minutes: {turn: 2}}\n"),
    "a flow mapping over lines": (
        "limits: {\n  agents: 1, # a\n}\n",
        ("limits.attempts", "2"),
        "limits: {\n  agents: 1, attempts: 2, # a\n}\n",
    ),
    "indentation by four": (
        "limits:\n    agents: 1\n",
        ("limits.minutes.turn", "2"),
        "limits:\n    agents: 1\n    minutes:\n        turn: 2\n",
    ),
    "a block list": (
        "projects:\n  a:\n    path: /a\n    include: # why\n    - x\n    - y\n    repo: o/r\n",
        ("projects.a.include", "[z]"),
        "projects:\n  a:\n    path: /a\n    include: [z] # why\n    repo: o/r\n",
    ),
    "block text": (
        "projects:\n  a:\n    path: /a\n    postCreate: |\n      x\n      y\n\n    repo: o/r\n",
        ("projects.a.postCreate", "z"),
        "projects:\n  a:\n    path: /a\n    postCreate: z\n    repo: o/r\n",
    ),
    "a key behind block text": (
        "projects:\n  a:\n    path: /a\n    postCreate: |\n      x\n# end\n",
        ("projects.a.repo", "o/r"),
        "projects:\n  a:\n    path: /a\n    postCreate: |\n      x\n    repo: o/r\n# end\n",
    ),
    "text on its own line": ("host:\n  a # c\n", ("host", "b"), "host:\n  b # c\n"),
    "text over lines": (
        "projects:\n  a:\n    name: # c\n      One\n      Two\n    path: /a\n",
        ("projects.a.name", "Three"),
        "projects:\n  a:\n    name: Three # c\n    path: /a\n",
    ),
    "an alias": ("x-h: &h one\nhost: *h # a\n", ("host", "two"), "x-h: &h one\nhost: two # a\n"),
    "a merged key": (
        "x-b: &b {path: /a}\nprojects:\n  a:\n    <<: *b\n",
        ("projects.a.path", "/own"),
        "x-b: &b {path: /a}\nprojects:\n  a:\n    <<: *b\n    path: /own\n",
    ),
    "quoted keys and values": (
        "\"projects\":\n  'my.app':\n    path: '/a' # a\n",
        ('projects."my.app".path', "~/b c"),
        "\"projects\":\n  'my.app':\n    path: ~/b c # a\n",
    ),
    "text that looks like something else": ("host: a\n", ("host", "127"), 'host: "127"\n'),
    "one word for a list": (
        "projects: {a: {path: /a}}\n",
        ("projects.a.include", ".env"),
        "projects: {a: {path: /a, include: [.env]}}\n",
    ),
    "when a check runs": (
        "projects:\n  a:\n    path: /a\n    checks:\n      t:\n        command: x\n",
        ("projects.a.checks.t.on", "save"),
        "projects:\n  a:\n    path: /a\n    checks:\n      t:\n        command: x\n        on: [save]\n",
    ),
}


@pytest.mark.parametrize(("text", "change", "expected"), CASES.values(), ids=CASES)
def test_setting(text: str, change: tuple[str, str], expected: str) -> None:
    assert set_value(text, *change) == expected


REFUSALS = {
    "a wrong value": ("port: 1\n", ("port", "high"), Code.TYPE),
    "a value out of bounds": ("port: 1\n", ("limits.agents", "0"), Code.VALUE),
    "an unknown name": ("port: 1\n", ("defaults.runtime", "tmuxx"), Code.REFERENCE),
    "an unknown key": ("port: 1\n", ("defalts.runtime", "tmux"), Code.UNKNOWN_KEY),
    "a key below a value": ("port: 1\n", ("port.x", "1"), Code.TYPE),
    "what is not a key": ("port: 1\n", ("a..b", "1"), Code.VALUE),
    "a text that is not YAML": ("port: [\n", ("host", "a"), Code.SYNTAX),
    "a file that is a list": ("- a\n", ("host", "a"), Code.VALUE),
    "a value that is not YAML": ("port: 1\n", ("projects.a.include", "[x"), Code.VALUE),
    "an anchor that is used": ("host: &h a\nx-h: *h\n", ("host", "b"), Code.SYNTAX),
    "a part of an alias": ("x-l: &l {agents: 1}\nlimits: *l\n", ("limits.attempts", "2"), Code.VALUE),
    "a comment inside of what goes": (
        "projects: {a: {path: /a, include: [x, # why\n y]}}\n",
        ("projects.a.include", "[z]"),
        Code.VALUE,
    ),
    "a project without a path": ("port: 1\n", ("projects.a.repo", "o/r"), Code.MISSING),
}


@pytest.mark.parametrize(("text", "change", "code"), REFUSALS.values(), ids=REFUSALS)
def test_setting_is_refused(text: str, change: tuple[str, str], code: Code) -> None:
    assert refused(set_value(text, *change)).code is code


def test_an_unknown_key_is_refused_with_the_nearest() -> None:
    assert refused(set_value("", "defaults.runtme", "tmux")).suggestion == "runtime"


def test_an_error_that_was_there_does_not_keep_from_mending_another() -> None:
    assert set_value("port: x\nhost: []\n", "port", "1") == "port: 1\nhost: []\n"


def test_an_installed_plugin_can_be_named() -> None:
    assert set_value("", "defaults.runtime", "vm", names={"runtime": ("vm",)}) == "defaults:\n  runtime: vm\n"


def test_getting() -> None:
    text = "projects:\n  my.app: {path: ~/x, include: [a, b]}\nport: 08 # c\nhost:\n"
    keys = ('projects."my.app".path', "projects.'my.app'.include", "port", "host", "limits.agents", "..")
    assert [get_value(text, key) for key in keys] == ["~/x", '["a", "b"]', "08", "", None, None]


TEXT_KEYS = ["host", "projects.my-app.name", "projects.my-app.env.A", "projects.my-app.postCreate", "$schema"]
COMMENT = st.text("# ab:'\"{}[]&*!|>-\t", max_size=8).map(lambda text: "#" + text.rstrip())


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A real file with comments of any content behind lines and between them."""
    text = draw(st.sampled_from([FIRST_RUN, generate("my-app", "~/a", checks={"t": {"command": "x"}})]))
    lines: list[str] = []
    for line in text.splitlines():
        if draw(st.integers(0, 3)) == 0:
            lines.append(" " * draw(st.integers(0, 6)) + draw(COMMENT))
        if draw(st.integers(0, 5)) == 0 and line and "#" not in line:
            line += " " + draw(COMMENT)
        lines.append(line)
    return draw(st.sampled_from(["\n", "\r\n"])).join(lines) + draw(st.sampled_from(["", "\n", "\n\n"]))


def without(data: Any, path: list[str]) -> Any:
    if not isinstance(data, dict):
        return data
    if len(path) == 1:
        return {key: value for key, value in data.items() if key != path[0]}
    rest = {key: without(value, path[1:]) if key == path[0] else value for key, value in data.items()}
    return {key: value for key, value in rest.items() if value not in ({}, None)}


@given(
    commented(), st.sampled_from(TEXT_KEYS), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
)
def test_text_comes_back_and_all_else_stays(text: str, key: str, value: str) -> None:
    result = set_value(text, key, value)
    if isinstance(result, Diagnostic):
        assert result.code in (Code.VALUE, Code.TYPE)
        assert key in ("host", "projects.my-app.postCreate")
        return
    assert get_value(result, key) == value
    assert sorted(all_comments(text)) == sorted(all_comments(result))
    assert without(yaml.safe_load(result), key.split(".")) == without(yaml.safe_load(text), key.split("."))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(commented(), st.integers(1, 10**6))
def test_numbers_come_back_and_comments_stay(text: str, value: int) -> None:
    result = done(set_value(text, "limits.agents", str(value)))
    assert load_text(result).config.limits.agents == value
    assert all_comments(text) == all_comments(result)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "projects:\n  b:\n    path: /b\n    include: [x]\n"),
        ("projects:\n", "projects:\n  b:\n    path: /b\n    include: [x]\n"),
        (
            "projects:\n  a:\n    path: /a # a\n# end\n",
            "projects:\n  a:\n    path: /a # a\n  b:\n    path: /b\n    include: [x]\n# end\n",
        ),
        ("projects: {a: {path: /a}}\n", "projects: {a: {path: /a}, b: {path: /b, include: [x]}}\n"),
    ],
    ids=["empty", "no projects", "block", "flow"],
)
def test_adding_a_project(text: str, expected: str) -> None:
    assert add_project(text, "b", {"path": "/b", "include": ["x"]}) == expected


def test_a_project_that_is_there_is_not_added() -> None:
    assert refused(add_project("projects: {b: {path: /a}}", "b", {"path": "/b"})).code is Code.DUPLICATE


def test_a_project_with_a_wrong_value_is_not_added() -> None:
    assert refused(add_project("", "b", {"path": "/b", "symlinks": [".venv"]})).key == "projects.b.symlinks.0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("projects:\n  a:\n    path: /a\n  # of b\n  b:\n    # in\n    path: /b\n  # of c\n  c: {path: /c}\n",
         "projects:\n  a:\n    path: /a\n  # of b\n  # of c\n  c: {path: /c}\n"),
        ("projects:\n  b:\n    path: /b\n# end\nport: 1\n", "projects:\n# end\nport: 1\n"),
        ("projects: {a: {path: /a}, b: {path: /b}, c: {path: /c}}\n", "projects: {a: {path: /a}, c: {path: /c}}\n"),
        ("projects: {a: {path: /a}, b: {path: /b}}\n", "projects: {a: {path: /a}}\n"),
        ("projects: {b: {path: /b}}\n", "projects: {}\n"),
    ],
    ids=["block", "the only one", "flow", "the last in flow", "the only one in flow"],
)  # fmt: skip
def test_removing_a_project(text: str, expected: str) -> None:
    assert remove_project(text, "b") == expected


def test_a_project_that_others_use_is_not_removed() -> None:
    text = "projects:\n  b: &b {path: /b}\n  c:\n    <<: *b\n    path: /c\n"
    assert refused(remove_project(text, "b")).code is Code.SYNTAX


def test_a_project_that_is_not_there_is_not_removed() -> None:
    assert refused(remove_project("projects: {a: {path: /a}}", "b")).code is Code.REFERENCE


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(commented())
def test_a_project_added_and_removed_leaves_the_text(text: str) -> None:
    with_it = done(add_project(text, "new.one", {"path": "/n", "checks": {"t": {"command": ["a", "b c"]}}}))
    assert load_text(with_it).config.projects["new.one"].checks["t"].command == ("a", "b c")
    assert done(remove_project(with_it, "new.one")).rstrip() == text.rstrip()
