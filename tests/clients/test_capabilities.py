"""What a server says that it can do, and what it shows, depend on what each client can do."""

from __future__ import annotations

import pytest
from attrs import evolve
from lsprotocol import types as lsp

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")

#: Client → position encoding, where the failing line ends in it, and what else of a diagnostic it can show.
CLIENTS = {
    "visual_studio_code": ("utf-16", 32, {"related_information", "data"}),
    "neovim@v0.11": ("utf-8", 35, {"related_information", "data"}),
    "neovim@v0.6": ("utf-16", 32, {"related_information"}),
    "emacs": ("utf-32", 31, set()),
    "puller": ("utf-8", 35, set()),
}


@pytest.fixture
def words():
    """The daemon serves all of them alike."""
    return ("lsp",)


@pytest.fixture
async def editors(start):
    """One editor of each kind, on one daemon."""
    opened = {}
    for name in CLIENTS:
        opened[name] = await start(name, trust=not opened)
    return opened


async def test_a_client_is_told_what_the_server_can_do(editors):
    can = {name: editor.server_capabilities for name, editor in editors.items()}
    assert {name: each.position_encoding for name, each in can.items()} == {n: c[0] for n, c in CLIENTS.items()}
    assert [name for name, each in can.items() if each.diagnostic_provider is not None] == ["puller"]
    # Whatever else there is, there is for all.
    alike = [evolve(each, position_encoding=None, diagnostic_provider=None) for each in can.values()]
    assert alike == alike[:1] * len(CLIENTS)
    assert alike[0].text_document_sync.change == lsp.TextDocumentSyncKind.Incremental
    assert alike[0].code_action_provider.resolve_provider
    assert {"ao.check", "ao.hunt", "ao.fixWith"} <= set(alike[0].execute_command_provider.commands)
    assert alike[0].workspace.workspace_folders.change_notifications


async def test_a_client_is_shown_a_failure_as_far_as_it_can_show_one_and_in_its_own_units(editors, failing):
    await editors["emacs"].command("ao.check", checks=["unit"])
    shown = {}
    for name, editor in editors.items():
        editor.open(failing)
        (found,) = await editor.until_shown(failing, bool)
        extra = {key for key in ("related_information", "code_description", "data", "tags") if getattr(found, key)}
        assert (found.range.start, found.range.end.line) == (lsp.Position(4, 4), 4)
        shown[name] = (editor.server_capabilities.position_encoding, found.range.end.character, extra)
    assert shown == CLIENTS
