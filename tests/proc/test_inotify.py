"""Watched folders, with the real kernel."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_orchestrator.proc import inotify
from agent_orchestrator.proc.inotify import Change, Inotify

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="there is no inotify")


class Heard:
    """What was heard, and who waits for it."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.more = asyncio.Event()
        found = Inotify.begin(self.take)
        assert found is not None
        self.inotify = found

    def take(self, changes: list[Change]) -> None:
        self.changes += changes
        self.more.set()

    async def until(self, name: str) -> Change:
        """The first change of that name that was not asked for before."""
        async with asyncio.timeout(20):
            while not (found := [change for change in self.changes if change.name == name]):
                self.more.clear()
                await self.more.wait()
        self.changes = self.changes[self.changes.index(found[0]) + 1 :]
        return found[0]


@pytest.fixture
async def heard() -> Iterator[Heard]:
    made = Heard()
    yield made
    made.inotify.close()


async def test_what_is_written_moved_and_deleted_is_heard(heard: Heard, tmp_path: Path) -> None:
    assert heard.inotify.watch(tmp_path)
    (tmp_path / "a").write_text("x")
    assert await heard.until("a") == Change(tmp_path, "a", came=True)
    (tmp_path / "a").rename(tmp_path / "b")
    assert (await heard.until("b")).came
    (tmp_path / "b").unlink()
    assert not (await heard.until("b")).came
    (tmp_path / "folder").mkdir()
    assert (await heard.until("folder")).is_folder


async def test_only_what_lies_directly_in_a_folder_is_heard(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    heard.inotify.watch(tmp_path)
    (tmp_path / "below" / "deep").write_text("x")
    (tmp_path / "last").write_text("x")
    await heard.until("last")
    assert not any(change.name == "deep" for change in heard.changes)


async def test_reading_is_no_change(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    heard.inotify.watch(tmp_path)
    (tmp_path / "a").read_text()
    os.utime(tmp_path / "a")
    (tmp_path / "last").write_text("x")
    await heard.until("last")
    assert {change.name for change in heard.changes} <= {"last"}


async def test_a_folder_in_the_place_of_one_that_went_can_be_watched(heard: Heard, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    heard.inotify.watch(tmp_path)
    heard.inotify.watch(folder)
    folder.rmdir()
    await heard.until("folder")
    folder.mkdir()
    await heard.until("folder")
    heard.inotify.watch(folder)
    (folder / "a").write_text("x")
    await heard.until("a")


async def test_a_folder_that_was_moved_is_known_by_its_new_name(heard: Heard, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    heard.inotify.watch(tmp_path / "old")
    (tmp_path / "old").rename(tmp_path / "new")
    heard.inotify.watch(tmp_path / "new")
    (tmp_path / "new" / "a").write_text("x")
    assert (await heard.until("a")).folder == tmp_path / "new"
    (tmp_path / "old").mkdir()
    heard.inotify.watch(tmp_path / "old")
    (tmp_path / "old" / "b").write_text("x")
    assert (await heard.until("b")).folder == tmp_path / "old"


async def test_one_that_is_not_there_is_passed_over(heard: Heard, tmp_path: Path) -> None:
    assert heard.inotify.watch(tmp_path / "none")


async def test_names_that_are_no_text_are_heard(heard: Heard, tmp_path: Path) -> None:
    heard.inotify.watch(tmp_path)
    name = os.fsdecode(b"b\xff")
    (tmp_path / name).write_text("x")
    await heard.until(name)


async def test_where_there_is_none_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Without:
        def __init__(self, *_: object, **__: object) -> None:
            pass

    monkeypatch.setattr(inotify.ctypes, "CDLL", Without)
    assert Inotify.begin(lambda _: None) is None
