"""Branches and commits: of a real bare git repository, or of one that is only imagined."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from attrs import define, field, frozen

#: Of commits that the forge makes itself.
WHO = {
    "GIT_AUTHOR_NAME": "GitHub",
    "GIT_AUTHOR_EMAIL": "noreply@github.com",
    "GIT_COMMITTER_NAME": "GitHub",
    "GIT_COMMITTER_EMAIL": "noreply@github.com",
}


@frozen
class Changed:
    """A file that a pull request changes."""

    path: str
    status: str
    additions: int
    deletions: int


@frozen
class CommitText:
    """Of a commit what the forge shows."""

    oid: str
    message: str
    parents: tuple[str, ...]
    tree: str
    author: str = "Somebody"
    email: str = "somebody@example.invalid"
    #: When it was written, ISO 8601.
    at: str = "2026-03-02T09:00:00Z"


class Refs(Protocol):
    """What a forge needs of git. Oids are full; a branch is named without ``refs/heads/``."""

    def heads(self) -> dict[str, str]:
        """Branch → oid, as they are now."""

    def commit(self, oid: str) -> CommitText | None:
        """A commit, None where there is none."""

    def contains(self, oid: str, ancestor: str) -> bool:
        """Whether a commit has another, or is it."""

    def conflicts(self, base: str, head: str) -> bool:
        """Whether they can not be merged without a person."""

    def commits(self, base: str, head: str) -> list[str]:
        """What a pull request has, oldest first."""

    def changed(self, base: str, head: str) -> list[Changed]:
        """The files that differ from where the head left the base."""

    def merge(self, base: str, head: str, method: str, message: str) -> str:
        """A new commit on the base's tip with the head: MERGE, SQUASH or REBASE."""

    def add(self, parent: str | None, message: str, files: Mapping[str, str]) -> str:
        """A new commit on a parent with some files changed."""

    def write(self, branch: str, oid: str | None) -> None:
        """Move, make or (None) delete a branch."""


@define(eq=False)
class Imagined:
    """For what only counts requests: commits are names, each push one commit, nothing conflicts that is not said to."""

    _heads: dict[str, str] = field(factory=dict)
    _commits: dict[str, CommitText] = field(factory=dict)
    conflicting: set[str] = field(factory=set)

    def heads(self) -> dict[str, str]:
        return dict(self._heads)

    def commit(self, oid: str) -> CommitText | None:
        return self._commits.get(oid)

    def make(self, message: str, *parents: str) -> str:
        """A new commit."""
        oid = hashlib.sha1(f"{len(self._commits)} {message} {parents}".encode(), usedforsecurity=False).hexdigest()
        self._commits[oid] = CommitText(oid, message, parents, oid[::-1])
        return oid

    def contains(self, oid: str, ancestor: str) -> bool:
        waiting, seen = [oid], set()
        while waiting:
            if (at := waiting.pop()) == ancestor:
                return True
            if at not in seen and at in self._commits:
                seen.add(at)
                waiting += self._commits[at].parents
        return False

    def conflicts(self, base: str, head: str) -> bool:
        return head in self.conflicting

    def commits(self, base: str, head: str) -> list[str]:
        found = []
        while head in self._commits and not self.contains(base, head):
            found.append(head)
            head = next(iter(self._commits[head].parents), "")
        return found[::-1]

    def changed(self, base: str, head: str) -> list[Changed]:
        return []

    def add(self, parent: str | None, message: str, files: Mapping[str, str]) -> str:
        return self.make(message, *([parent] if parent else []))

    def merge(self, base: str, head: str, method: str, message: str) -> str:
        return self.make(message, *((base, head) if method == "MERGE" else (base,)))

    def write(self, branch: str, oid: str | None) -> None:
        if oid is None:
            self._heads.pop(branch, None)
        else:
            self._heads[branch] = oid


@define(eq=False)
class Git:
    """A real bare repository in a folder. What is pushed to it is seen at the next request."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, branch: str) -> Git:
        """A new one, its default branch without a commit."""
        subprocess.run(["git", "init", "-q", "--bare", "-b", branch, folder], check=True, env=_environment())
        git = cls(folder)
        git("config", "http.receivepack", "true")
        return git

    def __call__(self, *arguments: str, stdin: str | None = None, **more: str) -> str:
        """Run git; what it printed."""
        argv = ["git", "--git-dir", str(self.folder), *arguments]
        return subprocess.run(
            argv, check=True, capture_output=True, text=True, input=stdin, env=_environment() | more
        ).stdout.strip()

    def _asks(self, *arguments: str) -> bool:
        argv = ["git", "--git-dir", str(self.folder), *arguments]
        return subprocess.run(argv, capture_output=True, env=_environment(), check=False).returncode == 0

    def heads(self) -> dict[str, str]:
        lines = self("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").splitlines()
        return dict(line.split(" ") for line in lines)  # type: ignore[misc]

    def commit(self, oid: str) -> CommitText | None:
        if not self._asks("cat-file", "-e", f"{oid}^{{commit}}"):
            return None
        told = self("show", "-s", "--format=%H%n%T%n%P%n%an%n%ae%n%aI%n%B", f"{oid}^{{commit}}")
        full, tree, parents, author, email, at, message = told.split("\n", 6)
        return CommitText(full, message.strip(), tuple(parents.split()), tree, author, email, at)

    def contains(self, oid: str, ancestor: str) -> bool:
        return self._asks("merge-base", "--is-ancestor", ancestor, oid)

    def conflicts(self, base: str, head: str) -> bool:
        return not self._asks("merge-tree", "--write-tree", base, head)

    def commits(self, base: str, head: str) -> list[str]:
        return self("rev-list", "--reverse", f"{base}..{head}").split()

    def changed(self, base: str, head: str) -> list[Changed]:
        words = {"A": "added", "D": "removed"}
        kinds = [
            line.split("\t") for line in self("diff", "--name-status", "--no-renames", f"{base}...{head}").splitlines()
        ]
        counts = [
            line.split("\t") for line in self("diff", "--numstat", "--no-renames", f"{base}...{head}").splitlines()
        ]
        numbers = {path: (_count(plus), _count(minus)) for plus, minus, path in counts}
        return [Changed(path, words.get(kind, "modified"), *numbers[path]) for kind, path in kinds]

    def add(self, parent: str | None, message: str, files: Mapping[str, str]) -> str:
        index = {"GIT_INDEX_FILE": str(self.folder / "index.forge")}
        self("read-tree", parent or "--empty", **index)
        for path, text in files.items():
            blob = self("hash-object", "-w", "--stdin", stdin=text)
            self("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}", **index)
        return self._committed(self("write-tree", **index), message, *([parent] if parent else []))

    def merge(self, base: str, head: str, method: str, message: str) -> str:
        if method == "REBASE":
            for oid in self.commits(base, head):
                # As if the base had been made on top of the commit's parent: so that is what the two are merged over.
                ours = self._committed(f"{base}^{{tree}}", "base", f"{oid}^")
                tree = self("merge-tree", "--write-tree", ours, oid).splitlines()[0]
                base = self._committed(tree, self("show", "-s", "--format=%B", oid), base)
            return base
        tree = self("merge-tree", "--write-tree", base, head).splitlines()[0]
        return self._committed(tree, message, *((base, head) if method == "MERGE" else (base,)))

    def _committed(self, tree: str, message: str, *parents: str) -> str:
        return self("commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), stdin=message, **WHO)

    def write(self, branch: str, oid: str | None) -> None:
        if oid is None:
            self("update-ref", "-d", f"refs/heads/{branch}")
        else:
            self("update-ref", f"refs/heads/{branch}", oid)


def _count(text: str) -> int:
    return 0 if text == "-" else int(text)


def _environment() -> dict[str, str]:
    """Of git without the configuration of whoever runs the test."""
    return {"PATH": os.environ["PATH"], "HOME": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LANG": "C.UTF-8"}
