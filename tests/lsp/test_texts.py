"""What is read of a file that is not open: agents and checks name it, and it can be anything."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_orchestrator.lsp.texts import Texts


@pytest.mark.parametrize(
    "make",
    [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir, lambda path: path.symlink_to(path)],
    ids=["pipe", "device without end", "folder", "link to itself"],
)
def test_what_is_no_file_has_no_lines_and_is_not_waited_for(tmp_path, make):
    make(tmp_path / "a.py")
    assert (Texts().text(str(tmp_path / "a.py")), Texts().lines(str(tmp_path / "a.py"))) == (None, ())


def test_a_path_that_no_file_can_have_has_no_lines():
    assert Texts().lines("/tmp/a\0b") == ()
