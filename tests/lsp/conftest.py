"""Editors on a world of the end-to-end tests: a repository, and the insides of a daemon in this process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve

from agent_orchestrator.daemon.viewed import Viewed
from agent_orchestrator.lsp import toasts
from agent_orchestrator.protocol.caller import Client

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
folder, world, h, talking, forged = _e2e.folder, _e2e.world, _e2e.h, _e2e.talking, _e2e.forged
_editor = _load("ao_lsp_editor", HERE / "editor.py")

HALF = "def half(a):\n    return a // 2\n"
TEST = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"


def checks() -> dict[str, Any]:
    """The fast check, as it runs in the checkout: there nobody sets up an import path."""
    return {"unit": {**_e2e.harness.UNIT, "env": {"PYTHONPATH": "."}}}


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person must act on is told at once, however much it is."""
    monkeypatch.setattr(toasts, "TOGETHER", 0.0)


@pytest.fixture
def ed() -> ModuleType:
    """The editor's module: RpcError, CAPABILITIES."""
    return _editor


@pytest.fixture
def at_forge() -> ModuleType:
    """The module of a forge that is told of, and what tests with one use."""
    return _load("ao_lsp_forge", HERE / "forge.py")


@pytest.fixture
async def red(world: Any) -> Any:
    """A repository with one failing test, an agent that can fix it, and a running daemon that drives it."""
    world.make({"half.py": HALF, "tests/test_half.py": TEST}, checks=checks())
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    await world.start()
    return world


@pytest.fixture
async def editors(world: Any) -> AsyncIterator[Callable[..., Any]]:
    """Open an editor on the world's repository (or another folder). None may keep a message that no test took."""
    opened: list[Any] = []
    cores: list[Viewed] = []

    async def open_editor(root: Path | None = None, *, start: bool = True, **params: Any) -> Any:
        if not cores:
            cores.append(Viewed(world.app))
        editor = _editor.Editor(root or world.repo)
        opened.append(editor)
        await editor.connect(cores[0], Client("lsp", str(editor.root), world.env, "0"))
        if start:
            await editor.start(**params)
        return editor

    yield open_editor
    for editor in opened:
        if not editor.closed:
            await editor.stop()
    assert [(e.messages, e.stray) for e in opened if e.messages or e.stray] == []


@pytest.fixture
async def editor(red: Any, editors: Any) -> Any:
    """One editor on the red repository."""
    return await editors()


@pytest.fixture
async def untrusted(world, h):
    """A repository that nobody trusted as it is now."""
    world.make({"x.py": "x = 1\n"}, checks={"words": {"command": ["touch", "ran"], "on": ["start", "save"]}})
    await world.start()
    project = world.state.projects["app"]
    world.app.engine.state = evolve(world.state, projects={"app": evolve(project, trusted="something else")})
    return world
