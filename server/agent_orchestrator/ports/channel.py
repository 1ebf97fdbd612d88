"""How a program that runs is talked to: its protocol as a pure conversation, without any input or output.

A dialogue is fed the lines that the program prints and says what to write to it; the same lines always give the same
steps. So it can be replayed: after a restart of the daemon it is fed everything that the program has printed since its
start, and what was sent before is not sent again, for each thing that is sent has a key of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from attrs import field, frozen

from agent_orchestrator.model.activity import Fact
from agent_orchestrator.ports.agent import Told


@frozen
class Send:
    """Bytes for the program's standard input, a whole message.

    ``key`` is unique within the turn and the same in a replay: it must follow from the protocol, from an id that the
    program gave or from the id of a message of ours, never from chance or the time.
    """

    key: str
    data: bytes = field(repr=False)
    #: Seconds to wait before it is sent: a program with a screen takes what comes together for one paste.
    pause: float = 0.0


Step = Send | Fact


class Dialogue(Protocol):
    """One turn's conversation with a program, from its start to its end. Facts that it gives have no time yet."""

    @property
    def steers(self) -> bool:
        """Does the program take messages while it works? If not, the next one waits until it is done."""

    def open(self) -> Iterable[Step]:
        """The program was started."""

    def take(self, line: str) -> Iterable[Step]:
        """It printed a line (without its end). Never raises, whatever the line is."""

    def say(self, message: str, text: str) -> Iterable[Step]:
        """Tell it ``text``. Called after it was ready, and while it works only where it takes that.

        ``message`` is the text's id; the fact ``accepted`` with this id follows once the program has taken it.
        """

    def answer(self, ask: str, option: str, text: str = "") -> Iterable[Step]:
        """Answer what it asked with one of the options; ``text`` are words to go with it, a reason for a refusal say.

        The fact ``answered`` follows at once or when the program says so. Nothing for what is not asked any more.
        """

    def interrupt(self) -> Iterable[Step]:
        """End what it does at the moment; ``interrupted`` follows."""

    def told(self, code: int | None) -> Told:
        """What the turn came to, after the program has ended."""
