"""Earlier attempts: what they changed, so that the next one is different and starts from before them."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .localise import is_program
from .source import Edit, changed_lines, splice
from .task import Task

Change = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Previous:
    """``tried`` holds (removed, added) lines by file; ``restored`` the contents of files before the earlier edit."""

    tried: Mapping[str, Sequence[Change]] = field(default_factory=dict)
    restored: Mapping[str, bytes] = field(default_factory=dict)

    def has(self, edit: Edit, before: bytes) -> bool:
        """Return whether an earlier attempt made this very change."""
        return bool(self.tried.get(edit.path)) and changed_lines(before, splice(before, edit)) in self.tried[edit.path]


def changes_in(diff: str) -> dict[str, list[Change]]:
    """Read the (removed, added) lines of each file of a unified diff, also of one inside other text."""
    found: dict[str, list[Change]] = {}
    path, removed, added = "", [], []  # type: str, list[str], list[str]

    def close() -> None:
        if path and (removed or added):
            found.setdefault(path, []).append((tuple(removed), tuple(added)))
        removed.clear()
        added.clear()

    for raw in diff.splitlines():
        line = raw.lstrip("> ") if raw.startswith(">") else raw
        if line.startswith(("diff --git ", "--- ")):
            close()
            path = path if line.startswith("diff") else ""
        elif line.startswith("+++ "):
            path = re.sub(r"^b/", "", line[4:].split("\t")[0].strip())
        elif line.startswith("-") and line[1:].strip():
            removed.append(line[1:].strip())
        elif line.startswith("+") and line[1:].strip():
            added.append(line[1:].strip())
    close()
    return found


def _git(root: Path, *arguments: str) -> bytes | None:
    """Run git without hooks, monitors or prompts; ``None`` when it fails or there is none."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment.update(GIT_TERMINAL_PROMPT="0", GIT_OPTIONAL_LOCKS="0")
    safe = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "diff.external=")
    try:
        done = subprocess.run(
            ["git", *safe, *arguments], cwd=root, env=environment, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _merge_base(root: Path, task: Task) -> str:
    head = (_git(root, "rev-parse", "HEAD") or b"").decode().strip()
    for name in filter(None, (task.base, "origin/HEAD", "main", "master")):
        base = (_git(root, "merge-base", "HEAD", name) or b"").decode().strip()
        if base and base != head:
            return base
    return ""


def previous_attempts(root: Path, task: Task) -> Previous:
    """Return what earlier attempts at the task did: from its feedback, and from the branch's commits since its base."""
    if task.attempt <= 1 and not task.feedback:
        return Previous()
    tried = {path: list(changes) for path, changes in changes_in(task.feedback).items()}
    restored: dict[str, bytes] = {}
    base = _merge_base(root, task)
    names = _git(root, "diff", "--no-ext-diff", "--name-only", "--diff-filter=M", "-z", base, "HEAD") if base else None
    for path in (names or b"").decode("utf-8", "replace").split("\0"):
        old = _git(root, "show", f"{base}:{path}") if path and is_program(path) else None
        file = root / path
        if old is None or not file.is_file() or file.is_symlink():
            continue
        change = changed_lines(old, file.read_bytes())
        # A guessed base may be far back: then only what the feedback shows as the agent's own is taken back.
        if task.base or change in tried.get(path, ()):
            tried.setdefault(path, []).append(change)
            restored[path] = old
    return Previous(tried, restored)
