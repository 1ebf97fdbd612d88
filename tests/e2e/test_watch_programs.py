"""What real programs write into the user's checkout is told while they run, as theirs, and put back on request."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="there is no inotify")]


AGENTS = Path(__file__).parent.parent / "agents"


def _load(name: str) -> Any:
    full = f"ao_escape_{name}"
    spec = importlib.util.spec_from_file_location(full, AGENTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    return module


life = _load("test_life")
program = _load("conftest").program
scene, folder, world, h, editors = life.scene, life.folder, life.world, life.h, life.editors
program_of, begin = life.program_of, life.begin


async def test_what_it_was_allowed_to_write_in_the_checkout_is_told_as_its_own_and_put_back(begin: Any) -> None:
    found = await begin()
    main = found.world.repo
    life.hunts._e2e.harness.commit(main, {"notes": "mine\n"})
    await found.spawn(found.kind.outside(f"echo its >{main}/notes"), found.kind.shell(life.of.WATCH), life.of.DONE)
    await found.ask()
    await found.allow()
    session = await found.until(lambda s: s.outside)
    assert session.running
    assert [(file.path, file.by_agent) for file in session.outside] == [("notes", True)]
    assert any(notice.startswith("the agent changed files in") for notice in session.notices)
    asked = await found.ask()
    assert asked["message"] == f"{session.title}: {session.agent} changed notes in your checkout."
    found.choose("Put back")
    await found.until(lambda s: not s.outside)
    assert (main / "notes").read_text() == "mine\n"
    await found.editor.command("ao.stop", session=found.id)
