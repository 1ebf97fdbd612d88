"""With which versions of their programs the adapters were tried: others may behave in other ways."""

from __future__ import annotations

from attrs import frozen


@frozen
class Tried:
    """``program``: its own name. ``versions``: those that are run by tests, newest first; none: it is not run by us."""

    program: str
    versions: tuple[str, ...] = ()


#: By plugin.
TRIED = {
    "aider": Tried("aider", ("0.86.2",)),
    "claude-code": Tried("claude", ("2.1.330", "2.1.197")),
    "codex": Tried("codex", ("0.169.0",)),
    "cursor": Tried("cursor-agent"),
    "gemini": Tried("gemini", ("0.61.0",)),
    "kimicode": Tried("kimi", ("2.1.0",)),
    "opencode": Tried("opencode", ("1.18.33",)),
}
