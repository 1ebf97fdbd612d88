"""Attrs values to and from JSON, names in camelCase; the bytes around them are in :mod:`.framing`.

Hello (client → daemon), one line of JSON: ``{"ao": 1, "client": "cli", "version": "…", "cwd": "…", "env": {…}}``;
the answer is one line too: ``{"ao": 1, "version": "…", "pid": 1}`` or ``{"error": "…"}``.
"""

from __future__ import annotations

from typing import Any

from attrs import AttrsInstance, fields, has
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from agent_orchestrator.protocol.strict import make_strict


def camel(name: str) -> str:
    """``last_activity`` → ``lastActivity``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _make() -> Converter:
    converter = Converter(forbid_extra_keys=True)
    make_strict(converter)

    def names(cls: type[AttrsInstance]) -> dict[str, Any]:
        return {f.name: override(rename=camel(f.name)) for f in fields(cls)}

    converter.register_unstructure_hook_factory(has, lambda cls: make_dict_unstructure_fn(cls, converter, **names(cls)))
    converter.register_structure_hook_factory(
        has, lambda cls: make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True, **names(cls))
    )
    return converter


converter = _make()


def to_wire(value: Any) -> Any:
    """An attrs value as JSON types, names in camelCase."""
    return converter.unstructure(value)


def from_wire(value: Any, cls: type[Any]) -> Any:
    """JSON types as an attrs value. Raises a cattrs error that :func:`describe` turns into a sentence."""
    return converter.structure(value, cls)
