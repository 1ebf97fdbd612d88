"""The product's own clients on the forges in memory."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.net.credential import Credential
from agent_orchestrator.plugins.scm.github.scm import GitHubScm
from agent_orchestrator.plugins.scm.gitlab.scm import GitLabScm
from agent_orchestrator.plugins.services.github.api import GitHub
from agent_orchestrator.plugins.services.gitlab.api import GitLab
from agent_orchestrator.plugins.services.login import known
from agent_orchestrator.ports.scm import Place

FORGES = Path(__file__).parents[1] / "fakes" / "forges"


def _forges() -> ModuleType:
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
    for forge in ("github", "gitlab"):
        importlib.import_module(f"{name}.{forge}")
    return sys.modules[name]


@pytest.fixture
def doubles() -> ModuleType:
    """The doubles' package: ``github``, ``gitlab``."""
    return _forges()


@pytest.fixture
def hub(doubles: ModuleType) -> Iterator[Any]:
    """GitHub with nothing in it. A test that provokes a problem on purpose clears it."""
    hub = doubles.github.Hub()
    yield hub
    assert hub.problems == []


@pytest.fixture
def git_hub(doubles: ModuleType, tmp_path: Path) -> Iterator[Any]:
    """GitHub with real git below."""
    hub = doubles.github.Hub(tmp_path / "hub")
    yield hub
    assert hub.problems == []


def _http(double: Any) -> HttpClient:
    """A client of a double, in its time."""

    async def sleep(seconds: float) -> None:
        double.clock.advance(seconds)

    return HttpClient(transport=double.transport(), now=lambda: double.clock.now().timestamp(), sleep=sleep)


def _github(hub: Any, http: HttpClient) -> GitHub:
    return GitHub(http, known(Credential(hub.token())))


@pytest.fixture
async def http(hub: Any) -> AsyncIterator[HttpClient]:
    """A client of GitHub, in the double's time."""
    http = _http(hub)
    yield http
    await http.close()


@pytest.fixture
def github(hub: Any, http: HttpClient) -> GitHub:
    """Our view of it."""
    return _github(hub, http)


@pytest.fixture
def look(github: GitHub) -> Callable[..., Any]:
    """Look at these of the double's pull requests, which nothing is known of."""
    from agent_orchestrator.plugins.scm.github.sweep import sweep

    async def look(*pulls: Any, known: Any = None) -> Any:
        return await sweep(github, known if known is not None else {pull.node_id: None for pull in pulls})

    return look


@pytest.fixture
def scm_of() -> Callable[[Any], GitHubScm]:
    """The repository ``acme/shop`` of any hub."""
    return lambda hub: GitHubScm(Place("https://github.com", "acme/shop"), _github(hub, _http(hub)))


@pytest.fixture
def scm(hub: Any, github: GitHub) -> GitHubScm:
    """The repository ``acme/shop`` as the product has it."""
    hub.repository("acme/shop")
    return GitHubScm(Place("https://github.com", "acme/shop"), github)


@pytest.fixture
def seen(scm: GitHubScm) -> Callable[..., Any]:
    """The double's pull request as the product has seen it."""

    async def seen(pull: Any) -> Any:
        return (await scm.sweep({pull.node_id: None})).pulls[pull.node_id]

    return seen


@pytest.fixture
def lab(doubles: ModuleType) -> Iterator[Any]:
    """GitLab with one project, ``acme/shop``. A test that provokes a problem on purpose clears it."""
    lab = doubles.gitlab.Lab()
    lab.project("acme/shop")
    yield lab
    assert lab.problems == []


@pytest.fixture
async def lab_http(lab: Any) -> AsyncIterator[HttpClient]:
    """A client of it, in the double's time."""
    http = _http(lab)
    yield http
    await http.close()


@pytest.fixture
def gitlab(lab: Any, lab_http: HttpClient) -> GitLabScm:
    """Our view of its project."""
    place = Place("https://gitlab.com", "acme/shop")
    return GitLabScm(place, GitLab(lab_http, known(Credential(lab.token())), place.server, place.path))


@pytest.fixture
def glance(lab: Any, gitlab: GitLabScm) -> Callable[..., Any]:
    """Look at one of the double's merge requests; ``known`` is what was seen last."""

    async def glance(it: Any, known: Any = None) -> Any:
        seen = await gitlab.sweep({str(it.iid): known})
        assert seen.trouble is None
        return seen.pulls[str(it.iid)]

    return glance
