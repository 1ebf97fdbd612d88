"""One REST request: routed, paid, answered, held against the contract, and 304 where nothing changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from attrs import evolve

from ...graph.view import Refused, Unmodelled
from ...wire.message import Answer, Request, answer
from ..see import See
from . import actions, checks, hooks, issues, people, pulls, repositories, reviews  # noqa: F401  Each enters its routes.
from .ask import HANDLERS, Ask, Problem, Reply
from .contract import Operation, breach, find

DOCUMENTATION = "https://docs.github.com/rest"
#: What a refusal of the rules is in REST.
STATUS = {"NOT_FOUND": 404, "FORBIDDEN": 403}


def serve(see: See, request: Request, path: str) -> tuple[Answer, int, str]:
    """(answer, points of GraphQL: none, name of the operation)."""
    matched = find(request.method, path)
    if matched is None:
        raise Unmodelled(f"{request.method} {path} (not in published/github.operations)")
    operation, parts = matched
    if operation.name not in HANDLERS:
        raise Unmodelled(operation.name)
    root = see.api if request.path.startswith("/api/") else f"https://{request.host}"
    ask = Ask(see, request, operation, parts, base=root + path)
    reply = _limited(see, operation.name) or _replied(ask)
    if reply.status < 400:
        _refuse_what_was_not_read(ask)
    made = _bytes(reply)
    if text := _breach(operation, reply, made.body):
        see.hub.problems.append(f"DOUBLE_CONTRACT: {operation.name} {reply.status}: {text}")
        return answer({"message": f"contract: {text}"}, 500, {"x-double": "contract"}), 0, operation.name
    return _answered(see, request, reply, made, free=operation.name == "GET /rate_limit"), 0, operation.name


#: Answers that were found to be as published: to ask for the same again is usual, to validate it again is dear.
_KEPT: set[tuple[str, int, bytes]] = set()


def _breach(operation: Operation, reply: Reply, body: bytes) -> str:
    if reply.body is not None:
        return ""
    key = (operation.name, reply.status, hashlib.sha256(body).digest())
    if key in _KEPT:
        return ""
    text = breach(operation, reply.status, reply.value)
    if not text:
        _KEPT.add(key)
    return text


def _limited(see: See, name: str) -> Reply | None:
    budget = see.hub.ledger.budget(see.token.bucket, "core")
    if budget.remaining or name == "GET /rate_limit":
        return None
    text = f"API rate limit exceeded for user ID {see.account.id}."
    return Reply({"message": text, "documentation_url": DOCUMENTATION}, 403)


def _replied(ask: Ask) -> Reply:
    try:
        return HANDLERS[ask.operation.name](ask)
    except Problem as problem:
        value = {"message": str(problem), "documentation_url": DOCUMENTATION, "status": str(problem.status)}
        return Reply(value | problem.more, problem.status)
    except Refused as refused:
        status = STATUS.get(refused.type, 422)
        return Reply({"message": str(refused), "documentation_url": DOCUMENTATION, "status": str(status)}, status)


def _refuse_what_was_not_read(ask: Ask) -> None:
    """A published parameter that the function does not know would be passed over in silence."""
    if left := (set(ask.request.params) & ask.operation.parameters) - ask.read:
        raise Unmodelled(f"{ask.operation.name} with {', '.join(sorted(left))}")


def _answered(see: See, request: Request, reply: Reply, made: Answer, *, free: bool) -> Answer:
    headers = {**reply.headers, "x-github-request-id": f"{see.hub.ids.number():X}", "x-github-media-type": "github.v3"}
    if see.token.scopes is not None:
        headers["x-oauth-scopes"] = ", ".join(see.token.scopes)
    if request.method == "GET" and reply.status == 200:
        headers |= {"etag": _etag(request, made.body), "cache-control": "private, max-age=60, s-maxage=60"}
        headers["vary"] = "Accept, Authorization, Cookie, X-GitHub-OTP"
        if headers["etag"] in request.headers.get("if-none-match", ""):
            made, free = Answer(304), True
    see.hub.ledger.spend(see.token.bucket, "core", 0 if free else 1)
    return evolve(made, headers={**made.headers, **headers, **see.hub.ledger.headers(see.token.bucket, "core")})


def _bytes(reply: Reply) -> Answer:
    if reply.body is not None:
        return Answer(reply.status, reply.body, {"content-type": "text/plain; charset=utf-8"})
    if reply.status in (204, 302):
        return Answer(reply.status)
    return answer(reply.value, reply.status)


def _etag(request: Request, body: bytes) -> str:
    """Weak, and of the token: another token of the same user gets another one, as on the live service."""
    seed: Any = [request.token, request.headers.get("accept", ""), request.url]
    return f'W/"{hashlib.sha256(json.dumps(seed).encode() + body).hexdigest()}"'
