"""What shellcheck prints for people, or as compilers do → findings. Every level makes it fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, lint_key
from agent_orchestrator.formats.text import message
from agent_orchestrator.model.report import Finding, Kind

_IN = re.compile(r"^In (\S.{0,500}) line (\d{1,9}):$")
_SAID = re.compile(r"^ *(\^-+\^?|\^--) (SC\d{4}) \((?:error|warning|info|style)\): (.+)$")
_GCC = re.compile(r"^(\S[^:]{0,500}):(\d{1,9}):(\d{1,9}): (?:error|warning|note|info|style): (.+) \[(SC\d{4})\]$")


def shellcheck_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span per line of a message."""
    file, number = "", 0
    for n, line in enumerate(lines):
        if match := _IN.match(line):
            file, number = match[1], whole(match[2])
        elif file and (match := _SAID.match(line)):
            column = line.index("^") + 1
            yield Span("shellcheck", n, n + 1, (_finding(match[2], match[3], file, number, column, inputs),))
        elif (match := _GCC.match(line)) is not None:
            found = _finding(match[5], match[4], match[1], whole(match[2]), whole(match[3]), inputs)
            yield Span("shellcheck", n, n + 1, (found,))


def _finding(rule: str, said: str, file: str, line: int, column: int, inputs: Inputs) -> Finding:
    path = in_tree(file, inputs.root, inputs.base)
    return Finding(
        key=lint_key(rule, path),
        kind=Kind.LINT,
        message=message(said),
        rule=rule,
        path=path,
        line=line,
        column=column,
    )
