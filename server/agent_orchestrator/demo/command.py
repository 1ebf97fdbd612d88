"""The command: arguments, what is said before and after, exit codes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from agent_orchestrator.cli import terminal as terminals
from agent_orchestrator.cli.exits import DONE, RED, USAGE, Failure
from agent_orchestrator.cli.render.lines import Lines, line, wrap
from agent_orchestrator.demo import build
from agent_orchestrator.demo.bugs import BUGS, LINT
from agent_orchestrator.demo.environment import NoTools
from agent_orchestrator.demo.hunting import Recording, hunt
from agent_orchestrator.git.runner import GitError


def main(argv: Sequence[str]) -> int:
    """Run the demo: 0 when the repository's main branch is green, 1 when it is not, 2 when it could not be made."""
    args = _parser().parse_args(argv)
    terminal = terminals.of_process()
    folder = Path(args.folder).absolute() if args.folder else build.free_folder(Path.cwd())
    recording = Recording()
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise Failure(f"{folder} is not empty; name another folder, or none for a new one")
        terminal.page(_plan(folder, args.agent, terminal.width))
        code = hunt(build.make(folder, args.agent), terminal, recording)
    except (Failure, NoTools, GitError, OSError) as problem:
        terminal.failed(str(problem))
        return problem.code if isinstance(problem, Failure) else USAGE
    terminal.page(_outlook(build.Demo(folder), terminal.width))
    if args.svg and recording.states:
        from agent_orchestrator.demo.picture import svg

        build.write(Path(args.svg), svg(recording.states))
    return code if code in (DONE, RED) else RED if code == USAGE else code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ao demo", description="Make a small red repository and take it to green. Needs no key and no model."
    )
    parser.add_argument("folder", nargs="?", help="where to make it; default: ./ao-demo-<n>")
    parser.add_argument("--agent", metavar="NAME", default="", help="who works, with your own login; default: autofix")
    parser.add_argument("--svg", metavar="FILE", help="write a picture of the run, too")
    return parser


def _plan(folder: Path, agent: str, width: int | None) -> Lines:
    """Five points that say what is going to happen."""
    red = sum(len(bug.red) for bug in BUGS)
    main = "main; the model's tokens are of your account" if agent else "main"
    points = (
        f"make a repository of a small Python package in {folder}",
        f"with {len(BUGS)} bugs ({red} tests fail), {len(LINT)} lint errors, and one test that is flaky",
        "start a daemon that is the demo's own, and trust the repository",
        f"hunt: one `{agent or 'autofix'}` agent for each failure; a fix that the checks prove lands on {main}",
        "end with main green and a report; the repository stays for you to look at",
    )
    lines = [
        row
        for number, point in enumerate(points, 1)
        for row in wrap(point, width, first=((f"  {number}  ", "strong"),), indent="     ")
    ]
    return (line(("The demo is going to", "strong")), *lines, ())


def _outlook(demo: build.Demo, width: int | None) -> Lines:
    """Where everything is, and commands to look around."""
    repository, env = shlex.quote(str(demo.repository)), shlex.quote(str(demo.env_file))
    commands = (
        f"git -C {repository} log --stat",
        f"cd {repository} && .venv/bin/python -m pytest",
        f". {env} && cd {repository} && ao daemon start && ao queue",
    )
    return ((), *wrap(f"The repository: {demo.repository}", width), *(line(f"  {command}") for command in commands))
