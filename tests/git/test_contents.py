from __future__ import annotations

from pathlib import Path

from agent_orchestrator.git.contents import contents, differing
from agent_orchestrator.git.repository import Repository


async def test_what_differs_has_its_contents_on_both_sides(repo: Repository, top: Path, sh) -> None:
    before = sh(top, "rev-parse", "HEAD")
    (top / "a.txt").write_text("changed\n")
    (top / "b.txt").unlink()
    (top / "two\nlines").write_bytes(b"\xff\x00\n")
    (top / "empty").touch()
    sh(top, "add", "-A")
    sh(top, "commit", "-qm", "all at once")
    found = {f.path: f for f in await differing(repo, before, "HEAD")}
    assert {path: (bool(f.before), bool(f.after)) for path, f in found.items()} == {
        "a.txt": (True, True),
        "b.txt": (True, False),
        "two\nlines": (False, True),
        "empty": (False, True),
    }
    read = await contents(repo, [f.after for f in found.values() if f.after], 1000, 1000)
    assert {path: read[f.after] for path, f in found.items() if f.after} == {
        "a.txt": b"changed\n",
        "two\nlines": b"\xff\x00\n",
        "empty": b"",
    }


async def test_what_is_too_large_and_what_is_no_file_has_no_content(repo: Repository, top: Path, sh) -> None:
    before = sh(top, "rev-parse", "HEAD")
    (top / "large").write_text("0" * 101)
    (top / "fits").write_text("1" * 100)
    sh(top, "add", "-A")
    sh(top, "update-index", "--add", "--cacheinfo", f"160000,{before},module")
    sh(top, "commit", "-qm", "a submodule")
    found = {f.path: f for f in await differing(repo, before, "HEAD")}
    assert (found["module"].before, found["module"].after) == ("", "")
    read = await contents(repo, [found["large"].after, found["fits"].after], 100, 1000)
    assert list(read) == [found["fits"].after]


async def test_no_more_is_read_than_is_wanted_of_all_together(repo: Repository, top: Path, sh) -> None:
    ids = []
    for number in range(3):
        (top / "f").write_text(str(number) * 40)
        ids.append(sh(top, "hash-object", "-w", "f"))
    assert list(await contents(repo, ids, 100, 99)) == ids[:2]
