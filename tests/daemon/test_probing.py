"""Which version of an agent's program is there: the program itself says so, and is asked once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_orchestrator.daemon.probing import Versions, remark
from agent_orchestrator.plugins.agent.tried import TRIED, Tried


def program(folder: Path, script: str) -> dict[str, str]:
    """An environment in which `agent` is this script."""
    (folder / "agent").write_text(f"#!/bin/sh\necho x >>{folder}/asked\n{script}\n")
    (folder / "agent").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("echo '2.1.330 (Claude Code)'", "2.1.330"),
        ("echo codex-cli 0.169.0", "0.169.0"),
        ("echo aider 0.86.2; echo 9.9.9", "0.86.2"),
        ("echo 1.0.0-beta.3", "1.0.0-beta.3"),
        ("echo no number", ""),
        ("exit 3", ""),
        ("echo 1.2.3 >&2", ""),
    ],
)
async def test_the_first_number_that_it_says_is_its_version(tmp_path, script, version):
    assert await Versions().of(["agent"], program(tmp_path, script)) == version


async def test_it_is_asked_with_the_words_that_start_it(tmp_path):
    env = program(tmp_path, 'echo "$1 $2" | grep -q "^acp --version$" && echo 1.2.3')
    assert await Versions().of(["agent", "acp"], env) == "1.2.3"


async def test_one_that_is_not_there_has_no_version(tmp_path):
    assert await Versions().of(["agent"], {"PATH": str(tmp_path)}) == ""


async def test_it_is_asked_once_and_again_after_an_upgrade(tmp_path):
    versions, env = Versions(), program(tmp_path, "echo 1.0.0")
    assert [await versions.of(["agent"], env) for _ in range(3)] == ["1.0.0"] * 3
    assert (tmp_path / "asked").read_text() == "x\n"
    program(tmp_path, "echo 2.0.0")
    os.utime(tmp_path / "agent", ns=(1, 1))
    assert await versions.of(["agent"], env) == "2.0.0"


@pytest.mark.parametrize(
    ("version", "says"),
    [
        ("2.1.330", ""),
        ("2.1.197", ""),
        ("2.2.0", "newer than what this was tried with (2.1.330, 2.1.197)"),
        ("2.1.200", "other than what this was tried with (2.1.330, 2.1.197)"),
        ("", "it does not say its version; tried with 2.1.330, 2.1.197"),
    ],
)
def test_a_version_that_was_not_tried_is_remarked_on(version, says):
    assert remark(version, TRIED["claude-code"]) == says


def test_a_program_that_we_never_ran_is_said_to_be_one():
    assert remark("1.0", Tried("cursor-agent")).startswith("not run by us")


def test_the_versions_are_those_that_the_tests_install():
    setup = Path(__file__).parents[1] / "agents" / "setup.sh"
    text = setup.read_text()
    for plugin, tried in TRIED.items():
        for version in tried.versions:
            assert f" {version} " in text, f"{plugin} {version} is not in {setup.name}"
