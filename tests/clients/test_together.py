"""Two editors that have little in common, and the command line: one daemon, and all show the same."""

from __future__ import annotations

import asyncio
import json

import pytest

pytestmark = pytest.mark.filterwarnings("error::pytest_lsp.LspSpecificationWarning")


@pytest.fixture
def words():
    return ("lsp",)


@pytest.fixture
async def hunting(red, h):
    """Start ``ao hunt --wait``, which follows the hunt to its end."""
    started = []

    async def begin():
        words = ("hunt", "--wait", "--checkout", "ff", "--json")
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(h.BIN / "ao", *words, cwd=red.repo, env=red.env, stdout=pipe)
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


def listed(red):
    """The sessions as ``ao list`` has them: id and what each does."""
    return {row["id"]: row["detail"] for row in json.loads(red.run("list", "--json").stdout)["sessions"]}


async def test_two_editors_and_the_command_line_show_a_change(red, start, failing, hunting):
    go = red.folder / "go"
    wait = ["shell", f"while [ ! -e {go} ]; do sleep 0.02; done"]
    red.agents_do({"test_half": [[wait, ["replace", "half.py", "a // 2", "a / 2"]]]})
    code, emacs = await start("visual_studio_code"), await start("emacs", trust=False)
    following = await hunting()

    # An agent is at work: each says which, and what it does.
    id = (await code.session_at_work())["id"]
    at_work = [
        await each.until_shown(failing, lambda x: x and f"{id}: working" in x[0].message) for each in (code, emacs)
    ]
    assert [found[0].message.splitlines()[-1] for found in at_work] == [f"({id}: working)"] * 2
    assert listed(red) == {id: "working"}
    assert [found[0].range.end.character for found in at_work] == [32, 31]

    # It is done: nobody shows the failure any more, and who followed the hunt is told of its end.
    go.touch()
    for each in (code, emacs):
        await each.until_shown(failing, lambda found: not found)
    out, _ = await asyncio.wait_for(following.communicate(), 60)
    assert (following.returncode, json.loads(out)["hunt"]["redNow"]) == (0, 0)
    assert await code.idle() == await emacs.idle()
    last = [(each.changed[-1].revision, each.changed[-1].sessions, each.changed[-1].failures) for each in (code, emacs)]
    assert last[0] == last[1]
    assert last[0][1:] == (0, 0)
    assert listed(red) == {}
    assert (red.repo / "half.py").read_text() == "def half(a):\n    return a / 2\n"


async def test_what_one_editor_does_the_other_and_the_command_line_show(red, start, failing):
    code, emacs = await start("visual_studio_code"), await start("emacs", trust=False)
    red.agents_do({"": [[["hang"]]]})
    await code.command("ao.hunt", checkout="never")
    id = (await emacs.session_at_work())["id"]
    await emacs.until_shown(failing, lambda found: found and id in found[0].message)
    assert list(listed(red)) == [id]
    await emacs.command("ao.stop", session=id)
    for each in (code, emacs):
        await each.until_shown(failing, lambda found: f"left: {id} was stopped" in found[0].message)
    assert listed(red) == {}
