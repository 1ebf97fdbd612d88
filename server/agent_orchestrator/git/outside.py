"""What of the user's checkout differs from its commit, by content: so that what changed meanwhile can be put back."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from .repository import Repository
from .runner import Git

#: Where both contents of changed files are kept from git's clean-up, by session and turn.
KEPT_PREFIX = "refs/ao/outside/"
#: Larger files and more of them are told of, and can not be put back.
_MAX_BYTES, _MAX_FILES = 10_000_000, 500
_UNKNOWN = "?"


@frozen
class Differing:
    """A checkout at ``head``. ``files``: path → blob of each file that differs from it; empty: it is not there."""

    head: str = ""
    files: Mapping[str, str] = field(factory=dict)


@frozen
class Changed:
    """One file that changed: the blobs of its contents, empty where it was not there, ``?`` where that is not known."""

    path: str
    before: str
    after: str

    @property
    def known(self) -> bool:
        """Can it be put back?"""
        return _UNKNOWN not in (self.before, self.after)


async def differing(git: Git, top: Path) -> Differing:
    """Look at a checkout now. The contents are written to the repository as they are."""
    head = (await git.run("rev-parse", "-q", "--verify", "HEAD", check=False)).text
    options = ("--porcelain", "-z", "--no-renames", "--ignore-submodules=all", "--untracked-files=all")
    answer = await git.run("status", *options, check=False)
    paths = [entry[3:] for entry in answer.fields()]
    return Differing(head, dict(zip(paths, await _blobs(git, top, paths), strict=True)))


async def folders(git: Git, top: Path) -> list[Path]:
    """The folders of a checkout that hold what is not ignored, from the top down."""
    listed = (await git.run("ls-files", "-z", "-c", "-o", "--exclude-standard", check=False)).fields()

    def above() -> list[Path]:
        found = {"": top}
        for path in listed:
            # A folder itself is a repository of its own.
            while (path := path.rpartition("/")[0]) not in found:
                found[path] = top / path
        return [found[path] for path in sorted(found)]

    return await asyncio.to_thread(above)


async def ignored(git: Git, paths: Sequence[str]) -> frozenset[str]:
    """Those of some paths of a checkout that git ignores. What ends with a slash is a folder."""
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    # It is told paths as they are, and refuses to be told so.
    env = {"GIT_LITERAL_PATHSPECS": "0"}
    return frozenset((await git.run("check-ignore", "-z", "--stdin", input=given, env=env, check=False)).fields())


async def changed(git: Git, before: Differing, after: Differing) -> tuple[Changed, ...]:
    """The files whose content differs between two looks, but for what is explained by another commit."""
    found = []
    # Of too many files, which ones were looked at is by chance.
    capped = max(len(before.files), len(after.files)) > _MAX_FILES
    for path in sorted(before.files.keys() | after.files.keys()):
        if path not in after.files and before.head != after.head:
            # It was committed, or a landing brought it: then it is as its commit says.
            continue
        old = before.files[path] if path in before.files else await _committed(git, before.head, path)
        new = after.files[path] if path in after.files else await _committed(git, after.head, path)
        if old != new and not (capped and _UNKNOWN in (old, new)):
            found.append(Changed(path, old, new))
    return tuple(found)


async def keep(repo: Repository, name: str, files: Iterable[Changed]) -> None:
    """Keep the contents of changed files from git's clean-up, under a name: ``before/`` and ``after/``.

    What was kept under it as ``after/`` and is no more so is kept below ``earlier/``.
    """
    known = [(file, side, blob) for file in files for side, blob in (("before", file.before), ("after", file.after))]
    lines = [f"100644 {blob}\t{side}/{file.path}\0" for file, side, blob in known if blob and blob != _UNKNOWN]
    if not lines:
        return
    git = repo.git()
    index = repo.common_dir / f"ao-outside-{name.replace('/', '-')}.index"
    kept = await git.run("rev-parse", "-q", "--verify", f"{KEPT_PREFIX}{name}^{{tree}}", check=False)
    try:
        env = {"GIT_INDEX_FILE": str(index)}
        if kept.code == 0:
            await git.run("read-tree", kept.text, env=env)
            for entry in (await git.run("ls-files", "-s", "-z", "after", env=env)).fields():
                what, _, path = entry.partition("\t")
                blob = what.split(" ")[1]
                lines.append(f"100644 {blob}\tearlier/{blob[:12]}/{path.removeprefix('after/')}\0")
        await git.run("update-index", "-z", "--index-info", input=os.fsencode("".join(lines)), env=env)
        tree = (await git.run("write-tree", env=env)).text
    finally:
        index.unlink(missing_ok=True)
    await git.run("update-ref", f"{KEPT_PREFIX}{name}", tree)


async def put_back(git: Git, top: Path, file: Changed) -> str:
    """Write the content that a file had before; why that was not done, in a sentence, or an empty string.

    Invariant: what would be overwritten is what is kept; a file that changed again is left alone.
    """
    path = top / file.path
    if not file.known:
        return f"{file.path}: its content before is not known"
    if any(parent.is_symlink() for parent in path.parents if top in parent.parents):
        return f"{file.path}: a folder on its way is a link now"
    (present,) = await _blobs(git, top, [file.path])
    if present == file.before:
        return ""
    if present != file.after:
        return f"{file.path} has changed since; it is left as it is"
    if not file.before:
        path.unlink()
        return ""
    content = (await git.run("cat-file", "blob", file.before)).out
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else await _mode(git, file.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.ao-{os.getpid()}")
    temporary.write_bytes(content)
    temporary.chmod(mode)
    temporary.replace(path)
    return ""


async def _blobs(git: Git, top: Path, paths: list[str]) -> list[str]:
    """The blob of each file as it is: empty where there is none, ``?`` for what is no file or too large."""
    kinds = [_kind(top / path) for path in paths]
    readable = [path for path, kind in zip(paths, kinds, strict=True) if kind == "file" and "\n" not in path]
    made: dict[str, str] = {}
    left = readable[:_MAX_FILES]
    while left:
        names = os.fsencode("".join(f"{top / path}\n" for path in left))
        answer = await git.run("hash-object", "-w", "--no-filters", "--stdin-paths", input=names, check=False)
        done = answer.text.split()
        made.update(zip(left, done, strict=False))
        # It ends at a file that is gone meanwhile or can not be read; those after it can.
        left = left[len(done) + 1 :]
    return ["" if kind == "none" else made.get(path, _UNKNOWN) for path, kind in zip(paths, kinds, strict=True)]


async def _mode(git: Git, path: str) -> int:
    """How a file that is gone was: git knows only whether it could be run."""
    listed = await git.run("ls-files", "-s", "-z", "--", path, check=False)
    return 0o755 if listed.text.startswith("100755") else 0o644


def _kind(path: Path) -> str:
    try:
        found = path.lstat()
    except OSError:
        return "none"
    return "file" if stat.S_ISREG(found.st_mode) and found.st_size <= _MAX_BYTES else "other"


async def _committed(git: Git, commit: str, path: str) -> str:
    """The blob of a file that is as its commit says; empty where the commit has none.

    What git would check out, for the file on disk has passed its filters.
    """
    shown = await git.run("cat-file", "--filters", f"{commit}:{path}", check=False) if commit else None
    if shown is None or shown.code != 0:
        return ""
    return (await git.run("hash-object", "-w", "--no-filters", "--stdin", input=shown.out)).text
