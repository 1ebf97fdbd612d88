"""A tree of nodes → the model, by what the model says about its keys. Problems are noted; none stops the reading."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import define, evolve, field

from agent_orchestrator.config.diagnostic import Diagnostic, at_node
from agent_orchestrator.config.nodes import (
    MAX_ENTRIES,
    Entries,
    Entry,
    Node,
    entries,
    find_node,
    is_mapping,
    is_null,
    is_sequence,
)
from agent_orchestrator.config.scalars import describe, planned_word, read_scalar
from agent_orchestrator.model.config import AgentConfig, Config, ProjectConfig
from agent_orchestrator.model.config_forge import OTHERWISE
from agent_orchestrator.model.config_kinds import (
    ID_PATTERN,
    ID_SAYS,
    Folder,
    Key,
    Kind,
    Many,
    Matcher,
    Name,
    Scalar,
    Section,
    Sections,
    Shell,
    Table,
    allowed_text,
    keys,
)
from agent_orchestrator.model.config_problem import Code, KeyPath, Problem, Severity, nearest, shown
from agent_orchestrator.model.config_reactions import ReactionConfig, reaction_problems
from agent_orchestrator.model.config_rules import agent_problems, project_problems, repeated_prefixes, teamless

#: More than a person reads, and a bound on what a hostile file can make.
MAX_DIAGNOSTICS = 200


class _Bad:
    """The value of what could not be read."""


_BAD = _Bad()


@define
class Reading:
    """What one reading of a file knows and has noted. ``names``: further plugin names, by slot."""

    file: str
    base: Path
    home: Path
    names: Mapping[str, Collection[str]] = field(factory=dict)
    agents: tuple[str, ...] = ()
    diagnostics: list[Diagnostic] = field(factory=list)
    errors: int = 0
    budget: int = MAX_ENTRIES

    @property
    def full(self) -> bool:
        """Whether no more is kept; what is then only for the eye of a person need not be worked out."""
        return len(self.diagnostics) >= MAX_DIAGNOSTICS

    def note(self, path: KeyPath, node: Node, problem: Problem) -> None:
        """Keep a problem, with its place."""
        self.errors += problem.severity is Severity.ERROR
        if not self.full:
            self.diagnostics.append(at_node(self.file, node, evolve(problem, path=path)))


def read_config(root: Node, reading: Reading) -> Config:
    """The configuration a root mapping holds. Agents and projects with an error in them are left out of it."""
    agents = find_node(root, ("agents",))
    if agents is not None and is_mapping(agents[1]):
        reading.agents = tuple(entry.key for entry in entries(agents[1]).entries)
    config: Config = _section(Config, root, (), reading, planned=False)
    kept = _without_repeated_prefixes(config.projects, root, reading)
    return evolve(config, projects=_without_teamless(kept, config.defaults.tracker, root, reading))


def _without_teamless(
    projects: Mapping[str, ProjectConfig], default: str | None, root: Node, reading: Reading
) -> Mapping[str, ProjectConfig]:
    kept = dict(projects)
    for project in projects.values():
        for problem in teamless(project, default):
            del kept[project.id]
            at: KeyPath = ("projects", project.id, *problem.path)
            if nodes := find_node(root, at):
                reading.note(at, nodes[0], problem)
    return kept


def _without_repeated_prefixes(
    projects: Mapping[str, ProjectConfig], root: Node, reading: Reading
) -> Mapping[str, ProjectConfig]:
    kept = dict(projects)
    for second, first in repeated_prefixes(projects.values()):
        del kept[second.id]
        path: KeyPath = ("projects", second.id, "sessionPrefix")
        nodes = find_node(root, path) or find_node(root, path[:-1])
        if nodes is not None:
            problem = Problem(
                path=path,
                message=f"the project {first.id} has this session prefix already",
                code=Code.DUPLICATE,
                found=shown(second.prefix),
                allowed="a prefix that no other project has",
            )
            reading.note(path, nodes[1] if second.session_prefix else nodes[0], problem)
    return kept


def _entries(node: Node, reading: Reading, path: KeyPath) -> Entries:
    """The entries of a mapping; what is wrong with its keys as such is noted."""
    if reading.budget < 0:
        return Entries()
    held = entries(node, reading.budget)
    reading.budget = held.budget
    if held.budget < 0:
        too_many = Problem(
            path=path,
            message="the file stands for too many values (aliases included); the rest is not read",
            code=Code.VALUE,
            allowed=f"at most {MAX_ENTRIES} entries",
        )
        reading.note(path, node, too_many)
    for first, again in held.repeated:
        line = first.key_node.start_mark.line + 1
        repeated = Problem(
            path=(), message=f"this key stands here a second time (first in line {line})", code=Code.DUPLICATE,
            found=shown(again.key), allowed="each key once",
        )  # fmt: skip
        reading.note((*path, again.key), again.key_node, repeated)
    for unusable in held.unusable:
        problem = Problem(
            path=(), message="this can not be a key", code=Code.TYPE, found=describe(unusable),
            allowed="text, or << with an alias of another mapping",
        )  # fmt: skip
        reading.note(path, unusable, problem)
    return held


def _section(
    cls: type[attrs.AttrsInstance], node: Node, path: KeyPath, reading: Reading, *, planned: bool, **given: Any
) -> Any:
    """An instance of a section's class; keys that could not be read have their defaults."""
    known = {key.wire: key for key in keys(cls)}
    values: dict[str, Any] = dict(given)
    present: set[str] = set()
    for entry in _entries(node, reading, path).entries:
        at = (*path, entry.key)
        key = known.get(entry.key)
        if key is None:
            _unknown_key(entry, at, known, reading)
        elif not is_null(entry.value):
            present.add(key.wire)
            if key.planned and not planned:
                reading.note(at, entry.key_node, _not_built(key))
            value = _value(key.kind, entry.value, at, reading, planned=planned or key.planned)
            if not isinstance(value, _Bad):
                values[key.attribute] = value
    for key in known.values():
        if key.required and key.wire not in present:
            missing = Problem(
                path=(), message=f"`{key.wire}` is missing", code=Code.MISSING, allowed=allowed_text(key.kind)
            )
            reading.note(path, node, missing)
    return cls(**values)


def _unknown_key(entry: Entry, at: KeyPath, known: Mapping[str, Key], reading: Reading) -> None:
    # As in compose files and OpenAPI, x- keys are the writer's own: a place for anchors.
    if entry.key.startswith("x-") or entry.merged or reading.full:
        return
    problem = Problem(
        path=(),
        message="; ".join(("this key is not known and has no effect", *_otherwise(at))),
        code=Code.UNKNOWN_KEY,
        severity=Severity.WARNING,
        found=shown(entry.key),
        allowed=", ".join(known),
        suggestion=nearest(entry.key, known),
    )
    reading.note(at, entry.key_node, problem)


def _otherwise(at: KeyPath) -> Iterator[str]:
    return (said for (section, key), said in OTHERWISE.items() if at[-2:] == (section, key))


def _not_built(key: Key) -> Problem:
    return Problem(
        path=(),
        message=f"what `{key.wire}` is for is not built yet; the key is accepted and has no effect",
        code=Code.PLANNED,
        severity=Severity.INFORMATION,
    )


def _value(kind: Kind, node: Node, path: KeyPath, reading: Reading, *, planned: bool) -> Any:
    match kind:
        case Section() if is_mapping(node):
            return _section(kind.of, node, path, reading, planned=planned)
        case Sections() if is_mapping(node):
            return _sections(kind, node, path, reading, planned=planned)
        case Table(of, pattern, says) if is_mapping(node):
            read = {
                entry.key: _value(of, entry.value, (*path, entry.key), reading, planned=planned)
                for entry in _entries(node, reading, path).entries
                if _named(entry, pattern, says, (*path, entry.key), reading)
            }
            return {name: value for name, value in read.items() if not isinstance(value, _Bad)}
        case Many():
            return _many(kind, node, path, reading, planned=planned)
        case Shell() if is_sequence(node):
            words = _items(Scalar(), node, path, reading, planned=planned)
            if not words or words[0] == "":
                return _bad_kind(kind, node, path, reading)
            return words
        case Matcher() if is_mapping(node):
            return (_section(kind.pattern, node, path, reading, planned=planned),)
        case Matcher() if is_sequence(node) and node.value:
            return _items(Section(kind.pattern), node, path, reading, planned=planned)
        case Section() | Sections() | Table():
            return _bad_kind(kind, node, path, reading)
        case _:
            return _scalar(kind, node, path, reading, planned=planned)


def _sections(kind: Sections, node: Node, path: KeyPath, reading: Reading, *, planned: bool) -> dict[str, Any]:
    """The entries of a mapping by id; one with an error in it is left out, and the others are not touched by it."""
    read: dict[str, Any] = {}
    for entry in _entries(node, reading, path).entries:
        at = (*path, entry.key)
        errors = reading.errors
        if not _named(entry, ID_PATTERN, ID_SAYS, at, reading):
            continue
        if not is_mapping(entry.value):
            _bad_kind(Section(kind.of), entry.value, at, reading)
            continue
        value = _section(kind.of, entry.value, at, reading, planned=planned, **{kind.identity: entry.key})
        _rules(value, entry, at, reading, read, whole=reading.errors == errors)
        if reading.errors == errors:
            read[entry.key] = value
    return read


def _rules(
    value: attrs.AttrsInstance, entry: Entry, at: KeyPath, reading: Reading, before: Mapping[str, Any], *, whole: bool
) -> None:
    problems: Iterator[Problem] = iter(())
    if isinstance(value, ProjectConfig):
        problems = project_problems(value)
    elif isinstance(value, AgentConfig):
        problems = agent_problems(value, reading.names.get("agent", ()))
    elif isinstance(value, ReactionConfig):
        problems = reaction_problems(value, before)
    for problem in problems:
        if not whole and problem.code in (Code.REFERENCE, Code.MISSING):
            continue  # What seems to be missing may be what could not be read.
        found = find_node(entry.value, problem.path) if problem.path else None
        reading.note((*at, *problem.path), found[1] if found else entry.key_node, problem)


def _named(entry: Entry, pattern: str, says: str, at: KeyPath, reading: Reading) -> bool:
    if re.fullmatch(pattern, entry.key):
        return True
    problem = Problem(
        path=(), message="this can not be a name here", code=Code.VALUE, found=shown(entry.key), allowed=says
    )
    reading.note(at, entry.key_node, problem)
    return False


def _many(kind: Many, node: Node, path: KeyPath, reading: Reading, *, planned: bool) -> Any:
    if kind.single and not is_sequence(node):
        value = _value(kind.of, node, path, reading, planned=planned)
        return value if isinstance(value, _Bad) else (value,)
    if not is_sequence(node):
        return _bad_kind(kind, node, path, reading)
    if len(node.value) < kind.minimum:
        problem = Problem(
            path=(), message="this list is empty, and nothing is never green", code=Code.VALUE, found="an empty list",
            allowed="at least one item, or leave the key out",
        )  # fmt: skip
        reading.note(path, node, problem)
        return _BAD
    return _items(kind.of, node, path, reading, planned=planned)


def _items(kind: Kind, node: Node, path: KeyPath, reading: Reading, *, planned: bool) -> tuple[Any, ...]:
    reading.budget -= len(node.value)
    items = node.value if reading.budget >= 0 else ()
    read = [_value(kind, item, (*path, i), reading, planned=planned) for i, item in enumerate(items)]
    return tuple(value for value in read if not isinstance(value, _Bad))


def _scalar(kind: Kind, node: Node, path: KeyPath, reading: Reading, *, planned: bool) -> Any:
    names: tuple[str, ...] = ()
    if isinstance(kind, Name):
        names = (*reading.names.get(kind.slot, ()), *(reading.agents if kind.own else ()))
    value = read_scalar(kind, node, names)
    if isinstance(value, Problem):
        # A name that only a feature of later uses may be right then.
        later = planned and value.code is Code.REFERENCE
        reading.note(path, node, evolve(value, severity=Severity.WARNING) if later else value)
        return _BAD
    word = None if planned else planned_word(kind, value, names)
    if word is not None:
        reading.note(path, node, word)
    return _folder(kind, value, node, path, reading) if isinstance(kind, Folder) else value


def _folder(kind: Folder, value: str, node: Node, path: KeyPath, reading: Reading) -> Any:
    if value.startswith("~") and not (value == "~" or value.startswith("~/")):
        return _bad_kind(kind, node, path, reading)
    full = reading.home / value[2:] if value.startswith("~") else reading.base / value
    return Path(os.path.normpath(full))


def _bad_kind(kind: Kind, node: Node, path: KeyPath, reading: Reading) -> _Bad:
    problem = Problem(
        path=(),
        message="this is not the right kind of value",
        code=Code.TYPE,
        found=describe(node),
        allowed=allowed_text(kind),
    )
    reading.note(path, node, problem)
    return _BAD
