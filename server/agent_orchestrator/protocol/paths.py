"""Where the daemon and its clients meet: one set of folders, computed alike by all of them from an environment.

Standard library only, and little of it: every command line call imports this first.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

#: ``sun_path`` of unix(7) and macOS's ``sys/un.h``, the shorter of the two, without its final NUL.
SOCKET_PATH_MAX = 103
#: A socket is bound under its name with this ending first, and renamed when it listens.
NEW = ".new"

_CONFIG_FOLDER = "agent-orchestrator"


class Paths(NamedTuple):
    """The folders of one daemon, all absolute. A tuple, because importing attrs takes longer than all else here."""

    #: Journal, lock and log: must outlive a logout.
    state: Path
    #: Socket and environments: 0700, may vanish at logout.
    runtime: Path
    cache: Path
    #: The user's own configuration.
    config: Path

    @property
    def socket(self) -> Path:
        """The socket; its name tells daemons with different state folders and one runtime folder apart."""
        return self.runtime / f"ao-{_digest(self.state)}.sock"

    @property
    def lock(self) -> Path:
        """Flocked by the one living daemon. Holds no version in its name: two versions must not live side by side."""
        return self.state / "daemon.lock"

    @property
    def log(self) -> Path:
        """What the daemon writes to its standard output and error."""
        return self.state / "daemon.log"


def paths_of(environ: Mapping[str, str]) -> Paths:
    """The folders by an environment; nothing is created.

    ``AO_STATE_DIR`` and ``AO_RUNTIME_DIR`` win; else the XDG Base Directory Specification (which ignores relative
    values), on macOS the folders of ``~/Library``. A runtime folder whose socket path would be too long for the kernel
    is replaced by a short one in ``/tmp``, named by a digest of the long one.
    """
    home = _home(environ)
    mac = sys.platform == "darwin"
    support = home / "Library" / "Application Support"
    state = (
        _own(environ, "AO_STATE_DIR")
        or (_xdg(environ, "XDG_STATE_HOME") or (support if mac else home / ".local" / "state")) / "ao"
    )
    cache = (_xdg(environ, "XDG_CACHE_HOME") or home / ("Library/Caches" if mac else ".cache")) / "ao"
    config = (_xdg(environ, "XDG_CONFIG_HOME") or (support if mac else home / ".config")) / _CONFIG_FOLDER
    base = _xdg(environ, "XDG_RUNTIME_DIR")
    runtime = _own(environ, "AO_RUNTIME_DIR") or (base / "ao" if base else state / "run")
    paths = Paths(state, runtime, cache, config)
    if len(os.fsencode(paths.socket)) + len(NEW) > SOCKET_PATH_MAX:
        return paths._replace(runtime=Path("/tmp") / f"ao-{os.geteuid()}-{_digest(runtime)}")
    return paths


def make_private(folder: Path) -> str:
    """Make a folder that only its owner may enter, with its parents; returns why it is none, or an empty string."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return f"{folder} can not be made: {error.strerror}; make it, or name another folder"
    return not_private(folder)


def not_private(folder: Path) -> str:
    """Why a folder is not one that only we may enter, as a sentence; empty when it is.

    Invariant: no environment is sent into, and no socket is bound in, a folder that another user could have made.
    """
    try:
        found = os.lstat(folder)
    except OSError as error:
        return f"{folder}: {error.strerror}"
    if not stat.S_ISDIR(found.st_mode):
        return f"{folder} is not a folder; remove it, or name another one in AO_STATE_DIR or AO_RUNTIME_DIR"
    if found.st_uid != os.geteuid():
        return f"{folder} belongs to user {found.st_uid}; name another folder in AO_STATE_DIR or AO_RUNTIME_DIR"
    if found.st_mode & 0o077:
        mode = stat.S_IMODE(found.st_mode)
        return f"{folder} is open to other users (mode {mode:04o}); close it with: chmod 700 {folder}"
    return ""


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or os.path.expanduser("~"))


def _own(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    if value == "~" or value.startswith("~/"):
        return _home(environ) / value[2:]
    return Path(os.path.abspath(value)) if value else None


def _xdg(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name, "")
    return Path(value) if os.path.isabs(value) else None


def _digest(path: Path) -> str:
    """Eight hex digits; crc32, because it only tells one user's few folders apart and hashlib is slow to import."""
    return f"{zlib.crc32(os.fsencode(path)):08x}"
