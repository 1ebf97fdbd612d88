"""How mypy is run: one line per error, whatever the configuration makes pretty."""

from __future__ import annotations

from agent_orchestrator.plugins.check.tool import CheckTool, as_argv, fill, is_direct, rerun_whole, tool_index
from agent_orchestrator.ports.check import Command, PreparedCheck, Where

# The text form: unlike `--output json` (mypy 1.11) every version has it, and its last line counts the errors.
_OPTIONS = ("--no-pretty", "--show-error-codes", "--show-column-numbers", "--no-color-output", "--error-summary")


def prepare_mypy(command: Command, where: Where) -> PreparedCheck:
    """mypy with one uncoloured line per error. A wrapper is run as it is."""
    argv = as_argv(fill(command, where))
    index = tool_index(argv, "mypy")
    if index >= 0 and is_direct(argv, index):
        # Of options that contradict each other mypy takes the last.
        end = argv.index("--") if "--" in argv else len(argv)
        argv = (*argv[:end], *_OPTIONS, *argv[end:])
    return PreparedCheck(argv=argv)


MYPY = CheckTool(format="mypy", prepare=prepare_mypy, rerun=rerun_whole)
