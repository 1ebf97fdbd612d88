"""What a person sees and does in an editor, however its server was started."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException

INVALID_PARAMS, CANCELLED, REFUSED = -32602, -32800, -32001

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")


async def test_a_failing_test_is_shown_fixed_by_an_action_and_gone(red, start, failing):
    editor = await start()
    await editor.command("ao.check", checks=["unit"])
    (found,) = await editor.until_shown(failing, bool)
    assert (found.source, found.code, found.range.start.line) == ("ao:unit", f"{failing}::test_half", 4)
    action = (await editor.actions(failing, found))["Fix with agent"]
    editor.choose = lambda asked: next(a for a in asked.actions if a.title == "Fast-forward it")
    resolved = await editor.code_action_resolve_async(action)
    await editor.workspace_execute_command_async(
        lsp.ExecuteCommandParams(resolved.command.command, resolved.command.arguments)
    )
    assert (await editor.take(lsp.WINDOW_SHOW_MESSAGE_REQUEST)).message.startswith("Fixes land on main.")
    await editor.until_shown(failing, lambda found: not found)
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"
    assert len(red.commits(red.start_commit)) == 1
    await editor.idle()
    hunt = next(work for work in editor.progress_reports.values() if work[0].title.startswith("ao hunt"))
    assert isinstance(hunt[-1], lsp.WorkDoneProgressEnd)


async def test_an_action_holds_its_command_and_what_it_is_about(start, failing):
    editor = await start()
    await editor.command("ao.check", checks=["unit"])
    (found,) = await editor.until_shown(failing, bool)
    actions = await editor.actions(failing, found)
    assert list(actions) == ["Fix with agent", "Fix with …", "Write a task about it", "Mute as flake"]
    action = actions["Fix with agent"]
    assert action.data["failure"] == found.data["id"]
    bare = lsp.CodeAction(title=action.title, data=action.data)
    resolved = await editor.code_action_resolve_async(bare)
    assert resolved.command == action.command


async def test_commands_with_wrong_or_missing_parameters_are_refused_with_a_sentence(start):
    editor = await start()
    said = {
        (command, str(arguments)): await editor.refusal(command, arguments)
        for command, arguments in (
            ("ao.nothing", None),
            ("ao.check", [5]),
            ("ao.check", [{}, {}]),
            ("ao.check", [{"checks": "unit"}]),
            ("ao.session", None),
            ("ao.showLog", [{"session": "nobody"}]),
        )
    }
    assert said == {
        ("ao.nothing", "None"): (INVALID_PARAMS, "there is no command `ao.nothing`"),
        ("ao.check", "[5]"): (INVALID_PARAMS, "ao.check takes an object of parameters, found int"),
        ("ao.check", "[{}, {}]"): (INVALID_PARAMS, "ao.check takes one object of parameters, found 2 arguments"),
        ("ao.check", "[{'checks': 'unit'}]"): (INVALID_PARAMS, "ao.check: `checks` must be a list, not 'unit'"),
        ("ao.session", "None"): (INVALID_PARAMS, "ao.session: `session` is missing"),
        ("ao.showLog", "[{'session': 'nobody'}]"): (REFUSED, "there is no session 'nobody'; `ao list` shows them"),
    }


async def test_a_check_is_cancelled_by_its_progress(red, start, h):
    editor = await start()
    running = asyncio.create_task(editor.command("ao.check", token="mine", checks=["slow"]))
    await editor.until(lambda: editor.progress_reports.get("mine"))
    await h.eventually(lambda: red.processes("sleep"))
    editor.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams("mine"))
    with pytest.raises(JsonRpcException, match="the check was cancelled"):
        await asyncio.wait_for(running, 30)
    assert isinstance(editor.progress_reports["mine"][-1], lsp.WorkDoneProgressEnd)
    await h.eventually(lambda: not red.processes("sleep"))


async def test_a_check_is_cancelled_with_its_request(red, start, h):
    editor = await start()
    params = lsp.ExecuteCommandParams("ao.check", arguments=[{"checks": ["slow"]}])
    request = editor.protocol.send_request_async(lsp.WORKSPACE_EXECUTE_COMMAND, params, msg_id="the check")
    running = asyncio.create_task(request)
    await h.eventually(lambda: red.processes("sleep"))
    editor.protocol.notify(lsp.CANCEL_REQUEST, lsp.CancelParams("the check"))
    with pytest.raises(JsonRpcException) as caught:
        await asyncio.wait_for(running, 30)
    assert caught.value.code == CANCELLED
    await h.eventually(lambda: not red.processes("sleep"))


async def test_in_an_agents_worktree_nothing_is_shown_or_asked_and_commands_mean_the_project(red, start):
    red.agents_do({"": [[["hang"]]]})
    editor = await start()
    await editor.command("ao.hunt", checkout="never")
    row = await editor.session_at_work()
    inside = await start(root=Path(row["workspacePath"]), trust=False)
    assert (await inside.command("ao.check", checks=["unit"]))["project"] == "app"
    assert [project["path"] for project in (await inside.command("ao.projects"))["projects"]] == [str(red.repo)]
    assert (inside.diagnostics, inside.inbox) == ({}, [])
    await editor.command("ao.stop", session=row["id"])


async def test_shutdown_and_exit_end_what_the_editor_started_and_nothing_else(red, start, words):
    editor = await start()
    assert await editor.end() == 0
    left = [" ".join(process.cmdline()) for process in red.servers()]
    assert len(left) == (0 if "--standalone" in words else 1)
    assert all("daemon" in command for command in left)


async def test_an_editor_that_goes_without_a_word_leaves_no_more(red, start, words):
    editor = await start()
    assert await editor.hang_up() == 0
    assert len(red.servers()) == (0 if "--standalone" in words else 1)
