"""Worlds whose issues are at a tracker in memory: a forge's own, or Linear's beside a repository without a forge."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

#: Somebody who may change the repository, and somebody who may not.
ANN, EVE = "ann", "eve"
#: The account of the daemon.
ME = "ao-user"


class AtTracker:
    """``hub`` is the world at a forge; here is what differs from tracker to tracker."""

    #: What its keys begin with.
    prefix = ""
    #: What its stages are called there.
    stages: Mapping[str, str]

    def __init__(self, hub: Any) -> None:
        self.hub = hub

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hub, name)

    def make(self, files: Mapping[str, str], *, tracker: Mapping[str, Any] | None = None, **config: Any) -> None:
        """Make the world's repository; landing is allowed to move the checkout."""
        config = {"landing": {"checkout": "ff"}, **config}
        self.hub.make(files, **({"tracker": dict(tracker)} if tracker else {}), **config)

    def key(self, issue: Any) -> str:
        """What people call it."""
        return f"{self.prefix}-{issue.number}"

    def names(self, issue: Any) -> list[str]:
        """All that a person may call it."""
        return [str(issue.number), f"#{issue.number}", self.key(issue), self.address(issue)]

    def address(self, issue: Any, path: str = "acme/shop") -> str:
        """Where it is in a browser."""
        return f"{self.hub.url}/{path}/issues/{issue.number}"

    def other(self) -> str:
        """The address of an issue of somebody else's."""
        return f"{self.hub.url}/acme/other/issues/1"


class OfGitHub(AtTracker):
    """Issues of GitHub."""

    prefix = "GH"
    stages: Mapping[str, str] = {"open": "OPEN", "started": "OPEN", "done": "CLOSED"}

    def open(self, title: str, text: str = "", *, author: str = ANN, label: str = "", assignee: str = "") -> Any:
        made = self.hub.shop.issue(title, text, author=author, labels=[label] if label else [])
        if assignee:
            made.assign(assignee)
        return made

    def says(self, issue: Any, login: str, text: str) -> None:
        issue.comment(login, text)

    def stage(self, issue: Any) -> str:
        return str(issue.state)

    def labels(self, issue: Any) -> list[str]:
        return [label.name for label in issue.labels]

    def labelled(self, issue: Any, label: str) -> None:
        """Somebody puts a label on it."""
        issue.label(label)

    def assignees(self, issue: Any) -> list[str]:
        return [account.login for account in issue.assignees]

    def ours(self, issue: Any) -> list[str]:
        """What the daemon said at it."""
        return [said.body.split("\n")[0] for said in issue.comments if said.author.login == ME]


class OfGitLab(AtTracker):
    """Issues of GitLab."""

    prefix = "GL"
    stages: Mapping[str, str] = {"open": "opened", "started": "opened", "done": "closed"}

    def open(self, title: str, text: str = "", *, author: str = ANN, label: str = "", assignee: str = "") -> Any:
        made = self.hub.shop.issue(title, text, author=author, labels=[label] if label else [])
        made.assignees += [self.hub.forge.account(assignee)] if assignee else []
        return made

    def key(self, issue: Any) -> str:
        return f"{self.prefix}-{issue.iid}"

    def names(self, issue: Any) -> list[str]:
        return [str(issue.iid), f"#{issue.iid}", self.key(issue), self.address(issue)]

    def address(self, issue: Any, path: str = "acme/shop") -> str:
        return f"{self.hub.url}/{path}/-/issues/{issue.iid}"

    def other(self) -> str:
        return f"{self.hub.url}/acme/other/-/issues/1"

    def says(self, issue: Any, login: str, text: str) -> None:
        issue.comment(login, text)

    def stage(self, issue: Any) -> str:
        return str(issue.state)

    def labels(self, issue: Any) -> list[str]:
        return list(issue.labels)

    def labelled(self, issue: Any, label: str) -> None:
        issue.label(label)

    def assignees(self, issue: Any) -> list[str]:
        return [account.username for account in issue.assignees]

    def ours(self, issue: Any) -> list[str]:
        notes = [note for each in issue.discussions for note in each.notes]
        return [note.body.split("\n")[0] for note in notes if note.author.username == ME]


class OfLinear(AtTracker):
    """Issues of Linear."""

    prefix = "TEAM"
    stages: Mapping[str, str] = {"open": "Todo", "started": "In Progress", "done": "Done"}

    def make(self, files: Mapping[str, str], *, tracker: Mapping[str, Any] | None = None, **config: Any) -> None:
        where = {"plugin": "linear", "url": self.hub.url, "team": "TEAM"}
        super().make(files, tracker={**where, **(tracker or {})}, **config)

    def open(self, title: str, text: str = "", *, author: str = ANN, label: str = "", assignee: str = "") -> Any:
        forge = self.hub.forge
        made = forge.issue(title, text)
        made.creator = forge.user(ANN)
        made.external = forge.external(author) if author != ANN else None
        made.labels += [forge.label(label)] if label else []
        made.assignee = forge.user(assignee) if assignee else None
        return made

    def names(self, issue: Any) -> list[str]:
        return [issue.identifier, issue.identifier.lower(), self.address(issue), f"{self.address(issue)}/some-title"]

    def address(self, issue: Any, path: str = "acme") -> str:
        return f"https://linear.app/{path}/issue/{issue.identifier}"

    def other(self) -> str:
        return "https://linear.app/acme/issue/OPS-1"

    def says(self, issue: Any, login: str, text: str) -> None:
        issue.comment(login if login == ANN else self.hub.forge.external(login), text)

    def stage(self, issue: Any) -> str:
        return str(issue.state.name)

    def labels(self, issue: Any) -> list[str]:
        return [label.name for label in issue.labels]

    def labelled(self, issue: Any, label: str) -> None:
        issue.labels.append(self.hub.forge.label(label))

    def assignees(self, issue: Any) -> list[str]:
        return [issue.assignee.name] if issue.assignee else []

    def ours(self, issue: Any) -> list[str]:
        mine = [said for said in issue.comments if said.user is not None and said.user.name == ME]
        return [said.body.split("\n")[0] for said in mine]


def beside_linear(forged: ModuleType) -> type[Any]:
    """A world with a workspace of Linear, whose repository is at no forge."""

    class AtLinear(forged.AtForge):  # type: ignore[misc,name-defined]
        def __init__(self, world: Any, git: Any) -> None:
            super().__init__(world, git)
            self.forge = forged.doubles("linear").Workspace()
            self.forge.label("ao")

        def __enter__(self) -> Any:
            self.serving = self.forge.on_port()
            self.url = self.serving.__enter__().url
            self.world.env["LINEAR_API_KEY"] = self.forge.key()
            return self

        def make(self, files: Mapping[str, str], **config: Any) -> None:
            self.world.make(files, **config)

    return AtLinear


def at(name: str, forged: ModuleType) -> tuple[type[Any], type[AtTracker]]:
    """What makes a world of a tracker, and what speaks of its issues."""
    known = {
        "github": (forged.AtGitHub, OfGitHub),
        "gitlab": (forged.AtGitLab, OfGitLab),
        "linear": (beside_linear(forged), OfLinear),
    }
    return known[name]
