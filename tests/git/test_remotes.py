"""The remote that a project is named by."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.git.remotes import origin, short_name


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://forge.example/owner/name.git", "owner/name"),
        ("git@forge.example:owner/name.git", "owner/name"),
        ("ssh://git@forge.example:22/owner/name", "owner/name"),
        ("/srv/git/name.git", "/srv/git/name.git"),
    ],
)
def test_a_remote_is_shortened_to_owner_and_name_where_it_has_them(url, name):
    assert short_name(url) == name


async def test_the_origin_is_read_without_credentials(tmp_path: Path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(
        ["git", "-C", tmp_path, "remote", "add", "origin", "https://me:secret@forge.example/owner/name.git"], check=True
    )
    assert await origin(tmp_path / ".git") == "https://forge.example/owner/name.git"


async def test_a_repository_without_remotes_has_no_origin(tmp_path: Path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert await origin(tmp_path / ".git") is None
