"""A repository as a value: where it is, its default branch, its commits and the person's identity."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path

from attrs import evolve, field, frozen

from .checkouts import Worktree, admin_dir, branch_at, branches_in_use, git_dirs, parse_worktrees
from .problem import Problem
from .runner import Git, GitError

FALLBACK_NAME = "Agent Orchestrator"
FALLBACK_EMAIL = "agent-orchestrator@localhost"

#: A folder in which nobody can put a ``.gitattributes``, which git reads even for ``merge-tree`` with ``--git-dir``.
NEUTRAL_CWD = next((path for path in (Path("/var/empty"), Path("/proc")) if path.is_dir()), Path("/"))

#: Seconds to wait before git is asked again about worktrees of which one is being made.
_HALF_MADE_PAUSES = (0.01, 0.05, 0.25)


@frozen
class Identity:
    """Who commits. ``fallback`` is true when git knows nobody and ours stands in."""

    name: str
    email: str
    fallback: bool = False

    def env(self) -> dict[str, str]:
        """Author and committer as environment variables."""
        return {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", self.name), ("EMAIL", self.email))
        }


OUR_IDENTITY = Identity(FALLBACK_NAME, FALLBACK_EMAIL, fallback=True)


@frozen
class Repository:
    """An opened repository.

    ``top`` is the worktree it was opened through and ``git_dir`` that worktree's git directory; ``common_dir`` is
    shared by all worktrees. ``main_worktree`` is ``None`` for worktrees of a bare repository. ``branch`` (short name)
    is ``None`` on a detached HEAD. ``notes`` are sentences on what is unusual but does not stop the work. ``drivers``
    are the settings that neutralise untrusted drivers; ``env`` is the environment git runs with, by default ours.
    """

    top: Path
    common_dir: Path
    git_dir: Path
    bare: bool
    main_worktree: Path | None
    head: str
    branch: str | None = None
    notes: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    env: Mapping[str, str] | None = field(default=None, repr=False, eq=False)

    def git(self) -> Git:
        """Runner for commands that need no worktree, in a neutral folder."""
        return Git(NEUTRAL_CWD, env=self.env, untrusted_drivers=self.drivers, git_dir=self.common_dir)

    def at(self, worktree: Path) -> Git | None:
        """Runner bound to a registered worktree by *our* records, or ``None`` when it is not one."""
        admin = admin_dir(self.common_dir, worktree, self.main_worktree)
        if admin is None:
            return None
        return Git(
            worktree,
            env=self.env,
            untrusted_drivers=self.drivers,
            git_dir=admin,
            common_dir=self.common_dir,
            work_tree=worktree,
        )

    def distrusting(self, drivers: tuple[str, ...]) -> Repository:
        """The same repository with drivers neutralised (from ``drivers.driver_overrides``)."""
        return evolve(self, drivers=drivers)


async def discover(path: Path, *, env: Mapping[str, str] | None = None) -> Repository | Problem:
    """The repository that holds ``path``.

    Not a repository, a bare one, one without commits, and a missing git are problems; a linked worktree and a detached
    HEAD are notes on a usable repository. Never raises.
    """
    if not path.is_dir():
        return Problem(f"{path} is not a folder; give the path of a git repository.")
    git = Git(path, env=env)
    try:
        answer = await git.run(
            *("rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-dir", "--git-common-dir"),
            "--show-toplevel",
            check=False,
        )
        listing = await git.run("worktree", "list", "--porcelain", "-z", check=False)
    except GitError as error:
        return Problem(f"{path} could not be opened: {error.stderr}.")
    lines = os.fsdecode(answer.out).splitlines()
    if answer.code != 0:
        return _unusable(path, lines, answer.err)
    _, git_dir, common_dir, top = lines
    worktrees = parse_worktrees(os.fsdecode(listing.out))
    here = next((worktree for worktree in worktrees if worktree.path == Path(top)), worktrees[0])
    if not here.head.strip("0"):
        return Problem(f"{top} has no commits yet; make a first commit, then try again.")
    return _describe(Path(top), Path(common_dir), Path(git_dir), worktrees[0], here, env)


def _unusable(path: Path, lines: list[str], stderr: str) -> Problem:
    if lines[:1] == ["true"]:
        return Problem(f"{path} is a bare repository, which holds no files; open a worktree of it.")
    if "dubious ownership" in stderr:
        return Problem(f"{path} belongs to another user; run `git config --global --add safe.directory {path}`.")
    if lines:
        return Problem(f"{path} is inside a .git folder; open the folder that holds the files.")
    return Problem(f"{path} is not in a git repository ({stderr.strip().splitlines()[0]}); run `git init` there first.")


def _describe(
    top: Path, common_dir: Path, git_dir: Path, first: Worktree, here: Worktree, env: Mapping[str, str] | None
) -> Repository:
    linked = git_dir != common_dir
    main = (None if first.bare else first.path) if linked else top
    notes = []
    if linked:
        notes.append(f"{top} is a linked worktree; the repository's main worktree is {main or 'none (it is bare)'}.")
    if here.branch is None:
        notes.append(f"{top} is on no branch (detached HEAD at {here.head[:12]}).")
    return Repository(
        top=top,
        common_dir=common_dir,
        git_dir=git_dir,
        bare=first.bare,
        main_worktree=main,
        head=here.head,
        branch=here.branch,
        notes=tuple(notes),
        env=env,
    )


async def default_branch(repo: Repository) -> str | None:
    """The branch the remote's HEAD names (``origin`` first), else the current branch, else ``None`` (detached)."""
    out = await repo.git().text("for-each-ref", "--format=%(refname) %(symref)", "refs/remotes")
    heads = {}
    for line in out.splitlines():
        name, _, target = line.partition(" ")
        remote = name.removeprefix("refs/remotes/").removesuffix("/HEAD")
        if target and name.endswith("/HEAD"):
            heads[remote] = target.removeprefix(f"refs/remotes/{remote}/")
    return heads.get("origin") or (next(iter(heads.values())) if len(heads) == 1 else repo.branch)


async def resolve(repo: Repository, ref: str) -> tuple[str, str] | None:
    """(commit, tree) that ``ref`` names, or ``None``."""
    found = await repo.git().run(
        "rev-list", "-1", "--no-commit-header", "--format=%H %T", "--end-of-options", ref, "--", check=False
    )
    if found.code != 0:
        return None
    commit, _, tree = found.text.partition(" ")
    return commit, tree


async def worktrees(repo: Repository) -> list[Worktree]:
    """All worktrees of the repository, the main one first.

    git fails while another process is half-way through adding one (its ``commondir`` is still empty), so it is asked
    again before that is an error.
    """
    command = ("worktree", "list", "--porcelain", "-z")
    for pause in _HALF_MADE_PAUSES:
        listing = await repo.git().run(*command, check=False)
        if listing.code == 0:
            return parse_worktrees(os.fsdecode(listing.out))
        await asyncio.sleep(pause)
    return parse_worktrees(os.fsdecode((await repo.git().run(*command)).out))


async def checked_out_at(repo: Repository, branch: str) -> Path | None:
    """The worktree that has ``branch`` (short name) checked out, or that is rebasing or bisecting it.

    Read from the files of the repository: it is asked right before a branch is moved. Only a repository whose refs are
    a reftable, where ``HEAD`` is no file of use, needs git for it.
    """
    heads = None
    if (repo.common_dir / "reftable").is_dir():
        heads = {os.path.realpath(entry.path): entry.branch for entry in await worktrees(repo)}
    for path, git_dir in git_dirs(repo.common_dir, repo.main_worktree):
        head = branch_at(git_dir) if heads is None else heads.get(os.path.realpath(path))
        if head == branch or branch in branches_in_use(git_dir):
            return path
    return None


async def is_ancestor(repo: Repository, old: str, new: str) -> bool:
    """Whether ``old`` is ``new`` or one of its ancestors. False when either does not exist."""
    return old == new or (await repo.git().run("merge-base", "--is-ancestor", old, new, check=False)).code == 0


async def identity(repo: Repository) -> Identity:
    """The configured author; a stated fallback where git would have to guess from the host's name."""
    answer = await repo.git().run("-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT", check=False)
    name, _, rest = answer.text.partition(" <")
    email = rest.partition(">")[0]
    return Identity(name, email) if answer.code == 0 and name else OUR_IDENTITY
