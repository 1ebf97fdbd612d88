"""Making the demo's folder: a red git repository, its environment, its configuration, and room for an own daemon."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from attrs import frozen

from agent_orchestrator.config.edit import set_value
from agent_orchestrator.config.generate import generate
from agent_orchestrator.demo import environment
from agent_orchestrator.demo.bugs import broken
from agent_orchestrator.git.runner import Git
from agent_orchestrator.model.config import FILE_NAMES

NAME, VERSION = "cornershop", "1.0"
CHECKS = {
    "tests": {"command": "{python} -m pytest", "format": "pytest"},
    "lint": {"command": "{python} -m ruff check", "format": "ruff"},
}

#: Not one of these may lead the demo's daemon, git or checks to something of the user's.
_DROPPED = ("AO_CONFIG", "AO_CONFIG_PATH", "AO_RUN", "AO_SESSION", "AO_PROJECT", "AO_TASK_FILE")
_WHO = {"GIT_AUTHOR_NAME": "Demo", "GIT_AUTHOR_EMAIL": "demo@localhost"}
_COMMITTER = {"GIT_COMMITTER_NAME": "Demo", "GIT_COMMITTER_EMAIL": "demo@localhost"}
_ENV_FILE = """\
# `. {file}` lets `ao` in this shell talk to the demo's own daemon.
export AO_STATE_DIR='{state}' AO_RUNTIME_DIR='{runtime}' XDG_CACHE_HOME='{cache}'
"""


@frozen
class Demo:
    """A demo's folder; everything that belongs to the demo lies below it."""

    folder: Path

    @property
    def repository(self) -> Path:
        """The repository that is red at first."""
        return self.folder / NAME

    @property
    def counter(self) -> Path:
        """What makes the flaky test flaky; outside of the repository, so that all its checkouts share it."""
        return self.folder / "feed-asked"

    @property
    def env_file(self) -> Path:
        """Sourced by a shell, it makes ``ao`` use the demo's daemon."""
        return self.folder / "env.sh"

    def environ(self, base: Mapping[str, str]) -> dict[str, str]:
        """``base`` with the demo's own daemon and caches, so that nothing of the user's is touched."""
        kept = {name: value for name, value in base.items() if name not in _DROPPED}
        return {**kept, **{name: str(folder) for name, folder in self._folders.items()}}

    @property
    def _folders(self) -> dict[str, Path]:
        own = self.folder / "daemon"
        return {"AO_STATE_DIR": own / "state", "AO_RUNTIME_DIR": own / "run", "XDG_CACHE_HOME": own / "cache"}


def free_folder(parent: Path) -> Path:
    """The first ``ao-demo-<n>`` of ``parent`` that does not exist."""
    number = 1
    while os.path.lexists(folder := parent / f"ao-demo-{number}"):
        number += 1
    return folder


def make(folder: Path, agent: str = "") -> Demo:
    """Make the demo in ``folder``, which is made too, for an agent. Raises NoTools, OSError and GitError."""
    demo = Demo(folder)
    for path, text in broken(sources(demo.counter)).items():
        write(demo.repository / path, text)
    write(demo.repository / FILE_NAMES[0], configuration(agent))
    folders = demo._folders
    write(
        demo.env_file,
        _ENV_FILE.format(
            file=demo.env_file,
            state=folders["AO_STATE_DIR"],
            runtime=folders["AO_RUNTIME_DIR"],
            cache=folders["XDG_CACHE_HOME"],
        ),
    )
    environment.make(demo.repository, NAME, VERSION)
    asyncio.run(_commit(demo.repository))
    return demo


def sources(counter: Path) -> dict[str, str]:
    """The repository's files without any bug, text by path."""
    root = files(__package__) / "repository"
    texts = {path: file.read_text(encoding="utf-8") for path, file in _below(root, "")}
    return {
        # The endings keep tools that look at this package from taking the demo's files for its own.
        re.sub(r"^gitignore$", ".gitignore", path.removesuffix(".in")): text.replace("@COUNTER@", str(counter))
        for path, text in texts.items()
    }


def _below(folder: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    found: list[tuple[str, Traversable]] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        path = f"{prefix}{entry.name}"
        found += _below(entry, f"{path}/") if entry.is_dir() else [(path, entry)]
    return found


def configuration(agent: str = "") -> str:
    """The repository's ``agent-orchestrator.yaml``; without an agent the one that is built in works."""
    text = generate(NAME, ".", default_branch="main", checks=CHECKS)
    # Agents that work for seconds need no terminal to attach to, and a tmux server would outlive the demo.
    for key, value in (("defaults.runtime", "process"), *((("defaults.agent", agent),) if agent else ())):
        changed = set_value(text, key, value)
        if not isinstance(changed, str):
            raise AssertionError(str(changed))
        text = changed
    return text


def write(file: Path, text: str) -> None:
    """Write a file, making its folder."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


async def _commit(repository: Path) -> None:
    git = Git(repository)
    # No template: what the user's template holds (hooks, excludes) is not the demo's.
    await git.run("init", "--quiet", "--template=", "--initial-branch=main")
    await git.run("add", "--all")
    await git.run("commit", "--quiet", "--no-gpg-sign", "--message=A corner shop, with bugs", env=_WHO | _COMMITTER)
