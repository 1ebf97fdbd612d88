"""How ruff is run: JSON to the report file, and never a fix."""

from __future__ import annotations

from agent_orchestrator.plugins.check.tool import CheckTool, as_argv, fill, is_direct, rerun_whole, tool_index
from agent_orchestrator.ports.check import Command, PreparedCheck, Where

_REPLACED = ("--output-format", "--output-file", "-o", "--format")


def prepare_ruff(command: Command, where: Where) -> PreparedCheck:
    """ruff with its report. A check judges the tree as it is, so ``fix = true`` of the configuration is taken back.

    A wrapper gets the format through ruff's environment variables.
    """
    argv = as_argv(fill(command, where))
    index = tool_index(argv, "ruff")
    if index >= 0 and is_direct(argv, index) and argv[index + 1 : index + 2] == ("check",):
        rest = _without(argv[index + 2 :])
        options = ("--output-format=json", f"--output-file={where.report}", "--no-fix")
        return PreparedCheck(argv=(*argv[: index + 2], *options, *rest), report=where.report)
    env = {"RUFF_OUTPUT_FORMAT": "json", "RUFF_OUTPUT_FILE": where.report}
    return PreparedCheck(argv=argv, env=env, report=where.report)


def _without(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """``arguments`` without options that ruff accepts only once and that are ours to give, and without ``--fix``."""
    kept: list[str] = []
    value_follows = False
    for word in arguments:
        ours = word.partition("=")[0] in _REPLACED
        if not value_follows and not ours and word not in ("--fix", "--no-fix", "--fix-only"):
            kept.append(word)
        value_follows = ours and "=" not in word
    return tuple(kept)


RUFF = CheckTool(format="ruff", prepare=prepare_ruff, rerun=rerun_whole)
