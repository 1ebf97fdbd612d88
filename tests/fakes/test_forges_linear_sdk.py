"""Linear's own library, which asks for every field of everything, drives the double, unmodified."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_the_vendors_library_reads_and_writes(linear: Any, program: Callable[[str], Path]):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    linear.issue("Halve", "All of it").labels.append(linear.label("agent"))
    script = Path(__file__).with_name("linear_sdk.mjs")
    with linear.on_port() as serving:
        argv = [node, script, program("linear"), f"{serving.url}/graphql", linear.key()]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr + str(linear.problems)
    assert json.loads(done.stdout) == {
        "viewer": "ao-user",
        "identifier": "TEAM-1",
        "labels": ["agent"],
        "state": "Done",
        "comments": ["mended"],
        "missing": "InvalidInputLinearError",
    }
