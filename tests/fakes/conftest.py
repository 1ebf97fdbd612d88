"""The scripted model in this process, and one small client of each vendor's format."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import frozen

HERE = Path(__file__).parent


def _load(full: str, file: Path, *below: str) -> ModuleType:
    """A module, or a package with its modules, by its path, as tests are imported."""
    if full not in sys.modules:
        folders = [str(file.parent)] if file.name == "__init__.py" else None
        spec = importlib.util.spec_from_file_location(full, file, submodule_search_locations=folders)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
        for name in below:
            importlib.import_module(f"{full}.{name}")
    return sys.modules[full]


_model = _load("ao_fake_model", HERE / "model" / "__init__.py", "server", "script")
_vendors = _load("ao_fakes_vendors", HERE / "vendors.py")


@frozen
class Running:
    """A model that runs, and what it has logged."""

    model: Any
    records: list[dict[str, Any]]

    def ask(self, vendor: Any, *turns: Any, **how: Any) -> Any:
        """One request of a vendor's client."""
        return vendor.ask(self.model.port, *turns, **how)


@pytest.fixture
def running() -> Iterator[Running]:
    """A model without books."""
    records: list[dict[str, Any]] = []
    with sys.modules["ao_fake_model.server"].Model(log=records.append) as model:
        yield Running(model, records)


@pytest.fixture
def server() -> ModuleType:
    """The module with Model."""
    return sys.modules["ao_fake_model.server"]


@pytest.fixture(params=_vendors.VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Any:
    """A client of each vendor."""
    return request.param


@pytest.fixture(params=[True, False], ids=["stream", "whole"])
def stream(request: pytest.FixtureRequest) -> bool:
    """Both ways to be answered."""
    return request.param


@pytest.fixture
def vendors() -> ModuleType:
    """The module of the clients: VENDORS, Said."""
    return _vendors
