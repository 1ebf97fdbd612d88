"""Which interface a request is for, whose it is, and whether it may come in."""

from __future__ import annotations

from .. import smart
from ..wire.message import Answer, Request, answer
from .graph.serve import serve as graphql
from .hub import Asked, Hub
from .people import may
from .rest.serve import serve as rest
from .see import See
from .token import Token

ENTERPRISE = "/api/v3"


def enter(hub: Hub, request: Request) -> Answer:
    """Answer a request."""
    hub.sync()
    if request.host == hub.blobs.partition("://")[2]:
        return hub.fetch_blob(request)
    if smart.is_git(request):
        done = smart.serve(request, lambda name, password: _access(hub, name, password))
        hub.sync()
        return done
    token = hub.whose(request.token)
    if token is None:
        return _refused(hub, request)
    see = _see(hub, token, request)
    if request.path in ("/graphql", "/api/graphql"):
        done, points, name = graphql(see, request)
    else:
        done, points, name = rest(see, request, request.path.removeprefix(ENTERPRISE))
    hub.asked.append(Asked(request.method, request.path, done.status, points, name, len(done.body)))
    return done


def _see(hub: Hub, token: Token, request: Request) -> See:
    if request.path.startswith("/api/"):
        root = f"{request.scheme}://{request.host}"
        return See(hub, token, root + ENTERPRISE, root)
    return See(hub, token, f"https://{request.host}", hub.web)


def _access(hub: Hub, name: str, password: str) -> smart.Access | None:
    """What a token, as the password, allows."""
    repository, token = hub.repositories.get(name), hub.whose(password)
    if repository is None:
        return None
    reads = may(repository, token.account, "read") if token else not repository.private
    return smart.Access(repository.refs, reads, token is not None and may(repository, token.account, "write"))


def _refused(hub: Hub, request: Request) -> Answer:
    """401, as for a token that never was or was revoked."""
    hub.asked.append(Asked(request.method, request.path, 401))
    text = "Bad credentials" if request.token else "Requires authentication"
    return answer({"message": text, "documentation_url": "https://docs.github.com/rest", "status": "401"}, 401)
