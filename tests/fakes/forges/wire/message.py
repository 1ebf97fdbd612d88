"""A request and an answer, as the doubles see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote

from attrs import field, frozen


@frozen
class Request:
    """One request. Header names are in lower case; ``path`` is as it was sent, percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(factory=dict)
    body: bytes = b""
    scheme: str = "https"

    @property
    def host(self) -> str:
        """The ``Host`` header: name, with the port where there is one."""
        return self.headers.get("host", "")

    @property
    def params(self) -> dict[str, str]:
        """The query; of a name that comes twice the last."""
        return dict(parse_qsl(self.query, keep_blank_values=True))

    @property
    def params_list(self) -> list[tuple[str, str]]:
        """The query, in order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{self.scheme}://{self.host}{self.path}" + (f"?{self.query}" if self.query else "")

    @property
    def token(self) -> str:
        """The credential: of ``Authorization`` (``Bearer``, ``token`` or alone) or ``PRIVATE-TOKEN``; else empty."""
        if private := self.headers.get("private-token"):
            return private
        kind, _, rest = self.headers.get("authorization", "").partition(" ")
        return rest.strip() if rest and kind.lower() in ("bearer", "token") else kind

    def json(self) -> Any:
        """The body, ``{}`` where there is none. ValueError where it is no JSON."""
        return json.loads(self.body) if self.body else {}


@frozen
class Answer:
    """One answer. The body stops in its middle to wait for ``held``, and ends after ``cut`` bytes."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)
    cut: int | None = None
    held: Any = None


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """JSON."""
    kind = {"content-type": "application/json; charset=utf-8"}
    return Answer(status, json.dumps(value, ensure_ascii=False).encode(), {**kind, **(headers or {})})


def link(request: Request, page: int, last: int, base: str) -> dict[str, str]:
    """The ``Link`` header of a list in pages, as all forges have it (RFC 8288). ``base``: the address without query."""

    def to(number: int) -> str:
        rest = [(k, v) for k, v in request.params_list if k != "page"]
        query = "&".join(f"{quote(k)}={quote(v)}" for k, v in [*rest, ("page", str(number))])
        return f"<{base}?{query}>"

    found = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
    wanted = [name for name in found if (page > 1 if name in ("prev", "first") else page < last)]
    return {"link": ", ".join(f'{to(found[name])}; rel="{name}"' for name in wanted)} if wanted else {}
