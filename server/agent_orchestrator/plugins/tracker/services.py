"""What trackers and forges share: asking GitHub, and where tokens are found."""

from __future__ import annotations

from agent_orchestrator.plugins.scm import credentials
from agent_orchestrator.plugins.scm.github.api import GitHub, Reply

__all__ = ["GitHub", "Reply", "credentials"]
