"""The target's upstream: fetched before work starts from the target, and pushed to after a landing where asked for."""

from __future__ import annotations

import time
from pathlib import Path

from attrs import frozen

from agent_orchestrator.engine import events as e
from agent_orchestrator.engine.drive.context import Context, Driven
from agent_orchestrator.engine.due import Push
from agent_orchestrator.git.runner import Git, GitError

#: Seconds that a fetch or a push may take, and between two fetches of one repository.
FETCH_SECONDS = 20.0
PUSH_SECONDS = 120.0
FETCH_AGAIN = 60.0

_fetched: dict[Path, float] = {}


@frozen
class Upstream:
    """Where a branch is pulled from: the remote's name, the branch there, and the ref that follows it here."""

    remote: str
    branch: str
    tracking: str


async def upstream_of(git: Git, branch: str) -> Upstream | None:
    """The upstream of a local branch, or None."""
    answer = await git.run(
        *("for-each-ref", "--format=%(upstream:remotename)%00%(upstream:remoteref)%00%(upstream)"),
        f"refs/heads/{branch}",
        check=False,
    )
    remote, _, rest = answer.text.partition("\0")
    there, _, tracking = rest.partition("\0")
    return Upstream(remote, there.removeprefix("refs/heads/"), tracking) if remote and tracking else None


async def upstream_notice(driven: Driven, branch: str) -> str:
    """Fetch the branch's upstream and say where the branch stands to it; empty when all is well or there is none.

    No network is no obstacle: work starts from what is here, and the sentence says so.
    """
    git = driven.repo.git()
    upstream = await upstream_of(git, branch)
    if upstream is None:
        return ""
    stale = ""
    if time.monotonic() - _fetched.get(driven.repo.common_dir, -FETCH_AGAIN) >= FETCH_AGAIN:
        _fetched[driven.repo.common_dir] = time.monotonic()
        try:
            await git.run("fetch", "--quiet", "--no-tags", upstream.remote, upstream.branch, timeout=FETCH_SECONDS)
        except GitError as error:
            stale = (
                f"{upstream.remote} could not be fetched ({error.stderr.splitlines()[-1] if error.stderr else ''}); "
            )
    counts = await git.run(
        "rev-list", "--left-right", "--count", f"refs/heads/{branch}...{upstream.tracking}", check=False
    )
    ahead, _, behind = counts.text.partition("\t")
    if counts.code != 0 or behind in ("", "0"):
        return stale.removesuffix("; ")
    if ahead == "0":
        return f"{stale}{branch} is {behind} commits behind {upstream.remote}/{upstream.branch}; pull it first"
    return (
        f"{stale}{branch} and {upstream.remote}/{upstream.branch} have diverged "
        f"({ahead} commits here, {behind} there); merge or rebase them first"
    )


async def push(context: Context, effect: Push) -> None:
    """Push the target to its upstream after a landing; never by force."""
    driven = context.driven(effect.project)
    landing = context.state.landings[effect.landing]
    git = driven.repo.git()
    upstream = await upstream_of(git, landing.target)
    problem = f"{landing.target} has no upstream to push to (`git push -u` sets one)"
    if upstream is not None:
        ref = f"{landing.commit}:refs/heads/{upstream.branch}"
        answer = await git.run("push", "--quiet", upstream.remote, ref, check=False, timeout=PUSH_SECONDS)
        problem = "" if answer.code == 0 else f"pushing to {upstream.remote} failed: {answer.err.strip()[:500]}"
    await context.record(e.Pushed(context.now(), landing.id, problem))
