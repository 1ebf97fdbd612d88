"""The proxy for an address, by the environment of the person who asked: the daemon has its own."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from agent_orchestrator.model.hosts import is_loopback


def proxy_for(url: str, env: Mapping[str, str]) -> str:
    """The proxy's URL; empty: none. ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY``, in either case.

    This machine is reached without one, as Go's programs have it: a proxy's own is another, and it would read what is
    sent over plain HTTP.
    """
    parts = urlsplit(url)
    found = _of(env, f"{parts.scheme}_proxy") or _of(env, "all_proxy")
    if not found or not parts.hostname or is_loopback(parts.hostname):
        return ""
    exempt = _of(env, "no_proxy")
    if exempt and proxy_bypass_environment(parts.netloc.rpartition("@")[2], {"no": exempt}):
        return ""
    return found if "://" in found else f"http://{found}"


def _of(env: Mapping[str, str], name: str) -> str:
    # As curl has it: HTTP_PROXY in capitals can come from a request's header in a CGI program, which this is not.
    return env.get(name) or env.get(name.upper()) or ""
