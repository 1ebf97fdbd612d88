"""The ``worktree`` workspace: a git worktree, filled with the untracked files a project needs."""

from __future__ import annotations

import asyncio
import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from attrs import frozen
from pathspec import GitIgnoreSpec

from agent_orchestrator.git.lock import repo_lock
from agent_orchestrator.git.outside import ignored
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import GitError
from agent_orchestrator.git.shared import exclude
from agent_orchestrator.git.worktree import Added, add

from .reflink import copy_file

INCLUDE_FILE = ".worktreeinclude"

#: A link to the main checkout's environment would make checks test the main checkout's code.
NEVER_LINKED = frozenset({".venv", "venv", "node_modules"})


@frozen
class Prepared:
    """A worktree with its files in place. ``problems`` are sentences on what could not be copied or linked."""

    worktree: Added
    copied: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


async def create(
    repo: Repository, path: Path, branch: str, base: str, *, include: Sequence[str] = (), symlinks: Sequence[str] = ()
) -> Prepared | Problem:
    """A worktree at ``path``, filled from the main worktree.

    ``include`` are globs of untracked files or folders to copy; ``.worktreeinclude`` of the main worktree adds ignored
    ones by gitignore patterns. ``symlinks`` are paths to link to the main worktree's. Nothing that exists is replaced.
    """
    added = await add(repo, path, branch, base)
    source = repo.main_worktree
    if isinstance(added, Problem) or source is None:
        return added if isinstance(added, Problem) else Prepared(added)
    try:
        named, problems = await asyncio.to_thread(_globbed, source, path, include)
        listed = await _ignored(repo, source)
        copied = await asyncio.to_thread(_copy, source, path, [*named, *listed], problems)
        linked = _link(source, path, symlinks, problems)
        await _hide(repo, path, [*copied, *linked])
    except (GitError, OSError) as error:
        return Problem(f"the worktree {path} could not be filled from {source}: {error}")
    return Prepared(added, tuple(copied), tuple(linked), tuple(problems))


def _globbed(source: Path, worktree: Path, patterns: Sequence[str]) -> tuple[list[str], list[str]]:
    """(relative files and folders that match, problems)."""
    found: list[str] = []
    problems: list[str] = []
    for pattern in patterns:
        if _escapes(pattern):
            problems.append(f"include `{pattern}` leaves the repository; name a path inside {source}.")
            continue
        matches = glob.glob(pattern, root_dir=source, recursive=True, include_hidden=True)
        found += [match for match in sorted(matches) if not _overlaps(source / match, worktree)]
        if not matches:
            problems.append(f"include `{pattern}` matches nothing in {source}.")
    return found, problems


async def _ignored(repo: Repository, source: Path) -> list[str]:
    """Ignored files and folders that ``.worktreeinclude`` names.

    A folder that is ignored as a whole is searched only when a pattern names it or a path in it: the ignored set of
    a project can hold hundreds of thousands of files.
    """
    patterns = source / INCLUDE_FILE
    git = repo.at(source)
    if git is None or not patterns.is_file():
        return []
    lines = patterns.read_text(errors="replace").splitlines()
    spec = GitIgnoreSpec.from_lines(lines)
    listing = await git.run("ls-files", "-z", "-o", "-i", "--exclude-standard", "--directory")
    return await asyncio.to_thread(lambda: list(_matching(source, spec, lines, listing.fields())))


def _matching(source: Path, spec: GitIgnoreSpec, lines: Sequence[str], entries: Iterable[str]) -> Iterator[str]:
    prefixes = tuple(line.strip().lstrip("/") for line in lines if line.strip() and not line.startswith(("#", "!")))
    for entry in entries:
        if not entry.endswith("/"):
            if spec.match_file(entry):
                yield entry
        elif any(prefix.startswith(entry) or prefix.rstrip("/") == entry.rstrip("/") for prefix in prefixes) or (
            spec.match_file(entry)
        ):
            yield from (file for file in _files(source, entry.rstrip("/")) if spec.match_file(file))


def _copy(source: Path, worktree: Path, names: Iterable[str], problems: list[str]) -> list[str]:
    copied = []
    for name in dict.fromkeys(file for top in names for file in _files(source, top)):
        target = worktree / name
        if os.path.lexists(target):
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_file(source / name, target)
            copied.append(name)
        except OSError as error:
            problems.append(f"{source / name} could not be copied to {target}: {error.strerror}.")
    return copied


def _files(source: Path, name: str) -> Iterator[str]:
    """The files at or below ``name``; links to folders count as files, git's own folders are passed over."""
    if not (source / name).is_dir() or (source / name).is_symlink():
        yield name
        return
    for folder, folders, files in os.walk(source / name):
        folders[:] = [child for child in folders if child != ".git"]
        links = [child for child in folders if os.path.islink(os.path.join(folder, child))]
        found = [child for child in (*files, *links) if child != ".git"]
        yield from (os.path.relpath(os.path.join(folder, child), source) for child in found)


def _link(source: Path, worktree: Path, names: Sequence[str], problems: list[str]) -> list[str]:
    linked = []
    for name in names:
        target, origin = worktree / name, source / name
        if _escapes(name) or NEVER_LINKED & set(PurePosixPath(name).parts):
            problems.append(f"`{name}` may not be linked into a worktree; build it there with `postCreate` instead.")
        elif not origin.exists():
            problems.append(f"`{name}` is not in {source}, so it was not linked.")
        elif target.is_symlink() and os.readlink(target) == str(origin):
            linked.append(name)
        elif os.path.lexists(target):
            problems.append(f"{target} exists already, so `{name}` was not linked.")
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(origin)
            linked.append(name)
    return linked


async def _hide(repo: Repository, worktree: Path, names: Sequence[str]) -> None:
    """Exclude what we put there and git would offer for commit: ``data/`` in a .gitignore does not match a link."""
    git = repo.at(worktree)
    if git is None or not names:
        return
    visible = set(names) - await ignored(git, names)
    async with repo_lock(repo.common_dir):
        for name in sorted(visible):
            exclude(repo, "/" + "".join(f"\\{char}" if char in "*?[]\\!# " else char for char in name))


def _escapes(name: str) -> bool:
    return PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts


def _overlaps(path: Path, worktree: Path) -> bool:
    return path == worktree or worktree in path.parents or path in worktree.parents
