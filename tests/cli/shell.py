"""A person at a shell: a small red repository, folders of their own, and `ao` as a process each time."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from attrs import evolve, field, frozen

CONFIG = "agent-orchestrator.yaml"

#: Writes a JUnit report to its argument: one test per file of values/, which must say "good".
CHECK = """\
status=0
{
    echo '<testsuite name="values">'
    for file in values/*; do
        name=$(basename "$file")
        echo "<testcase classname='values' name='$name' file='$file'>"
        [ "$(cat "$file")" = good ] || { status=1; echo "<failure message='says $(cat "$file")'/>"; }
        echo '</testcase>'
    done
    echo '</testsuite>'
} > "$1"
exit $status
"""

#: Makes every value good but the one that is beyond it.
AGENT = """\
import json, os, pathlib, sys

task = json.loads(pathlib.Path(os.environ["AO_TASK_FILE"]).read_text())
for failure in task["failures"]:
    if failure["file"] == "values/c":
        print("c is beyond me")
        sys.exit(3)
    pathlib.Path(failure["file"]).write_text("good\\n")
    print("made", failure["file"], "good")
"""


@frozen
class Ran:
    """How one `ao` ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document that it printed."""
        return json.loads(self.out)


@frozen
class Shell:
    """``repository`` is where commands run; ``environ`` is theirs, with nothing of the person who runs the tests."""

    home: Path
    repository: Path
    environ: dict[str, str] = field(repr=False)

    def ao(self, *argv: str, python: tuple[str, ...] = ()) -> Ran:
        """Run one command line to its end; ``python`` are options of the interpreter."""
        command = [sys.executable, *python, "-m", "agent_orchestrator", *argv]
        done = subprocess.run(
            command,
            cwd=self.repository,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def beside(self, name: str) -> Shell:
        """The same person in a clone of the repository that is a project of its own, configured alike."""
        twin = self.repository.with_name(name)
        self.git("clone", "-q", ".", str(twin))
        config = (self.repository / CONFIG).read_text()
        (twin / CONFIG).write_text(config.replace(f"  {self.repository.name}:", f"  {name}:"))
        return evolve(self, repository=twin)

    def git(self, *argv: str) -> str:
        """Git's answer, without the last line end."""
        command = ["git", "-C", str(self.repository), *argv]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=True).stdout.rstrip("\n")

    def configure(self) -> None:
        """Name the check and the agent in the configuration that `ao start` wrote."""
        agent = self.home / "agent.py"
        agent.write_text(AGENT)
        for key, value in (
            ("defaults.runtime", "process"),
            ("agents.scripted.command", f"[{sys.executable}, {agent}]"),
            ("projects.tiny.checks.values.command", "sh check.sh {report}"),
            ("projects.tiny.checks.values.format", "junit"),
            ("projects.tiny.agent", "scripted"),
        ):
            done = self.ao("config", "set", key, value)
            assert done.code == 0, done.err

    def processes(self) -> list[psutil.Process]:
        """Every process that works with this shell's state folder: the daemon, holders, agents, checks."""
        state = self.environ["AO_STATE_DIR"]
        return [process for process in psutil.process_iter() if _variable(process, "AO_STATE_DIR") == state]

    def close(self) -> None:
        """End what a failed test left."""
        for process in self.processes():
            process.kill()
        shutil.rmtree(self.environ["AO_RUNTIME_DIR"], ignore_errors=True)


def _variable(process: psutil.Process, name: str) -> str | None:
    try:
        return process.environ().get(name)
    except (psutil.Error, OSError):
        return None


def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait for a condition. Fails when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not true within {seconds} s"
        time.sleep(0.02)


def open_shell(folder: Path) -> Shell:
    """A shell in a new repository ``tiny`` with three bad values and a good one, and no configuration."""
    home, repository = folder / "home", folder / "tiny"
    (repository / "values").mkdir(parents=True)
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n[init]\ndefaultBranch = main\n")
    spec = importlib.util.find_spec("agent_orchestrator")
    assert spec is not None
    assert spec.origin is not None
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LOGNAME": "ada",
        "AO_STATE_DIR": str(folder / "state"),
        "AO_RUNTIME_DIR": tempfile.mkdtemp(prefix="ao-t-", dir="/tmp"),
        "PYTHONPATH": str(Path(spec.origin).parents[1]),
    }
    shell = Shell(home, repository, environ)
    for name, says in (("a", "bad"), ("b", "bad"), ("c", "bad"), ("d", "good")):
        (repository / "values" / name).write_text(f"{says}\n")
    (repository / "check.sh").write_text(CHECK)
    shell.git("init", "-q")
    shell.git("add", "-A")
    shell.git("commit", "-q", "-m", "first")
    return shell
