"""How a command ends: its exit code, and the sentence when it could not do what was asked."""

from __future__ import annotations

DONE = 0
#: ``check`` and ``hunt --wait``: something red is left, or it is unknown.
RED = 1
#: Wrong usage, a configuration that can not be used, or a request that the daemon refuses.
USAGE = 2
NO_DAEMON = 3
#: 128 + SIGINT and 128 + SIGPIPE, as shells report them.
INTERRUPTED = 130
BROKEN_PIPE = 141


class Failure(Exception):
    """Ends a command with one sentence for a person and an exit code."""

    def __init__(self, sentence: str, code: int = USAGE) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
