"""What one client is shown: failures by file at their present lines, and what of it was sent already."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import define, field

from agent_orchestrator.lsp.diagnostics import Placed, Support, file_diagnostics, place
from agent_orchestrator.lsp.folders import Folders
from agent_orchestrator.lsp.texts import Texts
from agent_orchestrator.protocol import types as t

#: Sends the diagnostics of one URI.
Send = Callable[[str, list[dict[str, Any]]], None]


#: Of one project: its folder, the file for what has no place in one, and the rows.
Shown = tuple[str, str, tuple[t.FailureRow, ...]]


@define
class Board:
    """Diagnostics are kept by (source, file): sources are the projects, and the configuration files.

    Only what differs from what was last sent for a file is sent again, and nothing empty for a file never sent.
    """

    texts: Texts
    folders: Folders
    support: Support = field(factory=Support)
    #: What was taken last, by project.
    _shown: dict[str, Shown] = field(factory=dict)
    #: Path → rows of failures in it.
    _rows: dict[str, tuple[t.FailureRow, ...]] = field(factory=dict)
    #: Path → diagnostics about the file as a configuration.
    _config: dict[str, list[dict[str, Any]]] = field(factory=dict)
    #: Project → its folder.
    _roots: dict[str, str] = field(factory=dict)
    #: Path → the URI that something was last sent for, and what.
    _sent: dict[str, tuple[str, list[dict[str, Any]]]] = field(factory=dict)
    _dirty: set[str] = field(factory=set)
    #: Counts what was sent, or is to be come for: the same number, the same board.
    edition: int = 0

    def show(self, failures: Mapping[str, Shown]) -> None:
        """Take the failures by project: its folder, the file for what has no place in one, and the rows."""
        if failures.keys() == self._shown.keys() and all(_same(failures[p], self._shown[p]) for p in failures):
            return
        self._shown = dict(failures)
        self._roots = {project: root for project, (root, _, _) in failures.items()}
        new: dict[str, tuple[t.FailureRow, ...]] = {}
        for root, anchor, found in failures.values():
            by_file: defaultdict[str, list[t.FailureRow]] = defaultdict(list)
            for row in found:
                by_file[row.path].append(row)
            for name, rows in by_file.items():
                path = os.path.normpath(os.path.join(root, name)) if name else anchor
                new[path] = (*new.get(path, ()), *rows)
        self._dirty |= {p for p in new.keys() | self._rows.keys() if new.get(p) != self._rows.get(p)}
        self._rows = new

    def configuration(self, path: str, diagnostics: list[dict[str, Any]]) -> None:
        """Take what is wrong in a configuration file."""
        if self._config.get(path, []) != diagnostics:
            self._config[path] = diagnostics
            self._dirty.add(path)

    def touch(self, path: str) -> None:
        """Look at a file again: its text or its URI has changed."""
        if path in self._rows or path in self._config:
            self._dirty.add(path)

    def rows(self) -> Iterator[t.FailureRow]:
        """Every failure that is shown."""
        return (row for rows in self._rows.values() for row in rows)

    def placed(self, path: str) -> tuple[Placed, ...]:
        """The failures of a file where they are now."""
        return place(self._rows.get(path, ()), self.texts, path)

    def of(self, path: str) -> list[dict[str, Any]]:
        """The diagnostics of a file as they are now."""

        def uri(relative: str) -> str:
            root = next((r for r in self._roots.values() if os.path.exists(os.path.join(r, relative))), "")
            return self.folders.uri(os.path.join(root, relative))

        found = file_diagnostics(self.placed(path), self.texts, path, uri, self.support)
        return [*self._config.get(path, ()), *found]

    def paths(self) -> Iterable[str]:
        """Every file with something to show."""
        return self._rows.keys() | self._config.keys()

    def send(self, send: Send, most: int) -> bool:
        """Send what differs, looking at so many files; whether there are more to look at."""
        for path in sorted(self._dirty)[:most]:
            self._dirty.remove(path)
            uri, new = self.folders.uri(path), self.of(path)
            before, old = self._sent.pop(path, (uri, []))
            if before != uri and old:
                # The client calls the file by another URI now: what was sent under that one is taken back.
                send(before, [])
                old = []
            if new != old:
                self.edition += 1
                send(uri, new)
            if new:
                self._sent[path] = (uri, new)
        return bool(self._dirty)

    def forget_dirty(self) -> bool:
        """Was anything to be sent? For a client that comes for it itself."""
        dirty, self._dirty = bool(self._dirty), set()
        self.edition += dirty
        return dirty

    def folders_changed(self, kept: Iterable[str]) -> None:
        """Files may have other URIs now; of configurations only those in ``kept`` are shown any more."""
        for path in self._config.keys() - set(kept):
            self._config[path] = []
        self._dirty |= self._sent.keys()


def _same(one: Shown, other: Shown) -> bool:
    """The very same rows: they are made anew when one of them differs."""
    return one[:2] == other[:2] and one[2] is other[2]
