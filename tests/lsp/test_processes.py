"""The server as editors start it: ``ao lsp`` through the daemon, and ``ao lsp --standalone``."""

from __future__ import annotations

import asyncio
import json
import subprocess

import pytest

FORWARDED, STANDALONE = ("lsp",), ("lsp", "--standalone")


@pytest.fixture
async def ao(world, h):
    """A repository with a failing test, and a way to start real ``ao`` processes on it."""
    world.make({"half.py": "def half(a):\n    return a // 2\n", "tests/test_half.py": TEST}, checks=checks(h))
    world.agents_do({"test_half": [[["replace", "half.py", "a // 2", "a / 2"]]]})
    env = {**world.env, "AO_STATE_DIR": str(world.paths.state), "AO_RUNTIME_DIR": str(world.paths.runtime)}

    class Ao:
        def __init__(self):
            self.started = []

        async def editor(self, ed, words, **params):
            process = await asyncio.create_subprocess_exec(
                h.BIN / "ao",
                *words,
                cwd=world.repo,
                env=env,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=1 << 20,
            )
            self.started.append(process)
            editor = ed.Editor(world.repo)
            editor.process = process
            editor.use(process.stdout, process.stdin)
            await editor.start(**params)
            return editor

        def run(self, *words):
            done = subprocess.run([h.BIN / "ao", *words], cwd=world.repo, env=env, capture_output=True, text=True)
            return done.returncode, done.stdout

    made = Ao()
    yield made
    for process in made.started:
        if process.returncode is None:
            process.stdin.close()
            await asyncio.wait_for(process.wait(), 30)
    made.run("daemon", "stop")


TEST = "from half import half\n\n\ndef test_half():\n    assert half(3) == 1.5\n"


def checks(h):
    return {"unit": {**h.UNIT, "env": {"PYTHONPATH": "."}}}


async def trust(editor, ao):
    """Trust the repository as its diagnostic message offers."""
    editor.answers["window/showMessageRequest"] = lambda params: params["actions"][0]
    await editor.take("window/showMessageRequest")
    await editor.idle()


@pytest.mark.parametrize("words", [FORWARDED, STANDALONE], ids=["forwarded", "standalone"])
async def test_a_failing_test_is_shown_once_the_folder_is_trusted(ao, ed, words):
    editor = await ao.editor(ed, words)
    await trust(editor, ao)
    await editor.command("ao.check")
    await editor.until(lambda: editor.shown("tests/test_half.py"))
    code, out = ao.run("list", "--json")
    assert (code, json.loads(out)["sessions"]) == (0, [])
    await editor.request("shutdown", None)
    editor.notify("exit", None)
    assert await asyncio.wait_for(editor.process.wait(), 30) == 0


async def test_standalone_beside_a_daemon_is_served_by_that(ao, ed):
    ao.run("daemon", "start")
    pid = json.loads(ao.run("daemon", "status", "--json")[1])["pid"]
    editor = await ao.editor(ed, STANDALONE)
    await editor.take("window/showMessageRequest")
    findings = (await editor.command("ao.doctor"))["findings"]
    assert f"process {pid}" in findings[0]["found"]


async def test_a_standalone_server_ends_with_its_editor(ao, ed):
    editor = await ao.editor(ed, STANDALONE)
    await editor.take("window/showMessageRequest")
    editor.process.stdin.close()
    assert await asyncio.wait_for(editor.process.wait(), 30) == 0
    assert ao.run("list")[0] == 3
