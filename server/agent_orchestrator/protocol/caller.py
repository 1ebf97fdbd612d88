"""Who asks: the client at the other end of a connection."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Client:
    """Who sent a request. ``cwd`` is absolute; ``env`` is the client's own environment, already filtered."""

    kind: str
    cwd: str
    env: Mapping[str, str]
    version: str
