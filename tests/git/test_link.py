from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.git.link import (
    Conflict,
    Link,
    Merged,
    build,
    bundle,
    merge_trees,
    pin,
    undo,
    unpin,
    with_trailers,
)
from agent_orchestrator.git.repository import Identity, Repository, resolve

BOT = Identity("Bot", "bot@example.org")
TRAILERS = (("AO-Landing", "7"),)


@pytest.fixture
def side(top: Path, sh, commit) -> str:
    """Two commits on ``side``; ``main`` stays checked out."""
    sh(top, "checkout", "-qb", "side")
    commit(top, "fix a", a_txt="ONE\ntwo\nthree\n")
    head = commit(top, "add c", c_txt="c\n")
    sh(top, "checkout", "-q", "main")
    return head


@pytest.fixture
def moved(top: Path, side: str, commit) -> str:
    """``main`` moved on, without a conflict with ``side``."""
    return commit(top, "change b", b_txt="B\n")


def parents(sh, top: Path, commit: str) -> list[str]:
    return sh(top, "rev-list", "-1", "--parents", commit).split()[1:]


async def linked(repo: Repository, strategy, target: str, head: str) -> Link:
    link = await build(repo, strategy, target, head, message="Fix a", identity=BOT, trailers=TRAILERS)
    assert isinstance(link, Link)
    return link


async def test_squash_makes_one_commit_over_the_target(repo: Repository, top: Path, side: str, moved: str, sh) -> None:
    link = await linked(repo, "squash", moved, side)
    assert parents(sh, top, link.commit) == [moved]
    assert sh(top, "show", f"{link.commit}:a.txt").startswith("ONE")
    assert sh(top, "show", f"{link.commit}:b.txt") == "B"
    assert sh(top, "log", "-1", "--format=%an|%B", link.commit) == "Bot|Fix a\n\nAO-Landing: 7"


async def test_a_squash_over_an_unmoved_target_has_the_heads_own_tree(
    repo: Repository, side: str, top: Path, sh
) -> None:
    link = await linked(repo, "squash", repo.head, side)
    assert link.tree == sh(top, "rev-parse", f"{side}^{{tree}}")


async def test_merge_keeps_the_branch_as_second_parent(repo: Repository, top: Path, side: str, moved: str, sh) -> None:
    link = await linked(repo, "merge", moved, side)
    assert parents(sh, top, link.commit) == [moved, side]


async def test_rebase_of_several_commits_is_a_merge_of_the_rebased_ones(
    repo: Repository, top: Path, side: str, moved: str, sh
) -> None:
    link = await linked(repo, "rebase", moved, side)
    first, second = parents(sh, top, link.commit)
    assert first == moved
    assert sh(top, "log", "--format=%s by %an", f"{moved}..{second}").splitlines() == ["add c by Ada", "fix a by Ada"]
    assert link.tree == sh(top, "rev-parse", f"{second}^{{tree}}")


async def test_rebase_of_one_commit_is_that_commit(repo: Repository, top: Path, side: str, moved: str, sh) -> None:
    link = await linked(repo, "rebase", moved, f"{side}^")
    assert parents(sh, top, link.commit) == [moved]
    assert sh(top, "log", "-1", "--format=%an|%cn|%B", link.commit) == "Ada|Bot|fix a\n\nAO-Landing: 7"


async def test_rebase_of_commits_that_are_there_already_gives_the_target(
    repo: Repository, top: Path, side: str, sh
) -> None:
    sh(top, "cherry-pick", "--no-gpg-sign", "side^", "side")
    target = sh(top, "rev-parse", "main")
    assert (await linked(repo, "rebase", target, side)).commit == target


@pytest.mark.parametrize("strategy", ["squash", "merge", "rebase"])
async def test_a_conflict_names_its_paths(repo: Repository, top: Path, side: str, commit, strategy) -> None:
    target = commit(top, a_txt="other\ntwo\nthree\n")
    conflict = await build(repo, strategy, target, side, message="Fix a", identity=BOT)
    assert isinstance(conflict, Conflict)
    assert conflict.paths == ("a.txt",)
    assert "CONFLICT (content)" in conflict.message


async def test_unrelated_histories_are_a_conflict(repo: Repository, top: Path, sh) -> None:
    other = sh(top, "commit-tree", "main^{tree}", "-m", "other root")
    assert isinstance(await merge_trees(repo, None, repo.head, other), Conflict)


async def test_a_wanted_base_replaces_the_real_merge_base(repo: Repository, top: Path, side: str, sh) -> None:
    merged = await merge_trees(repo, f"{side}^", repo.head, side)
    assert isinstance(merged, Merged)
    assert sh(top, "ls-tree", "--name-only", merged.tree).split() == [".gitignore", "a.txt", "b.txt", "c.txt"]
    assert sh(top, "show", f"{merged.tree}:a.txt").startswith("one"), "the first commit of side was not taken"


async def test_attributes_in_the_checkout_do_not_reach_a_merge(repo: Repository, top: Path, side: str, commit) -> None:
    (top / ".git" / ".gitattributes").write_text("*.txt merge=union\n")
    target = commit(top, a_txt="other\ntwo\nthree\n", **{".gitattributes": "*.txt merge=union\n"})
    assert isinstance(await merge_trees(repo, None, target, side), Conflict)


async def test_undo_takes_back_one_landing_and_keeps_later_ones(
    repo: Repository, top: Path, side: str, commit, sh
) -> None:
    landed = await linked(repo, "squash", repo.head, side)
    sh(top, "merge", "-q", "--ff-only", landed.commit)
    later = commit(top, "later", b_txt="later\n")
    link = await undo(repo, later, landed.commit, message="Undo", identity=BOT, trailers=TRAILERS)
    assert isinstance(link, Link)
    assert parents(sh, top, link.commit) == [later]
    assert sh(top, "show", f"{link.commit}:a.txt").startswith("one")
    assert sh(top, "show", f"{link.commit}:b.txt") == "later"
    assert sh(top, "ls-tree", "--name-only", link.tree).split() == [".gitignore", "a.txt", "b.txt"]


async def test_undo_of_what_was_changed_since_is_a_conflict(repo: Repository, top: Path, side: str, commit, sh) -> None:
    landed = await linked(repo, "squash", repo.head, side)
    sh(top, "merge", "-q", "--ff-only", landed.commit)
    later = commit(top, a_txt="Uno\ntwo\nthree\n")
    conflict = await undo(repo, later, landed.commit, message="Undo", identity=BOT)
    assert isinstance(conflict, Conflict)
    assert conflict.paths == ("a.txt",)


async def test_a_batch_is_one_first_parent_commit(repo: Repository, top: Path, side: str, moved: str, sh) -> None:
    first = await linked(repo, "squash", moved, f"{side}^")
    second = await linked(repo, "squash", first.commit, side)
    batch = await bundle(repo, moved, second, message="Batch", identity=BOT)
    assert sh(top, "rev-list", "--first-parent", f"{moved}..{batch.commit}") == batch.commit
    assert batch.tree == second.tree


async def test_a_pinned_link_survives_gc(repo: Repository, top: Path, side: str, moved: str, sh) -> None:
    kept, lost = await linked(repo, "squash", moved, side), await linked(repo, "merge", moved, side)
    await pin(repo, "7", kept.commit)
    sh(top, "gc", "-q", "--prune=now")
    assert await resolve(repo, kept.commit) is not None
    assert await resolve(repo, lost.commit) is None
    assert await unpin(repo, "7") is None
    assert await resolve(repo, "refs/ao/link/7") is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Fix", "Fix\n\nK: v\n"),
        ("Fix: it", "Fix: it\n\nK: v\n"),
        ("Fix\n\nBody.\n", "Fix\n\nBody.\n\nK: v\n"),
        ("Fix\n\nCo-authored-by: A <a@b>\n", "Fix\n\nCo-authored-by: A <a@b>\nK: v\n"),
    ],
)
def test_trailers_join_the_last_paragraph_when_it_is_one_of_trailers(message: str, expected: str) -> None:
    assert with_trailers(message, (("K", "v"),)) == expected
