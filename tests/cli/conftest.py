"""The parts that tests of the command line share: an app with a recorded daemon, and rows."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cli_tests_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rows() -> ModuleType:
    """Wire values to render."""
    return _load("rows")


@pytest.fixture(scope="session")
def fakes() -> ModuleType:
    """The recorded daemon."""
    return _load("fakes")


@pytest.fixture(scope="session")
def at_a_shell() -> ModuleType:
    """The real `ao`, as processes."""
    return _load("shell")


@pytest.fixture
def ao(tmp_path: Path, fakes: ModuleType) -> Callable[..., object]:
    """``ao("hunt", "--wait", answers={…})`` → what it printed, its exit code and the calls it made."""
    home = tmp_path / "home"
    home.mkdir()

    def call(*argv: str, **options: object) -> object:
        options.setdefault("cwd", tmp_path)
        return fakes.call(argv, home=home, **options)

    return call
