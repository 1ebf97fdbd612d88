"""The whole life of a pull request over real HTTP and real git, at an Enterprise server on this machine."""

from __future__ import annotations

import io
import zipfile

import pytest

from agent_orchestrator.net.client import HttpClient
from agent_orchestrator.plugins.builtin import scms
from agent_orchestrator.ports.scm import NewPull, Place

REPORT = (
    '<testsuite><testcase name="test_half" file="tests/test_half.py"><failure message="no"/></testcase></testsuite>'
)


@pytest.fixture
async def scm(git_hub):
    """``acme/shop`` at the server, which keeps logs and artifacts at another one that must see no token."""

    async def at_once(_: float) -> None:
        pass

    git_hub.repository("acme/shop").commit("ao/x", "Halve", {"half.py": "half = 1\n"})
    with git_hub.on_port() as serving:
        env = {"GH_ENTERPRISE_TOKEN": git_hub.token(), "GH_HOST": serving.url.partition("://")[2]}
        http = HttpClient(sleep=at_once)
        yield scms()["github"](Place(serving.url, "acme/shop"), http, env)
        await http.close()


async def test_it_is_opened_read_answered_merged_and_cleaned_up(git_hub, scm):
    opened = await scm.open(NewPull("ao/x", "main", "Halve", labels=("agent",)))
    pull = git_hub.only.pulls[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("junit.xml", REPORT)
    red = pull.check("test", "failure", log="##[error]Process completed with exit code 1.\n")
    red.suite.run.artifact("junit", out.getvalue())
    thread = pull.thread("half.py", 1, "why?", by="eve")

    seen = (await scm.sweep({opened.id: None})).pulls[opened.id]
    found = await scm.failure(seen, seen.failed[0], {"tests/test_half.py"})
    assert ([told.finding.key for told in found.findings], found.missing) == (["tests/test_half.py::test_half"], ())
    assert await scm.reply(seen, thread.node_id, "because", "k") is None
    assert await scm.resolve(seen, thread.node_id) is None
    said = (await scm.talk([seen]))[seen.id]
    assert [(each.author, each.mine) for each in said.comments] == [("eve", False), ("ao-user", True)]

    red.succeed()
    assert await scm.merge(seen, seen.head, "squash", "Halve it") == "merged"
    assert await scm.delete_branch(seen) is None
    heads = git_hub.only.refs.heads()
    assert list(heads) == ["main"]
    assert git_hub.only.refs.commit(heads["main"]).message.strip() == "Halve it"
