"""How `ao lsp` starts: at once, with the standard library alone, and with one daemon for all editors."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

#: Modules that cost more than the whole start may, or are not for a process that only copies bytes.
HEAVY = {
    "asyncio",
    "typing",
    "pathlib",
    "subprocess",
    "argparse",
    "logging",
    "dataclasses",
    "inspect",
    "tempfile",
    "unicodedata",
}


@pytest.fixture
def imported():
    """Names of the modules that are imported by a statement, and are not when Python starts."""

    def names(statement):
        program = f"import sys\nbefore = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before)"
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return set(ran.stdout.split())

    return names


def test_only_the_standard_library_and_little_of_it_is_imported(imported):
    modules = imported("import agent_orchestrator.cli.main, agent_orchestrator.forward")
    foreign = {name for name in modules if name.partition(".")[0] not in sys.stdlib_module_names}
    assert {name for name in foreign if not name.startswith("agent_orchestrator")} == set()
    assert modules & HEAVY == set()


def test_of_the_product_only_what_is_needed_is_imported(imported):
    modules = imported("import agent_orchestrator.cli.main, agent_orchestrator.forward")
    assert {name.removeprefix("agent_orchestrator.") for name in modules if name.startswith("agent_orchestrator.")} == {
        "cli",
        "cli.main",
        "cli.client",
        "cli.starter",
        "forward",
        "forward.edits",
        "forward.frames",
        "forward.memory",
        "forward.relay",
        "protocol",
        "protocol.framing",
        "protocol.lockfile",
        "protocol.paths",
    }


def test_importing_it_takes_less_than_a_tenth_of_a_second_of_processor_time():
    program = (
        "import time; start = time.process_time()\n"
        "import agent_orchestrator.cli.main, agent_orchestrator.forward\n"
        "print(time.process_time() - start)"
    )

    def seconds():
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        return float(ran.stdout)

    assert min(seconds() for _ in range(5)) < 0.1


def test_an_older_daemon_is_asked_to_end_on_a_connection_that_understands_it(peer, editor):
    """The kind of connection that editors have speaks another protocol, in which `shutdown` means something else."""
    peer.version = "0.0.1"
    client = editor(AO_RUN="inside")
    first, asked = peer.accept(), peer.accept()
    assert [each.hello["client"] for each in (first, asked)] == ["lsp", "cli"]
    request = asked.receive()
    assert request["method"] == "shutdown"
    asked.answer(request["id"], {"message": "ending"})
    peer.version = "99.0"
    assert peer.accept().hello["client"] == "lsp"
    client.hang_up()


def initialize(client):
    client.request(0, "initialize", processId=None, rootUri=None, capabilities={})
    return client.receive()


@pytest.mark.slow
def test_30_editors_that_start_at_once_start_one_daemon(editor, daemons, until):
    clients = [editor() for _ in range(30)]
    assert [initialize(client)["id"] for client in clients] == [0] * 30
    until(lambda: len(daemons()) == 1)
    for client in clients:
        client.hang_up()
    assert {client.code() for client in clients} == {0}


def test_standalone_the_process_that_the_editor_started_is_the_daemon(editor, daemons):
    client = editor("--standalone")
    assert "capabilities" in initialize(client)["result"]
    assert [each.pid for each in daemons()] == [client.process.pid]
    client.hang_up()
    assert client.code() == 0


@pytest.mark.slow
def test_after_kill_9_of_the_daemon_the_editor_is_served_by_another(editor, daemons, until):
    client = editor()
    assert "capabilities" in initialize(client)["result"]
    client.notify("initialized")
    [first] = daemons()
    os.kill(first.pid, signal.SIGKILL)
    client.request(1, "workspace/executeCommand", command="no.such.command", arguments=[])
    assert answer_to(client, 1)["error"]["code"] != 0
    client.request(2, "shutdown")
    assert answer_to(client, 2) == {"id": 2, "result": None}
    assert [each.pid for each in daemons()] != [first.pid]
    client.notify("exit")
    assert (client.code(), client.said()) == (0, "")


def answer_to(client, key):
    while "method" in (message := client.receive()) or message["id"] != key:
        pass
    return message
