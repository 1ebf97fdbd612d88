"""The diff of a session in an editor: each change can be taken into the checkout, or dropped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent_orchestrator.lsp.hunks import hunk_at, place_at

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


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (0, None),
        (2, ("a.txt", 0)),
        (4, ("a.txt", 0)),
        (6, ("a.txt", 0)),
        (10, ("a.txt", 8)),
        (16, ("gone.txt", 0)),
    ],
)
def test_a_line_of_a_diff_leads_to_its_line_in_the_file_as_it_is_now(line, place):
    assert place_at(DIFF.split("\n"), line) == place


@pytest.mark.parametrize("line", [-1, 18, 10**9])
def test_beyond_the_diff_there_is_no_change_and_no_file(line):
    lines = DIFF.split("\n")
    assert (hunk_at(lines, line), place_at(lines, line)) == (None, None)


def test_an_empty_line_that_git_was_told_not_to_indent_is_part_of_its_change():
    lines = ["diff --git a/a b/a", "--- a/a", "+++ b/a", "@@ -1,3 +1,3 @@", "-one", "+two", "", " end", ""]
    assert [hunk_at(lines, line) for line in (6, 7, 8)] == [("a", 1), ("a", 1), None]


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("b/with space\t", "with space"),
        ('"b/\\303\\251\\360\\237\\230\\200"', "é😀"),
        (r'"b/a\"quote\\"', 'a"quote\\'),
        (r'"b/two\nlines and\ta tab"' + "\t", "two\nlines and\ta tab"),
        (r'"b/\377"', "\udcff"),
        ("b/-dash", "-dash"),
        ("b/b/b", "b/b"),
        ('b/"', '"'),
        ('"b/\ud800"', "\udced\udca0\udc80"),
    ],
)
def test_a_file_has_its_own_name_and_not_the_one_that_git_writes(written, path):
    lines = ["diff --git a/… b/…", f"--- {written.replace('b/', 'a/', 1)}", f"+++ {written}", "@@ -1 +1 @@", "-1", "+2"]
    assert (hunk_at(lines, 5), place_at(lines, 5)) == ((path, 1), (path, 0))


def test_a_file_that_is_something_else_now_has_two_changes():
    begin = "diff --git a/f b/f"
    gone = [begin, "deleted file mode 100644", "--- a/f", "+++ /dev/null", "@@ -1 +0,0 @@", "-text"]
    link = [begin, "new file mode 120000", "--- /dev/null", "+++ b/f", "@@ -0,0 +1 @@", "+there"]
    assert [hunk_at([*gone, *link], line) for line in (5, 11)] == [("f", 1), ("f", 2)]


@pytest.fixture
async def changed(world, talking, editors):
    """An editor, and a session that changed one file, added one and deleted one, and waits for a person."""
    agents = {"talker": {"plugin": "command", "command": ["talker"]}}
    world.make({"a.txt": "one\n", "old.txt": "old\n"}, checks={}, agents=agents)
    world.plugins["command"] = lambda _: talking.Talker()
    await world.start()
    editor = await editors()
    editor.answers["window/showMessageRequest"] = None
    await editor.idle()
    deeds = [["write", "a.txt", "two\n"], ["write", "dir/new.txt", "new\n"], ["delete", "old.txt"], ["commit"]]
    task = f"Do it.\nDO {json.dumps([*deeds, ['ask', '1', 'run', 'make']])}"
    id = (await editor.command("ao.spawn", task=task, agent="talker"))["id"]
    await editor.take("window/showMessageRequest")
    # Nothing of it can land without a check, and nobody is to hear of that.
    await editor.command("ao.quiet", session=id)
    await editor.command("ao.answer", session=id, option="Yes")
    await world.until(lambda state: state.sessions[id].head or state.sessions[id].landing)
    return editor, id


async def test_both_sides_of_what_a_session_changed_are_files_that_any_editor_opens(changed):
    editor, id = changed
    answer = await editor.command("ao.diff", session=id)
    sides = {f["path"]: (f["status"], read(f["base"]), read(f["head"])) for f in answer["files"]}
    assert sides == {
        "a.txt": ("changed", "one\n", "two\n"),
        "dir/new.txt": ("added", "", "new\n"),
        "old.txt": ("deleted", "old\n", ""),
    }
    (base,) = (Path(f["base"]) for f in answer["files"] if f["path"] == "a.txt")
    assert base.stat().st_mode & 0o777 == 0o400
    # Shown again, and as they are then.
    assert await editor.command("ao.diff", session=id) == answer


async def test_a_link_that_leads_out_of_the_worktree_is_not_opened_to_be_edited(world, changed, tmp_path):
    editor, id = changed
    (outside := tmp_path / "secret").write_text("mine\n")
    live = Path(world.state.sessions[id].path)
    (live / "a.txt").unlink()
    (live / "a.txt").symlink_to(outside)
    (live / "dir" / "new.txt").unlink()
    (live / "dir").rmdir()
    (tmp_path / "new.txt").write_text("mine too\n")
    (live / "dir").symlink_to(tmp_path)
    heads = {f["path"]: read(f["head"]) for f in (await editor.command("ao.diff", session=id))["files"]}
    assert heads == {"a.txt": "two\n", "dir/new.txt": "new\n", "old.txt": ""}


async def test_two_that_ask_for_the_same_documents_at_once_both_get_them(changed):
    editor, id = changed
    wish = {"command": "ao.diff", "arguments": [{"session": id}]}
    answers = [editor.ask("workspace/executeCommand", wish)[1] for _ in range(5)]
    texts = [[read(f["base"]) for f in (await answer)["files"]] for answer in answers]
    assert texts == [["one\n", "", "old\n"]] * 5


async def test_a_line_of_the_diff_leads_to_the_file(changed):
    editor, id = changed
    await editor.command("ao.showDiff", session=id)
    uri = (await editor.take("window/showDocument"))["uri"]
    lines = Path(uri.removeprefix("file://")).read_text().split("\n")
    where = {"textDocument": {"uri": uri}, "position": {"line": lines.index("-old"), "character": 0}}
    (found,) = await editor.request("textDocument/definition", where)
    assert Path(found["uri"].removeprefix("file://")).read_text() == "old\n"
    assert found["range"]["start"] == {"line": 0, "character": 0}


def read(path: str) -> str:
    return Path(path).read_text() if path else ""


async def test_a_change_is_offered_where_it_is_shown_and_taken_by_its_action(changed):
    editor, id = changed
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
