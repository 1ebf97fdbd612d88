"""Where a forge's token is found: the person's own environment and programs, never a file of ours.

Invariant: no secret is stored. It is asked for again by each daemon, and kept in memory alone.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from agent_orchestrator.git.runner import Git, GitError
from agent_orchestrator.model.hosts import is_github_cloud
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.proc.brief import asked

#: Variables in the order in which the forges' own programs take them (gh help environment, glab's README).
_GITHUB = ("GH_TOKEN", "GITHUB_TOKEN")
_ENTERPRISE = ("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
_GITLAB = ("GITLAB_TOKEN", "GITLAB_ACCESS_TOKEN", "OAUTH_TOKEN")
#: Variables that name the host which a token in the environment is for.
_GITHUB_HOST = ("GH_HOST",)
_GITLAB_HOST = ("GITLAB_HOST", "GITLAB_URI", "GL_HOST")
#: What keeps helpers from opening a window or waiting at a terminal that is not there.
_SILENT = {"GCM_INTERACTIVE": "never", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true", "GH_PROMPT_DISABLED": "1"}


async def github(host: str, env: Mapping[str, str], scheme: str = "https") -> Credential | None:
    """The token for GitHub at a host (with its port where it has one); None: there is none.

    ``env`` is the person's environment. Invariant: a token goes to no other host than the one it is for.
    """
    names = _GITHUB if is_github_cloud(host) else _ENTERPRISE if _named(_GITHUB_HOST, env) == _host(host) else ()
    if found := _variable(names, env):
        return Credential(found[1], source=f"${found[0]}")
    # gh itself would answer with a token of the environment for whatever host it is asked for.
    if token := await _said(("gh", "auth", "token", "--hostname", host), _without(env, _GITHUB + _ENTERPRISE)):
        return Credential(token, source="gh auth token")
    if token := await _git(scheme, host, env):
        return Credential(token, source="git's credential helper")
    return None


async def gitlab(host: str, env: Mapping[str, str], scheme: str = "https") -> Credential | None:
    """The token for GitLab at a host (with its port where it has one); None: there is none.

    A token of the environment is for the host that ``$GITLAB_HOST`` names, without it for gitlab.com.
    """
    named = _named(_GITLAB_HOST, env) or "gitlab.com"
    if found := _variable(_GITLAB if named == _host(host) else (), env):
        return Credential(found[1], source=f"${found[0]}")
    if token := await _said(("glab", "config", "get", "token", "--host", host), _without(env, _GITLAB)):
        return Credential(token, source="glab")
    if token := await _git(scheme, host, env):
        return Credential(token, source="git's credential helper")
    return None


def linear(env: Mapping[str, str]) -> Credential | None:
    """The key for Linear; None: there is none. Keys stand alone in the header, without a scheme."""
    if found := _variable(("LINEAR_API_KEY",), env):
        return Credential(found[1], scheme="", source=f"${found[0]}")
    return None


def _variable(names: Sequence[str], env: Mapping[str, str]) -> tuple[str, str] | None:
    found = ((name, _token(env.get(name, "").encode(errors="surrogatepass"))) for name in names)
    return next(((name, token) for name, token in found if token), None)


def _named(names: Sequence[str], env: Mapping[str, str]) -> str:
    """The host that one of some variables names; it may be written as an address."""
    return _host(next((env[name] for name in names if env.get(name)), ""))


def _host(written: str) -> str:
    """A host as it is compared: ``name`` or ``name:port``, without the port that everybody has."""
    return written.strip().partition("://")[2 if "://" in written else 0].partition("/")[0].lower().removesuffix(":443")


def _without(env: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name not in names}


async def _said(argv: Sequence[str], env: Mapping[str, str]) -> str:
    program = shutil.which(argv[0], path=env.get("PATH", ""))
    if program is None:
        return ""
    return _token(await asked((program, *argv[1:]), {**env, **_SILENT}))


async def _git(scheme: str, host: str, env: Mapping[str, str]) -> str:
    """What git's helpers have, asked outside of any repository: none of a repository's own is run."""
    if not (scheme + host).isprintable():
        return ""  # A line of its own would be another question.
    wanted = f"protocol={scheme}\nhost={host}\n\n".encode()
    try:
        done = await Git(Path("/"), env=env).run(
            "credential", "fill", input=wanted, check=False, timeout=10.0, env=_SILENT
        )
    except GitError:
        return ""
    lines = done.out.decode(errors="replace").splitlines() if done.code == 0 else []
    return _token(next((line.removeprefix("password=") for line in lines if line.startswith("password=")), "").encode())


def _token(said: bytes | None) -> str:
    """One word of printable ASCII; a helper that says anything else has none."""
    word = (said or b"").decode("ascii", errors="replace").strip()
    return word if word.isascii() and word.isprintable() and not any(map(str.isspace, word)) else ""
