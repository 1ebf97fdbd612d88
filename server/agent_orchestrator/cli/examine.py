"""What ``ao doctor`` looks at: each examination answers findings and changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from attrs import frozen

from agent_orchestrator.cli.app import App
from agent_orchestrator.cli.exits import NO_DAEMON, Failure

Level = Literal["ok", "warn", "fail"]

#: ``git merge-tree --write-tree`` came with 2.38 (git's release notes).
_GIT_LEAST = (2, 38)
_PYTHON_LEAST = (3, 11)
#: Seconds that a program gets to tell its version.
_TIMEOUT = 10


@frozen
class Finding:
    """``what`` was looked at, how it is, and (unless ok) what to do."""

    level: Level
    what: str
    found: str
    advice: str = ""


Examination = Callable[[App], Iterator[Finding]]


def python(app: App) -> Iterator[Finding]:
    """The interpreter that runs this."""
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= _PYTHON_LEAST
    yield Finding("ok" if good else "fail", "python", version, "" if good else "install Python 3.11 or newer")


def git(app: App) -> Iterator[Finding]:
    """Git, new enough to merge without a work tree."""
    said = version_of(["git", "--version"], app.environ)
    if said is None:
        yield Finding("fail", "git", "not found on PATH", "install git 2.38 or newer")
        return
    number = re.search(r"(\d+)\.(\d+)", said)
    good = number is not None and (int(number[1]), int(number[2])) >= _GIT_LEAST
    advice = "" if good else "install git 2.38 or newer: landing uses `git merge-tree --write-tree`"
    yield Finding("ok" if good else "fail", "git", said, advice)


def tmux(app: App) -> Iterator[Finding]:
    """The default runtime's program."""
    said = version_of(["tmux", "-V"], app.environ)
    if said is None:
        yield Finding(
            "warn", "tmux", "not found", "install tmux to attach to sessions; without it they run as processes"
        )
    else:
        yield Finding("ok", "tmux", said)


def bubblewrap(app: App) -> Iterator[Finding]:
    """The optional sandbox of gates."""
    said = version_of(["bwrap", "--version"], app.environ)
    if said is None:
        yield Finding("warn", "bubblewrap", "not found", "optional: agents that confine themselves use it")
    else:
        yield Finding("ok", "bubblewrap", said)


def folders(app: App) -> Iterator[Finding]:
    """Where the daemon keeps its state and its socket."""
    from agent_orchestrator.protocol.paths import not_private, paths_of

    paths = paths_of(app.environ)
    for what, folder, variable in (
        ("state", paths.state, "AO_STATE_DIR"),
        ("runtime", paths.runtime, "AO_RUNTIME_DIR"),
    ):
        if folder.exists():
            trouble = not_private(folder) or ("" if os.access(folder, os.W_OK) else f"{folder} can not be written")
        else:
            above = next(parent for parent in folder.parents if parent.exists())
            trouble = "" if os.access(above, os.W_OK | os.X_OK) else f"{folder} can not be made in {above}"
        advice = f"mend it, or name another folder in {variable}" if trouble else ""
        yield Finding("fail" if trouble else "ok", f"{what} folder", trouble or str(folder), advice)


def daemon(app: App) -> Iterator[Finding]:
    """The daemon, its version and its own problems."""
    from agent_orchestrator import __version__

    try:
        state = app.daemon().call("daemon")
    except Failure as failure:
        level: Level = "warn" if failure.code == NO_DAEMON else "fail"
        yield Finding(level, "daemon", failure.sentence, "`ao daemon start` starts it; `ao start` and `ao hunt` do too")
        return
    same = state.version == __version__
    advice = "" if same else f"this is {__version__}: `ao daemon restart`"
    yield Finding("ok" if same else "warn", "daemon", f"version {state.version}, process {state.pid}", advice)
    for problem in state.problems:
        yield Finding("warn", "daemon", problem, f"its log is in {state.state_dir}")


def configuration(app: App) -> Iterator[Finding]:
    """The configuration that counts in this folder."""
    from agent_orchestrator.cli.project import configured

    loaded = configured(app, app.cwd)
    if loaded is None:
        yield Finding("warn", "configuration", "none here or above", "`ao start` in a repository writes one")
        return
    for diagnostic in loaded.diagnostics:
        level: Level = {"error": "fail", "warning": "warn"}.get(diagnostic.severity, "ok")  # type: ignore[assignment]
        yield Finding(level, "configuration", str(diagnostic), "correct the file" if level != "ok" else "")
    if not loaded.errors:
        yield Finding("ok", "configuration", str(loaded.file))


def projects(app: App) -> Iterator[Finding]:
    """Each project: can it be driven, is it trusted, has its agent what it needs."""
    from agent_orchestrator.cli.project import config_of, configured

    try:
        rows = app.daemon().call("projects").projects
    except Failure:
        rows = ()
    for row in rows:
        what = f"project {row.id}"
        if row.problem:
            yield Finding("fail", what, row.problem, "mend it, or `ao remove-project` it")
        elif not row.trusted:
            yield Finding("warn", what, "not trusted: nothing runs", f"`ao trust --project {row.id}`")
        else:
            yield Finding("ok", what, row.path)
        found = config_of(app, row)
        agent = "autofix" if found is None else found[1].agent or found[0].config.defaults.agent
        yield from _needs(app, what, Path(row.path), agent)
    if not rows and (loaded := configured(app, app.cwd)) is not None:
        for project in loaded.config.projects.values():
            agent = project.agent or loaded.config.defaults.agent
            yield from _needs(app, f"project {project.id}", project.path, agent)


def agents_and_forges(app: App) -> Iterator[Finding]:
    """Agents that can be used, and forges that can be asked: the daemon knows which, and what the others lack."""
    from agent_orchestrator.protocol.types import ProjectParams

    try:
        rows = app.daemon().call("doctor", ProjectParams()).findings
    except Failure:
        return
    for row in rows:
        if row.what.startswith(("agent ", "forge ")):
            yield Finding(row.level, row.what, row.found, row.advice)


def _needs(app: App, what: str, folder: Path, agent: str) -> Iterator[Finding]:
    if (folder / "package.json").is_file():
        said = version_of(["node", "--version"], app.environ)
        advice = "" if said else "install Node.js: package.json names checks that need it"
        yield Finding("ok" if said else "fail", f"{what}: node", said or "not found", advice)
    own = next((p for p in (folder / ".venv/bin/python", folder / "venv/bin/python") if p.exists()), None)
    if agent != "autofix" or not (own or (folder / "pyproject.toml").is_file() or (folder / "setup.py").is_file()):
        return
    interpreter = str(own) if own else shutil.which("python3", path=app.environ.get("PATH")) or sys.executable
    said = version_of([interpreter, "-I", "-c", _PYTEST], app.environ)
    advice = "" if said else "install pytest there for autofix to repair tests: `python -m pip install pytest`"
    yield Finding("ok" if said else "warn", f"{what}: autofix", f"{said or 'no pytest'} in {interpreter}", advice)


#: Reads the distribution's metadata; pytest and the project's own code are not imported.
_PYTEST = "import importlib.metadata as m; print('pytest', m.version('pytest'))"


def version_of(argv: list[str], environ: Mapping[str, str]) -> str | None:
    """The first line that a program says of itself, or None when it is not there or fails."""
    program = shutil.which(argv[0], path=environ.get("PATH"))
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *argv[1:]],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0] if done.returncode == 0 and lines else None


EXAMINATIONS: tuple[Examination, ...] = (
    python,
    git,
    tmux,
    bubblewrap,
    folders,
    daemon,
    configuration,
    projects,
    agents_and_forges,
)
