"""What is asked of git here: a repository's folder, where it comes from, and a clone. No hooks, no prompts."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from agent_orchestrator.cli.exits import Failure

_OPTIONS = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "protocol.ext.allow=never")
#: What ``git rev-parse --local-env-vars`` lists can send git to another repository than the one that is named.
_LOCAL = "GIT_"
_KEPT = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_NO_VERIFY", "GIT_PROXY_COMMAND", "GIT_ASKPASS")
_URL = re.compile(r"(?:https?|ssh|git|file)://|[\w.-]+@[\w.-]+:")


def is_url(text: str) -> bool:
    """Whether a person means a repository elsewhere: a URL, or ``user@host:path``."""
    return bool(_URL.match(text))


def top_level(folder: Path, environ: Mapping[str, str]) -> Path | None:
    """The folder of the work tree that holds ``folder``, or None outside of one."""
    done = _git(["-C", str(folder), "rev-parse", "--show-toplevel"], environ, capture=True)
    return Path(done.stdout.rstrip("\n")) if done.returncode == 0 and done.stdout.strip() else None


def origin(top: Path, environ: Mapping[str, str]) -> str:
    """The address of the remote ``origin`` as it is configured; empty where there is none."""
    done = _git(["-C", str(top), "config", "--get", "remote.origin.url"], environ, capture=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def clone(url: str, into: Path, environ: Mapping[str, str]) -> Path:
    """Clone into a new folder of ``into``, named as git names it. Raises Failure with what to do."""
    name = re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git")
    if not name or name.startswith("-") or name in (".", ".."):
        raise Failure(f"{url} does not name a repository")
    target = into / name
    if target.exists():
        raise Failure(f"{target} exists already; `ao start {name}` drives it")
    done = _git(["clone", "--", url, str(target)], environ, capture=False)
    if done.returncode != 0:
        raise Failure(f"git could not clone {url} (exit code {done.returncode}); its own words stand above")
    return target


def _git(argv: list[str], environ: Mapping[str, str], *, capture: bool) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in environ.items() if not name.startswith(_LOCAL) or name in _KEPT}
    try:
        return subprocess.run(
            ["git", *_OPTIONS, *argv],
            env={**kept, "GIT_TERMINAL_PROMPT": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.DEVNULL if capture else None,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise Failure("git is not installed (or not on PATH); `ao doctor` says what else is needed") from None
