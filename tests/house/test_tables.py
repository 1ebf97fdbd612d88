"""Tables that must agree: methods, commands, documents."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from agent_orchestrator.daemon.commands.table import COMMANDS
from agent_orchestrator.engine import events
from agent_orchestrator.engine.drive import table as drive
from agent_orchestrator.engine.due import Effect, SessionEffect
from agent_orchestrator.engine.step import _TABLE
from agent_orchestrator.protocol.methods import METHODS

ROOT = Path(__file__).parents[2]


def test_every_method_has_a_command_and_every_command_a_method():
    assert set(COMMANDS) == set(METHODS)


def kinds_of(base: type) -> set[type]:
    """The classes below one, without those that attrs made others of, which are there until they are collected."""
    return {kind for kind in base.__subclasses__() if getattr(sys.modules[kind.__module__], kind.__name__) is kind}


def test_step_knows_every_event():
    assert set(_TABLE) == kinds_of(events.Event)


def test_every_effect_has_a_handler():
    effects = (kinds_of(Effect) | kinds_of(SessionEffect)) - {SessionEffect}
    assert set(drive.handlers(None, None)) == effects  # type: ignore[arg-type]


def test_every_link_in_the_documents_leads_somewhere():
    broken = [
        f"{page.name}: {target}"
        for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_runtime_dependency_has_a_line_in_the_readme():
    import tomllib

    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    table = (ROOT / "README.md").read_text().partition("## Dependencies")[2]
    rows = ", ".join(re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE))
    assert [d for d in declared if re.split(r"[<>=]", d)[0] not in rows] == []


def test_every_folder_of_the_package_is_on_the_map():
    page = (ROOT / "docs" / "architecture.md").read_text()
    folders = [p.name for p in (ROOT / "server" / "agent_orchestrator").iterdir() if (p / "__init__.py").exists()]
    assert [name for name in folders if f"{name}/" not in page] == []
