"""The diff of a session in an editor: each change can be taken into the checkout, or dropped."""

from __future__ import annotations

from pathlib import Path

from agent_orchestrator.lsp.hunks import hunk_at

DIFF = """\
diff --git a/a.txt b/a.txt
index 1..2 100644
--- a/a.txt
+++ b/a.txt
@@ -1,2 +1,2 @@
-one
+two
--- a/no/path
@@ -9,2 +9,2 @@
-nine
+ten
diff --git a/gone.txt b/gone.txt
deleted file mode 100644
--- a/gone.txt
+++ /dev/null
@@ -1 +0,0 @@
-here
"""


def test_a_line_of_a_diff_belongs_to_a_hunk_of_its_file():
    lines = DIFF.split("\n")
    numbered = {lines[line]: hunk_at(lines, line) for line in (0, 3, 5, 7, 10, 11, 16)}
    assert numbered == {
        "diff --git a/a.txt b/a.txt": None,
        "+++ b/a.txt": None,
        "-one": ("a.txt", 1),
        "--- a/no/path": ("a.txt", 1),
        "+ten": ("a.txt", 2),
        "diff --git a/gone.txt b/gone.txt": None,
        "-here": ("gone.txt", 1),
    }


async def test_a_change_is_offered_where_it_is_shown_and_taken_by_its_action(world, talking, editors):
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "one\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    editor = await editors()
    editor.answers["window/showMessageRequest"] = None
    await editor.idle()
    asking = 'Do it.\nDO [["write", "a.txt", "two\\n"], ["commit"], ["ask", "1", "run", "make"]]'
    id = (await editor.command("ao.spawn", task=asking, agent="talker"))["id"]
    await editor.take("window/showMessageRequest")
    await editor.command("ao.answer", session=id, option="Yes")
    await world.until(lambda state: state.sessions[id].head or state.sessions[id].landing)
    await editor.command("ao.showDiff", session=id)
    shown = Path((await editor.take("window/showDocument"))["uri"].removeprefix("file://"))
    line = shown.read_text().split("\n").index("+two")
    at = {"line": line, "character": 0}
    params = {
        "textDocument": {"uri": shown.as_uri()},
        "range": {"start": at, "end": at},
        "context": {"diagnostics": []},
    }
    offered = {one["title"]: one["command"] for one in await editor.request("textDocument/codeAction", params)}
    assert list(offered) == ["Take this change of a.txt into the checkout", f"Drop this change of a.txt from {id}"]
    assert offered[f"Drop this change of a.txt from {id}"]["arguments"] == [{"session": id, "path": "a.txt", "hunk": 1}]
