"""The corpus of recorded logs, as modules."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

CORPUS = Path(__file__).parent / "corpus"


@pytest.fixture(scope="session")
def corpus() -> ModuleType:
    """``corpus/score.py``."""
    return _module("score")


@pytest.fixture(scope="session")
def bundle() -> ModuleType:
    """``corpus/bundle.py``."""
    return _module("bundle")


@pytest.fixture(scope="session")
def wrap() -> ModuleType:
    """``corpus/wrap.py``."""
    return _module("wrap")


def _module(name: str) -> ModuleType:
    sys.path.insert(0, str(CORPUS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(CORPUS))
