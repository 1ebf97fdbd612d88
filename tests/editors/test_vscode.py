"""VS Code itself, in a browser, with the extension as it is packaged, and the server that it brings."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ASKER = {"plugin": "acp", "command": [sys.executable, "-S", str(HERE / "asking.py")]}

pytestmark = [pytest.mark.slow, pytest.mark.network]


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
def code(asked, vsix, code_server):
    """VS Code that serves the repository; ``code.tell(name)`` tells a story in it and gives what it says."""
    shots = code_server.INSTALLED / "shots"
    with code_server.serving(asked.folder, asked.env, vsix) as server:

        def tell(name: str, *arguments: str) -> list[str]:
            shutil.rmtree(shots / name, ignore_errors=True)
            done = subprocess.run(
                [code_server.NODE, f"story_{name}.mjs", server.url, asked.repo, *arguments],
                cwd=HERE,
                env={
                    **asked.env,
                    "PLAYWRIGHT": str(code_server.INSTALLED / "playwright" / "node_modules"),
                    "SHOTS": str(shots / name),
                },
                capture_output=True,
                text=True,
                timeout=200,
            )
            assert done.returncode == 0, f"{done.stdout}{done.stderr}; pictures are in {shots / name}"
            return done.stdout.splitlines()

        yield tell


@pytest.mark.timeout(300)
def test_from_squiggle_through_permission_to_the_landed_fix(asked, code):
    told = code("hunt")
    assert [line.split(":")[0] for line in told] == ["squiggle", "sessions", "failures", "answered", "gone", "changes"]
    assert len(asked.commits(asked.start_commit)) == 1
    assert (asked.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"


@pytest.mark.timeout(300)
def test_nothing_is_lost_by_killed_servers_and_a_window_that_is_loaded_again(asked, code):
    asked.agents_do({"think for ever": [[["hang"]]]})
    assert code("life") == ["asks", "asks after all was killed", "attached", "stopped"]
