"""Completion scripts, asked in real shells, with an `ao` that answers as the real one does."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from agent_orchestrator.cli.completion import script


@pytest.fixture
def bash(tmp_path: Path) -> Path:
    """A folder with the script and an `ao` that knows two sessions and a project."""
    (tmp_path / "ao.bash").write_text(script("bash"))
    (tmp_path / "_ao").write_text(script("zsh"))
    fake = tmp_path / "ao"
    fake.write_text('#!/bin/sh\n[ "$2" = sessions ] && echo "shop-a\nshop-b"\n[ "$2" = projects ] && echo shop\n')
    fake.chmod(0o755)
    (tmp_path / "folder").mkdir()
    return tmp_path


ASKED = [
    (("hu",), ["hunt"]),
    (("hunt", "--ch"), ["--check", "--checkout"]),
    (("hunt", "--checkout", ""), ["ff", "never"]),
    (("status", "shop-"), ["shop-a", "shop-b"]),
    (("hunt", "--project", ""), ["shop"]),
    (("remove-project", "s"), ["shop"]),
    (("daemon", "st"), ["start", "status", "stop"]),
    (("completion", ""), ["bash", "zsh"]),
    (("start", "fol"), ["folder"]),
    (("config", ""), ["get", "set"]),
    (("_",), []),
]


@pytest.mark.parametrize(("words", "expected"), ASKED, ids=[" ".join(words) for words, _ in ASKED])
def test_bash(bash: Path, words: tuple[str, ...], expected: list[str]) -> None:
    quoted = " ".join(f"'{word}'" for word in ("ao", *words))
    code = f'source ./ao.bash; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; _ao; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(
        ["bash", "--norc", "-c", code],
        cwd=bash,
        env={"PATH": f"{bash}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert (sorted(done.stdout.split()), done.stderr) == (expected, "")


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_defines_the_completion(bash: Path) -> None:
    code = "fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; print -r -- $_comps[ao]; autoload +X _ao"
    done = subprocess.run(
        ["zsh", "-f", "-c", code],
        cwd=bash,
        env={"PATH": "/usr/bin:/bin", "HOME": str(bash)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert (done.stdout, done.stderr) == ("_ao\n", "")
