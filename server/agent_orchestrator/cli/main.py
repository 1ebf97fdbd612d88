"""The console script ``ao``: find the command, load its module, run it, answer with an exit code."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent_orchestrator.cli.app import App

#: How editors start the language server: there is nothing to parse, and they wait for it.
_FORWARDS = (["lsp"], ["lsp", "--stdio"])

_HEAD = """\
usage: ao <command> [...]

Takes a git repository from red to green with a fleet of coding agents.
"""
_FOOT = """
`ao <command> --help` tells more. Exit codes: 0 done, nothing red is left (check, hunt --wait); 1 something red is
left; 2 usage or configuration; 3 no daemon; 130 interrupted.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; the answer is the exit code of the process."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments in _FORWARDS:
        from agent_orchestrator.forward import main as forward

        return forward()
    import os

    from agent_orchestrator.cli.app import of_process
    from agent_orchestrator.cli.exits import BROKEN_PIPE

    app = of_process()
    try:
        return run(arguments, app)
    except BrokenPipeError:
        # The reader of the pipe has gone; what is still buffered must not fail again when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def run(argv: Sequence[str], app: App) -> int:
    """Run one command line in ``app``. Every mistake is one sentence and an exit code."""
    from agent_orchestrator.cli.exits import INTERRUPTED, Failure

    try:
        return _run(list(argv), app)
    except Failure as failure:
        app.terminal.failed(failure.sentence)
        return failure.code
    except KeyboardInterrupt:
        app.terminal.note("interrupted")
        return INTERRUPTED


def _run(argv: list[str], app: App) -> int:
    from agent_orchestrator.cli.exits import DONE, Failure
    from agent_orchestrator.cli.table import VERBS

    if not argv or argv[0] in ("-h", "--help", "help"):
        app.terminal.raw(top_help())
        return DONE
    name, *rest = argv
    if name in ("-V", "--version"):
        from agent_orchestrator import __version__

        app.terminal.line(f"ao {__version__}")
        return DONE
    # Known before parsing, so that a mistake in the arguments is told in JSON too.
    app.terminal.json = "--json" in (rest[: rest.index("--")] if "--" in rest else rest)
    verb = VERBS.get(name)
    if verb is None:
        raise Failure(_unknown(name))
    from argparse import Namespace

    from agent_orchestrator.cli.parser import HelpShown, parser_of

    parser, do = parser_of(verb, app.terminal)
    try:
        args = Namespace(rest=rest) if parser.get_default("forwards") else parser.parse_args(rest)
    except HelpShown:
        return DONE
    return do(args, app)


def top_help() -> str:
    """What ``ao --help`` prints, from the table alone."""
    from agent_orchestrator.cli.table import GROUPS, shown

    wide = max(len(verb.name) for verb in shown())
    blocks = [
        f"\n{group}:\n" + "".join(f"  {verb.name:<{wide}}  {verb.help}\n" for verb in shown() if verb.group == group)
        for group in GROUPS
    ]
    return _HEAD + "".join(blocks) + _FOOT


def _unknown(name: str) -> str:
    import difflib

    from agent_orchestrator.cli.table import shown

    near = difflib.get_close_matches(name, [verb.name for verb in shown()], n=1)
    return f"there is no command {name!r}; " + (f"did you mean `ao {near[0]}`?" if near else "`ao --help` lists them")
