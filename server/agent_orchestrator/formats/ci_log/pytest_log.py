"""What pytest prints → findings with the keys, messages and frames that its listing and JUnit report give.

Read are the sections of ``FAILURES`` and ``ERRORS`` in the styles long, short, native and line, and the short summary,
which has the node ids (``TerminalReporter`` and ``_pytest._code.code`` of pytest 6 to 9).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import define, field

from agent_orchestrator.formats.ci_log.spans import Span
from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.junit import exception_name
from agent_orchestrator.formats.lines import whole
from agent_orchestrator.formats.paths import in_tree, test_key
from agent_orchestrator.formats.text import message, tail
from agent_orchestrator.formats.traceback import stack
from agent_orchestrator.model.report import Finding, Frame, Kind

_START = re.compile(r"^=+ (?:test session starts|FAILURES|ERRORS|short test summary info) =+$")
_TITLE = re.compile(r"^=+ ([A-Za-z][^=\n]{0,200}?) =+$")
_END = re.compile(r"^(?:=+ )?(?:no tests ran|\d+ [a-z]+)(?:, \d+ [a-z]+){0,10} in [\d.:]+s?\b.{0,40}$")
_SECTION = re.compile(r"^_{3,} (.{1,1000}?) _{3,}$|^_ (.{1,1000}) _$")
_ENTRY = re.compile(r"^(FAILED|ERROR|SUBFAIL(?:ED)?(?:\([^)]{0,200}\))?) (.+)$")
_WHEN = re.compile(r"^ERROR (collecting|at setup of|at teardown of) (.+)$")
_MARKED = re.compile(r"^E(?:   |$)")
_LINE_STYLE = re.compile(r"^(/[^:\n]{1,500}\.py):(\d{1,9}): (.*)$")
_NATIVE_END = re.compile(r"^(?:E\s+)?((?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?:: .*)?)$")
_GROUP = re.compile(r"^\s*\| (\w{0,60}ExceptionGroup: .*)$")
_CAPTURED = re.compile(r"^-+ (?:Captured|live) .{1,60} -+$")


@define
class _Session:
    """One run: the sections by the name that their header has, and the node ids of the summary with their text."""

    start: int
    end: int
    sections: list[tuple[str, list[str]]] = field(factory=list)
    red: dict[str, str] = field(factory=dict)
    one_liners: list[tuple[str, int, str]] = field(factory=list)


def pytest_spans(lines: list[str], inputs: Inputs) -> Iterator[Span]:
    """One span for each session of pytest."""
    for session in _sessions(lines):
        yield Span("pytest", session.start, session.end, tuple(_findings(session, inputs)))


def _sessions(lines: list[str]) -> Iterator[_Session]:
    n = 0
    while n < len(lines):
        if not _START.match(lines[n]):
            n += 1
            continue
        end = n + 1
        while (
            end < len(lines)
            and not _END.match(lines[end])
            and not lines[end].endswith("test session starts " + "=" * 3)
        ):
            end += 1
        end = min(end + 1, len(lines))
        yield _read(lines, n, end)
        n = end


def _read(lines: list[str], start: int, end: int) -> _Session:
    session = _Session(start, end)
    title = ""
    body: list[str] | None = None
    for line in lines[start:end]:
        if match := _TITLE.match(line):
            title, body = match[1], None
        elif title in ("FAILURES", "ERRORS") and (header := _SECTION.match(line)):
            body = []
            session.sections.append(((header[1] or header[2]).strip(), body))
        elif title == "short test summary info" and (entry := _ENTRY.match(line)):
            node, _, said = _split(entry[2])
            session.red.setdefault(node, said)
        elif title == "FAILURES" and body is None and (short := _LINE_STYLE.match(line)):
            session.one_liners.append((short[1], whole(short[2]), short[3]))
        elif body is not None:
            body.append(line)
    return session


def _split(entry: str) -> tuple[str, str, str]:
    """The node id and the message of a line of the summary; a parameter may hold `` - ``."""
    file, separator, rest = entry.partition("::")
    if not separator:
        return entry.partition(" - ")
    bracket, dash = rest.find("["), rest.find(" - ")
    if 0 <= bracket < (dash if dash >= 0 else len(rest)):
        close = rest.find("] - ", bracket)
        if close < 0:
            return entry, "", ""
        return f"{file}::{rest[: close + 1]}", " - ", rest[close + 4 :]
    name, dash_text, said = rest.partition(" - ")
    return f"{file}::{name}", dash_text, said


def _findings(session: _Session, inputs: Inputs) -> Iterator[Finding]:
    untold = dict(session.red)
    by_key = {_key(node, inputs): node for node in session.red}
    by_header: dict[str, list[str]] = {}
    for node in session.red:
        by_header.setdefault(_domain(node), []).append(node)
    found: dict[str, Finding] = {}
    # pytest shows errors first; of a test that failed and then could not be torn down, the failure is the cause.
    for header, body in sorted(session.sections, key=lambda section: section[0].startswith("ERROR at teardown")):
        finding = _section(header, body, by_header, inputs)
        untold.pop(by_key.get(finding.key, ""), None)
        found.setdefault(finding.key, finding)
    yield from found.values()
    for number, (node, said) in enumerate(untold.items()):
        # `--tb=line` has no headers; its lines come in the order of the summary.
        fits = len(session.one_liners) == len(untold)
        file, line, told = session.one_liners[number] if fits else ("", 0, "")
        yield _bare(node, told or said, in_tree(file, inputs.root, inputs.base), line, inputs)


def _key(node: str, inputs: Inputs) -> str:
    file, separator, name = node.partition("::")
    path = in_tree(file, inputs.root, inputs.base)
    return test_key(path, name, inputs.root) if separator else path


def _section(header: str, body: list[str], by_header: dict[str, list[str]], inputs: Inputs) -> Finding:
    when = _WHEN.match(header)
    name = when[2] if when else header
    # A syntax error is quoted as a frame behind pytest's mark.
    shown = [re.sub(r"^E\s+(?=File \")", "  ", line) for line in _own(body)]
    frames = stack("\n".join(shown), inputs.root, inputs.base).frames
    said = _said(shown)
    if when and when[1] == "collecting":
        file = in_tree(name.partition("::")[0], inputs.root, inputs.base)
        return _finding(file, Kind.TOP, file, file, said, frames, body)
    node = _node(name, frames, by_header.get(name, []), inputs)
    file = in_tree(node.partition("::")[0], inputs.root, inputs.base)
    return _finding(_key(node, inputs), Kind.TEST, file, node.partition("::")[2], said, frames, body)


def _own(body: list[str]) -> list[str]:
    """The lines of the failure itself, without what the test printed."""
    end = next((n for n, line in enumerate(body) if _CAPTURED.match(line)), len(body))
    return body[:end]


def _node(name: str, frames: tuple[Frame, ...], fitting: list[str], inputs: Inputs) -> str:
    """The node id of the test that a header names ``Class.test[params]``: from the summary, else from its frames."""
    files = [frame.path for frame in frames]
    seen = [node for node in fitting if in_tree(node.partition("::")[0], inputs.root, inputs.base) in files]
    if seen or fitting:
        return (seen or fitting)[0]
    plain, bracket, params = name.partition("[")
    return "::".join([files[0] if files else "", *plain.split(".")]) + bracket + params


def _domain(node: str) -> str:
    """The header of a node id (``Item.location[2]``)."""
    plain, bracket, params = node.partition("::")[2].partition("[")
    return plain.replace("::", ".") + bracket + params


def _said(body: list[str]) -> str:
    """The exception of the last block of lines that pytest marks with ``E``, else the end of a native traceback."""
    last = max((n for n, line in enumerate(body) if _MARKED.match(line)), default=-1)
    if last >= 0:
        first = last
        while first > 0 and _MARKED.match(body[first - 1]):
            first -= 1
        # The mark is indented as deep as the source is; what stands further in belongs to the message.
        indent = len(body[first]) - len(body[first][1:].lstrip())
        block = [line[indent:] if line[1:indent].isspace() else line[1:].strip() for line in body[first : last + 1]]
        broken = block[-1].strip().startswith(("SyntaxError: ", "IndentationError: "))
        return block[-1].strip() if broken else "\n".join(block)
    group = next((match[1] for line in body if (match := _GROUP.match(line))), "")
    if group:
        return group
    found = [line for line in body if line[:1].strip() and _NATIVE_END.match(line)]
    return found[-1] if found else next((line for line in body if line.strip()), "")


def _rule(body: list[str], said: str) -> str:
    """The exception's name: behind the place of the innermost frame in the long style, else in the message."""
    for line in reversed(body):
        if match := re.match(r"^\S[^:]{0,500}\.pyi?:\d{1,9}: (\w[\w.]{0,100})$", line):
            return match[1].rpartition(".")[2]
    return exception_name("", said)


def _finding(
    key: str, kind: Kind, file: str, title: str, said: str, frames: tuple[Frame, ...], body: list[str]
) -> Finding:
    own = [frame for frame in frames if frame.path == file]
    return Finding(
        key=key,
        kind=kind,
        message=message(said) or "failed without a message",
        rule=_rule(_own(body), said),
        path=file or (frames[-1].path if frames else ""),
        line=own[-1].line if own else (frames[-1].line if frames and not file else 0),
        title=title,
        output=tail("\n".join(body)),
        frames=frames,
    )


def _bare(node: str, said: str, path: str, line: int, inputs: Inputs) -> Finding:
    """A test of which the summary alone tells."""
    key, separator = _key(node, inputs), "::" in node
    file = in_tree(node.partition("::")[0], inputs.root, inputs.base)
    return Finding(
        key=key,
        kind=Kind.TEST if separator else Kind.TOP,
        message=message(said) or "failed without a message",
        rule=exception_name("", said),
        path=file,
        line=line if path == file else 0,
        title=node.partition("::")[2] or file,
    )
