"""The scripted model in this process with one small client of each vendor's format, and the forges in memory."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
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
_forges = _load("ao_fake_forges", HERE / "forges" / "__init__.py", "github", "gitlab", "linear")
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


@pytest.fixture
def github() -> ModuleType:
    """The double's module: Hub, Annotation, Step, faults."""
    return _forges.github


@pytest.fixture
def hub(github: ModuleType) -> Iterator[Any]:
    """GitHub with nothing in it, without git. A test that provokes a problem on purpose clears it."""
    hub = github.Hub()
    yield hub
    assert hub.problems == []


@pytest.fixture
def git_hub(github: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """GitHub with real git below."""
    hub = github.Hub(tmp_path / "hub")
    yield hub
    assert hub.problems == []


@pytest.fixture
async def client(hub: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of ``hub`` without a socket, with a token."""
    headers = {"Authorization": f"Bearer {hub.token()}"}
    async with httpx2.AsyncClient(
        transport=hub.transport(), base_url="https://api.github.com", headers=headers
    ) as client:
        yield client


@pytest.fixture
def query(client: httpx2.AsyncClient) -> Callable[..., Any]:
    """``await query(document, name=value)``: what GraphQL answers."""

    async def query(document: str, **variables: Any) -> Any:
        answered = await client.post("/graphql", json={"query": document, "variables": variables})
        return answered.json()

    return query


@pytest.fixture
def gitlab_double() -> ModuleType:
    """The double's module: Lab, Position, TestCase, faults."""
    return _forges.gitlab


@pytest.fixture
def lab() -> Iterator[Any]:
    """GitLab with nothing in it, without git. A test that provokes a problem on purpose clears it."""
    lab = _forges.gitlab.Lab()
    yield lab
    assert lab.problems == []


@pytest.fixture
def git_lab(tmp_path: Path) -> Iterator[Any]:
    """GitLab with real git below."""
    lab = _forges.gitlab.Lab(tmp_path / "lab")
    yield lab
    assert lab.problems == []


@pytest.fixture
def linear() -> Iterator[Any]:
    """Linear with nothing in it. A test that provokes a problem on purpose clears it."""
    workspace = _forges.linear.Workspace()
    yield workspace
    assert workspace.problems == []


@pytest.fixture
def document() -> Callable[[str], str]:
    """``document("github/sweep")``: the text of a GraphQL document."""
    return lambda name: (HERE / "documents" / f"{name}.graphql").read_text()


@pytest.fixture
def program() -> Callable[[str], Path]:
    """``program("gh")``: a forge's own program, as ``make forges-setup`` installs it."""

    def program(name: str) -> Path:
        installed = HERE.parents[1] / ".cache" / "forges"
        found = installed / ("linear/node_modules/@linear/sdk" if name == "linear" else f"bin/{name}")
        if os.environ.get("CI") == "true":
            subprocess.run([HERE / "forges" / "setup.sh", name], check=True)
        if not found.exists():
            pytest.skip(f"`make forges-setup` has not installed {name}")
        return found

    return program
