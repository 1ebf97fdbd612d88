"""The version of the real program: it is asked once, for what it prints depends on that."""

from __future__ import annotations

import os

#: Seconds within which a program says its version.
_PATIENCE = 10


def version_of(path: str, note: str) -> tuple[int, int] | None:
    """The first two numbers of its version, as ``note`` (a file) has them or the program says; None: it does not."""
    try:
        # Another one may be put in its place while the session lasts.
        stamp = f"{os.path.realpath(path)}\t{os.stat(path).st_mtime_ns}"
    except OSError:
        return None
    known, _, said = _noted(note).rpartition("\n")
    if known == stamp:
        return _numbers(said)
    found = _numbers(_said(path))
    if found:
        try:
            with open(note, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(f"{stamp}\n{found[0]}.{found[1]}")
        except OSError:
            return found  # The session was cleared away meanwhile.
    return found


def _noted(note: str) -> str:
    try:
        with open(note, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _said(path: str) -> str:
    import subprocess

    try:
        argv, env = [path, "--version"], {**os.environ, "GLAB_CHECK_UPDATE": "false"}
        done = subprocess.run(argv, env=env, capture_output=True, timeout=_PATIENCE, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode(errors="replace")


def _numbers(said: str) -> tuple[int, int] | None:
    import re

    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else None
