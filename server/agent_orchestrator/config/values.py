"""Nodes → plain values, for showing and comparing what a text holds."""

from __future__ import annotations

import json
from typing import TypeAlias

import yaml

from agent_orchestrator.config.nodes import BOOL, FLOAT, INT, MAX_ENTRIES, NULL, Node

Data: TypeAlias = "str | int | float | bool | list[Data] | dict[str, Data] | None"


class _TooMuch(Exception):
    """The node stands for more values than anyone should look at."""


def plain(node: Node) -> Data:
    """The value of a node, with aliases written out; None as well for what stands for too many values."""
    try:
        return _plain(node, [MAX_ENTRIES], ())
    except (_TooMuch, ValueError):
        return None


def source_text(node: Node) -> str:
    """A node for a person or a script: the text of a scalar, JSON for lists and mappings, nothing for null."""
    if isinstance(node, yaml.ScalarNode):
        return "" if node.tag == NULL else str(node.value)
    return json.dumps(plain(node), ensure_ascii=False)


def _plain(node: Node, budget: list[int], above: tuple[int, ...]) -> Data:
    budget[0] -= 1
    if budget[0] < 0 or id(node) in above:
        raise _TooMuch
    inside = (*above, id(node))
    if isinstance(node, yaml.MappingNode):
        return {str(_plain(key, budget, inside)): _plain(value, budget, inside) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, budget, inside) for item in node.value]
    text = str(node.value)
    if node.tag == NULL:
        return None
    if node.tag == BOOL:
        return text.lower() == "true"
    return int(text) if node.tag == INT else float(text) if node.tag == FLOAT else text
