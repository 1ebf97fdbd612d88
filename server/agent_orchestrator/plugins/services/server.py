"""A forge's server with a login: what is sent there, and with whose token."""

from __future__ import annotations

from functools import cached_property

from attrs import evolve, frozen

from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services.address import Address, address
from agent_orchestrator.plugins.services.login import SignIn
from agent_orchestrator.ports.scm import Access


@frozen(slots=False)
class Server:
    """``server`` is its address for people. What one forge has otherwise than another is what it overrides."""

    http: HttpClient
    login: SignIn
    server: str

    #: The forge's own program, which makes a token, and what an answer of the REST interface is to be.
    program = ""
    accept = "application/json"

    @cached_property
    def address(self) -> Address:
        """Where it is."""
        return address(self.server)

    @property
    def host(self) -> str:
        """Its name, with the port where it has one."""
        return self.address.host

    @property
    def rest(self) -> str:
        """Where the REST interface is, without a slash at its end."""
        return self.address.url

    def refuses(self, trouble: Trouble) -> bool:
        """Is it the token that is refused, so that another may be taken?"""
        return trouble.status == 401

    async def get(
        self, path: str, *, urgent: bool = False, most: int = 0, tail: bool = False, accept: str = ""
    ) -> Answer | Trouble:
        """Get what is at a path of the REST interface; ``most`` bytes of it, with ``tail`` its end."""
        request = Request("GET", f"{self.rest}{path}", accept=accept or self.accept, urgent=urgent, tail=tail)
        return await self.send(evolve(request, most=most) if most else request)

    async def send(self, request: Request) -> Answer | Trouble:
        """Send a request with the login's token; one that is refused is looked for again."""
        credential = await self.credential()
        if isinstance(credential, Trouble):
            return credential
        answer = await self.http.send(evolve(request, credential=credential))
        if isinstance(answer, Trouble) and self.refuses(answer):
            another = await self.login.another(credential)
            if another is not None:
                return await self.http.send(evolve(request, credential=another))
        return answer

    async def access(self) -> Access | Trouble:
        """With what it is asked."""
        credential = await self.credential()
        if isinstance(credential, Trouble):
            return credential
        return Access(credential.source, self.http.budget(self.rest, credential).windows(self.http.now()))

    async def credential(self) -> Credential | Trouble:
        """The login's token, or why nothing is asked."""
        # Invariant: to a server that others can listen to nothing is sent, an app's statement neither.
        if self.address.refused:
            return Trouble("denied", self.address.refused)
        credential = await self.login.credential()
        if credential is None:
            how = f"`{self.program} auth login --hostname {self.host}` makes one"
            return Trouble("denied", f"{self.host}: no token was found; {how}")
        return credential
