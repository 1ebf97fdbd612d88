"""A world per test: short paths, a home of its own, and nothing left behind."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

HERE = Path(__file__).parent


def _load(name: str) -> ModuleType:
    """A helper module of this folder; tests are imported by path, so it is too."""
    full = f"ao_e2e_{name}"
    if full not in sys.modules:
        spec = importlib.util.spec_from_file_location(full, HERE / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


harness, probes_module, talking_module = _load("harness"), _load("probes"), _load("talking")
forged_module, issued_module = _load("forged"), _load("issued")


@pytest.fixture
def forged() -> ModuleType:
    """Worlds whose repository is at a forge."""
    return forged_module


@pytest.fixture
def issued() -> ModuleType:
    """Worlds whose issues are at a tracker."""
    return issued_module


@pytest.fixture
def talking() -> ModuleType:
    """The adapter of a program that is talked to."""
    return talking_module


@pytest.fixture
def probes() -> ModuleType:
    """Checks run alone, and the judge of commits."""
    return probes_module


@pytest.fixture
def h() -> ModuleType:
    """The harness's functions: git, commit, write."""
    return harness


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A folder with a short name (sockets lie in it), away from any repository, with a home of its own."""
    path = Path(os.path.realpath(tempfile.mkdtemp(prefix="ao-e2e-")))
    for name in [n for n in os.environ if n.startswith(("AO_", "XDG_", "GIT_", "PYTHON", "VIRTUAL_ENV"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(path / "home"))
    yield path
    shutil.rmtree(path)


@pytest.fixture
async def world(folder: Path) -> AsyncIterator[Any]:
    """A repository to be made, and a daemon to be started on it; both are gone after the test."""
    made = harness.World(folder)
    yield made
    await made.close()
