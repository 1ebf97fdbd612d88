"""How unittest is run: one line per test, and selection by dotted names."""

from __future__ import annotations

import posixpath

from agent_orchestrator.plugins.check.tool import CheckTool, as_argv, fill, is_direct, tool_index, words
from agent_orchestrator.ports.check import Command, PreparedCheck, Selection, Where


def prepare_unittest(command: Command, where: Where) -> PreparedCheck:
    """unittest with ``-v`` (a line per test) and ``-b`` (tests do not print between these lines)."""
    argv = as_argv(fill(command, where))
    index = tool_index(argv, "unittest")
    if index < 0 or not is_direct(argv, index):
        return PreparedCheck(argv=argv)
    after = index + 2 if argv[index + 1 : index + 2] == ("discover",) else index + 1
    return PreparedCheck(argv=(*argv[:after], "-v", "-b", *argv[after:]), base=start_directory(argv))


def start_directory(argv: tuple[str, ...]) -> str:
    """The folder that module names start at, relative to the tree: ``-t``, else ``-s``, else the tree itself."""
    for names in (("-t", "--top-level-directory"), ("-s", "--start-directory")):
        for n, word in enumerate(argv):
            name, equals, value = word.partition("=")
            if name in names and (equals or n + 1 < len(argv)):
                folder = posixpath.normpath(value if equals else argv[n + 1])
                return "" if folder == "." else folder
    return ""


def rerun_unittest(command: Command, selection: Selection) -> Command:
    """The selected tests by their dotted names; with a start directory, discovery narrowed by ``-k``."""
    argv = words(command)
    index = tool_index(argv, "unittest") if argv else -1
    if argv is None or index < 0:
        return command
    base = start_directory(argv)
    keys = selection.files if selection.whole_files else selection.keys
    names = tuple(dict.fromkeys(_dotted(key, base) for key in keys))
    if base or not is_direct(argv, index):
        patterns = (f"*{name}.*" if selection.whole_files else name for name in names)
        return (*argv, *(word for pattern in patterns for word in ("-k", pattern)))
    return (*argv[: index + 1], *names)


def _dotted(key: str, base: str) -> str:
    file, _, name = key.partition("::")
    module = posixpath.relpath(file, base) if base else file
    return ".".join([*module.removesuffix(".py").split("/"), *(name.split("::") if name else ())])


UNITTEST = CheckTool(format="unittest", prepare=prepare_unittest, rerun=rerun_unittest)
