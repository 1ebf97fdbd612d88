"""A server of GitHub with the account that is known there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from attrs import evolve

from agent_orchestrator.model.forge import ForgeApp
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services import credentials
from agent_orchestrator.plugins.services.address import address
from agent_orchestrator.plugins.services.app_token import AppIdentity, AppToken
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.login import Login
from agent_orchestrator.ports.scm import Place


def connect(place: Place, http: HttpClient, env: Mapping[str, str], app: ForgeApp | None = None) -> GitHub:
    """The server of a place. ``env`` is the person's environment, where a token is looked for when one is needed.

    With an ``app`` it is asked as that, and as nobody else where that can not be.
    """
    at = address(place.server)

    async def find() -> Credential | None:
        return await credentials.github(at.host, env, at.scheme)

    github = GitHub(http, Login(find, http.now), place.server)
    if app is None:
        return github
    identity = AppIdentity(app.id, Path(app.key), app.installation, quote(place.path, safe="/"))
    return evolve(github, login=AppToken(http, identity, github.rest))
