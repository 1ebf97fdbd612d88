"""Files and URIs: the client's own spelling of a place wins over ours."""

from __future__ import annotations

import os
from collections.abc import Iterable

from attrs import define, field
from pygls.uris import from_fs_path, to_fs_path


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
        """The URI by which the client knows an absolute path, links resolved."""
        if path in self._open:
            return self._open[path]
        for real, spelt in self._folders.items():
            if is_inside(path, real):
                return str(from_fs_path(spelt + path[len(real.rstrip("/")) :]))
        return str(from_fs_path(path))

    def shows(self, project: str, hidden: Iterable[str]) -> bool:
        """Is the project with that folder one to show? ``hidden`` are the worktrees of its sessions."""
        worktrees = tuple(hidden)
        return any(
            (is_inside(folder, project) or is_inside(project, folder))
            and not any(is_inside(folder, worktree) for worktree in worktrees)
            for folder in self._folders
        )


def is_inside(path: str, folder: str) -> bool:
    """Is ``path`` the folder or below it?"""
    return path == folder or path.startswith(folder.rstrip("/") + "/")
