"""GitHub as the ``scm`` slot knows a forge. A fork's pull requests are read, and never pushed to.

What is done is done with the person's own account, within its rights. Each deed is looked for before it is done, so a
repeat after an answer that was lost does it once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import quote

from attrs import define, field

from agent_orchestrator.model.forge import ForgeApp
from agent_orchestrator.model.pull import CheckState, CiCheck, Pull, newest
from agent_orchestrator.model.talk import Talk
from agent_orchestrator.net.answers import ODD, Trouble, unreadable
from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.scm.github import change, failures, merging, read, say, sweep, talk
from agent_orchestrator.plugins.scm.github.documents import COMMIT, NUMBERED, TOGETHER
from agent_orchestrator.plugins.scm.github.rerun import rerun
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.github.connect import connect
from agent_orchestrator.plugins.services.github.permissions import Permissions
from agent_orchestrator.ports.scm import Access, CiFailure, Merged, NewPull, Opened, Place, Scm, Seen

#: Pages of checks of one commit that are read.
_PAGES = 10


def make(place: Place, http: HttpClient, env: Mapping[str, str], app: ForgeApp | None = None) -> Scm:
    """A repository at GitHub. ``env`` is the person's environment, where a token is looked for when one is needed."""
    return GitHubScm(place, connect(place, http, env, app))


@define
class GitHubScm:
    """One repository at GitHub or at an Enterprise server."""

    place: Place
    github: GitHub
    name: str = "github"
    together: int = TOGETHER
    _people: Permissions = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._people = Permissions(self.github, self._where)

    async def access(self) -> Access | Trouble:
        """With what it is asked."""
        return await self.github.access()

    async def find(self, branches: Sequence[str]) -> Mapping[str, str] | Trouble:
        """The pull requests of branches: branch → id."""
        return await sweep.find(self.github, *self._names, branches)

    async def numbered(self, number: int) -> str | Trouble:
        """The id of a pull request by its number."""
        owner, name = self._names
        answer = await self.github.ask(NUMBERED, {"owner": owner, "name": name, "number": number})
        if isinstance(answer, Trouble):
            return answer
        try:
            return str(answer.data["repository"]["pullRequest"]["id"])
        except ODD:
            said = "; ".join(answer.errors.values())[:300] or f"{self.place.path} has no pull request {number}"
            return Trouble("missing", f"{self.github.host}: {said}")

    async def sweep(self, known: Mapping[str, Pull | None]) -> Seen:
        """Look at pull requests by their ids: a point for 49."""
        return await sweep.sweep(self.github, known)

    async def failure(self, pull: Pull, check: CiCheck, paths: Collection[str] | None = None) -> CiFailure:
        """Why a check of its head failed."""
        others = (each for each in pull.checks if each.run == check.run and each.id != check.id)
        alone = all(each.state is not CheckState.FAILED for each in others)
        return await failures.failure(self.github, self._where, check, paths, alone=alone)

    async def checks_of(self, commit: str) -> tuple[CiCheck, ...] | Trouble:
        """How CI stands for a commit."""
        owner, name = self._names
        found: list[CiCheck] = []
        after = None
        for _ in range(_PAGES):
            wanted = {"owner": owner, "name": name, "oid": commit, "after": after}
            answer = await self.github.ask(COMMIT, wanted)
            if isinstance(answer, Trouble):
                return answer
            try:
                node = answer.data["repository"]["object"]
                if answer.errors or not node:
                    said = "; ".join(answer.errors.values())[:300] or f"there is no commit {commit[:12]}"
                    return Trouble("failed" if node else "missing", f"{self.github.host}: {said}")
                found += read.checks(node)
                after = read.next_page(node)
            except ODD as error:
                return unreadable(self.github.host, error)
            if not after:
                return newest(found)
        return Trouble("too-large", f"{self.github.host}: {commit[:12]} has more than {100 * _PAGES} checks")

    async def talk(self, pulls: Sequence[Pull]) -> Mapping[str, Talk] | Trouble:
        """What is said at pull requests: a point for one, and for many a point for 49 and for 100 threads."""
        return await talk.talk(self.github, self._people, pulls)

    async def open(self, new: NewPull) -> Opened | Trouble:
        """Open a pull request, or take the open one of its branch."""
        return await change.open_pull(self.github, *self._names, self._where, new)

    async def ready(self, pull: Pull) -> Trouble | None:
        """Make a draft none."""
        return await change.ready(self.github, pull)

    async def merge(self, pull: Pull, head: str, strategy: str, title: str = "") -> Merged | Trouble:
        """Merge it if its head is still ``head``, as far as its rules let it."""
        return await merging.merge(self.github, pull, head, strategy, title)

    async def close(self, pull: Pull) -> Trouble | None:
        """Close it unmerged."""
        return await change.close(self.github, pull)

    async def delete_branch(self, pull: Pull) -> Trouble | None:
        """Delete its branch if that still points at its head."""
        return await change.delete_branch(self.github, pull)

    async def rerun(self, pull: Pull, checks: Sequence[CiCheck]) -> Trouble | None:
        """Run what failed again."""
        return await rerun(self.github, self._where, checks)

    async def comment(self, pull: Pull, text: str, key: str) -> Trouble | None:
        """Say something at it, once for each key."""
        return await say.comment(self.github, pull, text, key)

    async def reply(self, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
        """Say something in a thread, once for each key."""
        return await say.reply(self.github, pull, thread, text, key)

    async def resolve(self, pull: Pull, thread: str) -> Trouble | None:
        """Mark a thread as resolved."""
        return await say.resolve(self.github, pull, thread)

    async def label(self, pull: Pull, labels: Sequence[str]) -> Trouble | None:
        """Add labels."""
        return await change.label(self.github, self._where, pull.number, tuple(labels))

    @property
    def _names(self) -> tuple[str, str]:
        owner, _, name = self.place.path.partition("/")
        return owner, name

    @property
    def _where(self) -> str:
        return "/".join(quote(part, safe="") for part in self._names)
