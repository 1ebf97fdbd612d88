"""What holds for each key of the model: documentation, a wrong value is told with its place, and the schema agrees."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from agent_orchestrator.config.help import Described, config_help, config_markdown, described_keys
from agent_orchestrator.config.load import Loaded
from agent_orchestrator.config.schema import config_schema
from agent_orchestrator.model.config_kinds import (
    Choice,
    Flag,
    Folder,
    Integer,
    Kind,
    Many,
    Matcher,
    Name,
    Number,
    Scalar,
    Section,
    Sections,
    Shell,
    Table,
    Text,
    keys,
)
from agent_orchestrator.model.config_problem import Severity

KEYS = described_keys()


def wrong_for(kind: Kind) -> Any:
    """A value of a kind that the key does not take."""
    match kind:
        case Text() | Folder() | Name() | Choice() | Flag() | Integer() | Number() | Scalar():
            return {"a": "mapping"} if isinstance(kind, Text) else ["a list"]
        case Many() | Shell():
            return {"a": "mapping"}
        case Matcher():
            return 7
        case Section() | Sections() | Table():
            return "text"


def right_for(kind: Kind) -> Any:
    match kind:
        case Text(pattern, _):
            words = ("word", "30m", "https://git.example.com", "A_NAME")
            return next(word for word in words if re.fullmatch(pattern or ".*", word))
        case Folder() | Scalar() | Shell():
            return "word"
        case Integer(minimum, _):
            return max(minimum, 0)
        case Number():
            return 1.5
        case Flag():
            return True
        case Choice(values, planned) | Name(_, values, planned, _):
            return (*values, *planned)[0]
        case Matcher(values, _, _):
            return values[0]
        case Many(of, _, _):
            return [right_for(of)]
        case Table():
            return {"NAME": "value"}
        case Section(of):
            return {key.wire: right_for(key.kind) for key in keys(of) if key.required}
        case Sections():
            return {}


def named(described: Described) -> str:
    """The key with names in the places of names; a reaction is named by its event."""
    return (
        described.dotted.replace("reactions.<id>", "reactions.landed").replace("<id>", "one").replace("<name>", "one")
    )


def document(described: Described, value: Any) -> dict[str, Any]:
    """A file that holds ``value`` at a key, and what is required around it."""
    parts = named(described).split(".")
    for depth in range(len(parts) - 1, -1, -1):
        value = {parts[depth]: value}
        above = parts[:depth]
        if above[-2:-1] == ["checks"]:
            value.setdefault("command", "true")
        if above[-2:] == ["projects", "one"]:
            value.setdefault("path", "/p")
        if above == ["agents", "one"]:
            value.setdefault("command", "true")
        if above[-1:] == ["app"]:
            value = {"id": "1", "key": "key.pem", **value}
        if above[-1:] == ["format"]:
            value.setdefault("regexp", "(a)" * 10)
    return value


def errors_at(loaded: Loaded, described: Described) -> list[str]:
    parts = named(described)
    return [d.key for d in loaded.errors if d.key.startswith(parts)]


def ids() -> Iterator[str]:
    return (described.dotted for described in KEYS)


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_a_key_is_documented(described: Described) -> None:
    assert described.key.doc.endswith(".")


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_a_key_says_what_happens_without_it(described: Described) -> None:
    key = described.key
    sections = isinstance(key.kind, Section | Sections | Table | Many)
    optional_group = described.dotted.startswith("projects.<id>.checks.<id>.format.")
    assert key.required or key.default or sections or optional_group


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_a_right_value_gives_no_error(described: Described, reads: Callable[[str], Loaded]) -> None:
    text = yaml.safe_dump(document(described, right_for(described.key.kind)))
    assert reads(text).errors == ()


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_a_wrong_value_gives_its_place_what_was_found_and_what_is_allowed(
    described: Described, reads: Callable[[str], Loaded]
) -> None:
    wrong = json.dumps(wrong_for(described.key.kind))
    marked = json.dumps(document(described, "WRONG")).replace('"WRONG"', wrong)
    column = json.dumps(document(described, "WRONG")).index('"WRONG"') + 1
    first = next(d for d in reads(marked).errors if d.key.startswith(errors_at(reads(marked), described)[0]))
    assert (first.line, first.column) in ((1, column), (1, column + 1))
    assert first.file == "/etc/ao/agent-orchestrator.yaml"
    assert first.found
    assert first.allowed


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_the_schema_refuses_the_wrong_value_too(described: Described) -> None:
    validator = jsonschema.Draft202012Validator(config_schema())
    assert not validator.is_valid(document(described, wrong_for(described.key.kind)))


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_the_schema_accepts_the_right_value(described: Described) -> None:
    jsonschema.Draft202012Validator(config_schema()).validate(document(described, right_for(described.key.kind)))


@pytest.mark.parametrize("described", [k for k in KEYS if k.key.planned], ids=lambda k: k.dotted)
def test_a_key_that_is_not_built_yet_is_one_information_line(
    described: Described, reads: Callable[[str], Loaded]
) -> None:
    loaded = reads(yaml.safe_dump(document(described, right_for(described.key.kind))))
    assert [d.severity for d in loaded.diagnostics] == [Severity.INFORMATION]


@pytest.mark.parametrize("described", KEYS, ids=ids())
def test_help_and_page_name_the_key(described: Described) -> None:
    assert f"\n{described.dotted}\n" in config_help()
    assert f"## `{described.dotted}`\n" in config_markdown()
