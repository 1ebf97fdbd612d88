"""GitLab: at gitlab.com, and servers of one's own. https://docs.gitlab.com/api/."""

from __future__ import annotations

from collections.abc import Mapping

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.services.gitlab.connect import connect
from agent_orchestrator.ports.scm import Place, Scm


def make(place: Place, http: HttpClient, env: Mapping[str, str]) -> Scm:
    """One project; ``env`` is the person's environment. Nothing is asked before something is wanted."""
    return GitLabScm(place, connect(place, http, env))
