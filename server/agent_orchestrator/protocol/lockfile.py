"""What the holder of the daemon's lock says of itself in its file: for messages and look-ups, never proof of life."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike


class Holder:
    """A daemon: its process id, its version, and where its socket is (a client's environment may differ)."""

    __slots__ = ("pid", "socket", "version")

    def __init__(self, pid: int, version: str, socket: str) -> None:
        self.pid = pid
        self.version = version
        self.socket = socket

    def text(self) -> str:
        """As it is written: one ``key value`` per line."""
        return f"pid {self.pid}\nversion {self.version}\nsocket {self.socket}\n"


def read_holder(lock: str | PathLike[str]) -> Holder | None:
    """What the lock file says; None when there is none or it says nothing usable (its daemon is just starting)."""
    try:
        with open(lock, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read(8192).splitlines()
    except OSError:
        return None
    said = {key: value for key, _, value in (line.partition(" ") for line in lines)}
    pid = said.get("pid", "")
    if not (pid.isascii() and pid.isdigit() and int(pid) > 1 and said.get("socket")):
        return None
    return Holder(int(pid), said.get("version", ""), said["socket"])
