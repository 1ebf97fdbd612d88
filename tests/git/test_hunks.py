"""Single hunks: of the diff that a person is shown, and no other; whatever the file is called and holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_orchestrator.git.hunks import apply, hunks
from agent_orchestrator.git.problem import Problem
from agent_orchestrator.git.repository import Repository
from agent_orchestrator.git.runner import Git

LINES = [f"line {number}\n" for number in range(40)]
FIRST, LAST = ["first\n", *LINES[1:]], [*LINES[:-1], "last\n"]
BOTH = ["first\n", *LINES[1:-1], "last\n"]


@pytest.fixture
def changed(top: Path, sh):
    """Commit files as they are before, then as they are after, and leave the worktree as it was before."""

    def make(before: dict[str, bytes], after: dict[str, bytes | None]) -> str:
        for files in (before, after):
            for name, content in files.items():
                (top / name).parent.mkdir(parents=True, exist_ok=True)
                if content is None:
                    (top / name).unlink()
                else:
                    (top / name).write_bytes(content)
            sh(top, "add", "-A")
            sh(top, "commit", "-qm", "work")
        head = sh(top, "rev-parse", "HEAD")
        sh(top, "reset", "-q", "--hard", "HEAD~1")
        return head

    return make


@pytest.fixture
def git(repo: Repository, top: Path) -> Git:
    """Git in the worktree."""
    found = repo.at(top)
    assert found is not None
    return found


def text(lines: list[str]) -> bytes:
    return "".join(lines).encode()


@pytest.mark.parametrize(
    "name",
    ["-dash", "with space", "tab\tin it", "two\nlines", 'a"quote', "back\\slash", "é😀", "*", ":(top)a", "dir/a..b"],
)
@pytest.mark.parametrize("which", [1, 2])
async def test_one_of_two_changes_is_made_whatever_the_file_is_called(
    repo: Repository, git: Git, top: Path, changed, name: str, which: int
) -> None:
    head = changed({name: text(LINES), "a": b"a\n"}, {name: text(BOTH), "a": b"b\n"})
    found = await hunks(repo, f"{head}~1", head, name)
    assert len(found) == 2
    assert await apply(git, found[which - 1]) is None
    assert (top / name).read_bytes() == text(FIRST if which == 1 else LAST)
    assert await apply(git, found[which - 1], reverse=True) is None
    assert (top / name).read_bytes() == text(LINES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\r\ntwo\r\n", b"one\r\nthree\r\n"),
        (b"one\r\ntwo\r\n", b"one\ntwo\n"),
        (b"one\ntwo", b"one\nthree"),
        (b"one\ntwo\n", b"one\ntwo"),
        (b"one\rtwo\n", b"one\r@@ -1 +1 @@\rtwo\n"),
        (b"\0one\n", b"\0two\n\xff"),
    ],
    ids=["crlf", "to lf", "no final newline", "not any more", "carriage returns", "binary"],
)
async def test_a_change_is_made_and_taken_back_to_the_byte(repo, git, top, changed, before, after) -> None:
    head = changed({"f": before}, {"f": after})
    (hunk,) = await hunks(repo, f"{head}~1", head, "f")
    assert await apply(git, hunk) is None
    assert (top / "f").read_bytes() == after
    assert await apply(git, hunk, reverse=True) is None
    assert (top / "f").read_bytes() == before


async def test_a_folder_and_nothing_have_no_hunks(repo, changed) -> None:
    head = changed({"d/a": b"1\n", "d/b": b"1\n"}, {"d/a": b"2\n", "d/b": b"2\n"})
    assert [await hunks(repo, f"{head}~1", head, path) for path in ("d", "", ".", "d/../d/a", "/d/a")] == [()] * 5


async def test_what_attributes_call_binary_is_shown_and_so_has_hunks(repo, changed) -> None:
    head = changed({".gitattributes": b"*.lock -diff\n", "a.lock": b"1\n"}, {"a.lock": b"2\n"})
    assert len(await hunks(repo, f"{head}~1", head, "a.lock")) == 1


async def test_a_file_that_became_a_link_has_a_hunk_for_each_of_the_two(repo, git, top, changed, sh) -> None:
    head = changed({"f": b"text\n"}, {"f": None})
    sh(top, "reset", "-q", "--hard", head)
    (top / "f").symlink_to("a.txt")
    sh(top, "add", "-A")
    sh(top, "commit", "-qm", "link")
    sh(top, "checkout", "-q", f"{head}~1")
    gone, link = await hunks(repo, f"{head}~1", "main", "f")
    for hunk in (gone, link):
        assert await apply(git, hunk) is None
    assert (top / "f").readlink() == Path("a.txt")


@pytest.fixture
def moved(changed):
    """A commit in which a file was moved and changed at both ends."""
    return changed({"old name": text(LINES)}, {"old name": None, "new name": text(BOTH)})


async def test_a_change_of_a_moved_file_is_one_of_those_that_are_shown(repo, moved) -> None:
    assert len(await hunks(repo, f"{moved}~1", moved, "new name")) == 2
    assert await hunks(repo, f"{moved}~1", moved, "old name") == ()


async def test_the_first_change_of_a_moved_file_that_is_made_moves_it(repo, git, top, moved) -> None:
    first, last = await hunks(repo, f"{moved}~1", moved, "new name")
    assert await apply(git, last) is None
    assert ((top / "new name").read_bytes(), (top / "old name").exists()) == (text(LAST), False)
    assert await apply(git, first) is None
    assert (top / "new name").read_bytes() == text(BOTH)


async def test_a_change_of_a_moved_file_is_taken_back_where_the_file_is_now(repo, git, top, moved, sh) -> None:
    sh(top, "reset", "-q", "--hard", moved)
    first, _ = await hunks(repo, f"{moved}~1", moved, "new name")
    assert await apply(git, first, reverse=True) is None
    assert ((top / "new name").read_bytes(), (top / "old name").exists()) == (text(LAST), False)


async def test_what_does_not_fit_changes_nothing_and_says_why(repo, git, top, moved) -> None:
    first, _ = await hunks(repo, f"{moved}~1", moved, "new name")
    (top / "old name").write_bytes(b"something else\n")
    problem = await apply(git, first)
    assert isinstance(problem, Problem)
    assert "old name" in problem.sentence
    assert (top / "old name").read_bytes() == b"something else\n"
