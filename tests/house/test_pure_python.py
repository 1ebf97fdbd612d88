"""The core runs without any compiled part outside of the standard library."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def runtime_closure() -> set[str]:
    """Names of all distributions that the runtime dependencies bring along on this platform."""
    from packaging.requirements import Requirement

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    waiting, found = [Requirement(text) for text in declared], set()
    while waiting:
        requirement = waiting.pop()
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name in found or (requirement.marker and not requirement.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        waiting += [Requirement(text) for text in metadata.requires(name) or ()]
    return found


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product and everything it depends on, copied without a single compiled file."""
    target = tmp_path_factory.mktemp("pure")
    shutil.copytree(ROOT / "server" / "agent_orchestrator", target / "agent_orchestrator")
    for name in runtime_closure():
        for file in metadata.files(name) or ():
            source = Path(str(file.locate()))
            if ".." in file.parts or source.suffix in (".so", ".pyd", ".pyc") or not source.is_file():
                continue
            destination = target / file
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, destination)
    return target


def run(unpacked: Path, code: str) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path.insert(0, {str(unpacked)!r})\n{code}"
    env = {"PATH": os.environ["PATH"], "HOME": str(unpacked)}
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], env=env, capture_output=True, text=True, check=False
    )


def test_no_compiled_file_is_left(unpacked: Path):
    assert [p for p in unpacked.rglob("*") if p.suffix in (".so", ".pyd")] == []


def test_every_module_of_the_core_can_be_imported(unpacked: Path):
    modules = sorted(
        ".".join(p.relative_to(unpacked).with_suffix("").parts).removesuffix(".__init__")
        for p in (unpacked / "agent_orchestrator").rglob("*.py")
        if not {"autofix", "hold", "pytest_listing"} & set(p.parts)
        and p.name not in ("__main__.py", "holder.py", "attach.py")
    )
    ended = run(unpacked, f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\nprint('all')")
    assert ended.stdout.strip() == "all", ended.stderr[-2000:]


def test_the_command_line_answers(unpacked: Path):
    ended = run(unpacked, "from agent_orchestrator.cli.main import main\nsys.exit(main(['--version']))")
    assert ended.returncode == 0, ended.stderr[-2000:]
