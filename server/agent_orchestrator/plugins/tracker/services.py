"""What trackers and forges share: asking GitHub, where tokens are found, and to whom they are sent."""

from __future__ import annotations

from attrs import evolve

from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.plugins.scm import credentials
from agent_orchestrator.plugins.scm.address import Address, address
from agent_orchestrator.plugins.scm.github.api import GitHub
from agent_orchestrator.plugins.scm.login import Login

__all__ = ["Address", "GitHub", "Login", "address", "credentials", "sent"]


async def sent(http: HttpClient, login: Login, at: Address, request: Request, sign_in: str) -> Answer | Trouble:
    """Send a request with the login's token; a refused one is looked for again. ``sign_in`` says how to get one."""
    if at.refused:
        return Trouble("denied", at.refused)
    credential = await login.credential()
    if credential is None:
        return Trouble("denied", f"there is no token for {at.host}: {sign_in}")
    answer = await http.send(evolve(request, credential=credential))
    if isinstance(answer, Trouble) and answer.kind == "denied":
        another = await login.another(credential)
        if another is not None:
            return await http.send(evolve(request, credential=another))
    return answer
