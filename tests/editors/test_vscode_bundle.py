"""The server in the VS Code extension's package: pure Python, and run by every Python from 3.11 on that is at hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_orchestrator import __version__

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
# The first makes the package.
pytestmark = [pytest.mark.slow, pytest.mark.network, pytest.mark.timeout(300)]


def pythons() -> Iterator[Path]:
    """Interpreters of this machine from 3.11 on: on the PATH, and side by side in pyenv's folder."""
    beside = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [*beside.glob("3.*/bin/python3"), *(shutil.which(f"python3.{n}") for n in range(11, 20))]
    seen = set()
    for path in filter(None, found):
        said = subprocess.run(
            [path, "-ISc", "import sys; print(*sys.version_info[:2], sys.prefix)"], capture_output=True, text=True
        )
        major, minor, prefix = (*said.stdout.split(maxsplit=2), "", "", "")[:3]
        if said.returncode == 0 and (int(major), int(minor)) >= (3, 11) and prefix not in seen:
            seen.add(prefix)
            yield Path(path)


PYTHONS = list(pythons())


@pytest.fixture(scope="session")
def unpacked(vsix, tmp_path_factory):
    folder = tmp_path_factory.mktemp("vsix")
    with zipfile.ZipFile(vsix) as package:
        package.extractall(folder)
    return folder / "extension"


@pytest.fixture
def environ(tmp_path_factory):
    """An environment of nothing but what must be, and folders with short names."""
    folder = tmp_path_factory.mktemp("s")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "AO_STATE_DIR": str(folder / "s"),
        "AO_RUNTIME_DIR": str(folder / "r"),
        # What leads other programs astray does not lead this one astray.
        "PYTHONPATH": "/nowhere",
        "PYTHONHOME": "/nowhere",
    }


def message(**body) -> bytes:
    text = json.dumps({"jsonrpc": "2.0", **body}).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(text), text)


def test_nothing_in_it_is_compiled(unpacked):
    files = [path for path in (unpacked / "bundled").rglob("*") if path.is_file()]
    assert [path for path in files if path.suffix in (".so", ".pyd", ".pyc", ".dylib")] == []
    assert [path for path in files if path.read_bytes()[:4] == b"\x7fELF"] == []


def test_it_has_the_licences_of_what_it_brings(unpacked):
    brought = {path.name.split("-")[0] for path in (unpacked / "bundled").glob("*.dist-info")}
    licensed = {path.parts[-3].split("-")[0] for path in (unpacked / "bundled").glob("*.dist-info/licenses/*")}
    assert brought >= {"agent_orchestrator", "pygls", "pyyaml"}
    assert licensed >= {"agent_orchestrator", "pygls", "pyyaml"}


def test_there_is_a_python_to_run_it_with():
    assert PYTHONS


@pytest.mark.parametrize("python", PYTHONS, ids=str)
def test_it_says_its_version(unpacked, environ, python):
    argv = [python, "-I", "-S", unpacked / "bundled" / "ao.py", "--version"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr) == (f"ao {__version__}\n", "")


@pytest.mark.parametrize("python", PYTHONS, ids=str)
@pytest.mark.parametrize("how", ["standalone", "shared"])
def test_it_serves_an_editor(unpacked, environ, python, how):
    opening = {"processId": None, "rootUri": None, "capabilities": {}}
    said = (
        message(id=1, method="initialize", params=opening)
        + message(method="initialized", params={})
        + message(id=2, method="shutdown")
        + message(method="exit")
    )
    ao = [python, "-I", "-S", unpacked / "bundled" / "ao.py"]
    argv = [*ao, "lsp", *(["--standalone"] if how == "standalone" else [])]
    try:
        done = subprocess.run(argv, input=said, env=environ, capture_output=True, timeout=60)
    finally:
        subprocess.run([*ao, "daemon", "stop"], env=environ, capture_output=True, timeout=30)
    assert b'"executeCommandProvider"' in done.stdout, done.stderr
    assert done.returncode == 0
