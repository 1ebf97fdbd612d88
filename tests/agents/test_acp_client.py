"""Our conversations in the Agent Client Protocol beside those of somebody else's client."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from agent_orchestrator.model import activity as a
from agent_orchestrator.plugins.agent import acp
from agent_orchestrator.ports.channel import Send

HERE = Path(__file__).parent
load = sys.modules["ao_agents"].load
DOUBLE = HERE.parent / "fakes" / "acp" / "agent.py"
CLIENT = DOUBLE.with_name("client.py")
ORACLE = HERE.parents[1] / ".cache" / "acp-oracle" / "bin" / "python"


channel, talking, turns = load("channel_acp"), load("talk"), load("turns")


@pytest.fixture
def oracle() -> Path:
    """A Python with the package agent-client-protocol."""
    if not ORACLE.exists():
        pytest.skip("the package agent-client-protocol is not in .cache/acp-oracle")
    return ORACLE


def place_of(tmp_path: Path) -> SimpleNamespace:
    for folder in ("tree", "home/tmp"):
        (tmp_path / folder).mkdir(parents=True)
    return SimpleNamespace(main=tmp_path, tree=tmp_path / "tree", home=tmp_path / "home")


def held(tmp_path: Path, log: Path) -> None:
    """The conversations that the other client has with the agent double."""
    place = place_of(tmp_path)
    agent = acp.AcpAgent(command=(sys.executable, str(DOUBLE), str(log)))
    for words in ("hello", "ask", "fs", "wait", "more"):
        bench = turns.bench_of(place, "s-1" if words == "more" else "")
        with talking.talk(place, agent.launch(turns.task_of(), bench, place.home / "task.json")) as talk:
            talk.until(a.READY)
            talk.say("m", words)
            if words == "ask":
                talk.answer(talk.until(a.ASKED).ask.id, "yes")
            if words == "wait":
                talk.until(a.WORKING)
                talk.interrupt()
            talk.until(a.DONE, a.INTERRUPTED)
            assert talk.close() == 0


def conversation(log: Path) -> list[Any]:
    """What the agent double heard, without what is each client's own: ids, its name, and that it can do nothing."""
    heard = []
    for message in map(json.loads, log.read_text().splitlines()):
        params = message.get("params", {})
        if message.get("method", "").startswith("_"):
            continue
        for name in ("clientInfo", "clientCapabilities"):
            params.pop(name, None)
        error = {"error": message["error"]["code"]} if "error" in message else {}
        heard.append({"method": message.get("method"), "params": params, "result": message.get("result"), **error})
    return heard


@pytest.mark.slow  # by the package that `make agents-setup` installs
def test_an_agent_hears_the_same_from_us_as_from_another_client(tmp_path: Path, oracle: Path):
    ours, theirs = tmp_path / "ours.jsonl", tmp_path / "theirs.jsonl"

    held(tmp_path, ours)
    subprocess.run([oracle, CLIENT, theirs, tmp_path / "tree"], check=True, capture_output=True, timeout=60)

    assert conversation(ours) == conversation(theirs)


@pytest.mark.slow  # by the package that `make agents-setup` installs
def test_all_that_we_send_is_valid(tmp_path: Path, oracle: Path):
    log = tmp_path / "ours.jsonl"
    held(tmp_path, log)
    sent = log.read_text() + "".join(
        step.data.decode()
        for case in channel.CASES
        for step in channel.heard(*case.values)[1]
        if isinstance(step, Send) and not step.key.startswith("fence:")
    )

    checked = subprocess.run([oracle, CLIENT, "--check"], input=sent, capture_output=True, text=True, timeout=60)

    assert checked.returncode == 0, checked.stderr
