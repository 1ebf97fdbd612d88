"""Output of gcc, clang and make → report (https://gcc.gnu.org/onlinedocs/gcc/Diagnostic-Message-Formatting-Options.html,
https://clang.llvm.org/docs/UsersManual.html#formatting-of-diagnostics).

Read are ``file:line:column: error: text [-Wflag]``, the linker's ``file:line: undefined reference``, the directories
that make enters, and the JSON of ``-fdiagnostics-format=json`` (gcc 9 to 14). A warning is red where ``-Werror`` made
it an error, because otherwise it fails nothing.
"""

from __future__ import annotations

import re

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, items, load, mapping, number, text
from agent_orchestrator.formats.lines import printed, whole
from agent_orchestrator.formats.paths import in_tree, is_outside, lint_key
from agent_orchestrator.formats.settle import settle
from agent_orchestrator.formats.text import message
from agent_orchestrator.model.report import Finding, Kind, Report

_ERROR = re.compile(
    r"^(?P<file>[^\s:][^:]{0,500}):(?P<line>\d{1,9}):(?:(?P<column>\d{1,9}):)? (?:fatal )?error: (?P<said>.+)$"
)
_LINKER = re.compile(
    r"^(?:\S{0,500}\bld(?:\.\w+)?(?:\.exe)?: )?(?P<file>[^\s:][^:]{0,500}):(?:(?P<line>\d{1,9})|\([^()]{1,200}\)): "
    r"(?P<said>(?:undefined reference to|multiple definition of) .+)$"
)
_FLAG = re.compile(r"-[Wf][\w.+=,-]{1,200}")
#: Folders that makes are in at once.
_FOLDER_CAP = 100
_MAKE = re.compile(r"^\S{0,200}make(?:\[\d{1,3}\])?: (Entering|Leaving) directory [`'](.+)'$")


def parse_gcc(inputs: Inputs) -> Report:
    """The report of one build."""
    findings = tuple(find_gcc(printed(inputs), inputs))
    outside = tuple(dict.fromkeys(finding.path for finding in findings if is_outside(finding.path)))
    return settle(Report(findings=findings, outside=outside), inputs, "the build")


def find_gcc(lines: list[str], inputs: Inputs) -> list[Finding]:
    """What is red in the lines of a build; a problem that is told twice (a header in two units) counts once."""
    found: dict[Finding, None] = {}
    folders: list[str] = []
    for line in lines:
        if match := _MAKE.match(line):
            _enter(folders, match)
        elif line.startswith("[{"):
            found.update(dict.fromkeys(_from_json(line, inputs, folders)))
        elif match := _ERROR.match(line) or _LINKER.match(line):
            found[_finding(match, inputs, folders)] = None
    return list(found)


def _enter(folders: list[str], match: re.Match[str]) -> None:
    if match[1] == "Entering":
        folders.append(match[2])
        del folders[:-_FOLDER_CAP]
    elif match[2] in folders:
        # Parallel makes are told in any order.
        del folders[len(folders) - 1 - folders[::-1].index(match[2])]


def _finding(match: re.Match[str], inputs: Inputs, folders: list[str]) -> Finding:
    said, flag = split_flag(match["said"])
    column = match["column"] if match.re is _ERROR else ""
    return red(said, flag, in_folder(match["file"], inputs, folders), whole(match["line"] or ""), whole(column or ""))


def in_folder(file: str, inputs: Inputs, folders: list[str]) -> str:
    """The path of ``file`` in the tree; a relative one starts where make was."""
    return in_tree(file, inputs.root, folders[-1] if folders else inputs.base)


def split_flag(said: str) -> tuple[str, str]:
    """The text of a message, and the warning that it is about, as in ``unused-variable``."""
    head, separator, last = said.rpartition(" [")
    if not separator or not last.endswith("]") or not _FLAG.fullmatch(last[:-1]):
        return said, ""
    return head, last[:-1].rpartition(",")[2].removeprefix("-Werror=").removeprefix("-W")


def red(said: str, flag: str, path: str, line: int, column: int) -> Finding:
    """A warning that is an error is one rule in one file; any other error leaves the file unjudged."""
    return Finding(
        key=lint_key(flag, path) if flag else path,
        kind=Kind.LINT if flag else Kind.TOP,
        message=message(said),
        rule=flag or "error",
        path=path,
        line=line,
        column=column,
    )


def _from_json(line: str, inputs: Inputs, folders: list[str]) -> list[Finding]:
    try:
        entries = items(load(line.encode("utf-8", errors="replace")))
    except Malformed:
        return []
    found = []
    for entry in map(mapping, entries):
        if text(entry.get("kind")) not in ("error", "fatal error"):
            continue
        caret = mapping(mapping(next(iter(items(entry.get("locations"))), None)).get("caret"))
        _, flag = split_flag(f"x [{text(entry.get('option'))}]")
        path = in_folder(text(caret.get("file")), inputs, folders)
        found.append(
            red(text(entry.get("message")), flag, path, number(caret.get("line")), number(caret.get("column")))
        )
    return found
