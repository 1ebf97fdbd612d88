"""The real programs, each with a repository, a home and a model of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from attrs import frozen

from agent_orchestrator.model.text import sanitize
from agent_orchestrator.ports.agent import Bench

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "agents"
#: Not below TMPDIR or /tmp: there codex has no helper for its sandbox, and what is there it may always write.
WORK = Path("/var/tmp")

BROKEN = "def add(a, b):\n    return a - b\n"
FIXED = "def add(a, b):\n    return a + b\n"
#: A check of a project.
CHECK = ("python", "-m", "pytest", "-q")
#: Seconds that a program has for one task.
PATIENCE = 90


def loaded(full: str, file: Path, *below: str) -> ModuleType:
    """A module, or a package with its modules ``below``, by its path, as tests are imported."""
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


def load(name: str) -> ModuleType:
    """A module of this folder."""
    return loaded(f"ao_agents_{name}", Path(__file__).with_name(f"{name}.py"))


#: By this name the modules of this folder have what is here.
sys.modules["ao_agents"] = sys.modules[__name__]
_model = loaded("ao_fake_model", ROOT / "tests" / "fakes" / "model" / "__init__.py", "server")


def recording(folder: str, case: str) -> str:
    """What a program printed in a recorded turn, as a log has it."""
    return sanitize((Path(__file__).parent / "recorded" / folder / f"{case}.jsonl").read_text())


@frozen
class Place:
    """Where one program runs: a worktree of a repository with a bug, an empty home, and the model that it talks to."""

    main: Path
    tree: Path
    home: Path
    url: str
    #: What the model was asked, oldest first.
    seen: list[dict[str, Any]]

    def write(self, name: str, text: str) -> None:
        """A file of the home."""
        (self.home / name).parent.mkdir(parents=True, exist_ok=True)
        (self.home / name).write_text(text)

    def git(self, *arguments: str) -> str:
        """Git's output in the worktree."""
        return _git(self.tree, *arguments)

    def run(self, argv: list[str], env: Mapping[str, str], stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program with nothing of this machine's environment but PATH."""
        clean = {"HOME": str(self.home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "dumb"}
        # By TEST_RUN what it leaves running is found.
        clean |= {"TMPDIR": str(self.home / "tmp"), "TEST_RUN": os.environ["TMPDIR"]}
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            argv,
            cwd=self.tree,
            env={**clean, **env},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            text=True,
            start_new_session=True,
        )
        try:
            out, err = process.communicate(stdin, timeout=PATIENCE)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(argv, process.returncode, out, err)


def _git(folder: Path, *arguments: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *arguments], cwd=folder, env=env, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def place() -> Iterator[Place]:
    """A repository with a bug, and a worktree of it on a branch of its own."""
    folder = Path(tempfile.mkdtemp(prefix="ao-", dir=WORK))
    main, tree, home = folder / "main", folder / "tree", folder / "home"
    main.mkdir()
    (home / "tmp").mkdir(parents=True)
    (main / "calc.py").write_text(BROKEN)
    _git(main, "init", "-q", "-b", "main")
    for name, value in (("user.name", "Test"), ("user.email", "test@example.org"), ("commit.gpgsign", "false")):
        _git(main, "config", name, value)
    _git(main, "add", "-A")
    _git(main, "commit", "-q", "-m", "broken")
    _git(main, "worktree", "add", "-q", "-b", "fix", str(tree))
    seen: list[dict[str, Any]] = []
    with sys.modules["ao_fake_model.server"].Model(log=seen.append) as model:
        yield Place(main, tree, home, model.url, seen)
    shutil.rmtree(folder)


@pytest.fixture
def program() -> Callable[[str, str], Path]:
    """The path of a program of ``setup.sh``, by its folder's name and its command."""

    def program(name: str, command: str) -> Path:
        found = CACHE / name / "bin" / command
        if not (CACHE / name / "installed").exists():
            pytest.skip(f"{name} is not installed: tests/agents/setup.sh {name}")
        return found

    return program


@pytest.fixture
def binary(request: pytest.FixtureRequest, program: Callable[[str, str], Path]) -> Path:
    """The program that a module of tests is about: the first one of its ``record``."""
    installed, command, _ = request.module.record.PROGRAMS[0]
    return program(installed, command)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Where an agent is to work that is not run, with one check."""
    (tmp_path / "tree").mkdir()
    place = SimpleNamespace(main=tmp_path / "main", tree=tmp_path / "tree", home=tmp_path)
    made: Bench = load("turns").bench_of(place, checks=[CHECK])
    return made
