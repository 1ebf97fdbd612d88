"""What goes wrong on the way to the daemon becomes a sentence with an exit code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.cli import client
from agent_orchestrator.cli.dial import dial
from agent_orchestrator.cli.exits import NO_DAEMON, USAGE, Failure

SERVER = Path(__file__).parents[2] / "server"


class _Connection:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def call(self, method: str, params: Any = None, *, light: bool = False) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (client.NoDaemon("it went away"), NO_DAEMON),
        (client.RefusedByDaemon("there is no session x"), USAGE),
        (BrokenPipeError(32, "Broken pipe"), NO_DAEMON),
    ],
    ids=["gone", "refused", "broken"],
)
def test_a_call_that_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, code: int) -> None:
    monkeypatch.setattr(client, "connect", lambda paths, **options: _Connection(error))
    with pytest.raises(Failure) as failure:
        dial({"HOME": str(tmp_path)}, start=False).call("daemon")
    assert (failure.value.code, failure.value.sentence) == (code, str(error))


def test_no_daemon(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        dial({"HOME": str(tmp_path), "AO_STATE_DIR": str(tmp_path / "state")}, start=False)
    assert failure.value.code == NO_DAEMON


def test_what_does_without_the_interpreters_packages_starts_a_daemon_that_does_too():
    code = f"import sys; sys.path.append({str(SERVER)!r}); from agent_orchestrator.cli import starter; "
    code += "print(*starter.daemon_command()[1:-1])"
    said = {
        flags: subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=True).stdout
        for flags in [("-I",), ("-I", "-S")]
    }
    assert said == {("-I",): "-P -E\n", ("-I", "-S"): "-P -E -S\n"}
