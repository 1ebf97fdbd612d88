"""What goes wrong on the way to the daemon becomes a sentence with an exit code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator.cli import client
from agent_orchestrator.cli.dial import dial
from agent_orchestrator.cli.exits import NO_DAEMON, USAGE, Failure


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
