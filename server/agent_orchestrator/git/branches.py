"""The branches of a repository, for somebody who is to choose one."""

from __future__ import annotations

from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import GitError

#: What agents work on; nobody lands on one.
_OURS = "ao/"


async def branches(repo: Repository) -> tuple[str, ...]:
    """Short names of the local branches, then of those that only a remote has, without it; none on a failure."""
    try:
        out = await repo.git().text("for-each-ref", "--format=%(refname)", "refs/heads", "refs/remotes")
    except GitError:
        return ()
    refs = out.splitlines()
    local = [ref.removeprefix("refs/heads/") for ref in refs if ref.startswith("refs/heads/")]
    remote = [ref.split("/", 3)[3] for ref in refs if ref.startswith("refs/remotes/") and ref.count("/") > 2]
    named = dict.fromkeys((*local, *(name for name in remote if name != "HEAD")))
    return tuple(name for name in named if not name.startswith(_OURS))
