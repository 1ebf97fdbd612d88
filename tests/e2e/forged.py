"""A world whose repository is at a forge in memory: real git over HTTP, and a daemon that looks when it is told."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from agent_orchestrator.daemon.forges import Forges
from agent_orchestrator.engine.events import Event

FORGES = Path(__file__).parents[1] / "fakes" / "forges"


def doubles(name: str) -> ModuleType:
    """One of the forges in memory: ``github``, ``gitlab`` or ``linear``."""
    package = "ao_fake_forges"
    if package not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            package, FORGES / "__init__.py", submodule_search_locations=[str(FORGES)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[package] = module
        spec.loader.exec_module(module)
    return importlib.import_module(f"{package}.{name}")


class AtForge:
    """``world.repo`` is a clone of ``acme/shop`` at a forge of its own."""

    plugin: str
    forge: Any
    shop: Any

    def __init__(self, world: Any, git: Callable[..., str]) -> None:
        self.world, self.git = world, git
        self._looking: asyncio.Task[None] | None = None

    def __enter__(self) -> AtForge:
        self.serving = self.forge.on_port()
        self.url = self.serving.__enter__().url
        home = Path(self.world.env["HOME"])
        (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
        scheme, _, host = self.url.partition("://")
        (home / ".git-credentials").write_text(f"{scheme}://ao-user:{self.forge.token()}@{host}\n")
        (home / ".git-credentials").chmod(0o600)
        return self

    def __exit__(self, *error: object) -> None:
        self.serving.__exit__(*error)

    def make(self, files: Mapping[str, str], *, scm: Mapping[str, Any] | None = None, **config: Any) -> None:
        """Make the world's repository, and push it there."""
        self.world.make(files, scm={"plugin": self.plugin, **(scm or {})}, **config)
        self.git(self.world.repo, "remote", "add", "origin", f"{self.url}/acme/shop.git")
        env = ["-c", f"credential.helper=store --file={self.world.env['HOME']}/.git-credentials"]
        self.git(self.world.repo, *env, "push", "-q", "--force", "-u", "origin", "main")
        self.forge.sync()

    async def start(self) -> None:
        """Start the daemon, looking at the forge."""
        await self.world.start()
        self.forges = Forges(self.world.app)
        self._looking = asyncio.create_task(self.forges.run())

    async def end(self) -> None:
        """End the daemon as its death does."""
        await self.rest()
        await self.world.end()

    async def rest(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def tells(self) -> None:
        """The forge says that something happened, as a webhook does."""
        self.forges.look_again("app")

    async def until(self, condition: Callable[[Any], bool]) -> Any:
        """The first state for which it holds, after a look."""
        self.tells()
        return await self.world.until(condition)

    @property
    def watched(self) -> Any:
        """What the daemon knows of its only pull request."""
        (found,) = self.world.state.pulls.values()
        return found

    def moves_on(self, files: Mapping[str, str]) -> None:
        """Somebody else's work lands on ``main``."""
        refs = self.shop.refs
        refs.write("main", refs.add(refs.heads()["main"], "Another change", files))
        self.forge.sync()

    @property
    def heads(self) -> Mapping[str, str]:
        """The forge's branches, and where they are."""
        return self.shop.refs.heads()  # type: ignore[no-any-return]

    def show(self, path: str, commit: str = "main") -> str:
        """A file as it is there."""
        return self.shop.refs("show", f"{commit}:{path}") + "\n"


class AtGitHub(AtForge):
    """At GitHub."""

    plugin = "github"

    def __init__(self, world: Any, git: Callable[..., str]) -> None:
        super().__init__(world, git)
        self.forge = doubles("github").Hub(world.folder / "forge")
        self.shop = self.forge.repository("acme/shop")
        self.shop.permissions |= {"ann": "write"}

    @property
    def pulls(self) -> list[Any]:
        return self.shop.pulls  # type: ignore[no-any-return]

    @property
    def pull(self) -> Any:
        """Its only pull request."""
        (found,) = self.pulls
        return found

    def head_of(self, pull: Any) -> tuple[str, str, str]:
        """Branch, base and commit."""
        return pull.head, pull.base, pull.head_oid

    def text_of(self, pull: Any) -> str:
        """What it says of itself."""
        return str(pull.body)

    def is_merged(self, pull: Any) -> bool:
        return bool(pull.merged)

    def is_closed(self, pull: Any) -> bool:
        return bool(pull.state == "CLOSED")

    def comments_of(self, pull: Any) -> list[str]:
        """What was said at it."""
        return [each.body for each in pull.comments]

    def fails(self, pull: Any, log: str) -> Any:
        """A job of CI fails, with this log."""
        return pull.check("test", "failure", workflow="CI", log=log)

    def passes(self, pull: Any) -> Any:
        """It passes."""
        return pull.check("test", "success", workflow="CI")

    def is_again(self, job: Any) -> bool:
        """Was a job asked to run again?"""
        return any(check.status == "queued" for check in self.shop.checks(job.suite.sha))

    def passes_again(self, job: Any) -> None:
        """The job that was asked to run again passes."""
        (check,) = (check for check in self.shop.checks(job.suite.sha) if check.status == "queued")
        check.change("success")

    def says(self, pull: Any, login: str, text: str) -> None:
        """Somebody comments."""
        pull.comment(login, text)

    def approved(self, pull: Any) -> None:
        """Somebody with write access approves."""
        pull.review("ann")


class AtGitLab(AtForge):
    """At GitLab."""

    plugin = "gitlab"

    def __init__(self, world: Any, git: Callable[..., str]) -> None:
        super().__init__(world, git)
        self.forge = doubles("gitlab").Lab(world.folder / "forge")
        self.shop = self.forge.project("acme/shop")
        self.shop.members |= {"ann": 30}
        self.shop.approvals_required = 1

    @property
    def pulls(self) -> list[Any]:
        return list(self.shop.merge_requests.values())

    @property
    def pull(self) -> Any:
        """Its only merge request."""
        (found,) = self.pulls
        return found

    def head_of(self, pull: Any) -> tuple[str, str, str]:
        """Branch, base and commit."""
        return pull.source, pull.target, pull.sha

    def text_of(self, pull: Any) -> str:
        """What it says of itself."""
        return str(pull.description)

    def is_merged(self, pull: Any) -> bool:
        return bool(pull.state == "merged")

    def is_closed(self, pull: Any) -> bool:
        return bool(pull.state == "closed")

    def comments_of(self, pull: Any) -> list[str]:
        """What was said at it."""
        return [note.body for each in pull.discussions for note in each.notes if not note.system]

    def fails(self, pull: Any, log: str) -> Any:
        """A job of CI fails, with this log."""
        return self.shop.pipeline(pull.sha, pull.source).job("test", "failed", trace=log)

    def passes(self, pull: Any) -> Any:
        """It passes."""
        return self.shop.pipeline(pull.sha, pull.source).job("test", "success")

    def is_again(self, job: Any) -> bool:
        """Was a job asked to run again?"""
        return any(each.status == "pending" for each in job.pipeline.jobs)

    def passes_again(self, job: Any) -> None:
        """The job that was asked to run again passes."""
        (again,) = (each for each in job.pipeline.jobs if each.status == "pending")
        again.change("success")

    def says(self, pull: Any, login: str, text: str) -> None:
        """Somebody comments."""
        pull.comment(login, text)

    def approved(self, pull: Any) -> None:
        """Somebody with write access approves."""
        pull.approve("ann")


class Killed:
    """A daemon that dies when the first event of a kind is about to be stored, or just was."""

    def __init__(self, engine: Any, kind: type[Event], *, stored: bool) -> None:
        self.dead = asyncio.Event()
        record = engine.record

        async def dying(*events: Event) -> Any:
            if self.dead.is_set() or not any(isinstance(event, kind) for event in events):
                return await record(*events)
            if stored:
                await record(*events)
            self.dead.set()
            return await asyncio.Future()

        engine.record = dying
