"""One value for everything that is installed in an environment."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from agent_orchestrator.ports.check import Environment

_PATTERNS = ("*.dist-info/RECORD", "*.dist-info/direct_url.json", "*.pth", "*.egg-link", "__editable__*.py")


def fingerprint(env: Environment) -> str:
    """The SHA-256, in hexadecimal, of the interpreter, what its site-packages record as installed (``RECORD``,
    ``direct_url.json``, ``*.pth``, editable finders) and ``node_modules/.package-lock.json``, by content.

    Where the environment lies is not part of it. A file is read again only when its status changed.
    """
    total = hashlib.sha256()
    for name, path in _parts(env):
        try:
            status = os.stat(path)
            digest = _digest(path, status.st_mtime_ns, status.st_size, status.st_ino, status.st_ctime_ns)
        except OSError:  # nothing is installed there, or an installer is at work
            digest = "absent"
        total.update(f"{name}\0{digest}\n".encode("utf-8", errors="surrogateescape"))
    return total.hexdigest()


def _parts(env: Environment) -> Iterator[tuple[str, str]]:
    """(name, path) of each file that counts, in a stable order."""
    if env.python:
        yield "python", os.path.realpath(env.python)
    for number, site in enumerate(map(Path, env.site_packages)):
        found = [path for pattern in _PATTERNS for path in site.glob(pattern)]
        yield from ((f"{number}/{path.relative_to(site)}", str(path)) for path in sorted(found))
    for number, folder in enumerate(env.node_modules):
        yield f"node/{number}", os.path.join(folder, ".package-lock.json")


@lru_cache(maxsize=65536)
def _digest(path: str, _modified: int, _size: int, _inode: int, _changed: int) -> str:
    """The file's SHA-256; the status is part of the cache's key."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
