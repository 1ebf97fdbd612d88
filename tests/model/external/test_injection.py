"""What people write elsewhere runs nothing, even where it is pasted into a shell: in real tmux, with real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_orchestrator.model.external.text import comment

#: How an author ends the paste that their text is in, or has it run without one.
PAYLOADS = {
    "a line end": "text\n{run}\n",
    "a carriage return": "text\r{run}\r",
    "the end of a paste and a carriage return": "text\x1b[201~\r{run}\r",
    "the end of a paste and a line end": "text\x1b[201~\n{run}\n",
    "the end of a paste within itself": "text\x1b[20\x1b[201~1~\r{run}\r",
    "the end of a paste in eight bits": "text\x9b201~\r{run}\r",
    "the end of a paste between what can not be seen": "text\x1b\u200b[201~\u2028{run}\u2028\r{run}\r",
}
#: What runs in a shell when it is pasted as it is: the test can fail.
RUNS = ("the end of a paste and a carriage return", "the end of a paste and a line end")


class Shell:
    """A shell in a pane, that pastes are made into."""

    def __init__(self, tmux: Callable[..., str], folder: Path) -> None:
        self._tmux, self.folder = tmux, folder
        self._count = 0

    def paste(self, text: str) -> None:
        """Paste a text as one, wait until the shell has read it, and have it come back to its prompt."""
        self._count += 1
        end = f"end-{self._count}"
        (self.folder / "text").write_bytes((text + end).encode(errors="surrogatepass"))
        self._tmux("load-buffer", str(self.folder / "text"))
        self._tmux("paste-buffer", "-p", "-t", "=s:")
        # An interrupt takes with it what was not read yet.
        assert _until(lambda: end in self._tmux("capture-pane", "-pJ", "-t", "=s:"), 20.0), "it was not pasted"
        self.says_hello()

    def says_hello(self) -> None:
        self._count += 1
        hello = self.folder / f"hello-{self._count}"
        deadline = time.monotonic() + 20
        while not hello.exists():
            assert time.monotonic() < deadline, "the shell does not answer"
            # What was typed before it was ready is gone: once more.
            self._tmux("send-keys", "-t", "=s:", "C-c")
            self._tmux("send-keys", "-t", "=s:", f"touch {hello}", "Enter")
            _until(hello.exists, 1.0)


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return held


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    if shutil.which("tmux") is None or shutil.which("bash") is None:
        pytest.skip("tmux and bash are needed")
    folder = tmp_path_factory.mktemp("sh")
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8"}

    def tmux(*args: str) -> str:
        argv = ["tmux", "-S", str(folder / "t"), "-f", "/dev/null", *args]
        return subprocess.run(argv, env=env, check=True, timeout=20, stdout=subprocess.PIPE, text=True).stdout

    tmux("new-session", "-d", "-s", "s", "bash", "--norc", "--noprofile")
    shell = Shell(tmux, folder)
    shell.says_hello()
    yield shell
    tmux("kill-server")


@pytest.mark.parametrize("name", RUNS)
def test_a_paste_as_it_is_can_run_something(shell: Shell, name: str) -> None:
    ran = shell.folder / "ran-raw"
    shell.paste(PAYLOADS[name].format(run=f"touch {ran}"))
    assert ran.exists()
    ran.unlink()


@pytest.mark.parametrize("name", PAYLOADS)
def test_what_was_cleaned_runs_nothing(shell: Shell, name: str) -> None:
    ran = shell.folder / "ran-clean"
    shell.paste(comment(PAYLOADS[name].format(run=f"touch {ran}")))
    assert not ran.exists()
