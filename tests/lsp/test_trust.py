"""The project's file while it is broken and mended, and what runs before it is trusted: nothing."""

from __future__ import annotations

import pytest

REFUSED = -32001


async def test_a_broken_configuration_is_shown_while_it_is_broken(red, editors):
    editor = await editors()
    name = "agent-orchestrator.yaml"
    text = (red.repo / name).read_text()
    editor.open(name, text, "yaml")
    lines = text.count("\n")
    editor.edit(name, (0, 0), (0, 0), "colour: red\n")
    (found,) = await editor.until(lambda: editor.shown(name))
    assert (found["source"], found["range"]["start"]["line"]) == ("ao", 0)
    editor.edit(name, (0, 0), (0, 0), "# first\n", 3)
    await editor.until(lambda: editor.shown(name)[0]["range"]["start"]["line"] == 1)
    editor.edit(name, (1, 0), (2, 0), "", 4)
    await editor.until(lambda: editor.shown(name) == [])
    editor.edit(name, (lines, 0), (lines + 1, 0), "  : : [\n", 5)
    await editor.until(lambda: editor.shown(name))
    assert await editor.is_well()


async def test_a_configuration_that_is_broken_on_disk_does_not_end_the_project(red, editors):
    editor = await editors()
    name = "agent-orchestrator.yaml"
    good = (red.repo / name).read_text()
    (red.repo / name).write_text("projects: [")
    editor.open(name, "projects: [", "yaml")
    editor.save(name)
    await editor.until(lambda: editor.shown(name))
    (red.repo / name).write_text(good)
    editor.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": editor.uri(name), "version": 2}, "contentChanges": [{"text": good}]},
    )
    editor.save(name)
    await editor.until(lambda: not editor.shown(name))
    await editor.idle()
    assert (await editor.command("ao.check"))["project"] == "app"
    editor.messages.clear()


async def test_the_question_of_trust_is_asked_once_and_its_answer_runs_the_checks(untrusted, editors):
    editor = await editors(
        workspaceFolders=[{"uri": p.as_uri(), "name": "x"} for p in (untrusted.repo, untrusted.repo / "..")]
    )
    editor.open("x.py")
    editor.notify("textDocument/didClose", {"textDocument": {"uri": editor.uri("x.py")}})
    editor.open("x.py")
    editor.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    asked = await editor.take("window/showMessageRequest")
    assert [action["title"] for action in asked["actions"]] == ["Trust and run"]
    await untrusted.until(lambda s: s.projects["app"].trusted == s.projects["app"].settings.trust)
    await editor.idle()
    assert editor.messages == []


async def test_nothing_runs_before_it_is_trusted(untrusted, editors):
    editor = await editors()
    await editor.take("window/showMessageRequest")
    editor.save("x.py")
    code, sentence = await editor.refusal("ao.check", [])
    assert code == REFUSED
    assert "is not trusted yet" in sentence
    await editor.idle()
    assert not (untrusted.repo / "ran").exists()


async def test_trust_is_given_to_what_was_asked_about(untrusted, editors):
    editor = await editors(start=False)
    editor.answers["window/showMessageRequest"] = None
    await editor.start()
    asked = await editor.take("window/showMessageRequest")
    action = next(iter(asked["actions"]))
    untrusted.configure(checks={"words": {"command": ["touch", "other"], "on": ["start"]}})
    number = editor.asked["window/showMessageRequest"]
    editor.send({"jsonrpc": "2.0", "id": number, "result": action})
    said = await editor.take("window/showMessage")
    assert "has changed since it was shown" in said["message"]
    await editor.take("window/showMessageRequest")
    assert not (untrusted.repo / "other").exists()


@pytest.mark.parametrize("command", ["ao.check", "ao.hunt", "ao.trust", "ao.spawn", "ao.land", "ao.fixWith"])
async def test_in_a_workspace_that_the_editor_does_not_trust_nothing_runs(red, editors, command):
    editor = await editors(initializationOptions={"workspaceTrusted": False})
    given = {"ao.spawn": {"task": "x"}, "ao.fixWith": {"failures": []}}.get(command, {})
    code, sentence = await editor.refusal(command, [given])
    assert (code, sentence) == (REFUSED, "the editor does not trust this workspace: nothing is run from it")
    assert await editor.command("ao.sessions")


async def test_a_workspace_that_the_editor_does_not_trust_is_not_asked_about(untrusted, editors):
    editor = await editors(initializationOptions={"workspaceTrusted": False})
    editor.save("x.py")
    await editor.idle()
    assert editor.messages == []


@pytest.mark.parametrize("wish", [{"agent": "nobody"}, {"failures": ["nothing"]}])
async def test_a_hunt_that_is_refused_in_any_case_asks_nothing(red, editors, wish):
    editor = await editors()
    code, _ = await editor.refusal("ao.hunt", [wish])
    assert (code, editor.messages) == (REFUSED, [])
