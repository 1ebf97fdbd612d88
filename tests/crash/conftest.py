"""The scene module (this folder is no package), a driver to kill, and the boundaries of a hunt on each scene."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_spec = importlib.util.spec_from_file_location("ao_crash_scene", Path(__file__).with_name("scene.py"))
assert _spec is not None
assert _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)


@pytest.fixture(scope="session")
def scenes() -> Any:
    """The module ``scene``."""
    return _module


@pytest.fixture(scope="session")
def zygote() -> Iterator[Any]:
    with _module.Zygote() as zygote:
        yield zygote


@pytest.fixture(scope="session")
def boundaries(zygote: Any) -> list[str]:
    """The boundaries of a hunt that is not killed, on one failure with main checked out, in order."""
    with _module.Scene("a", checked_out=True) as scene:
        status, found = zygote.run(scene)
        assert (status, scene.wrong()) == (0, [])
    return found


@pytest.fixture
def scene() -> Iterator[Any]:
    """One failure, main checked out."""
    with _module.Scene("a", checked_out=True) as scene:
        yield scene
