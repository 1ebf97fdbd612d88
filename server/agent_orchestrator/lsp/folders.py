"""Files and URIs: the client's own spelling of a place wins over ours."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import quote

from attrs import define, field
from pygls.uris import to_fs_path

_URI = re.compile(r"[a-z]+://")


def path_of(uri: str | None) -> str | None:
    """The absolute path of a ``file:`` URI, links resolved; None for anything else."""
    if not uri or not uri.startswith("file:"):
        return None
    try:
        path = to_fs_path(uri)
        return os.path.realpath(path) if path else None
    except ValueError:
        # No address, or no name that a file can have.
        return None


@define
class Folders:
    """The folders and the documents that a client has open."""

    #: Path with links resolved → the path as the client spells it.
    _folders: dict[str, str] = field(factory=dict)
    #: Path with links resolved → the URI as the client spells it.
    _open: dict[str, str] = field(factory=dict)

    def add(self, uri: str) -> str | None:
        """Open a folder; its path."""
        path = path_of(uri)
        if path is not None:
            self._folders[path] = (to_fs_path(uri) or path).rstrip("/") or "/"
        return path

    def remove(self, uri: str) -> None:
        """Close a folder."""
        if path := path_of(uri):
            self._folders.pop(path, None)

    @property
    def paths(self) -> tuple[str, ...]:
        """The open folders, links resolved."""
        return tuple(self._folders)

    def opened(self, uri: str) -> None:
        """A document is open under this URI."""
        if path := path_of(uri):
            self._open[path] = uri

    def closed(self, uri: str) -> None:
        """A document is no longer open."""
        if path := path_of(uri):
            self._open.pop(path, None)

    def uri(self, path: str) -> str:
        """The URI by which the client knows an absolute path, links resolved; a URI (of no file) is its own."""
        if path in self._open:
            return self._open[path]
        if _URI.match(path):
            return path
        for real, spelt in self._folders.items():
            if is_inside(path, real):
                return _address(spelt + path[len(real.rstrip("/")) :])
        return _address(path)

    def shows(self, project: str, hidden: Iterable[str]) -> bool:
        """Is the project with that folder one to show? ``hidden`` are the worktrees of its sessions."""
        worktrees = tuple(hidden)
        return any(
            (is_inside(folder, project) or is_inside(project, folder))
            and not any(is_inside(folder, worktree) for worktree in worktrees)
            for folder in self._folders
        )


def _address(path: str) -> str:
    # Not pygls', which fails for a name that is no UTF-8.
    return f"file:///{quote(os.fsencode(path.removeprefix('/')))}"


def is_inside(path: str, folder: str) -> bool:
    """Is ``path`` the folder or below it?"""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
