"""Real ``ao lsp`` processes under the clients of pytest-lsp, on a repository with one failing test."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import psutil
import pytest
from lsprotocol import types as lsp
from pytest_lsp import client_capabilities

HERE = Path(__file__).parent


def _load(full: str, file: Path) -> ModuleType:
    """A helper module by its path, as tests are imported."""
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


_e2e = _load("ao_e2e_conftest", HERE.parent / "e2e" / "conftest.py")
folder, world, h = _e2e.folder, _e2e.world, _e2e.h
_client = _load("ao_clients_client", HERE / "client.py")

#: The failing line has characters before the failure that each encoding counts otherwise.
FILES = {
    "half.py": "def half(a):\n    return a // 2\n",
    "tests/test_half.py": "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5  # 😀ß\n",
}
FAILING = "tests/test_half.py"

STARTED = {"forwarded": ("lsp",), "standalone": ("lsp", "--stdio", "--standalone")}


def _capabilities(name: str) -> lsp.ClientCapabilities:
    """What a client says that it can do. ``puller``: one that is not shown what is wrong, and asks for it."""
    made = client_capabilities("neovim@v0.11" if name == "puller" else name)
    if name == "puller":
        assert made.text_document is not None
        made.text_document.publish_diagnostics = None
    return made


@pytest.fixture
def capabilities() -> Callable[[str], lsp.ClientCapabilities]:
    return _capabilities


@pytest.fixture(params=STARTED)
def words(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """How the editor starts its server."""
    return STARTED[request.param]


@pytest.fixture
def red(world: Any) -> Iterator[Any]:
    """The repository; a daemon that was started on it is ended."""
    check = {**_e2e.harness.UNIT, "env": {"PYTHONPATH": "."}}
    slow = {"command": ["sleep", "1000"], "on": ["manual"]}
    world.start_commit = world.make(FILES, checks={"unit": check, "slow": slow})
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    world.env |= {"AO_STATE_DIR": str(world.paths.state), "AO_RUNTIME_DIR": str(world.paths.runtime)}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        """What ``ao`` says."""
        return subprocess.run(
            [_e2e.harness.BIN / "ao", *words], cwd=world.repo, env=world.env, capture_output=True, text=True
        )

    def servers() -> list[psutil.Process]:
        """The processes of ours that live: daemons and what editors started."""
        return [p for p in psutil.process_iter() if _is_server(p, world.env["AO_STATE_DIR"])]

    world.run, world.servers = run, servers
    yield world
    if servers():
        run("daemon", "stop")
    deadline = time.monotonic() + 20
    while servers() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert servers() == []


def _is_server(process: psutil.Process, state: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.environ().get("AO_STATE_DIR") != state:
            return False
        return "agent_orchestrator" in " ".join(process.cmdline()) or process.cmdline()[1].endswith("/ao")
    except (psutil.Error, IndexError):
        return False


@pytest.fixture
async def start(red: Any, words: tuple[str, ...]) -> AsyncIterator[Callable[..., Any]]:
    """Open an editor on the repository (or another folder). At the end nothing may speak against its server."""
    opened: list[Any] = []

    async def make(client: str = "neovim@v0.11", *, root: Path | None = None, trust: bool = True, **more: Any) -> Any:
        editor = _client.Editor(root or red.repo)
        opened.append(editor)
        await editor.start_io(str(_e2e.harness.BIN / "ao"), *words, cwd=editor.root, env=red.env, limit=1 << 20)
        editor.choose = lambda asked: asked.actions[0]
        await editor.begin(_capabilities(client), **more)
        if trust:
            asked = await editor.take(lsp.WINDOW_SHOW_MESSAGE_REQUEST)
            assert "before you trust it" in asked.message
            await editor.idle()
        return editor

    yield make
    for editor in opened:
        if not editor.stopped:
            await editor.end()
    assert [found for editor in opened for found in editor.account()] == []


@pytest.fixture
def failing() -> str:
    """The file that has the failing test."""
    return FAILING
