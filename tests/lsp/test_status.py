"""The server's health, for clients that ask for it."""

from __future__ import annotations

from typing import Any

METHOD = "experimental/serverStatus"


async def until(editor: Any, health: str) -> dict[str, Any]:
    """What is told, once it is this health and nothing is under way."""
    while (told := await editor.take(METHOD))["health"] != health or not told["quiescent"]:
        continue
    return told


async def test_a_project_that_is_not_trusted_is_a_warning_until_it_is(untrusted, editors, ed):
    wanted = {**ed.CAPABILITIES, "experimental": {"serverStatusNotification": True}}
    editor = await editors(capabilities=wanted)
    asked = await editor.take("window/showMessageRequest")
    assert (await until(editor, "warning"))["message"].startswith("not trusted yet, so that nothing runs: ")
    arguments = {"project": "app", "trust": untrusted.state.projects["app"].settings.trust}
    await editor.command("ao.trust", **arguments)
    assert await until(editor, "ok") == {"health": "ok", "quiescent": True}
    assert asked["actions"]
    await editor.idle()
    editor.messages.clear()


async def test_a_client_that_does_not_ask_is_not_told(red, editors):
    editor = await editors()
    await editor.idle()
    assert METHOD not in [method for method, _ in editor.messages]
