"""``ao demo``: a small red repository of real Python, and a hunt that takes it to green. Needs no key and no model."""

from __future__ import annotations

from agent_orchestrator.demo.command import main

__all__ = ("main",)
