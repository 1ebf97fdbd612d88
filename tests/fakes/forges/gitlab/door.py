"""Which interface a request is for, whose it is, and whether it may come in."""

from __future__ import annotations

import hashlib
from email.utils import format_datetime

from attrs import evolve

from .. import smart
from ..graph.view import Refused, Unmodelled
from ..wire.message import Answer, Request, answer
from .graph.serve import serve as graphql
from .lab import Lab
from .people import DEVELOPER, level
from .rest import actors, ci, issues, merge_requests, projects  # noqa: F401  Each enters its routes.
from .rest.ask import Ask, Problem, Reply, match

API = "/api/v4"


def enter(lab: Lab, request: Request) -> Answer:
    """Answer a request."""
    lab.sync()
    if smart.is_git(request):
        done = smart.serve(request, lambda name, password: _access(lab, name, password))
        lab.sync()
        return done
    account = lab.tokens.get(request.token)
    if account is None:
        return answer({"message": "401 Unauthorized"}, 401)
    web = f"{request.scheme}://{request.host}"
    if request.path == "/api/graphql":
        return _told(lab, graphql(lab, account, request, web))

    matched = match(request.method, request.path.removeprefix(API)) if request.path.startswith(API) else None
    if matched is None:
        raise Unmodelled(f"{request.method} {request.path}")
    handler, parts = matched
    ask = Ask(lab, account, request, parts, web + API, web)
    return _told(lab, _conditional(request, _answer(_replied(ask, handler))))


def _replied(ask: Ask, handler: object) -> Reply:
    try:
        reply = handler(ask)  # type: ignore[operator]
    except Problem as problem:
        return Reply({"message": str(problem)}, problem.status)
    except Refused as refused:
        return Reply({"message": str(refused)}, int(refused.type))
    if left := set(ask.given()) - ask.read - {"private_token", "access_token", "id"}:
        raise Unmodelled(f"{ask.request.method} {ask.request.path} with {', '.join(sorted(left))}")
    return reply


def _answer(reply: Reply) -> Answer:
    if reply.body is not None:
        return Answer(reply.status, reply.body, {"content-type": reply.kind, **reply.headers})
    return Answer(204) if reply.status == 204 else answer(reply.value, reply.status, reply.headers)


def _conditional(request: Request, made: Answer) -> Answer:
    """A weak ETag of the body, as the server's own layer makes one; a 304 is counted like any answer."""
    if request.method != "GET" or made.status != 200:
        return made
    etag = f'W/"{hashlib.md5(made.body, usedforsecurity=False).hexdigest()}"'
    if request.headers.get("if-none-match") == etag:
        return Answer(304, headers={"etag": etag})
    return evolve(made, headers={**made.headers, "etag": etag, "cache-control": "max-age=0, private, must-revalidate"})


def _told(lab: Lab, made: Answer) -> Answer:
    """With what is left of this minute; 429 where nothing is."""
    minute = int(lab.clock.now().timestamp()) // 60
    if lab.minute[0] != minute:
        lab.minute = (minute, 0)
    lab.minute = (minute, lab.minute[1] + 1)
    left, until = lab.limit - lab.minute[1], (minute + 1) * 60
    headers = {
        "date": format_datetime(lab.clock.now(), usegmt=True),
        "ratelimit-limit": str(lab.limit),
        "ratelimit-observed": str(lab.minute[1]),
        "ratelimit-remaining": str(max(0, left)),
        "ratelimit-reset": str(until),
    }
    if left < 0:
        wait = str(until - int(lab.clock.now().timestamp()))
        return Answer(429, b"Retry later\n", {"content-type": "text/plain", "retry-after": wait, **headers})
    return evolve(made, headers={**made.headers, **headers})


def _access(lab: Lab, name: str, password: str) -> smart.Access | None:
    """What a token, as the password, allows."""
    project, account = lab.projects.get(name), lab.tokens.get(password)
    if project is None:
        return None
    mine = level(project, account) if account else 0
    return smart.Access(project.refs, not project.private or mine > 0, mine >= DEVELOPER)
