"""The remotes of a repository, read with GitPython: off the hot paths a well-kept library reads the configuration."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


async def origin(common_dir: Path) -> str | None:
    """The URL of the remote ``origin`` without credentials; None when there is none or it can not be read."""
    return await asyncio.to_thread(_origin, common_dir)


def _origin(common_dir: Path) -> str | None:
    # GitPython looks for git when it is imported, and raises where there is none.
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    import git

    try:
        with git.Repo(common_dir) as repo:
            urls = [url for remote in repo.remotes if remote.name == "origin" for url in remote.urls]
    except (git.GitError, OSError, ValueError):
        return None
    return _CREDENTIALS.sub("", urls[0]) if urls else None


def short_name(url: str) -> str:
    """``owner/name`` from a remote's URL, or the URL itself where it has no such form."""
    match = re.search(r"(?:://[^/]+/|@[^:/]+:)([^/:\s]+/[^/\s]+?)(?:\.git)?/?$", url)
    return match[1] if match else url
