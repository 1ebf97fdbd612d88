"""What the language server needs of the daemon: the state to show, the commands to run, and word of each change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from agent_orchestrator.engine.state import State
from agent_orchestrator.protocol import types as t
from agent_orchestrator.protocol.caller import Client


class Core(Protocol):
    """The daemon as its language server sees it."""

    @property
    def state(self) -> State:
        """The present state."""

    @property
    def version(self) -> tuple[int, ...]:
        """Differs whenever something that can be seen differs."""

    def failures(self, project: str) -> tuple[t.FailureRow, ...]:
        """What is red in a project, as it is to be shown."""

    def threads(self, project: str) -> tuple[t.ThreadRow, ...]:
        """What reviewers say on lines of a project."""

    def problems(self, project: str) -> tuple[t.FailureRow, ...]:
        """What is shown in files: what is red, and what reviewers say."""

    def touched(self, path: str) -> None:
        """A file was opened or written in an editor."""

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each change, in the event loop; what is returned ends that."""

    async def call(self, method: str, params: Any, client: Client) -> Any:
        """Run a method of :data:`agent_orchestrator.protocol.methods.METHODS`. Raises Refused."""

    @property
    def busy(self) -> bool:
        """Is anything under way, or due?"""

    def agents(self, project: str) -> Mapping[str, str]:
        """The agents of a project by name, and why one can not be used now; empty: it can."""

    def log_of(self, session: str) -> str:
        """The path of the file that a session's newest turn writes its output to; empty: there is none."""

    def scratch(self, name: str, text: str) -> str:
        """Write a file for an editor to show; its path."""

    @property
    def shown(self) -> str:
        """The folder of the files that :meth:`scratch` writes."""

    def started_for(self, project: str, on: str) -> tuple[str, ...]:
        """The ids of the checks whose ``on`` names that occasion."""

    @property
    def sheet(self) -> str:
        """The path of the sessions document, which the daemon keeps up to date."""
