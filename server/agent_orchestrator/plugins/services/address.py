"""Where a forge's server is, and whether a token may be sent there."""

from __future__ import annotations

from urllib.parse import urlsplit

from attrs import frozen

from agent_orchestrator.model.hosts import is_loopback


@frozen
class Address:
    """A server: ``https://host`` or ``https://host:port``; ``refused`` says why nothing is asked of it."""

    scheme: str
    host: str
    refused: str = ""

    @property
    def url(self) -> str:
        """It as a whole, without a slash at its end."""
        return f"{self.scheme}://{self.host}"


def address(server: str) -> Address:
    """The address that ``server`` writes. Over plain HTTP a token would be read by whoever is on the way."""
    try:
        # Line ends are taken out by it, which makes another name.
        parts = urlsplit(server if server.isprintable() else "")
        host, port, name = parts.netloc.rpartition("@")[2].lower(), parts.port, parts.hostname or ""
    except ValueError:
        return Address("https", "", f"{server!r} is no address of a server")
    if not name or not host.isascii() or not host.isprintable() or any(map(str.isspace, host)):
        return Address("https", "", f"{server!r} is no address of a server")
    default = {"https": 443, "http": 80}.get(parts.scheme)
    host = host.removesuffix(f":{port}") if port is not None and port == default else host.removesuffix(":")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(name)):
        return Address(parts.scheme, host)
    return Address(parts.scheme, host, f"{host} is not reached over https, and a token is sent over nothing else")
