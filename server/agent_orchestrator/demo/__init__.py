"""``ao demo``: a small red repository of real Python code, and a hunt that takes it to green. Needs no key, no model."""

from __future__ import annotations

from agent_orchestrator.demo.command import main

__all__ = ("main",)
