"""The trackers on the forges in memory, in the doubles' time."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import trackers
from agent_orchestrator.ports.scm import Place

FORGES = Path(__file__).parents[1] / "fakes" / "forges"


@pytest.fixture
def doubles() -> ModuleType:
    """The doubles' package: ``github``, ``gitlab``, ``linear``."""
    name = "ao_fake_forges"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, FORGES / "__init__.py", submodule_search_locations=[str(FORGES)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    for part in ("github", "gitlab", "linear"):
        importlib.import_module(f"{name}.{part}")
    return sys.modules[name]


def client(double: Any) -> HttpClient:
    async def sleep(seconds: float) -> None:
        double.clock.advance(seconds)

    return HttpClient(transport=double.transport(), now=lambda: double.clock.now().timestamp(), sleep=sleep)


@pytest.fixture
def hub(doubles: ModuleType) -> Iterator[Any]:
    """GitHub with nothing in it. A test that provokes a problem on purpose clears it."""
    hub = doubles.github.Hub()
    yield hub
    assert hub.problems == []


@pytest.fixture
async def github(hub: Any) -> AsyncIterator[Any]:
    """The tracker of ``acme/shop`` at GitHub."""
    http = client(hub)
    yield trackers()["github"](Place("https://github.com", "acme/shop"), http, {"GH_TOKEN": hub.token()})
    await http.close()


@pytest.fixture
def lab(doubles: ModuleType) -> Iterator[Any]:
    """GitLab with nothing in it. A test that provokes a problem on purpose clears it."""
    lab = doubles.gitlab.Lab()
    yield lab
    assert lab.problems == []


@pytest.fixture
async def gitlab(lab: Any) -> AsyncIterator[Any]:
    """The tracker of ``acme/shop`` at GitLab."""
    http = client(lab)
    yield trackers()["gitlab"](Place("https://gitlab.com", "acme/shop"), http, {"GITLAB_TOKEN": lab.token()})
    await http.close()


@pytest.fixture
def workspace(doubles: ModuleType) -> Iterator[Any]:
    """Linear with nothing in it. A test that provokes a problem on purpose clears it."""
    workspace = doubles.linear.Workspace()
    yield workspace
    assert workspace.problems == []


@pytest.fixture
async def linear(workspace: Any) -> AsyncIterator[Any]:
    """The tracker of the team ``TEAM`` of Linear."""
    http = client(workspace)
    yield trackers()["linear"](None, http, {"LINEAR_API_KEY": workspace.key()}, team="TEAM")
    await http.close()
