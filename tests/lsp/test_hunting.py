"""The whole hunt from an editor: from diagnostic through code action to the landed fix and the vanished diagnostic."""

from __future__ import annotations


async def test_a_failing_test_is_shown_fixed_by_an_action_and_gone(red, editor):
    await editor.command("ao.check")
    await editor.idle()
    (found,) = editor.shown("tests/test_half.py")
    assert (found["source"], found["code"], found["range"]["start"]["line"]) == (
        "ao:unit",
        "tests/test_half.py::test_half",
        4,
    )
    editor.answers["window/showMessageRequest"] = {"title": "Fast-forward it"}
    actions = await editor.actions("tests/test_half.py", 4)
    answer = await editor.run_action(actions["Fix with agent"])
    assert answer["hunt"]["id"]
    await editor.until(lambda: editor.shown("tests/test_half.py") == [])
    assert (await editor.take("window/showMessageRequest"))["message"].startswith("Fixes land on main.")
    await red.until(lambda s: all(x.landed_at for x in s.landings.values()) and bool(s.landings))
