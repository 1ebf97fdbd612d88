"""Requests to services: one at a time to each host, within the budget, and unchanged answers for nothing.

"Make requests serially instead of concurrently", "If you are making a large number of POST, PATCH, PUT, or DELETE
requests, wait at least one second between each request" (GitHub, "Best practices for using the REST API").
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from attrs import define, evolve, field, frozen

from agent_orchestrator import __version__
from agent_orchestrator.model.external.text import title
from agent_orchestrator.net.answers import Answer, Kind, Trouble, read_json
from agent_orchestrator.net.budget import Budget
from agent_orchestrator.net.credential import ANONYMOUS, Credential
from agent_orchestrator.net.memory import Key, Memory
from agent_orchestrator.net.proxy import proxy_for

if TYPE_CHECKING:
    import httpx2

#: Seconds between two requests to one host that change something.
_BETWEEN_WRITES = 1.0
#: Seconds for a connection, for a part of an answer, and for all of it.
_CONNECT, _READ, _WHOLE = 10.0, 30.0, 120.0
#: Bytes of an answer, where the request does not say otherwise.
_MOST = 16 * 1024 * 1024
#: Bytes of an error's body that are read.
_ERROR = 64 * 1024
_READS = ("GET", "HEAD")
_KINDS: Mapping[int, Kind] = {401: "denied", 403: "denied", 404: "missing", 410: "gone", 429: "limited"}


@frozen
class Request:
    """A request. ``url`` is whole. ``body`` is sent as JSON. ``resource`` is the budget that it is taken from.

    ``reads``: it changes nothing though its method is POST (a GraphQL query). ``tail``: of an answer that is longer
    than ``most`` bytes the end is wanted; else such an answer is trouble.
    """

    method: str
    url: str
    credential: Credential | None = None
    body: Any = None
    accept: str = "application/json"
    resource: str = "core"
    reads: bool = False
    urgent: bool = False
    most: int = _MOST
    tail: bool = False


@define
class HttpClient:
    """Requests with the environment of a person (proxies, certificates).

    ``transport`` takes the place of the network. Everything runs in one event loop.
    """

    env: Mapping[str, str] = field(factory=dict)
    transport: httpx2.AsyncBaseTransport | None = None
    now: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    memory: Memory = field(factory=Memory)
    _budgets: defaultdict[tuple[str, str], Budget] = field(factory=lambda: defaultdict(Budget))
    _turns: defaultdict[str, asyncio.Lock] = field(factory=lambda: defaultdict(asyncio.Lock))
    _written: dict[str, float] = field(factory=dict)
    _clients: dict[str, httpx2.AsyncClient] = field(factory=dict)

    def budget(self, url: str, credential: Credential | None) -> Budget:
        """The budget that a credential has at the host of an address."""
        return self._budgets[_host(url), credential.fingerprint if credential else ANONYMOUS]

    async def send(self, request: Request) -> Answer | Trouble:
        """Send it when its turn comes. Where the budget is spent nothing is sent: the answer says until when."""
        async with self._turns[_host(request.url)]:
            budget = self.budget(request.url, request.credential)
            free_at = budget.free_at(request.resource, self.now(), urgent=request.urgent)
            if free_at > self.now():
                return Trouble("limited", f"{_host(request.url)} has no requests left for now", free_at)
            if request.method not in _READS and not request.reads:
                await self._pace(_host(request.url))
            return await self._exchange(request, budget)

    async def close(self) -> None:
        """Close the connections."""
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _pace(self, host: str) -> None:
        wait = self._written.get(host, 0.0) + _BETWEEN_WRITES - self.now()
        if 0 < wait <= _BETWEEN_WRITES:
            await self.sleep(wait)
        self._written[host] = self.now()

    async def _exchange(self, request: Request, budget: Budget) -> Answer | Trouble:
        import httpx2

        key = Key(request.credential.fingerprint if request.credential else ANONYMOUS, request.url, request.accept)
        conditional = request.method == "GET" and not request.tail
        headers = {"Accept": request.accept}
        headers |= request.credential.headers() if request.credential else {}
        headers |= self.memory.conditions(key) if conditional else {}
        content = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(request.body).encode()
        if odd := [name for name, value in headers.items() if not (value.isascii() and value.isprintable())]:
            # Refused here: the library's own error would quote the value.
            return Trouble("denied", f"{_host(request.url)}: its header {odd[0]} holds more than printable ASCII")
        try:
            client = self._client(request.url)
        except (ImportError, ValueError, httpx2.InvalidURL):
            return Trouble("unreachable", f"{_host(request.url)}: the environment's proxy is none that can be used")
        except OSError as error:
            return Trouble("unreachable", f"the environment's certificates can not be read: {_reason(error)}")
        try:
            async with (
                asyncio.timeout(_WHOLE),
                client.stream(request.method, request.url, headers=headers, content=content) as response,
            ):
                given = {name.lower(): value for name, value in response.headers.items()}
                most = request.most if response.status_code < 400 else _ERROR
                body, cut = await _read(response, most, tail=request.tail)
        except TimeoutError:
            return Trouble("unreachable", f"{_host(request.url)} did not answer within {_WHOLE:.0f} s")
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
            return Trouble("unreachable", f"{_host(request.url)}: {_reason(error)}")
        limited = budget.took(request.resource, response.status_code, given, self.now())
        if response.status_code == 304 and (kept := self.memory.again(key)) is not None:
            return evolve(kept, headers={**kept.headers, **given}, unchanged=True)
        if not 200 <= response.status_code < 300:
            return _trouble(request, response.status_code, body, budget, limited, self.now())
        if cut and not request.tail:
            return Trouble("too-large", f"{_place(request.url)}: more than {request.most} bytes")
        answer = Answer(response.status_code, given, body)
        if conditional:
            self.memory.keep(key, answer)
        return answer

    def _client(self, url: str) -> httpx2.AsyncClient:
        import httpx2

        proxy = proxy_for(url, self.env)
        if proxy not in self._clients:
            # It names every address in its log, and some that services redirect to hold a signature.
            for name in ("httpx2", "httpcore2"):
                logging.getLogger(name).setLevel(logging.WARNING)
            timeout = httpx2.Timeout(_READ, connect=_CONNECT)
            self._clients[proxy] = httpx2.AsyncClient(
                headers={"User-Agent": f"agent-orchestrator/{__version__}"},
                # It sends no credential on to another host.
                follow_redirects=True,
                max_redirects=3,
                timeout=timeout,
                # What it would read of the environment is the daemon's.
                trust_env=False,
                proxy=proxy or None,
                verify=_certificates(self.env),
                transport=self.transport,
            )
        return self._clients[proxy]


async def _read(response: httpx2.Response, most: int, *, tail: bool) -> tuple[bytes, bool]:
    """``most`` bytes of a body, with ``tail`` its last, and whether there were more."""
    parts = bytearray()
    cut = False
    async for part in response.aiter_bytes():
        parts += part
        if len(parts) > most and not tail:
            return bytes(parts[:most]), True
        if len(parts) > 2 * most:
            del parts[:-most]
            cut = True
    return bytes(parts[-most:]), cut or len(parts) > most


def _trouble(request: Request, status: int, body: bytes, budget: Budget, limited: bool, now: float) -> Trouble:
    told = _told(body)
    said = _said(told)
    kind = _KINDS.get(status, "failed" if status >= 500 else "unreadable")
    if not limited and ((status == 403 and "rate limit" in said.lower()) or _is_too_much(told)):
        budget.exhausted(now)
        limited = True
    kind = "limited" if limited else kind
    until = budget.free_at(request.resource, now) if kind == "limited" else 0.0
    return Trouble(kind, f"{_place(request.url)}: {status}{f' {said}' if said else ''}", until, status)


def _told(body: bytes) -> Mapping[str, Any]:
    try:
        read = read_json(body)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _errors(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of GraphQL."""
    errors = told.get("errors")
    return [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []


def _said(told: Mapping[str, Any]) -> str:
    """The words of an error: ``message`` of GitHub, GitLab and GraphQL, ``error`` of GitLab and of OAuth."""
    said = (told.get("message"), told.get("error"), *(each.get("message") for each in _errors(told)))
    return title(next((str(words) for words in said if words), ""))[:200]


def _is_too_much(told: Mapping[str, Any]) -> bool:
    """Linear says so with status 400 ("Rate limiting")."""
    extensions = (each.get("extensions") for each in _errors(told))
    return any(isinstance(each, dict) and each.get("code") == "RATELIMITED" for each in extensions)


def _reason(error: BaseException) -> str:
    return title(str(error))[:200] or type(error).__name__


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _place(url: str) -> str:
    """An address without its query, which can hold what is nobody's business."""
    parts = urlsplit(url)
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def _certificates(env: Mapping[str, str]) -> ssl.SSLContext | bool:
    """The machine's certificates, with those that the person's environment names."""
    file, folder = env.get("SSL_CERT_FILE"), env.get("SSL_CERT_DIR")
    if not file and not folder:
        return True
    context = ssl.create_default_context()
    context.load_verify_locations(file or None, folder or None)
    return context
