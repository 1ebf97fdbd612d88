"""Changing a configuration's text: at positions from ``yaml.compose``, so that comments, order and style stay.

Every edit is proven before it is answered: the new text must load without a new error, hold what was asked for, and
hold every comment of the old one (those inside a removed project excepted). Otherwise the answer is the diagnostic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias

import yaml
from attrs import evolve

from agent_orchestrator.config import layout, render, splice
from agent_orchestrator.config.diagnostic import Diagnostic
from agent_orchestrator.config.keypath import kind_of, parse_key
from agent_orchestrator.config.load import load_text
from agent_orchestrator.config.nodes import (
    TextProblem,
    compose,
    find_node,
    is_mapping,
)
from agent_orchestrator.config.values import plain, source_text
from agent_orchestrator.model.config import FILE_NAMES
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
)
from agent_orchestrator.model.config_problem import Code, Severity, shown

_BOM = "\ufeff"

#: Names of installed plugins, by slot.
Names: TypeAlias = Mapping[str, Collection[str]]


def get_value(text: str, dotted: str) -> str | None:
    """What a text holds at a dotted key: a scalar as it reads, all else as JSON; None where it holds nothing.

    Nothing is also the answer for a text that is not YAML and for a key that is not one.
    """
    path, root = parse_key(dotted), compose(text.removeprefix(_BOM))
    if path is None or root is None or isinstance(root, TextProblem):
        return None
    nodes = find_node(root, path)
    return None if nodes is None else source_text(nodes[1])


def set_value(
    text: str, dotted: str, value: str, *, file: Path | None = None, names: Names | None = None
) -> str | Diagnostic:
    """The text with ``value`` at a dotted key, which is made where it is missing; or why that can not be.

    ``value`` is what a person types: for a key of text it is that text, whatever it looks like; ``[a, b]`` and
    ``{a: b}`` are taken for keys that hold lists and mappings; one word for a list is a list of one. ``names`` are the
    installed plugins by slot, as for loading.
    """
    path = parse_key(dotted)
    if path is None:
        return _refused(
            f"this is not a key: {dotted}", "parts joined by dots, with quotes around one that has a dot", file
        )
    kind = kind_of(path)
    if kind is None:
        # Loading the key says what is near it.
        probe = load_text("\n".join(splice.nested_lines(path, "null", 0, 2)), file).diagnostics
        nearby = next(
            (evolve(d, severity=Severity.ERROR) for d in probe if d.severity is not Severity.INFORMATION), None
        )
        return nearby or _refused(f"there is no key {dotted}", "", file)
    written = _written(kind, value)
    if written is None:
        return _refused("this value can not be read", "YAML on one line, such as [a, b]", file)
    bom, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    changed = splice.place(body, path, written)
    if changed is None:
        return _by_hand(dotted, file)
    problem = _proof(body, changed, file, names)
    if problem is None and not _holds(changed, path, written):
        problem = _refused(
            f"{dotted} is written in a way that can not be edited here", "editing the file by hand", file
        )
    return problem or bom + changed


def add_project(
    text: str,
    project_id: str,
    fields: Mapping[str, render.Plain],
    *,
    file: Path | None = None,
    names: Names | None = None,
) -> str | Diagnostic:
    """The text with a project more, as the last one; ``fields`` are its keys by their names in the file."""
    root = compose(text.removeprefix(_BOM))
    if isinstance(root, yaml.Node) and find_node(root, ("projects", project_id)) is not None:
        return _refused(f"there is a project {project_id} already", "another id", file, Code.DUPLICATE)
    bom, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    changed = splice.insert(body, ("projects", project_id), dict(fields))
    made = None if changed is None else compose(changed)
    # Of two mappings with one key, the one that counts may be the other.
    if changed is None or not isinstance(made, yaml.Node) or find_node(made, ("projects", project_id)) is None:
        return _by_hand("projects", file)
    return _proof(body, changed, file, names) or bom + changed


def remove_project(text: str, project_id: str, *, file: Path | None = None) -> str | Diagnostic:
    """The text without a project: its key, its value and the comments inside of it."""
    bom, body = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    root = compose(body)
    nodes = find_node(root, ("projects", project_id)) if isinstance(root, yaml.Node) else None
    parent = find_node(root, ("projects",)) if isinstance(root, yaml.Node) else None
    if nodes is None or parent is None or not is_mapping(parent[1]):
        return _refused(f"there is no project {project_id}", "", file, Code.REFERENCE)
    changed = splice.remove(body, parent[1], *nodes)
    return (
        _proof(body, changed, file, inside=layout.Span(nodes[0].start_mark.index, splice.end_of_entry(body, *nodes)))
        or bom + changed
    )


def _written(kind: Kind, value: str) -> str | None:
    """The YAML to write for what a person typed, by what the key may hold; None for what is not YAML on one line."""
    as_list = value.lstrip().startswith("[")
    match kind:
        case Text() | Folder() | Scalar() | Choice() | Name():
            return render.text(value)
        case Shell() if not as_list:
            return render.text(value)
        case Matcher() if not value.lstrip().startswith(("[", "{")):
            return render.text(value)
        case Many() if not as_list:
            return f"[{render.text(value)}]"
        case Integer() | Number() | Flag() | Many() | Shell() | Matcher() | Section() | Sections() | Table():
            node = compose(value)
            if not isinstance(node, yaml.Node) or "\n" in value.strip() or "\r" in value.strip():
                return None
            if isinstance(node, yaml.CollectionNode):
                data = plain(node) if node.flow_style else None
                return None if data is None else render.flow(data)
            return value.strip() if isinstance(kind, Integer | Number | Flag) and "#" not in value else None
    return None


def _proof(
    old: str, new: str, file: Path | None, names: Names | None = None, inside: layout.Span | None = None
) -> Diagnostic | None:
    """The first thing that keeps a new text from being taken, or None."""
    before, after = load_text(old, file, names=names), load_text(new, file, names=names)
    known = Counter((d.path, d.message) for d in before.diagnostics)
    for diagnostic in after.diagnostics:
        fatal = diagnostic.severity is Severity.ERROR or diagnostic.code is Code.UNKNOWN_KEY
        known[diagnostic.path, diagnostic.message] -= 1
        if fatal and known[diagnostic.path, diagnostic.message] < 0:
            return diagnostic
    if any(d.code in (Code.SYNTAX, Code.FILE) for d in before.errors):
        return before.errors[0]
    kept = Counter(new[c.start : c.end].rstrip() for c in layout.comments(new))
    kept.subtract(
        old[c.start : c.end].rstrip()
        for c in layout.comments(old)
        if inside is None or not inside.start <= c.start < inside.end
    )
    lost = next((comment for comment, number in kept.items() if number < 0), None)
    return None if lost is None else _refused(f"the comment {shown(lost)} would be lost", "editing by hand", file)


def _holds(text: str, path: tuple[str, ...], written: str) -> bool:
    root, wanted = compose(text), compose(written)
    nodes = find_node(root, path) if isinstance(root, yaml.Node) else None
    return nodes is not None and isinstance(wanted, yaml.Node) and plain(nodes[1]) == plain(wanted)


def _by_hand(dotted: str, file: Path | None) -> Diagnostic:
    return _refused(f"{dotted} is written in a way that can not be edited here", "editing the file by hand", file)


def _refused(message: str, allowed: str, file: Path | None, code: Code = Code.VALUE) -> Diagnostic:
    return Diagnostic(
        file=str(file or FILE_NAMES[0]),
        line=1,
        column=1,
        end_line=1,
        end_column=1,
        severity=Severity.ERROR,
        code=code,
        path=(),
        message=message,
        allowed=allowed,
    )
