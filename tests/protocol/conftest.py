"""Programs from a registry that read what is generated, installed once."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

#: The last TypeScript that is JavaScript itself, and Lua's virtual machine in JavaScript: they run wherever node does.
PACKAGES = {"typescript": "5.9.3", "fengari": "0.1.5"}
CACHE = Path(__file__).parents[2] / ".cache" / "protocol" / "-".join(f"{n}-{v}" for n, v in PACKAGES.items())


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder with TypeScript's compiler and a Lua."""
    if shutil.which("npm") is None:
        pytest.skip("needs node and npm")
    if not (CACHE / "node_modules" / ".package-lock.json").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        (CACHE / "package.json").write_text(json.dumps({"private": True, "dependencies": PACKAGES}))
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=CACHE, check=True)
    return CACHE / "node_modules"
