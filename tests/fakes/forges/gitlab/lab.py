"""GitLab as a whole: accounts, projects, tokens, and the door that requests come in by."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path
from typing import Any

from attrs import define, field

from ..refs import Git, Imagined
from ..wire.clock import Clock
from ..wire.double import Double
from ..wire.faults import Faults
from ..wire.message import Answer, Request
from .hooks import Hook
from .people import OWNER, Account
from .project import Project


@define(eq=False)
class Lab(Double):
    """``lab = Lab(tmp_path)``; with no folder its projects have no git below, only imagined commits."""

    folder: Path | None = None
    clock: Clock = field(factory=Clock)
    faults: Faults = field(factory=Faults)
    accounts: dict[str, Account] = field(factory=dict)
    tokens: dict[str, Account] = field(factory=dict)
    projects: dict[str, Project] = field(factory=dict)
    #: Requests a minute, of everybody together.
    limit: int = 2000
    #: (method, path, status) of every request that came.
    asked: list[tuple[str, str, int]] = field(factory=list)
    #: What the double can not do: a test ends with none.
    problems: list[str] = field(factory=list)
    actor: Account = field(init=False)
    #: (this minute, requests in it).
    minute: tuple[int, int] = (0, 0)
    _numbers: Any = field(factory=lambda: itertools.count(2**33))

    def __attrs_post_init__(self) -> None:
        self.actor = self.account("ao-user")

    def number(self) -> int:
        """A number that nothing has yet, of more than 32 bits."""
        return next(self._numbers)

    def hash(self) -> str:
        """An id of a discussion."""
        return hashlib.sha1(str(self.number()).encode(), usedforsecurity=False).hexdigest()

    def account(self, who: Account | str) -> Account:
        """An account, made where it is not there."""
        if isinstance(who, Account):
            return who
        return self.accounts.setdefault(who, Account(who, len(self.accounts) + 1, who.startswith("project_")))

    def token(self, username: str = "ao-user") -> str:
        """A new personal access token."""
        made = f"glpat-{username}{self.number():x}"
        self.tokens[made] = self.account(username)
        return made

    def project(self, path: str = "acme/shop") -> Project:
        """A project, made where it is not there, with a first commit; below a folder with real git."""
        if path not in self.projects:
            refs = Git.make(self.folder / f"{path}.git", "main") if self.folder else Imagined()
            made = Project(self, len(self.projects) + 1, path, refs, self.clock.now())
            made.members[self.actor.username] = OWNER
            self.projects[path] = made
            made.commit("main", "Begin", {"README.md": f"# {path}\n"})
            made.sync()
        return self.projects[path]

    @property
    def only(self) -> Project:
        """The project of a lab that has one."""
        return self.project(next(iter(self.projects), "acme/shop"))

    def hook(self, url: str, token: str = "", signing: str = "") -> Hook:
        """A new webhook of the only project."""
        self.only.hooks.append(Hook(self.clock, url, token, signing))
        return self.only.hooks[-1]

    def sync(self) -> None:
        """See what was pushed to any project."""
        for project in self.projects.values():
            project.sync()

    def handle(self, request: Request) -> Answer:
        """Answer one request, and note it."""
        done = super().handle(request)
        self.asked.append((request.method, request.path, done.status))
        return done

    def enter(self, request: Request) -> Answer:
        """By the door, which knows the interfaces, which know the lab."""
        from .door import enter

        return enter(self, request)
