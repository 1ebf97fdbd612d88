"""Real editors on a repository with one failing test: the world of the end-to-end tests, with real ``ao`` processes."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

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

#: The newest and the oldest Neovim that is supported, by the suite of Debian that has it.
SUITES = {"0.12": "forky", "0.10": "trixie"}

TEST = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"


def _installed(part: str, path: str) -> Path:
    """What ``setup.sh`` installs for a part; on a CI machine that is done where it is not there."""
    found = HERE.parents[1] / ".cache" / "editors" / path
    if os.environ.get("CI") == "true":
        subprocess.run([HERE / "setup.sh", part], check=True)
    if not found.exists():
        pytest.skip(f"`make editors-setup` has not installed {part}")
    return found


@pytest.fixture(params=SUITES)
def nvim(request: pytest.FixtureRequest) -> Path:
    """Neovim of a Debian suite."""
    return _installed("nvim", f"nvim/{SUITES[request.param]}/nvim")


@pytest.fixture
def telescope() -> list[Path]:
    """The folders of Telescope and of what it needs."""
    found = _installed("telescope", "telescope/usr/share/neovim-telescope")
    return [found, found.with_name("neovim-plenary")]


@pytest.fixture
def hx() -> Path:
    """Where Helix lies with all that it needs."""
    return _installed("helix", "helix/usr/lib/hx/hx").parents[1]


@pytest.fixture
def busted() -> Path:
    """Where the library lies that specs are run by."""
    return _installed("lua", "lua/usr/share/lua/5.1/busted").parents[3]


@pytest.fixture
def red(world: Any, h: ModuleType) -> Iterator[Any]:
    """The repository; ``red.env`` is for editors, whose ``ao lsp`` starts a daemon that the test ends."""
    world.checks = {"unit": {**h.UNIT, "env": {"PYTHONPATH": "."}}}
    world.start_commit = world.make(
        {"half.py": "def half(a):\n    return a // 2\n", "tests/test_half.py": TEST}, checks=world.checks
    )
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    world.env |= {
        "AO_STATE_DIR": str(world.paths.state),
        "AO_RUNTIME_DIR": str(world.paths.runtime),
        "XDG_STATE_HOME": str(world.folder / "home" / "state"),
        "AO": str(h.BIN / "ao"),
        "FILE": str(world.repo / "tests" / "test_half.py"),
    }
    yield world
    subprocess.run([h.BIN / "ao", "daemon", "stop"], env=world.env, cwd=world.repo, check=True, capture_output=True)


@pytest.fixture
def asking(red: Any, h: ModuleType) -> Iterator[Any]:
    """The repository, with an agent that asks before it mends anything."""
    agents = {"asker": {"plugin": "acp", "command": [sys.executable, "-S", str(HERE / "asker.py")]}}
    red.configure(checks=red.checks, agents=agents, agent="asker", landing={"checkout": "ff"})
    red.start_commit = h.commit(red.repo, {}, "ask")
    yield red
    # Who fails in the middle leaves an agent that waits for an answer.
    subprocess.run([h.BIN / "ao", "stop", "--all"], env=red.env, cwd=red.repo, check=True, capture_output=True)


@pytest.fixture
def terminal() -> ModuleType:
    """Real screens."""
    return _load("ao_editors_terminal", HERE / "terminal.py")


@pytest.fixture(scope="session")
def vsix() -> Path:
    """The VS Code extension's package, made from the sources as they are."""
    made = subprocess.run([HERE / "make_vsix.sh"], capture_output=True, text=True)
    assert made.returncode == 0, made.stdout + made.stderr
    return Path(made.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def code_server() -> ModuleType:
    """VS Code in a browser, installed once into the cache."""
    done = subprocess.run([HERE / "get_code_server.sh"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return _load("ao_editors_code_server", HERE / "code_server.py")
