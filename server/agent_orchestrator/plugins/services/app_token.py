"""A GitHub App as the identity at GitHub: its private key states who it is, and that is exchanged for a token.

"Generating a JSON Web Token (JWT) for a GitHub App", "Generating an installation access token for a GitHub App": the
statement is good for ten minutes at most, the token for an hour.

Invariant: neither the key, the statement nor the token is written anywhere, or told in an error.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from agent_orchestrator.net.answers import Answer, Trouble
from agent_orchestrator.net.client import HttpClient, Request
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.services.github.api import ACCEPT

#: Seconds before its end at which a token is renewed, and at which it is no longer used whatever happens.
_RENEW, _LAST = 600.0, 30.0
#: Seconds after which a token that is refused is given up for another: it may only be that the app may not do a thing.
_AGAIN = 180.0
#: Seconds that a statement was made before now, for clocks that differ, and for which it is good from now on.
_BEFORE, _GOOD = 60, 540
#: Bytes of a key's file that are read.
_MOST = 64 * 1024
_NO_LIBRARY = Trouble("denied", "to act as a GitHub App install `agent-orchestrator[app]`: it signs with a library")


@frozen
class AppIdentity:
    """A GitHub App. ``app`` is its number or client id, ``key`` the file with its private key (PEM).

    ``installation`` is the number of its installation; 0: that of ``repository`` (``owner/name``), which is asked for.
    """

    app: str
    key: Path
    installation: int = 0
    repository: str = ""


@define
class AppToken:
    """The token of an app's installation, kept in memory. ``rest`` is where the REST interface is, without a slash."""

    http: HttpClient
    identity: AppIdentity
    rest: str = "https://api.github.com"
    _credential: Credential | None = field(default=None, repr=False)
    _until: float = 0.0
    _renewed: float = 0.0
    _installation: int = 0
    _turn: asyncio.Lock = field(factory=asyncio.Lock, repr=False)

    async def credential(self) -> Credential | Trouble:
        """The present token; a new one where that ends soon. A token that is still good outlives a failed renewal."""
        async with self._turn:
            left = self._until - self.http.now()
            if self._credential is not None and left > _RENEW:
                return self._credential
            trouble = await self._renew()
            if trouble is None and self._credential is not None:
                return self._credential
            if self._credential is not None and left > _LAST:
                return self._credential
            self._credential = None
            return trouble or Trouble("unreadable", "GitHub gave the app no token")

    async def another(self, refused: Credential | None) -> Credential | None:
        """Another one than the one that was refused; None: there is none, or it is too early to ask for one again."""
        async with self._turn:
            early = 0 <= self.http.now() - self._renewed < _AGAIN
            if self._credential == refused and not early:
                await self._renew()
            return None if self._credential == refused else self._credential

    async def _renew(self) -> Trouble | None:
        stated = await asyncio.to_thread(_statement, self.identity, self.http.now())
        if isinstance(stated, Trouble):
            return stated
        number = self.identity.installation or self._installation or await self._find(stated)
        if isinstance(number, Trouble):
            return number
        answer = await self._ask("POST", f"/app/installations/{number}/access_tokens", stated)
        if isinstance(answer, Trouble):
            if answer.kind == "missing":
                # It may have been installed anew.
                self._installation = 0
            return answer
        try:
            said = answer.json()
            token, until = said["token"], datetime.fromisoformat(said["expires_at"]).timestamp()
        except (ValueError, LookupError, TypeError):
            return Trouble("unreadable", "GitHub's answer to the app holds no token")
        if not isinstance(token, str) or not (token.isascii() and token.isprintable() and token):
            return Trouble("unreadable", "GitHub's answer to the app holds no token")
        self._credential = Credential(token, source=f"the GitHub App {self.identity.app}")
        self._until, self._installation, self._renewed = until, number, self.http.now()
        return None

    async def _find(self, stated: Credential) -> int | Trouble:
        answer = await self._ask("GET", f"/repos/{self.identity.repository}/installation", stated)
        if isinstance(answer, Trouble):
            if answer.kind == "missing":
                return Trouble("missing", f"the GitHub App is not installed for {self.identity.repository}", status=404)
            return answer
        try:
            number = answer.json()["id"]
        except (ValueError, LookupError, TypeError):
            number = None
        found = isinstance(number, int) and number > 0
        return number if found else Trouble("unreadable", "GitHub does not say which installation the app has")

    async def _ask(self, method: str, path: str, stated: Credential) -> Answer | Trouble:
        # A person's work waits for it, and its own budget is that of the app.
        return await self.http.send(Request(method, f"{self.rest}{path}", stated, accept=ACCEPT, urgent=True))


def _statement(identity: AppIdentity, now: float) -> Credential | Trouble:
    """The app's statement of who it is. The library and the key are looked for here, when they are needed."""
    try:
        import jwt
    except ImportError:
        return _NO_LIBRARY
    try:
        with identity.key.open("rb") as file:
            key = file.read(_MOST)
    except OSError as error:
        return Trouble("denied", f"the private key of the GitHub App, {identity.key}: {error.strerror}")
    stated: dict[str, Any] = {"iat": int(now) - _BEFORE, "exp": int(now) + _GOOD, "iss": identity.app}
    try:
        text = jwt.encode(stated, key, algorithm="RS256")
    except NotImplementedError:
        # PyJWT alone, without `cryptography`: the extra brings both.
        return _NO_LIBRARY
    except (jwt.PyJWTError, ValueError, TypeError):
        # Its own words could quote the key.
        return Trouble("denied", f"{identity.key} holds no private key that a GitHub App signs with (PEM, RSA)")
    return Credential(text, source=f"the GitHub App {identity.app}")
