"""Real git over HTTP: ``git http-backend`` on the hub's bare repositories, below ``URL/owner/name.git``.

https://git-scm.com/docs/git-http-backend. A push needs a token of somebody who may write, as the password.
"""

from __future__ import annotations

import base64
import os
import subprocess

from ..wire.message import Answer, Request
from .hub import Hub
from .people import may
from .refs import Git


def is_git(request: Request) -> bool:
    """Whether git asks."""
    return ".git/" in request.path and (
        request.path.endswith("/info/refs") or request.path.endswith(("/git-upload-pack", "/git-receive-pack"))
    )


def serve(hub: Hub, request: Request) -> Answer:
    """What git's own program answers."""
    name, _, rest = request.path.strip("/").partition(".git/")
    repository = hub.repositories.get(name)
    if repository is None or not isinstance(repository.refs, Git):
        return Answer(404, b"Repository not found.\n", {"content-type": "text/plain"})
    writes = "git-receive-pack" in (rest, request.params.get("service"))
    token = hub.tokens.get(_password(request))
    if (writes or repository.private) and token is None:
        return Answer(401, b"", {"www-authenticate": 'Basic realm="GitHub"'})
    if token and not may(repository, token.account, "write" if writes else "read"):
        return Answer(403, f"Permission to {name}.git denied to {token.account.login}.\n".encode())
    done = _backend(repository.refs, request, rest)
    if rest == "git-receive-pack":
        repository.sync()
    return done


def _password(request: Request) -> str:
    kind, _, rest = request.headers.get("authorization", "").partition(" ")
    return base64.b64decode(rest).decode().partition(":")[2] if kind.lower() == "basic" else rest


def _backend(refs: Git, request: Request, rest: str) -> Answer:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PROJECT_ROOT": str(refs.folder),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{rest}",
        "QUERY_STRING": request.query,
        "REQUEST_METHOD": request.method,
        "CONTENT_TYPE": request.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(request.body)),
        "HTTP_CONTENT_ENCODING": request.headers.get("content-encoding", ""),
        "GIT_PROTOCOL": request.headers.get("git-protocol", ""),
        "REMOTE_USER": "somebody",
    }
    done = subprocess.run(["git", "http-backend"], input=request.body, env=env, capture_output=True, check=True).stdout
    head, _, body = done.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
    status = int(headers.pop("Status", "200").split()[0])
    return Answer(status, body, {name.lower(): value for name, value in headers.items()})
