"""A project of GitLab with the account that is known there."""

from __future__ import annotations

from collections.abc import Mapping

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services import credentials
from agent_orchestrator.plugins.services.address import address
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import Login
from agent_orchestrator.ports.scm import Place


def connect(place: Place, http: HttpClient, env: Mapping[str, str]) -> GitLab:
    """The project of a place. ``env`` is the person's environment, where a token is looked for when one is needed."""
    at = address(place.server)

    async def find() -> Credential | None:
        return await credentials.gitlab(at.host, env, at.scheme)

    return GitLab(http, Login(find, http.now), place.server, place.path)
