"""VS Code itself, in a browser, with the extension as it is packaged, and the server that it brings."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ASKER = {"plugin": "acp", "command": [sys.executable, "-S", str(HERE / "asking.py")]}

BROWSER = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}

# The first makes the package, and a browser takes its time where others are at work too.
pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(300)]


@pytest.fixture
def asked(red, h):
    """The red repository, with an agent that asks before it mends it; ``asked.start_commit`` is where it begins."""
    red.configure(checks={"unit": {**h.UNIT, "env": {"PYTHONPATH": "."}}}, agents={"asker": ASKER}, agent="asker")
    red.start_commit = h.commit(red.repo, {}, "let the asker mend it")
    # There is no `ao` on the PATH.
    red.env["PATH"] = "/usr/bin:/bin"
    yield red
    # Agents outlive editors, and a story that failed has left some.
    subprocess.run([h.BIN / "ao", "stop", "--all"], env=red.env, cwd=red.repo, check=True, capture_output=True)


@pytest.fixture
def code(world, vsix, code_server):
    """VS Code that serves the repository; ``code(name)`` tells a story in it and gives what that says."""
    shots = code_server.INSTALLED / "shots"

    def tell(name: str, settings: Mapping[str, Any] | None = None, installed: Path | None = None) -> list[str]:
        shutil.rmtree(shots / name, ignore_errors=True)
        modules = code_server.INSTALLED / "playwright" / "node_modules"
        installed = installed or code_server.INSTALLED
        with code_server.serving(world.folder, world.env, vsix, settings or {}, installed=installed) as server:
            done = subprocess.run(
                [code_server.NODE, f"story_{name}.mjs", server.url, world.repo],
                cwd=HERE,
                env={**BROWSER, "HOME": world.env["HOME"], "PLAYWRIGHT": str(modules), "SHOTS": str(shots / name)},
                capture_output=True,
                text=True,
                timeout=200,
            )
        assert done.returncode == 0, f"{done.stdout}{done.stderr}; pictures are in {shots / name}"
        return done.stdout.splitlines()

    return tell


def test_from_squiggle_through_permission_to_the_landed_fix(asked, code):
    told = code("hunt")
    assert [line.split(":")[0] for line in told] == ["squiggle", "sessions", "failures", "answered", "gone", "changes"]
    assert len(asked.commits(asked.start_commit)) == 1
    assert (asked.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n# by hand\n"


def test_the_oldest_version_that_it_says_it_runs_in_runs_it(asked, code, code_server):
    assert code("smoke", installed=code_server.OLDEST) == ["squiggle", "failure"]


def test_a_comment_on_what_an_agent_changed_reaches_it(asked, code, h):
    assert code("review") == ["noted", "sent"]
    argv = [h.BIN / "ao", "status", "--json"]
    listed = json.loads(subprocess.check_output([h.BIN / "ao", "list", "--json"], env=asked.env, cwd=asked.repo))
    (session,) = listed["sessions"]
    shown = json.loads(subprocess.check_output([*argv, session["id"]], env=asked.env, cwd=asked.repo))
    (message,) = shown["messages"]
    assert message["text"].endswith("looking into it\n\nSay what you look into.")
    assert message["text"].startswith("> half.py:")


def test_nothing_is_lost_by_killed_servers_and_a_window_that_is_loaded_again(asked, code):
    asked.agents_do({"think for ever": [[["hang"]]]})
    assert code("life") == ["asks", "asks after all was killed", "attached", "linked", "stopped"]


def test_without_a_server_and_a_python_one_message_says_what_was_tried(world, code):
    world.make({"half.py": "def half(a):\n    return a // 2\n"})
    world.env["PATH"] = "/usr/bin:/bin"
    told = code("bare", {"agentOrchestrator.server.interpreter": "/nowhere/python"})
    assert told == ["buttons: Show Why", "notifications: 1", "explained"]


def test_only_what_differs_in_a_tree_is_shown_again(vsix, code_server, tmp_path):
    extension = vsix.parents[1]
    tree = tmp_path / "tree.cjs"
    made = ["esbuild", "src/tree.ts", "--bundle", "--platform=node", "--external:vscode", f"--outfile={tree}"]
    subprocess.run([extension / "node_modules" / ".bin" / made[0], *made[1:]], cwd=extension, check=True)
    argv = [code_server.NODE, "--test", HERE / "tree.test.mjs"]
    done = subprocess.run(argv, env={"TREE": str(tree)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "pass 4" in done.stdout


def test_checks_run_from_the_test_explorer_and_what_is_red_there_goes_to_an_agent(asked, code):
    assert code("checks") == ["failed", "asks"]


def test_a_window_waits_for_little_of_the_extension(vsix, code_server, tmp_path):
    """Of the processor's time, for a wall clock measures what else the machine does."""
    with zipfile.ZipFile(vsix) as package:
        package.extract("extension/dist/extension.js", tmp_path)
    argv = [code_server.NODE, HERE / "load.mjs", tmp_path / "extension" / "dist" / "extension.js"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    kind, milliseconds = done.stdout.split()
    assert kind == "function", done.stderr
    assert int(milliseconds) <= 50


def test_of_a_repository_that_is_set_up_the_walkthrough_has_that_step_done(asked, code):
    # VS Code sees what was so before it knew of a walkthrough as never so: it knows of it from the start with this.
    assert code("walkthrough", {"workbench.startupEditor": "welcomePage"}) == ["done: 1"]
