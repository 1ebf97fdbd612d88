"""One change to a text at positions of its nodes; nothing here judges whether the result is a good configuration."""

from __future__ import annotations

import yaml

from agent_orchestrator.config import layout, render
from agent_orchestrator.config.nodes import Node, TextProblem, compose, entries, find_node, is_mapping, is_null
from agent_orchestrator.model.config_problem import KeyPath


def place(text: str, path: tuple[str, ...], written: str) -> str | None:
    """The text with YAML of one line as the value of a key, or None where the text's style does not allow it.

    A text that can not be composed comes back as it is.
    """
    root = compose(text)
    if isinstance(root, TextProblem):
        return text
    nodes = find_node(root, path) if root is not None and is_mapping(root) else None
    if nodes is None or _merged(root, path):
        return insert(text, path, written)
    return _replace(text, nodes[0], nodes[1], written)


def _merged(root: Node | None, path: KeyPath) -> bool:
    """Whether the last key of a path comes in through ``<<``; it is then set beside it."""
    parent = find_node(root, path[:-1]) if root is not None else None
    return parent is not None and any(e.key == path[-1] and e.merged for e in entries(parent[1]).entries)


def _replace(text: str, key_node: Node, value: Node, written: str) -> str | None:
    colon = layout.after_colon(text, key_node)
    if colon is None:
        return None
    if layout.is_alias(key_node, value):
        span = layout.alias_span(text, colon)
        return None if span is None else text[: span.start] + written + text[span.end :]
    start, end = value.start_mark.index, layout.end_of(value)
    if value.start_mark.line == value.end_mark.line and start != end:
        return text[:start] + written + text[end:]
    # Over several lines, or nothing yet: the value goes behind the colon, before a comment that stands there.
    if text[end - 1 : end] in ("\n", "\r") and end > start:
        end = layout.line_end(text, end - (2 if text[end - 2 : end] == "\r\n" else 1))
    head_end = layout.line_end(text, colon)
    on_key_line = start < head_end and start != end
    comment = "" if on_key_line else text[colon:head_end].rstrip()
    return f"{text[:colon]} {written}{comment}{text[max(end, head_end if not on_key_line else end) :]}"


def insert(text: str, path: tuple[str, ...], value: str | dict[str, render.Plain]) -> str | None:
    """The text with a new key, below the deepest mapping of its path that is there.

    ``value`` is YAML on one line, or a mapping. None where the text's style does not allow it; a text that can not be
    composed comes back as it is.
    """
    root = compose(text)
    if isinstance(root, TextProblem):
        return text
    if root is None:
        return _append(text, len(text), nested_lines(path, value, 0, 2))
    if not is_mapping(root):
        return None
    key_node: Node = root
    parent: Node = root
    depth = 0
    for depth, part in enumerate(path):
        entry = next((e for e in entries(parent).entries if e.key == part), None)
        if entry is not None and entry.merged and depth < len(path) - 1:
            return None  # A key of its own would hide all that is merged.
        if entry is None or entry.merged:
            break
        if layout.is_alias(entry.key_node, entry.value):
            return None
        key_node, parent = entry.key_node, entry.value
        if is_null(parent) or not is_mapping(parent):
            depth += 1
            break
    rest = path[depth:]
    if is_null(parent) and parent is not root and parent.start_mark.index == parent.end_mark.index:
        indent = int(key_node.start_mark.column) + _step(root)
        return _append(
            text, layout.line_end(text, key_node.end_mark.index), nested_lines(rest, value, indent, _step(root))
        )
    if is_null(parent):
        return _replace(text, key_node, parent, "{" + _in_flow(rest, value) + "}")
    if not is_mapping(parent):
        return None
    if parent.flow_style:
        return _insert_in_flow(text, parent, _in_flow(rest, value))
    lines = nested_lines(rest, value, int(parent.start_mark.column), _step(root))
    end = layout.end_of(parent)
    at_line_start = end > 0 and text[end - 1] in "\r\n"
    at = end if at_line_start else layout.line_end(text, end)
    return _append(text, layout.behind_inner_comments(text, at, int(parent.start_mark.column)), lines)


def _insert_in_flow(text: str, parent: yaml.MappingNode, written: str) -> str | None:
    """The text with an entry more, right behind the last one and its comma, so before a comment behind that."""
    if not parent.value:
        at = int(parent.start_mark.index) + 1
        return text[:at] + written + text[at:]
    at = end_of_entry(text, *parent.value[-1])
    comma = layout.comma_behind(text, at)
    if comma is None:
        return f"{text[:at]}, {written}{text[at:]}"
    return f"{text[:comma]} {written},{text[comma:]}"


def _append(text: str, at: int, lines: list[str]) -> str:
    """The text with whole lines put in at an index that is a line's start or its end."""
    newline = layout.newline_of(text)
    joined = newline.join(lines)
    if at == 0 or text[at - 1] in "\r\n":
        return text[:at] + joined + newline + text[at:]
    ends = "" if text[at : at + 1] in ("\n", "\r") else newline
    return text[:at] + newline + joined + ends + text[at:]


def nested_lines(path: tuple[str, ...], value: str | dict[str, render.Plain], indent: int, step: int) -> list[str]:
    """The lines of a key below new mappings; ``value`` is YAML on one line, or a mapping."""
    lines = [" " * (indent + i * step) + render.key(part) + ":" for i, part in enumerate(path)]
    if isinstance(value, str):
        return [*lines[:-1], f"{lines[-1]} {value}"]
    inner = indent + len(path) * step
    return [*lines, *(line for key, item in value.items() for line in render.block(key, item, inner, step))]


def _in_flow(path: tuple[str, ...], value: str | dict[str, render.Plain]) -> str:
    written = value if isinstance(value, str) else render.flow(value)
    for depth, part in enumerate(reversed(path)):
        written = f"{render.key(part)}: " + ("{" + written + "}" if depth else written)
    return written


def _step(root: Node) -> int:
    """How far the first nested mapping of a text is indented; two spaces where there is none."""
    for _, value in root.value:
        if is_mapping(value) and not value.flow_style and value.start_mark.column > root.start_mark.column:
            return int(value.start_mark.column - root.start_mark.column)
    return 2


def end_of_entry(text: str, key_node: Node, value: Node) -> int:
    """Index just behind the last character of a key's value."""
    if not layout.is_alias(key_node, value):
        return layout.end_of(value)
    colon = layout.after_colon(text, key_node)
    span = None if colon is None else layout.alias_span(text, colon)
    return int(key_node.end_mark.index) if span is None else span.end


def remove(text: str, parent: yaml.MappingNode, key_node: Node, value: Node) -> str:
    """The text without one key of a mapping and its value."""
    start, end = int(key_node.start_mark.index), end_of_entry(text, key_node, value)
    if not parent.flow_style:
        at_line_start = text[end - 1] in "\r\n"
        return text[: layout.line_start(text, start)] + text[end if at_line_start else layout.next_line(text, end) :]
    behind = text[end:].lstrip()
    if behind.startswith(","):
        return text[:start] + behind[1:].lstrip()
    before = text[:start].rstrip()
    return before.removesuffix(",") + text[end:]
