"""What a service knows us by. Its value is written nowhere: not in a log, an error, or a file of ours."""

from __future__ import annotations

import hashlib

from attrs import field, frozen

ANONYMOUS = ""


@frozen
class Credential:
    """A token, and how it is sent: with ``scheme`` before it, in the one header that no redirect takes elsewhere.

    ``source`` says in a person's words where it was found.
    """

    token: str = field(repr=False)
    scheme: str = "Bearer"
    source: str = ""

    @property
    def fingerprint(self) -> str:
        """Tells tokens apart without giving any away: budgets and stored answers are kept by it."""
        return hashlib.sha256(self.token.encode(errors="surrogatepass")).hexdigest()[:16]

    def headers(self) -> dict[str, str]:
        """The header to send."""
        return {"Authorization": f"{self.scheme} {self.token}".strip()}
