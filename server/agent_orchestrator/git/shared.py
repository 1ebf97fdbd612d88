"""What all worktrees of a repository share, and noticing that a session changed it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from pathlib import Path

from attrs import frozen

from .repository import Repository

_SHORT = 16


@frozen
class SharedState:
    """Configuration, hooks, ``info/`` and refs at one moment. Values are digests: configuration may hold secrets."""

    config: Mapping[str, str]
    files: Mapping[str, str]
    refs: Mapping[str, str]


def exclude(repo: Repository, pattern: str) -> None:
    """Add ``pattern`` to ``$GIT_COMMON_DIR/info/exclude``, once. Call it under the repository's lock."""
    path = repo.common_dir / "info" / "exclude"
    text = path.read_text(errors="surrogateescape") if path.is_file() else ""
    if pattern in text.splitlines():
        return
    path.parent.mkdir(exist_ok=True)
    with path.open("a", errors="surrogateescape") as file:
        file.write(("" if not text or text.endswith("\n") else "\n") + pattern + "\n")


async def shared_fingerprint(repo: Repository) -> SharedState:
    """The state that sessions share through ``.git``: two git processes, and the hooks and ``info/`` files read."""
    git = repo.git()
    fields = (await git.run("config", "--list", "-z", "--show-scope")).fields()
    config: dict[str, str] = {}
    for scope, entry in zip(fields[::2], fields[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if scope in {"local", "worktree"}:
            config[key] = _digest(f"{config.get(key, '')}\0{value}".encode(errors="surrogateescape"))
    refs = await git.text("for-each-ref", "--format=%(refname) %(objectname)")
    return SharedState(
        config=config,
        files=_files(repo.common_dir),
        refs=dict(line.rsplit(" ", 1) for line in refs.splitlines()),
    )


def diff_fingerprints(
    before: SharedState, after: SharedState, own_branch: str, *, expected: Collection[str] = ()
) -> list[str]:
    """One sentence for each change that is not the session's own.

    ``own_branch`` is a short name; ``expected`` are full names of refs that others moved with our knowledge (the
    target, branches of other sessions). Refs under ``refs/ao/`` are ours; remote-tracking refs move with any fetch.
    """
    own_ref = f"refs/heads/{own_branch}"
    sentences = [
        f"the shared git configuration changed: {key} was {what}"
        for key, what in _changes(before.config, after.config)
        if not key.startswith(f"branch.{own_branch}.")
    ]
    sentences += [f"the shared git file {name} was {what}" for name, what in _changes(before.files, after.files)]
    sentences += [
        f"{ref} was {what} outside the session's own branch"
        for ref, what in _changes(before.refs, after.refs)
        if ref != own_ref and ref not in expected and not ref.startswith(("refs/ao/", "refs/remotes/"))
    ]
    return sentences


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str]]:
    words = {(True, True): "changed", (True, False): "removed", (False, True): "added"}
    return [
        (key, words[key in before, key in after])
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def _files(common_dir: Path) -> dict[str, str]:
    patterns = ("hooks/**/*", "info/**/*", "worktrees/*/config.worktree")
    return {
        str(path.relative_to(common_dir)): _digest(path.read_bytes(), str(path.stat().st_mode))
        for pattern in patterns
        for path in common_dir.glob(pattern)
        if path.is_file()
    }


def _digest(data: bytes, suffix: str = "") -> str:
    return hashlib.sha256(data + suffix.encode()).hexdigest()[:_SHORT]
