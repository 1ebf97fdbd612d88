"""What the VS Code extension declares is there: commands, texts, settings, and the names of what the server knows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from agent_orchestrator import __version__
from agent_orchestrator.model.config import FILE_NAMES
from agent_orchestrator.views.rows import GROUPS

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
PACKAGE = json.loads((EXTENSION / "package.json").read_text())
CONTRIBUTES = PACKAGE["contributes"]
CODE = "\n".join(p.read_text() for p in sorted((EXTENSION / "src").glob("*.ts")) if p.name != "protocol.gen.ts")
COMMANDS = {command["command"] for command in CONTRIBUTES["commands"]}


def in_the_tables(name: str) -> bool:
    """Is it a key of one of the tables of commands?"""
    return re.search(rf"^    {name}: |^    {name}\b,", CODE, re.MULTILINE) is not None


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_that_is_contributed_is_implemented(command):
    assert in_the_tables(command.removeprefix("agentOrchestrator."))


def test_no_command_of_ours_has_the_name_of_one_of_the_server():
    assert not [command for command in COMMANDS if command.startswith("ao.")]


def test_menus_keys_and_links_name_commands_that_are_there():
    menus = [entry["command"] for menu in CONTRIBUTES["menus"].values() for entry in menu]
    keys = [entry["command"] for entry in CONTRIBUTES["keybindings"]]
    texts = json.loads((EXTENSION / "package.nls.json").read_text())
    linked = [name for text in texts.values() for name in re.findall(r"\(command:(agentOrchestrator\.\w+)", text)]
    assert set(menus + keys + linked) - COMMANDS == set()


def test_every_text_is_there_and_used():
    used = set(re.findall(r'"%([\w.]+)%"', (EXTENSION / "package.json").read_text()))
    assert used == set(json.loads((EXTENSION / "package.nls.json").read_text()))


def test_what_a_menu_looks_for_is_what_sessions_say():
    clauses = [entry["when"] for entry in CONTRIBUTES["menus"]["view/item/context"] if ".sessions" in entry["when"]]
    looked_for = {flag for clause in clauses for flag in re.findall(r"\\\.(\w+)\\b", clause)}
    flags = re.search(r"Object\.entries\(\{(.*?)\}\)", CODE, re.DOTALL)
    assert flags is not None
    assert looked_for <= set(re.findall(r"^    (\w+)[:,]", flags[1], re.MULTILINE))


def test_a_workspace_that_is_not_trusted_does_not_say_what_is_run():
    restricted = PACKAGE["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]
    properties = CONTRIBUTES["configuration"]["properties"]
    assert set(restricted) == {name for name in properties if name.startswith("agentOrchestrator.server.")}


def test_the_groups_are_those_of_the_server_in_its_order():
    listed = re.search(r"const GROUPS = \[NEEDS_YOU, (.*?)\];", CODE)
    assert listed is not None
    needs_you = re.search(r"export const NEEDS_YOU = '(.*?)';", CODE)
    assert needs_you is not None
    assert (needs_you[1], *re.findall(r"'(.*?)'", listed[1])) == GROUPS


def test_it_wakes_up_for_each_name_of_the_configuration():
    woken = {e.removeprefix("workspaceContains:") for e in PACKAGE["activationEvents"] if ":" in e}
    assert woken == set(FILE_NAMES)


def test_it_has_the_version_of_the_server_that_it_brings():
    assert PACKAGE["version"] == __version__


def test_the_oldest_version_is_the_one_that_it_is_compiled_for_and_tested_in():
    oldest = PACKAGE["engines"]["vscode"].removeprefix("^").rpartition(".")[0]
    assert PACKAGE["devDependencies"]["@types/vscode"].startswith(f"{oldest}.")
    # code-server 4.n is VS Code 1.n.
    script = (Path(__file__).parent / "get_code_server.sh").read_text()
    assert re.search(rf"^oldest\(\) {{ code_server vscode-{oldest} 4{oldest.removeprefix('1')}\.", script, re.MULTILINE)
