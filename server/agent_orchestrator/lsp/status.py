"""The server's health, in the shape that rust-analyzer gave it: ``experimental/serverStatus``, where it is asked for.

Source: https://rust-analyzer.github.io/book/contributing/lsp-extensions.html#server-status
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from agent_orchestrator.engine.state import Project

METHOD = "experimental/serverStatus"


def is_wanted(capabilities: lsp.ClientCapabilities) -> bool:
    """Does the client ask for it?"""
    own = capabilities.experimental
    return isinstance(own, dict) and own.get("serverStatusNotification") is True


def status(projects: Sequence[Project], *, busy: bool) -> dict[str, Any]:
    """``error``: a project can not be driven; ``warning``: one is not trusted. ``quiescent``: nothing is under way."""
    broken = [f"{p.settings.name or p.id}: {p.problem}" for p in projects if p.problem]
    foreign = [p.settings.name or p.id for p in projects if not p.problem and p.trusted != p.settings.trust]
    if broken:
        return {"health": "error", "quiescent": not busy, "message": "\n".join(broken)}
    if foreign:
        message = f"not trusted yet, so that nothing runs: {', '.join(foreign)}"
        return {"health": "warning", "quiescent": not busy, "message": message}
    return {"health": "ok", "quiescent": not busy}
