"""What the holder reads from `spec.json`; written by `proc.run`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Spec:
    """One run: see `proc.values.RunSpec`, whose fields these are."""

    __slots__ = (
        "argv",
        "columns",
        "cwd",
        "env",
        "grace",
        "lines",
        "lock",
        "lock_fd",
        "lock_wait",
        "log_cap",
        "mode",
        "socket",
        "stdin",
        "tag",
        "timeout",
        "umask",
    )

    def __init__(self, raw: dict[str, Any]) -> None:
        self.argv: list[str] = raw["argv"]
        self.cwd: str = raw["cwd"]
        self.env: dict[str, str] = raw["env"]
        self.stdin: str | None = raw["stdin"]
        self.timeout: float | None = raw["timeout"]
        self.mode: str = raw["mode"]
        self.tag: str = raw["tag"]
        self.log_cap: int = raw["log_cap"]
        self.lock: str | None = raw["lock"]
        self.lock_fd: int | None = raw["lock_fd"]
        self.lock_wait: float = raw["lock_wait"]
        self.grace: float = raw["grace"]
        self.umask: int = raw["umask"]
        self.columns: int = raw["columns"]
        self.lines: int = raw["lines"]
        self.socket: str | None = raw["socket"]
