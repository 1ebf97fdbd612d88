"""Bytes of a tool → report. Pure: no file, clock or process is touched here."""

from __future__ import annotations

from agent_orchestrator.formats.inputs import Inputs, Pattern
from agent_orchestrator.formats.parse import FORMATS, parse

__all__ = ["FORMATS", "Inputs", "Pattern", "parse"]
