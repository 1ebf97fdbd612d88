"""Files that are written to be shown: as they are in a commit, to read only, and not for ever."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_orchestrator.daemon import shown


@pytest.fixture
def app(tmp_path: Path) -> Any:
    return SimpleNamespace(context=SimpleNamespace(places=SimpleNamespace(runtime=tmp_path)))


@pytest.mark.parametrize("path", ["../a", "/etc/a", "a/../../b", "", ".", "a//b", "a/."])
def test_a_path_that_leads_elsewhere_is_not_written(app, tmp_path, path):
    assert shown.write_version(app, "c", path, b"x") == ""
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("path", ["a", "-a", "two\nlines", 'a"b', "é😀", "\udcff", "dir/...", "n" * 255])
def test_a_version_is_written_once_to_read_only(app, path):
    for content in (b"first\0\xff", b"second"):
        file = Path(shown.write_version(app, "c", path, content))
        assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"first\0\xff", 0o400)
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_what_was_shown_longest_ago_goes_when_there_is_too_much(app):
    files = {commit: Path(shown.write_version(app, commit, "a", b"x" * 40)) for commit in ("c1", "c2", "c3")}
    for at, file in enumerate(files.values()):
        os.utime(file.parent, (at, at))
    # It is shown again.
    shown.write_version(app, "c1", "a", b"")
    shown.forget_old(app, 100)
    assert {commit for commit, file in files.items() if file.exists()} == {"c1", "c3"}
