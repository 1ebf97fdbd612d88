"""What rustc and clippy print for people → findings: ``error[E0308]: text`` and ``--> file:line:column`` below it, or
one line each with ``--message-format=short``.
"""

from __future__ import annotations

import re

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, lint_key
from agent_orchestrator.formats.text import message, one_line, tail
from agent_orchestrator.model.report import Finding, Kind

_ERROR = re.compile(r"^error(?:\[([\w:]{1,100})\])?: (.+)$")
_PLACE = re.compile(r"^ *--> (.{1,500}?):(\d{1,9}):(\d{1,9})$")
_SHORT = re.compile(r"^([^\s:][^:]{0,500}\.rs):(\d{1,9}):(\d{1,9}): error(?:\[([\w:]{1,100})\])?: (.+)$")
# Why an error of a lint is an error: ``#[deny(clippy::x)]``, ``-D clippy::x``, ``-D unused-variables implied by …``.
_LINT = re.compile(r"`(?:#\[(?:deny|forbid)\(([\w:]{1,100})\)\]|-[DF] ([\w:-]{1,100}))`")
_CODE = re.compile(r"^E\d{4}$")
_GROUPS = ("warnings", "clippy::all", "clippy::pedantic", "unused", "clippy::nursery")
_SUMMARIES = ("aborting due to", "could not compile", "build failed", "test failed", "doctest failed", "process didn't")
_BLOCK_CAP = 120


def find_cargo(lines: list[str], inputs: Inputs) -> list[Finding]:
    """The errors that the compiler prints in ``lines``."""
    found: list[Finding] = []
    lints: dict[str, str] = {}
    for n, line in enumerate(lines):
        if match := _SHORT.match(line):
            path = in_tree(match[1], inputs.root, inputs.base)
            found.append(compile_finding(match[5], match[4] or "", path, whole(match[2]), whole(match[3])))
        elif (match := _ERROR.match(line)) and not match[2].startswith(_SUMMARIES):
            block = _block(lines, n)
            where = next((place for text in block[1:4] if (place := _PLACE.match(text))), None)
            if where is None:
                continue
            path = in_tree(where[1], inputs.root, inputs.base)
            rule = match[1] or _lint(block)
            # The reason is told at the first error of a lint only; the text says which lint the others are of.
            shape = re.sub(r"`[^`]*`", "``", match[2])
            rule = rule or lints.get(shape, "")
            lints.setdefault(shape, rule)
            finding = compile_finding(match[2], rule, path, whole(where[2]), whole(where[3]), "\n".join(block))
            found.append(finding)
    return found


def _block(lines: list[str], start: int) -> list[str]:
    """The lines of one error: up to the empty line behind it."""
    end = next((n for n in range(start + 1, min(start + _BLOCK_CAP, len(lines))) if not lines[n].strip()), None)
    return lines[start : end if end is not None else start + _BLOCK_CAP]


def _lint(block: list[str]) -> str:
    """The lint behind an error, by the notes; a lint that a group brought in is told last."""
    named = [(hit[1] or hit[2]).replace("-", "_") for line in block for hit in _LINT.finditer(line)]
    narrow = [name for name in named if name not in _GROUPS]
    return narrow[0] if narrow else ""


def compile_finding(said: str, rule: str, path: str, line: int, column: int, shown: str = "") -> Finding:
    """An error with a lint's name is one rule in one file; any other stops the compiler."""
    lint = bool(rule) and not _CODE.match(rule)
    return Finding(
        key=lint_key(rule, path) if lint else "",
        kind=Kind.LINT if lint else Kind.TOP,
        message=message(said),
        rule=one_line(rule)[:100] or "error",
        path=path,
        line=line,
        column=column,
        title="" if lint else "the code could not be compiled",
        output=tail(shown),
    )
