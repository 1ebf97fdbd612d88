"""Which version of an agent's program is there: asked of the program itself, once for each file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence

from attrs import define, field

from agent_orchestrator.plugins.agent.tried import Tried
from agent_orchestrator.proc.brief import asked

_VERSION = re.compile(rb"\d+\.\d+(?:\.\d+)*(?:-[0-9A-Za-z.]+)?")


@define
class Versions:
    """Versions of programs, by file and the time it was changed: an upgrade is seen."""

    _known: dict[tuple[str, int], str] = field(factory=dict)

    async def of(self, words: Sequence[str], env: Mapping[str, str]) -> str:
        """The version that a program says (``--version``); empty where it says none in time, or is not there."""
        path = shutil.which(words[0], path=env.get("PATH"))
        if path is None:
            return ""
        try:
            key = (path, os.stat(path).st_mtime_ns)
        except OSError:
            return ""
        if key not in self._known:
            self._known[key] = await _asked([path, *words[1:], "--version"], env)
        return self._known[key]


def remark(version: str, tried: Tried) -> str:
    """What a person should know of a version; empty: nothing."""
    if not tried.versions:
        return "not run by us: its adapter is made from its documentation"
    if not version:
        return f"it does not say its version; tried with {', '.join(tried.versions)}"
    if version in tried.versions:
        return ""
    newer = "newer" if _numbers(version) > max(map(_numbers, tried.versions)) else "other"
    return f"{newer} than what this was tried with ({', '.join(tried.versions)})"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


async def _asked(argv: Sequence[str], env: Mapping[str, str]) -> str:
    found = _VERSION.search(await asked(argv, env) or b"")
    return found.group().decode() if found else ""
