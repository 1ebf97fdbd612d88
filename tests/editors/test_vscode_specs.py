"""The specs of the VS Code extension (``editors/vscode/spec``), run by mocha inside VS Code's extension host."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXTENSION = HERE.parents[1] / "editors" / "vscode"
#: What the scripted agent does for a task.
PLAN = {
    "think for ever": [[["hang"]]],
    "note and think": [[["append", "half.py", "# a note\n"], ["write", "new.txt", "new\n"], ["hang"]]],
    "take the test away": [[["delete", "tests/test_half.py"]]],
    "do nothing": [[]],
}
#: What an extension must say that is only there to have specs in it.
PACKAGE = {"name": "specs", "publisher": "ao", "version": "0.0.0", "engines": {"vscode": "*"}}

pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(400)]


@pytest.fixture
def specs(asking, vsix):
    """The specs in a folder of their own, which is an extension; mocha lies where it is installed."""
    subprocess.run(["npm", "run", "--silent", "specs"], cwd=EXTENSION, check=True)
    folder = asking.folder / "specs"
    shutil.copytree(EXTENSION / "build" / "specs", folder)
    (folder / "package.json").write_text(json.dumps(PACKAGE))
    (folder / "node_modules").symlink_to(EXTENSION / "node_modules")
    return folder


@pytest.mark.parametrize("version", ["newest", "oldest"])
def test_every_spec_holds_inside_the_extension_host(version, asking, vsix, specs, code_server, h, subtests):
    asking.agents_do({**PLAN, "reach out": [[["shell", f"echo '# from outside' >>{asking.repo}/half.py"]]]})
    report = asking.folder / "report.json"
    modules = code_server.INSTALLED / "playwright" / "node_modules"
    env = {**asking.env, "REPORT": str(report)}
    where = code_server.OLDEST if version == "oldest" else code_server.INSTALLED
    # The newest runs specs only with this, and shows no notifications then.
    driver = ["--vscode-option", "enable-smoke-test-driver"] if version == "newest" else []
    with code_server.serving(asking.folder, env, vsix, {}, *driver, installed=where) as server:
        done = subprocess.run(
            [code_server.NODE, "run_specs.mjs", server.url, asking.repo, specs],
            cwd=HERE,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": asking.env["HOME"], "PLAYWRIGHT": str(modules)},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert report.exists(), done.stdout + done.stderr
    ran = json.loads(report.read_text())
    assert ran["stats"]["tests"] >= 30
    for spec in ran["tests"]:
        with subtests.test(spec["fullTitle"]):
            assert not spec["err"], f"{spec['err']['message']}\n{spec['err']['stack']}"
    # What fails around specs is none of them.
    around = [failure["err"]["message"] for failure in ran["failures"]]
    assert (around, ran["pending"], done.returncode) == ([], [], 0)
