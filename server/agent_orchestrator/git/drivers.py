"""Commands in a repository's own configuration: what they are, and how those nobody trusted are kept from running.

Filter, diff and merge drivers run in spite of the runner's options, on ``worktree add`` as on ``merge-tree``; and
``info/attributes`` assigns them to files without any commit.
"""

from __future__ import annotations

import hashlib
import re

from .repository import Repository

_DRIVER = re.compile(r"^(filter|diff|merge)\.(.+)\.(clean|smudge|process|command|textconv|driver)$", re.DOTALL)

_COMMAND_BEARING = re.compile(
    r"^(filter\..*|diff\..*\.(command|textconv)|diff\.external|merge\..*\.driver|hook\..*"
    r"|core\.(alternaterefscommand|askpass|attributesfile|editor|fsmonitor|gitproxy|hookspath|pager|sshcommand|worktree)"
    r"|alias\..*|credential\..*|gpg\..*|sequence\.editor|include(if\..*)?\.path|uploadpack\..*|url\..*|protocol\..*"
    r"|remote\..*\.(uploadpack|receivepack|vcs|proxy)|trailer\..*\.(command|cmd)|submodule\..*\.update"
    r"|difftool\..*|mergetool\..*|interactive\.difffilter|pager\..*|man\..*|browser\..*|extensions\..*)$",
    re.DOTALL,
)

_NEUTRAL = {
    "filter": ("clean=", "smudge=", "process=", "required=false"),
    "diff": ("command=true", "textconv=cat", "cachetextconv=false"),
    "merge": ("driver=false",),
}


async def driver_overrides(repo: Repository) -> tuple[str, ...]:
    """``key=value`` settings that neutralise the drivers of the repository's own configuration.

    A filter passes content through, a merge driver makes a conflict, a text conversion shows the text. Drivers with
    the same command in the user's own configuration (``git lfs install --local``) are the user's and stay.
    """
    own, users = await _settings(repo)
    foreign = {
        match.group(1, 2)
        for key, value in own
        if (match := _DRIVER.match(key)) is not None and (key, value) not in users
    }
    return tuple(f"{kind}.{name}.{setting}" for kind, name in sorted(foreign) for setting in _NEUTRAL[kind])


async def fingerprint(repo: Repository) -> str:
    """Hash (64 hex digits) over the command-bearing configuration and ``info/attributes``, for the trust decision."""
    own, _ = await _settings(repo)
    digest = hashlib.sha256()
    for key, value in sorted(own):
        if _COMMAND_BEARING.match(key):
            digest.update(f"{key}\0{value}\0".encode(errors="surrogateescape"))
    attributes = repo.common_dir / "info" / "attributes"
    digest.update(attributes.read_bytes() if attributes.is_file() else b"")
    return digest.hexdigest()


async def _settings(repo: Repository) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(settings of the repository, settings of the user and the system), includes resolved."""
    fields = (await repo.git().run("config", "--list", "-z", "--show-scope")).fields()
    own, users = set(), set()
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if scope in {"local", "worktree"}:
            own.add((key, value))
        elif scope in {"global", "system"}:
            users.add((key, value))
    return own, users
