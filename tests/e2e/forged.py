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


class AtGitHub:
    """``world.repo`` is a clone of ``acme/shop`` at a GitHub of its own."""

    def __init__(self, world: Any, git: Callable[..., str]) -> None:
        self.world, self.git = world, git
        self.hub = doubles("github").Hub(world.folder / "hub")
        self.shop = self.hub.repository("acme/shop")
        self.shop.permissions |= {"ann": "write"}
        self.serving = self.hub.on_port()
        self._looking: asyncio.Task[None] | None = None

    def __enter__(self) -> AtGitHub:
        self.url = self.serving.__enter__().url
        home = Path(self.world.env["HOME"])
        (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
        scheme, _, host = self.url.partition("://")
        (home / ".git-credentials").write_text(f"{scheme}://ao-user:{self.hub.token()}@{host}\n")
        (home / ".git-credentials").chmod(0o600)
        return self

    def __exit__(self, *error: object) -> None:
        self.serving.__exit__(*error)

    def make(self, files: Mapping[str, str], *, scm: Mapping[str, Any] | None = None, **config: Any) -> None:
        """Make the world's repository, and push it there."""
        self.world.make(files, scm={"plugin": "github", **(scm or {})}, **config)
        self.git(self.world.repo, "remote", "add", "origin", f"{self.url}/acme/shop.git")
        env = ["-c", f"credential.helper=store --file={self.world.env['HOME']}/.git-credentials"]
        self.git(self.world.repo, *env, "push", "-q", "--force", "-u", "origin", "main")
        self.hub.sync()

    async def start(self) -> None:
        """Start the daemon, looking at the forge."""
        await self.world.start()
        self.forges = Forges(self.world.app)
        self.world.app.context.look_again = self.forges.look_again
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
    def pull(self) -> Any:
        """The forge's only pull request."""
        (found,) = self.shop.pulls
        return found

    @property
    def watched(self) -> Any:
        """What the daemon knows of it."""
        (found,) = self.world.state.pulls.values()
        return found
