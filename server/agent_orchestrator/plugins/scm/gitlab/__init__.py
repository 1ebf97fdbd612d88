"""GitLab: at gitlab.com, and servers of one's own. https://docs.gitlab.com/api/."""

from __future__ import annotations

from collections.abc import Mapping

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.scm import credentials
from agent_orchestrator.plugins.scm.address import address
from agent_orchestrator.plugins.scm.gitlab.api import GitLab
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.scm.login import Login
from agent_orchestrator.ports.scm import Place, Scm


def make(place: Place, http: HttpClient, env: Mapping[str, str]) -> Scm:
    """One project; ``env`` is the person's environment. Nothing is asked before something is wanted."""

    at = address(place.server)

    async def find() -> Credential | None:
        return await credentials.gitlab(at.host, env, at.scheme)

    path = place.path.strip("/").removesuffix(".git")
    return GitLabScm(place, GitLab(http, Login(find, http.now), place.server, path))
