"""Which forge a project is at, from its remote and its configuration; and what decisions need to know of it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from attrs import frozen

from agent_orchestrator.model.config_forge import ScmConfig
from agent_orchestrator.model.hosts import is_github_cloud, is_loopback

#: The forms of a remote: an address with a scheme, and scp's.
_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>\[[0-9A-Fa-f:]+\]|[^:/\s]+):(?!//)(?P<path>[^\s]+)")
_SCHEMES = ("http", "https", "ssh", "git", "git+ssh")


@frozen
class ForgeApp:
    """A GitHub App as which a forge is asked: its client id or number, and the file with its private key.

    ``installation`` is the number of its installation; 0: that of the repository.
    """

    id: str
    key: str
    installation: int = 0


@frozen
class Forge:
    """A project's forge, as decisions need it: the ``server``'s address, and there the ``path`` such as ``owner/name``.

    ``followed``: the pull requests of its sessions and of the person's branch are looked for without being asked to.
    """

    plugin: str
    server: str
    path: str
    followed: bool = False
    #: How often failed jobs of a head are run again before anybody is woken.
    rerun: int = 1
    trusted: tuple[str, ...] = ()
    bots: tuple[str, ...] = ()
    draft: bool = False
    #: A draft pull request shows that work on failures or an issue has begun.
    claims: bool = False
    labels: tuple[str, ...] = ()
    #: What pull requests say of themselves, with fields in double braces; empty: the usual.
    body: str = ""
    #: Proven work becomes a pull request.
    publishes: bool = False
    #: In place of the person's account.
    app: ForgeApp | None = None


def forge_of(remote: str, repo: str, config: ScmConfig | None, *, publishes: bool = False) -> Forge | None:
    """The forge of a project whose ``origin`` is ``remote``; None: there is none, or nobody can tell what kind it is.

    ``repo`` is what the configuration says of the repository: a path, an address, or nothing.
    """
    found = _parsed(remote)
    told = _parsed(repo) if "://" in repo or "@" in repo else None
    server, path = told or found or ("", "")
    if repo and told is None:
        path = bare_path(repo)
    scm = config or ScmConfig()
    if scm.url:
        server = scm.url.rstrip("/")
    host = urlsplit(server).hostname or ""
    plugin = scm.plugin or kind_of(host)
    if not (plugin and server and path.count("/")):
        return None
    return Forge(
        plugin=plugin,
        server=server,
        path=path,
        followed=config is not None or publishes,
        rerun=scm.rerun,
        trusted=scm.trusted,
        bots=scm.bots,
        draft=scm.draft,
        claims=scm.claim,
        labels=scm.labels,
        body=scm.body or "",
        publishes=publishes,
        app=ForgeApp(scm.app.id, str(scm.app.private_key), scm.app.installation or 0) if scm.app else None,
    )


def kind_of(host: str) -> str:
    """The kind of forge at a host, by its name; empty: it does not say."""
    if is_github_cloud(host):
        return "github"
    return next((kind for kind in ("github", "gitlab") if kind in host.split(".")), "")


def bare_path(path: str) -> str:
    """A repository's path at its server as everybody writes it: ``owner/name``."""
    return path.strip("/").removesuffix(".git")


def _parsed(remote: str) -> tuple[str, str] | None:
    """(server, path) of a remote's address."""
    if "://" in remote:
        try:
            parts = urlsplit(remote)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return None
        if parts.scheme not in _SCHEMES or not host:
            return None
        path = bare_path(parts.path)
        if parts.scheme in ("http", "https"):
            # Only this machine is spoken to without encryption: a token would be there for all to read.
            scheme = "http" if parts.scheme == "http" and is_loopback(host) else "https"
            named = f"[{host}]" if ":" in host else host
            return f"{scheme}://{named}{f':{port}' if port else ''}", path
        return f"https://{host}", path
    match = _SCP.fullmatch(remote)
    if match is None or len(match["host"]) == 1:
        return None  # `C:\…` is a folder.
    return f"https://{match['host']}", bare_path(match["path"])
