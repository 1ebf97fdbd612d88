"""What answers of GraphQL have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def nodes(connection: Mapping[str, Any] | None) -> list[Any]:
    """What a connection has, without what could not be given. Raises AttributeError for what is none."""
    return [node for node in (connection or {}).get("nodes") or () if node is not None]
