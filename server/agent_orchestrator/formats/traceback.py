"""Stack frames out of the text that tools print.

Read are: Python's own traceback (``File "x", line n, in f``), pytest's long and short styles (``x:n: in f`` and
``x:n: Error`` below the quoted source), and V8 stacks (``at f (x:l:c)``) with vitest's ``❯ f x:l:c``.
"""

from __future__ import annotations

import re

from attrs import frozen

from agent_orchestrator.formats.paths import in_tree, is_installed, is_outside
from agent_orchestrator.formats.text import clean
from agent_orchestrator.model.report import Frame

#: Frames kept of one stack: the innermost ones.
FRAME_CAP = 20
# Longer lines are no frames, and patterns backtrack in the length of a line.
_LINE_CAP = 500

# Every frame has a number and a colon or comma; most lines of an output have not, and are passed over quickly.
_CANDIDATE = re.compile(r"[:,].*\d|def ")
# Behind a bar where it belongs to an exception group.
_PYTHON = re.compile(r'^[\s|]*File "([^"]+)", line (\d{1,9})(?:, in (\S.*))?$')
_PYTEST = re.compile(r"^([^\s:<][^:]*\.pyi?):(\d{1,9}): ?(?:in (\S+)|.*)$")
_DEFINITION = re.compile(r"^[>\s]*(?:async )?def (\w+)\(")
_V8 = re.compile(r"^\s*at (?:async )?(?:new )?(?:(\S.*?) )?\(?((?:file://)?/?[^\s():][^():]*):(\d{1,9}):\d{1,9}\)?$")
_VITEST = re.compile(r"^\s*❯ (?:(\S+) )?([^\s:]+):(\d{1,9}):\d{1,9}$")


@frozen
class Stack:
    """The frames of a text: those inside the tree (innermost last), and absolute paths of source outside of it."""

    frames: tuple[Frame, ...] = ()
    outside: tuple[str, ...] = ()


def stack(text: str, root: str, base: str = "") -> Stack:
    """The frames that ``text`` shows; an empty stack when it shows none."""
    python: list[tuple[str, int, str]] = []
    script: list[tuple[str, int, str]] = []
    definition = ""
    for line in clean(text).split("\n"):
        if len(line) > _LINE_CAP or not _CANDIDATE.search(line):
            continue
        if match := _PYTHON.match(line):
            python.append((match[1], int(match[2]), match[3] or ""))
        elif match := _PYTEST.match(line):
            python.append((match[1], int(match[2]), match[3] or definition))
            definition = ""
        elif match := _DEFINITION.match(line):
            definition = definition or match[1]
        elif match := _V8.match(line) or _VITEST.match(line):
            script.append((match[2], int(match[3]), match[1] or ""))
    return from_calls([*reversed(script), *python], root, base)


def from_calls(calls: list[tuple[str, int, str]], root: str, base: str = "") -> Stack:
    """Frames from (path, line, function), innermost last; code that is not a file (``<string>``) is left out."""
    frames: list[Frame] = []
    outside: dict[str, None] = {}
    for raw, line, function in calls:
        path = in_tree(raw, root, base) if not raw.startswith(("<", "node:")) else ""
        if not path or is_installed(path):
            continue
        if is_outside(path):
            outside[path] = None
        else:
            frames.append(Frame(path=path, line=line, function="" if function == "<module>" else function[:200]))
    return Stack(tuple(frames[-FRAME_CAP:]), tuple(outside)[:FRAME_CAP])
