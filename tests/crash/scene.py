"""A tiny red repository, a scripted agent, and what must hold once a hunt on it is over."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Self

from agent_orchestrator.engine import codec
from agent_orchestrator.engine.state import State
from agent_orchestrator.engine.step import step
from agent_orchestrator.store.journal import Journal

DRIVER = Path(__file__).with_name("driver.py")
SERVER = Path(__file__).resolve().parents[2] / "server"

CONFIG = """\
defaults: {runtime: process}
agents:
  script:
    command: sh "$SCENE/agent.sh"
limits: {agents: 2, checks: 2}
projects:
  repo:
    path: .
    landing: {target: main}
    checks:
      unit: {command: "sh unit.sh {report}", format: junit}
"""

#: Fixes of neighbouring lines do not merge.
APP = "# app\na={a}\nb={b}\n"

#: Is red about each line of ``app.py`` that does not read ``<name>=1``, and about a file that is broken as a whole.
#: Where it is told to, one re-run does not end.
UNIT = """\
if test -e "$SCENE/hang"; then
  case "$1" in */reruns/*) rm "$SCENE/hang"; exec sleep 1000;; esac
fi
test "$(head -n 1 app.py)" = "# app" || exit 2
cases= status=0
for name in a b; do
  if grep -qx "$name=1" app.py; then result=
  else result="<failure message='$name is not 1'/>" status=1; fi
  cases="$cases<testcase classname='app' file='$PWD/tests/app.py' name='$name'>$result</testcase>"
done
printf '<testsuite>%s</testsuite>' "$cases" > "$1"
exit $status
"""

#: Notes each turn outside of the tree, waits where it is told to, and mends the lines of its failures.
AGENT = """\
turn=$(sed -n 's/^ "attempt": \\([0-9]*\\).*/\\1/p' "$AO_TASK_FILE")
echo "$AO_SESSION $turn" >> "$SCENE/turns"
while test -e "$SCENE/hold"; do sleep 0.02; done
for name in $(sed -n 's/.*"test": ".*::\\(.*\\)".*/\\1/p' "$AO_TASK_FILE"); do
  sed -i "s/^$name=0$/$name=1/" app.py
done
"""


class Scene:
    """Folders of one hunt: ``repo``, the daemon's own, the agents' notes.

    ``red`` are the names of the failures; ``checked_out``: is main, the target, what the user's checkout is on?
    """

    def __init__(self, red: str, *, checked_out: bool) -> None:
        # In memory where that can be: nothing here depends on a disk, and a hunt waits for many flushes.
        self.root = Path(tempfile.mkdtemp(prefix="ao-c-", dir="/dev/shm" if os.path.isdir("/dev/shm") else "/tmp"))
        self.repo = self.root / "repo"
        self.red = red
        self.checked_out = checked_out
        self.environ = {
            "HOME": str(self.root),
            "PATH": os.environ["PATH"],
            "AO_STATE_DIR": str(self.root / "s"),
            "AO_RUNTIME_DIR": str(self.root / "r"),
            "XDG_CACHE_HOME": str(self.root / "c"),
            "SCENE": str(self.root),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        (self.root / "agent.sh").write_text(AGENT)
        self.repo.mkdir()
        app = APP.format(**{name: int(name not in red) for name in "ab"})
        files = {"agent-orchestrator.yaml": CONFIG, "unit.sh": UNIT, "app.py": app}
        for name, text in files.items():
            (self.repo / name).write_text(text)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.name", "Ada")
        self.git("config", "user.email", "ada@example.org")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "red")
        self.start = self.git("rev-parse", "HEAD")
        if not checked_out:
            self.git("checkout", "-q", "-b", "work")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)

    def git(self, *args: str) -> str:
        done = subprocess.run(
            ["git", *args], cwd=self.repo, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wrong(self) -> list[str]:
        """Everything that is not as it must be after the hunt; empty when all is well."""
        return [*self._landings(), *self._main(), *self._turns(), *self._journal(), *self._leftovers()]

    def _landings(self) -> list[str]:
        found = []
        commits = self.git("rev-list", "--first-parent", f"{self.start}..main").split()
        trailers = [self.git("log", "-1", "--format=%(trailers:key=AO-Landing,valueonly)", c).strip() for c in commits]
        listing = self.git("for-each-ref", "--format=%(refname) %(objectname)", "refs/ao/landed")
        refs = dict(line.split(" ") for line in listing.splitlines())
        if len(commits) != len(self.red):
            found.append(f"main has {len(commits)} commits more, not {len(self.red)}")
        if refs != {f"refs/ao/landed/{t}": c for t, c in zip(trailers, commits, strict=True)}:
            found.append(f"landed refs {refs} do not match the commits {commits} with their trailers {trailers}")
        return found

    def _main(self) -> list[str]:
        found = []
        clone = self.root / "clone"
        self.git("clone", "-q", "--branch", "main", ".", str(clone))
        report = str(self.root / "report")
        if subprocess.run(["sh", "unit.sh", report], cwd=clone, check=False).returncode != 0:
            found.append("main is not green")
        head = "main" if self.checked_out else "work"
        if self.git("rev-parse", "--symbolic-full-name", "HEAD") != f"refs/heads/{head}":
            found.append(f"the checkout is not on {head}")
        if not self.checked_out and self.git("rev-parse", "work") != self.start:
            found.append("the user's branch moved")
        if dirt := self.git("status", "--porcelain"):
            found.append(f"the checkout is dirty: {dirt}")
        return found

    def _turns(self) -> list[str]:
        notes = self.root / "turns"
        turns = Counter(notes.read_text().splitlines() if notes.exists() else ())
        return [f"turn {turn!r} ran {times} times" for turn, times in turns.items() if times != 1]

    def state(self) -> State:
        """What the journal says, once no daemon lives."""
        return self._read()[0]

    def log(self) -> str:
        """What the driver said last."""
        return (self.root / "log").read_text()[-3000:]

    def _read(self) -> tuple[State, State, set[tuple[str, str, str]]]:
        """The journal replayed, replayed again, and its claims."""
        journal = Journal(self.root / "s" / "journal.sqlite")
        try:
            return _replay(journal), _replay(journal), journal.claims()
        finally:
            journal.close()

    def _journal(self) -> list[str]:
        found = []
        state, again, claims = self._read()
        summary = self.root / "summary"
        if state != again:
            found.append("two replays differ")
        if summary.exists() and repr(state) != json.loads(summary.read_text())["state"]:
            found.append("the replayed state is not the one that the daemon had")
        if claims:
            found.append(f"claims are left: {claims}")
        if state.problems:
            found.append(f"problems: {[(p.key, p.message, p.count) for p in state.problems.values()]}")
        if state.runs:
            found.append(f"gates without result: {list(state.runs)}")
        hunts = [h.reason for h in state.hunts.values()]
        if hunts != ["done"]:
            found.append(f"hunts ended with {hunts}")
        failures = {f.item.key: (f.settled, f.reason) for f in state.failures.values()}
        if failures != {f"tests/app.py::{name}": ("fixed", "") for name in self.red}:
            found.append(f"failures: {failures}")
        landed = [x.id for x in state.landings.values() if x.landed_at]
        if len(landed) != len(self.red):
            found.append(f"the journal knows {len(landed)} landings")
        notices = [n for s in state.sessions.values() for n in s.notices]
        if notices:
            found.append(f"notices: {notices}")
        return found

    def _leftovers(self) -> list[str]:
        found = []
        slots = str(self.root / "c" / "ao" / "slots")
        listed = re.findall(r"^worktree (.*)$", self.git("worktree", "list", "--porcelain"), re.MULTILINE)
        if extra := [path for path in listed if path != str(self.repo) and not path.startswith(slots)]:
            found.append(f"worktrees are left: {extra}")
        kept = ("refs/heads/main", "refs/heads/work", "refs/ao/landed/", "refs/ao/saved/")
        refs = self.git("for-each-ref", "--format=%(refname)").splitlines()
        if extra := [ref for ref in refs if not ref.startswith(kept)]:
            found.append(f"refs are left: {extra}")
        folders = [self.repo / ".worktrees", self.root / "s" / "gates", self.root / "s" / "reruns"]
        if extra := [str(path) for folder in folders if folder.is_dir() for path in folder.iterdir()]:
            found.append(f"files are left: {extra}")
        patterns = (".git/**/*.lock", ".git/**/ao-index-*", ".git/worktrees/*/index.lock")
        if extra := [str(p) for pattern in patterns for p in self.repo.glob(pattern) if not p.name.startswith("ao")]:
            found.append(f"locks are left: {extra}")
        if extra := self.processes():
            found.append(f"processes are left: {extra}")
        return found

    def processes(self) -> dict[int, str]:
        """Living processes that were started for this scene."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                command = (entry / "cmdline").read_bytes()
                if f"{self.root}/".encode() in (entry / "environ").read_bytes() + command:
                    found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
        return found


def _replay(journal: Journal) -> State:
    state = State()
    for _, row in journal.replay():
        state = step(state, codec.decode(row))
    return state


class Zygote:
    """A driver process with everything imported: it forks one process per job."""

    def __enter__(self) -> Self:
        environ = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**environ, "PYTHONPATH": str(SERVER)},
        )
        return self

    def __exit__(self, *exc_info: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def run(self, scene: Scene, kill: tuple[str, int] | None = None, *, children: bool = False) -> Any:
        """Hunt; ``kill``: name and number of a boundary. (exit status, -9 when killed; the boundaries reached)."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job: dict[str, Any] = {
            "root": str(scene.root),
            "kill": kill,
            "children": children,
            "environ": scene.environ,
        }
        print(json.dumps(job), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        return answer["status"], answer["boundaries"]
