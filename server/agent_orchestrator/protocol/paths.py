"""Where the daemon and its clients meet: one set of folders, computed alike by all of them from an environment.

Standard library only, and little of it: every command line call imports this first.
"""

from __future__ import annotations

import os
import stat
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: ``sun_path`` of unix(7) and macOS's ``sys/un.h``, the shorter of the two, without its final NUL.
SOCKET_PATH_MAX = 103
#: A socket is bound under its name with this ending first, and renamed when it listens.
NEW = ".new"

_CONFIG_FOLDER = "agent-orchestrator"


class Paths:
    """The folders of one daemon, all absolute.

    Held as strings, with a path made of each when asked: pathlib, attrs and typing each take longer to import than a
    client takes for all else.
    """

    __slots__ = ("folders",)

    def __init__(self, state: str | Path, runtime: str | Path, cache: str | Path, config: str | Path) -> None:
        self.folders = (os.fspath(state), os.fspath(runtime), os.fspath(cache), os.fspath(config))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Paths) and self.folders == other.folders

    def __hash__(self) -> int:
        return hash(self.folders)

    def __repr__(self) -> str:
        return f"Paths{self.folders}"

    @property
    def state(self) -> Path:
        """Journal, lock and log: must outlive a logout."""
        return _path(self.folders[0])

    @property
    def runtime(self) -> Path:
        """Socket and environments: 0700, may vanish at logout."""
        return _path(self.folders[1])

    @property
    def cache(self) -> Path:
        """Slots, and what can be made again."""
        return _path(self.folders[2])

    @property
    def config(self) -> Path:
        """The user's own configuration."""
        return _path(self.folders[3])

    @property
    def socket(self) -> Path:
        """:attr:`socket_file` as a path."""
        return _path(self.socket_file)

    @property
    def lock(self) -> Path:
        """:attr:`lock_file` as a path."""
        return _path(self.lock_file)

    @property
    def log(self) -> Path:
        """:attr:`log_file` as a path."""
        return _path(self.log_file)

    @property
    def socket_file(self) -> str:
        """The socket; its name tells daemons with different state folders and one runtime folder apart."""
        return os.path.join(self.folders[1], f"ao-{_digest(self.folders[0])}.sock")

    @property
    def lock_file(self) -> str:
        """Flocked by the one living daemon. Holds no version in its name: two versions must not live side by side."""
        return os.path.join(self.folders[0], "daemon.lock")

    @property
    def log_file(self) -> str:
        """What the daemon writes to its standard output and error."""
        return os.path.join(self.folders[0], "daemon.log")


def paths_of(environ: Mapping[str, str]) -> Paths:
    """The folders by an environment; nothing is created.

    ``AO_STATE_DIR`` and ``AO_RUNTIME_DIR`` win; else the XDG Base Directory Specification (which ignores relative
    values), on macOS the folders of ``~/Library``. A runtime folder whose socket path would be too long for the kernel
    is replaced by a short one in ``/tmp``, named by a digest of the long one.
    """
    join = os.path.join
    home = os.path.normpath(_home(environ))
    mac = sys.platform == "darwin"
    support = join(home, "Library", "Application Support")
    state = _own(environ, "AO_STATE_DIR") or join(
        _xdg(environ, "XDG_STATE_HOME") or (support if mac else join(home, ".local", "state")), "ao"
    )
    cache = join(_xdg(environ, "XDG_CACHE_HOME") or join(home, "Library/Caches" if mac else ".cache"), "ao")
    config = join(_xdg(environ, "XDG_CONFIG_HOME") or (support if mac else join(home, ".config")), _CONFIG_FOLDER)
    base = _xdg(environ, "XDG_RUNTIME_DIR")
    runtime = _own(environ, "AO_RUNTIME_DIR") or (join(base, "ao") if base else join(state, "run"))
    paths = Paths(state, runtime, cache, config)
    if len(os.fsencode(paths.socket_file)) + len(NEW) > SOCKET_PATH_MAX:
        return Paths(state, f"/tmp/ao-{os.geteuid()}-{_digest(runtime)}", cache, config)
    return paths


def make_private(folder: str | Path) -> str:
    """Make a folder that only its owner may enter, with its parents; returns why it is none, or an empty string."""
    try:
        # Not `os.makedirs`: the parents that it makes are open to others, as pathlib's, but the folder is not.
        os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as error:
        return f"{folder} can not be made: {error.strerror}; make it, or name another folder"
    return not_private(folder)


def not_private(folder: str | Path) -> str:
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


def _path(name: str) -> Path:
    from pathlib import Path

    return Path(name)


def _home(environ: Mapping[str, str]) -> str:
    return environ.get("HOME") or os.path.expanduser("~")


def _own(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if value == "~" or value.startswith("~/"):
        value = os.path.join(_home(environ), value[2:])
    return os.path.abspath(value) if value else ""


def _xdg(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    return os.path.normpath(value) if os.path.isabs(value) else ""


def _digest(path: str) -> str:
    """Eight hex digits; crc32, because it only tells one user's few folders apart and hashlib is slow to import."""
    return f"{zlib.crc32(os.fsencode(path)):08x}"
