"""No bytes in the file make more than a diagnostic."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.edit import add_project, get_value, remove_project, set_value
from agent_orchestrator.config.load import Loaded, load, load_text
from agent_orchestrator.config.nodes import MAX_BYTES
from agent_orchestrator.model.config_problem import Code

ORIGINAL = (Path(__file__).parent / "original" / "first-run.yaml").read_bytes()
FRAGMENTS = st.sampled_from(
    [b"projects:", b"&a ", b"*a", b"<<: ", b"[", b"]", b"{", b"}", b"\n  ", b"\n", b"- ", b": ",
     b"!!python/object:os.x ",
     b"? ", b"|", b">", b"'", b'"', b"\\ud800", b"\t", b"\x00", b"#", b"a", b"path", b"checks:", b"%YAML 1.1\n",
     b"---\n", b"...\n", b"!<x>", b"\xff", b"\r", b"port: 1", b"\xc2\x85", b"on: ", b"~"]
)  # fmt: skip


def sound(loaded: Loaded) -> bool:
    """Each diagnostic has a place and a text that a terminal and a file can take."""
    return all(d.line >= 1 and d.column >= 1 and str(d).encode() and str(d).isprintable() for d in loaded.diagnostics)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    assert sound(load_text(data))


@settings(deadline=None)
@given(st.lists(FRAGMENTS, max_size=40).map(b"".join))
def test_any_pieces_of_yaml(data: bytes) -> None:
    assert sound(load_text(data))


@settings(deadline=None)
@given(
    st.lists(FRAGMENTS, max_size=40).map(b"".join), st.sampled_from(["port", "projects.a.path", "limits.minutes.turn"])
)
@example("projects:\x85projects:".encode(), "port")
def test_an_edit_of_any_pieces_of_yaml_is_sound_or_refused(data: bytes, key: str) -> None:
    text = data.decode("utf-8", "replace")
    result = set_value(text, key, "1")
    removed, added = remove_project(text, "a"), add_project(text, "new", {"path": "/n"})
    assert isinstance(result, Diagnostic) or get_value(result, key) == "1"
    assert isinstance(removed, Diagnostic) or get_value(removed, "projects.a") is None
    assert isinstance(added, Diagnostic) or get_value(added, "projects.new.path") == "/n"


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(ORIGINAL)), st.integers(0, 12), FRAGMENTS), min_size=1, max_size=4))
def test_a_real_file_with_damage(cuts: list[tuple[int, int, bytes]]) -> None:
    data = ORIGINAL
    for start, length, piece in cuts:
        data = data[:start] + piece + data[start + length :]
    assert sound(load_text(data))


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"port: 1\nhost: \x00", 2, 7),
        (b"port: 1\n\thost: x", 2, 1),
        (b"port: 1\nhost: \xff\xfe", 2, 7),
        ("port: 1".encode("utf-16"), 1, 1),
        (b"- a list", 1, 1),
        (b"just text", 1, 1),
        (b"a: [1, 2", 1, 9),
        (b"port: 1\n---\nport: 2\n", 2, 1),
        (b"port: *missing", 1, 7),
        (b"!!python/object/apply:os.system ['true']", 1, 1),
    ],
)
def test_what_is_not_a_configuration_is_one_error_at_its_place(data: bytes, line: int, column: int) -> None:
    loaded = load_text(data)
    assert [(d.line, d.column) for d in loaded.errors] == [(line, column)]
    assert loaded.errors[0].code in (Code.SYNTAX, Code.TYPE)


def test_a_tag_makes_no_object() -> None:
    loaded = load_text("host: !!python/object/apply:os.getcwd []\nport: !!int '5'\nlimits: !!set {agents}\n")
    assert [d.key for d in loaded.errors] == ["host", "limits"]


def test_a_file_that_is_too_large_is_an_error() -> None:
    assert "too large" in load_text(b"#" * (MAX_BYTES + 1)).errors[0].message


def test_deep_nesting_is_an_error() -> None:
    assert "deep" in load_text("port: " + "[" * 5000).errors[0].message


def test_an_alias_bomb_is_an_error() -> None:
    levels = ["x-0: &x0 {path: /a}"]
    levels += [f"x-{n}: &x{n} {{<<: [{', '.join([f'*x{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    loaded = load_text("\n".join([*levels, "projects: {a: *x9}"]))
    assert any("too many values" in d.message for d in loaded.errors)


def test_a_mapping_that_holds_itself_is_an_error() -> None:
    assert load_text("projects: &p\n  a: *p\n").errors
    assert load_text("projects: &p\n  <<: *p\n").errors


def test_thousands_of_mistakes_are_capped() -> None:
    loaded = load_text("projects:\n" + "".join(f"  p{n}: 1\n" for n in range(3000)))
    assert len(loaded.diagnostics) == 200


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: None], ids=["folder", "pipe", "missing"])
def test_a_file_that_can_not_be_read_is_an_error(make: object, tmp_path: Path) -> None:
    assert callable(make)
    file = tmp_path / "agent-orchestrator.yaml"
    make(file)
    assert [d.code for d in load(file).errors] == [Code.FILE]
