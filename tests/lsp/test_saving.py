"""Checks that run when a file is saved: on that file alone where that can be."""

from __future__ import annotations

import pytest

ONE = "def test_one():\n    open('{ran}/one', 'a').write('x')\n    assert {one}\n"
TWO = "from code import answer\n\n\ndef test_two():\n    open('{ran}/two', 'a').write('x')\n    assert answer == 42\n"


@pytest.fixture
async def saving(world, editors, h):
    """A world with two failing test files that were run once, and an editor that shows them."""
    ran = world.folder / "ran"
    ran.mkdir()
    files = {
        "tests/test_one.py": one(world, False),
        "tests/test_two.py": TWO.format(ran=ran),
        "code.py": "answer = 1\n",
    }
    world.make(files, checks={"unit": {**h.UNIT, "env": {"PYTHONPATH": "."}, "on": ["save"]}})
    await world.start()
    editor = await editors()
    await editor.command("ao.check")
    await editor.until(lambda: editor.shown("tests/test_one.py") and editor.shown("tests/test_two.py"))
    return world, editor


def one(world, value):
    return ONE.format(ran=world.folder / "ran", one=value)


def runs(world, name):
    """How often a test was run."""
    return len((world.folder / "ran" / name).read_text())


async def save(world, editor, name, text):
    editor.open(name)
    (world.repo / name).write_text(text)
    editor.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": editor.uri(name), "version": 2}, "contentChanges": [{"text": text}]},
    )
    editor.save(name)


async def test_of_a_saved_test_file_only_its_tests_run(saving):
    world, editor = saving
    await save(world, editor, "tests/test_one.py", one(world, True))
    await editor.until(lambda: not editor.shown("tests/test_one.py"))
    await editor.idle()
    assert (runs(world, "one"), runs(world, "two"), len(editor.shown("tests/test_two.py"))) == (2, 1, 1)


async def test_of_a_saved_file_that_tests_use_all_tests_run(saving):
    world, editor = saving
    await save(world, editor, "code.py", "answer = 42\n")
    await editor.until(lambda: not editor.shown("tests/test_two.py"))
    await editor.idle()
    assert (runs(world, "one"), runs(world, "two"), len(editor.shown("tests/test_one.py"))) == (2, 2, 1)


async def test_a_test_file_that_can_not_be_read_any_more_is_shown_as_that(saving):
    world, editor = saving
    await save(world, editor, "tests/test_one.py", "def (:\n")
    await editor.until(lambda: [d["code"] for d in editor.shown("tests/test_one.py")] == ["tests/test_one.py"])
    assert len(editor.shown("tests/test_two.py")) == 1
