"""Real git over HTTP: ``git http-backend`` on a double's bare repositories, below ``URL/owner/name.git``.

https://git-scm.com/docs/git-http-backend. A push needs a token of somebody who may write, as the password.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable

from attrs import frozen

from .refs import Git, Refs
from .wire.message import Answer, Request


@frozen
class Access:
    """What somebody may do with the repository at an address."""

    refs: Refs
    reads: bool
    writes: bool


#: Of a name (``owner/name``) and a credential: None where there is no such repository.
Find = Callable[[str, str], Access | None]


def is_git(request: Request) -> bool:
    """Whether git asks."""
    return ".git/" in request.path and (
        request.path.endswith("/info/refs") or request.path.endswith(("/git-upload-pack", "/git-receive-pack"))
    )


def serve(request: Request, find: Find) -> Answer:
    """What git's own program answers. Without a credential that is good enough 401, so that git asks for another."""
    name, _, rest = request.path.strip("/").partition(".git/")
    password = _password(request)
    access = find(name, password)
    if access is None or not isinstance(access.refs, Git):
        return Answer(404, b"Repository not found.\n", {"content-type": "text/plain"})
    writes = "git-receive-pack" in (rest, request.params.get("service"))
    if access.writes if writes else access.reads:
        return _backend(access.refs, request, rest)
    if not password:
        return Answer(401, b"", {"www-authenticate": 'Basic realm="forge"'})
    return Answer(403, f"Permission to {name}.git denied.\n".encode())


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
