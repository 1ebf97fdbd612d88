"""How the bridge to an HTTP server is started, and how its server is joined."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent
#: Where the address of the server goes in the arguments of a program that joins it.
URL = "{url}"


def http_bridge_argv(door: Path | None, events: Iterable[str], server: Iterable[str]) -> tuple[str, ...]:
    """The command of the bridge with this server, of whose events it carries these; it can be joined at ``door``."""
    return (*_script("http_main.py"), "" if door is None else str(door), ",".join(events), *server)


def http_join_argv(door: Path, program: Iterable[str]) -> tuple[str, ...]:
    """The command that joins the server behind the bridge with this program, of whose arguments :data:`URL` is one."""
    return (*_script("http_join.py"), str(door), *program)


def _script(name: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", str(_HERE / name))
