"""The same hour at GitHub and at GitLab."""

from __future__ import annotations

from typing import Any

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.scm.github.scm import GitHubScm
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.ports.scm import Place

from .world import LOG, PEOPLE, World, double


class AtGitHub(World):
    """One repository at GitHub; one approval is asked for.

    ``computes``: whether something can be merged is not known when it is first asked after a push.
    """

    server = "https://github.com"

    def __init__(self, *, computes: bool = False) -> None:
        self._hub = double("github").Hub()
        self._shop = self._hub.repository("acme/shop")
        self._shop.required_approvals = 1
        self._shop.permissions |= dict.fromkeys(PEOPLE, "write")
        self._shop.unknown_reads = int(computes)
        super().__init__(self._hub, self._shop)

    def scm(self) -> GitHubScm:
        """The product's own client."""
        http = HttpClient(transport=self.transport, now=lambda: self.now)
        return GitHubScm(Place(self.server, "acme/shop"), GitHub(http, known(Credential(self._hub.token()))))

    @property
    def points(self) -> int:
        return int(self._hub.count("graphql"))

    def key(self, pull: int) -> str:
        return str(self.pulls[pull].node_id)

    def _open(self, number: int) -> Any:
        return self._shop.pull(head=f"ao/{number}", author="ann", labels=["agent"])

    def _head(self, pull: int) -> str:
        return str(self.pulls[pull].head_oid)

    def _is_over(self, pull: int) -> bool:
        return bool(self.pulls[pull].state != "OPEN")

    def _begin(self, pull: int, name: str) -> Any:
        return self.pulls[pull].check(name, "in_progress", workflow="Nightly" if name == "nightly" else "CI")

    def _check(self, check: Any, state: str) -> None:
        check.change("failure" if state == "failed" else "success", log=LOG)

    def _line(self, pull: int, text: str) -> Any:
        return self.pulls[pull].thread("half.py", 3, text, PEOPLE[pull % 3])

    def _approve(self, pull: int) -> None:
        self.pulls[pull].review(PEOPLE[pull % 3])

    def _resolve(self, pull: int) -> str:
        self.threads[pull].resolve("ann")
        return str(self.threads[pull].node_id)

    def _draft(self, pull: int, draft: bool) -> None:
        it = self.pulls[pull]
        it.to_draft() if draft else it.ready()


class AtGitLab(World):
    """One project at GitLab; one approval is asked for, and a push takes none away."""

    server = "https://gitlab.com"

    def __init__(self, *, computes: bool = False) -> None:
        self._module = double("gitlab")
        self._lab = self._module.Lab()
        self._shop = self._lab.project("acme/shop")
        self._shop.approvals_required, self._shop.reset_approvals = 1, False
        self._shop.members |= dict.fromkeys(PEOPLE, 30)
        self._shop.unchecked_reads = int(computes)
        self._pipelines: dict[tuple[str, str], Any] = {}
        super().__init__(self._lab, self._shop)

    def scm(self) -> GitLabScm:
        """The product's own client."""
        http = HttpClient(transport=self.transport, now=lambda: self.now)
        place = Place(self.server, "acme/shop")
        login = known(Credential(self._lab.token()))
        return GitLabScm(place, GitLab(http, login, place.server, place.path))

    @property
    def points(self) -> int:
        return len(self._lab.asked)

    def key(self, pull: int) -> str:
        return str(self.pulls[pull].iid)

    def _open(self, number: int) -> Any:
        return self._shop.merge_request(source=f"ao/{number}", author="ann", labels=["agent"])

    def _head(self, pull: int) -> str:
        return str(self.pulls[pull].sha)

    def _is_over(self, pull: int) -> bool:
        return bool(self.pulls[pull].state != "opened")

    def _begin(self, pull: int, name: str) -> Any:
        it = self.pulls[pull]
        if it.sha not in self._pipelines:
            self._pipelines[it.sha] = self._shop.pipeline(it.sha, it.source)
        return self._pipelines[it.sha].job(name, "running")

    def _check(self, check: Any, state: str) -> None:
        check.change("failed" if state == "failed" else "success", trace=LOG)

    def _line(self, pull: int, text: str) -> Any:
        return self.pulls[pull].discuss(PEOPLE[pull % 3], text, self._module.Position("half.py", 3))

    def _approve(self, pull: int) -> None:
        self.pulls[pull].approve(PEOPLE[pull % 3])

    def _resolve(self, pull: int) -> str:
        self.threads[pull].resolve("ann")
        return str(self.threads[pull].id)

    def _draft(self, pull: int, draft: bool) -> None:
        it = self.pulls[pull]
        it.draft = draft
        it.touch()
