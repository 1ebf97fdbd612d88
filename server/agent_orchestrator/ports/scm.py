"""The ``scm`` slot: where a repository's pull requests and its CI are. A merge request is one as well.

No method raises for what a service does: it answers with :class:`~agent_orchestrator.net.answers.Trouble`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from attrs import field, frozen

from agent_orchestrator.formats.ci_log import Told
from agent_orchestrator.model.forge import bare_path
from agent_orchestrator.model.pull import CiCheck, Page, Pull
from agent_orchestrator.model.talk import Talk
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.net.budget import Window


@frozen
class Place:
    """Where a repository is: the server, such as ``https://github.com``, and there its path, such as ``owner/name``."""

    server: str
    path: str = field(converter=bare_path)


@frozen
class Access:
    """With what a forge is asked: where the credential was found, in a person's words, and what it may still ask for.

    ``budgets`` are by resource, as the forge last told them; empty where it did not yet.
    """

    source: str
    budgets: Mapping[str, Window] = field(factory=dict)


@frozen
class Seen:
    """What a look gave. ``trouble``: why some of it is as it was before; ``pulls`` that are so are ``stale``.

    ``pages`` are of those that were seen, where the look tells of them without asking for more.
    """

    pulls: Mapping[str, Pull]
    trouble: Trouble | None = None
    pages: Mapping[str, Page] = field(factory=dict)


@frozen
class CiFailure:
    """What is known of a check that failed. ``log`` is the end of its log; ``missing`` says what could not be had.

    ``trouble``: something of that may be had later.
    """

    check: CiCheck
    findings: tuple[Told, ...] = ()
    log: str = ""
    missing: tuple[str, ...] = ()
    trouble: Trouble | None = None


@frozen
class NewPull:
    """A pull request to be opened, from the repository's own ``branch`` into ``base``."""

    branch: str
    base: str
    title: str
    body: str = ""
    draft: bool = False
    labels: tuple[str, ...] = ()


@frozen
class Opened:
    """The pull request of a branch. ``known``: it was there before."""

    id: str
    number: int
    url: str
    known: bool = False


#: ``merged``: it is; ``queued``: the forge's queue has it; ``waits``: the forge merges it when its rules are met.
Merged = Literal["merged", "queued", "waits"]


class Scm(Protocol):
    """One repository at one forge, with the person's own credential."""

    #: The plugin's name.
    name: str
    place: Place
    #: A look at so many pull requests asks for no more than a look at one of them.
    together: int

    async def access(self) -> Access | Trouble:
        """With what it is asked; trouble: why it can not be. The forge itself is asked for an app's token alone."""

    async def find(self, branches: Sequence[str]) -> Mapping[str, str] | Trouble:
        """The pull requests of branches: branch → id, of those that are open or merged the newest of its own."""

    async def numbered(self, number: int) -> str | Trouble:
        """The id of a pull request by its number."""

    async def sweep(self, known: Mapping[str, Pull | None]) -> Seen:
        """Look at pull requests by their ids. ``known`` has what was seen last; a fault of one is that one's alone."""

    async def failure(self, pull: Pull, check: CiCheck, paths: Collection[str] | None = None) -> CiFailure:
        """Why a check of its head failed. ``paths`` are the repository's files as of that head."""

    async def checks_of(self, commit: str) -> tuple[CiCheck, ...] | Trouble:
        """How CI stands for any commit of the repository, such as the one that a pull request is based on."""

    async def talk(self, pulls: Sequence[Pull]) -> Mapping[str, Talk] | Trouble:
        """What is said at pull requests, by their ids: reviews, threads and comments."""

    async def open(self, new: NewPull) -> Opened | Trouble:
        """Open a pull request; where its branch has an open one, that is the one. Safe to repeat."""

    async def ready(self, pull: Pull) -> Trouble | None:
        """Make a draft none."""

    async def merge(self, pull: Pull, head: str, strategy: str, title: str = "") -> Merged | Trouble:
        """Merge it if its head is still ``head``, through the forge's queue where it has one. Safe to repeat.

        ``strategy`` is ``squash``, ``merge`` or ``rebase``; the forge's own rules are never passed over.
        """

    async def close(self, pull: Pull) -> Trouble | None:
        """Close it unmerged. Safe to repeat."""

    async def delete_branch(self, pull: Pull) -> Trouble | None:
        """Delete its branch if that still points at its head. Never a fork's. Safe to repeat."""

    async def rerun(self, pull: Pull, checks: Sequence[CiCheck]) -> Trouble | None:
        """Run what failed again."""

    async def comment(self, pull: Pull, text: str, key: str) -> Trouble | None:
        """Say something at it. Safe to repeat: ``key`` is in the comment where nobody sees it, and looked for first."""

    async def reply(self, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
        """Say something in a thread. Safe to repeat, as :meth:`comment` is."""

    async def resolve(self, pull: Pull, thread: str) -> Trouble | None:
        """Mark a thread as resolved. Safe to repeat."""

    async def label(self, pull: Pull, labels: Sequence[str]) -> Trouble | None:
        """Add labels. Safe to repeat."""
