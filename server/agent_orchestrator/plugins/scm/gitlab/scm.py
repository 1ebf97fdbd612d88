"""GitLab as the engine knows it: the port ``scm`` over one project."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import define, field

from agent_orchestrator.model.pull import CiCheck, Pull
from agent_orchestrator.model.talk import Talk
from agent_orchestrator.net.answers import Trouble
from agent_orchestrator.plugins.scm.gitlab import change, details, failures, finding, merge, say
from agent_orchestrator.plugins.scm.gitlab.documents import TOGETHER
from agent_orchestrator.plugins.scm.gitlab.sweep import Sweeper
from agent_orchestrator.plugins.scm.gitlab.talk import Listener
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.gitlab.people import People
from agent_orchestrator.ports.scm import Access, CiFailure, Merged, NewPull, Opened, Place, Seen


@define
class GitLabScm:
    """See :class:`agent_orchestrator.ports.scm.Scm`. The id of a merge request is its number, as text."""

    place: Place
    gitlab: GitLab
    name: str = "gitlab"
    together: int = TOGETHER
    _sweeper: Sweeper = field(init=False)
    _people: People = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._sweeper, self._people = Sweeper(self.gitlab), People(self.gitlab)

    async def access(self) -> Access | Trouble:
        """See the port."""
        return await self.gitlab.access()

    async def find(self, branches: Sequence[str]) -> Mapping[str, str] | Trouble:
        """See the port."""
        return await finding.find(self.gitlab, branches)

    async def numbered(self, number: int) -> str | Trouble:
        """See the port."""
        found = await change.item(self.gitlab, number)
        return found if isinstance(found, Trouble) else str(number)

    async def sweep(self, known: Mapping[str, Pull | None]) -> Seen:
        """See the port."""
        return await self._sweeper.sweep(known)

    async def failure(self, pull: Pull, check: CiCheck, paths: Collection[str] | None = None) -> CiFailure:
        """See the port."""
        return await failures.failure(self.gitlab, check, paths)

    async def checks_of(self, commit: str) -> tuple[CiCheck, ...] | Trouble:
        """See the port."""
        return await details.checks_of(self.gitlab, commit)

    async def talk(self, pulls: Sequence[Pull]) -> Mapping[str, Talk] | Trouble:
        """See the port."""
        return await Listener(self.gitlab, self._people, self._sweeper.heard).talk(pulls)

    async def open(self, new: NewPull) -> Opened | Trouble:
        """See the port."""
        return await change.open_(self.gitlab, new)

    async def ready(self, pull: Pull) -> Trouble | None:
        """See the port."""
        return await change.ready(self.gitlab, pull)

    async def merge(self, pull: Pull, head: str, strategy: str, title: str = "") -> Merged | Trouble:
        """See the port."""
        return await merge.merge(self.gitlab, pull, head, strategy, title)

    async def close(self, pull: Pull) -> Trouble | None:
        """See the port."""
        return await change.close(self.gitlab, pull)

    async def delete_branch(self, pull: Pull) -> Trouble | None:
        """See the port."""
        return await change.delete_branch(self.gitlab, pull)

    async def rerun(self, pull: Pull, checks: Sequence[CiCheck]) -> Trouble | None:
        """See the port."""
        return await change.rerun(self.gitlab, checks)

    async def comment(self, pull: Pull, text: str, key: str) -> Trouble | None:
        """See the port."""
        return await say.comment(self.gitlab, self._people, pull, text, key)

    async def reply(self, pull: Pull, thread: str, text: str, key: str) -> Trouble | None:
        """See the port."""
        return await say.reply(self.gitlab, self._people, pull, thread, text, key)

    async def resolve(self, pull: Pull, thread: str) -> Trouble | None:
        """See the port."""
        return await say.resolve(self.gitlab, pull, thread)

    async def label(self, pull: Pull, labels: Sequence[str]) -> Trouble | None:
        """See the port."""
        return await change.label(self.gitlab, pull, labels)
