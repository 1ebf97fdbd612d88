"""JUnit XML → test cases, with a pull parser that refuses what can harm.

There is no one schema; the elements are those of Apache Ant's junitreport task as pytest, unittest-xml-reporting,
vitest and jest-junit write them. Document types are refused, and with them entity bombs and external entities.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from attrs import define, field

from agent_orchestrator.formats.json_text import SIZE_CAP, Malformed

_DEPTH_CAP = 200
_ATTRIBUTE_CAP = 4_000
_TEXT_CAP = 64 * 1024
_CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)])
_CONTROL_REFERENCE = re.compile(r"&#(?:x0*(?:[0-8bcef]|1[0-9a-f])|0*(?:[0-8]|1[124-9]|2\d|3[01]));", re.IGNORECASE)
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,60}encoding=["']([\w.-]{1,20})["']""")
_ENCODINGS = frozenset({"us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "cp1252", "utf-16"})
_REDS = ("failure", "error")


@define
class Case:
    """One ``testcase``. ``result`` is ``failure``, ``error``, ``skipped`` or, for a pass, empty."""

    classname: str
    name: str
    file: str
    line: int
    suite: str
    suite_file: str
    result: str = ""
    type: str = ""
    message: str = ""
    text: str = ""
    output: str = ""


@define
class _Builder:
    """The state of one parse: the open elements, the open suites, and the text that is being collected."""

    cases: list[Case] = field(factory=list)
    path: list[str] = field(factory=list)
    suites: list[tuple[str, str]] = field(factory=list)
    case: Case | None = None
    collected: list[str] | None = None
    size: int = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Open an element."""
        tag = tag.rpartition(":")[2]
        if not self.path and tag not in ("testsuites", "testsuite"):
            raise Malformed(f"the root element is <{tag[:80]}>, not <testsuites> or <testsuite>")
        self.path.append(tag)
        if len(self.path) > _DEPTH_CAP:
            raise Malformed(f"the elements are nested deeper than {_DEPTH_CAP}")
        read = {name: value[:_ATTRIBUTE_CAP] for name, value in attributes.items()}
        if tag == "testsuite":
            self.suites.append((read.get("name", ""), read.get("file", "") or read.get("filepath", "")))
        elif tag == "testcase":
            self._case(read)
        elif self.case is not None and tag in (*_REDS, "skipped", "system-out", "system-err"):
            self._result(self.case, tag, read)

    def _case(self, read: dict[str, str]) -> None:
        if self.case is not None:
            raise Malformed(f"a <testcase> lies inside the <testcase> {self.case.name[:80]!r}")
        if not read.get("name", "").strip():
            raise Malformed(f"<testcase> number {len(self.cases) + 1} has no name")
        suite, suite_file = self.suites[-1] if self.suites else ("", "")
        line = read.get("line", "")
        self.case = Case(
            classname=read.get("classname", ""),
            name=read["name"],
            file=read.get("file", ""),
            line=int(line) if line.isascii() and line.isdigit() and len(line) < 9 else 0,
            suite=suite,
            suite_file=suite_file,
        )

    def _result(self, case: Case, tag: str, read: dict[str, str]) -> None:
        self.collected, self.size = [], 0
        # The first red of a case is its cause; an error on teardown follows it.
        if (tag in _REDS and case.result not in _REDS) or (tag == "skipped" and not case.result):
            case.result, case.type, case.message = tag, read.get("type", ""), read.get("message", "")

    def characters(self, text: str) -> None:
        """Collect text inside a result element; of a longer one its newest part."""
        if self.collected is None:
            return
        self.collected.append(text)
        self.size += len(text)
        if self.size > 2 * _TEXT_CAP:
            self.collected = ["".join(self.collected)[-_TEXT_CAP:]]
            self.size = _TEXT_CAP

    def end(self, _tag: str) -> None:
        """Close the newest element."""
        tag = self.path.pop()
        case, text = self.case, "".join(self.collected or [])[-_TEXT_CAP:]
        if tag == "testsuite":
            self.suites.pop()
        elif case is not None and tag == "testcase":
            self.cases.append(case)
            self.case = None
        elif case is not None and self.collected is not None:
            if tag == case.result and not case.text:
                case.text = text
            elif tag in ("system-out", "system-err"):
                case.output += text
            self.collected = None

    def doctype(self, *_: object) -> None:
        """Refuse a document type: no tool writes one, and entities live there."""
        raise Malformed("the report has a document type declaration, which no test tool writes; it is refused")


def cases(data: bytes) -> list[Case]:
    """The test cases of a report in document order.

    Raises :class:`Malformed` for what is not well-formed, has a document type, is not JUnit XML, has a case without a
    name, is nested deeper than 200 elements or larger than 50 MB. Characters that XML forbids, which tools copy from
    what a test printed, are left out.
    """
    if len(data) > SIZE_CAP:
        raise Malformed(f"the report is {len(data)} bytes long; the limit is {SIZE_CAP}")
    builder = _Builder()
    parser = expat.ParserCreate(encoding="utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(_repair(data).encode("utf-8"), True)
    except expat.ExpatError as error:
        raise Malformed(f"the report is not well-formed XML: {error}") from None
    return builder.cases


def _repair(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    else:
        declared = _ENCODING.match(data)
        name = declared[1].decode("ascii").lower() if declared else "utf-8"
        encoding = name if name in _ENCODINGS else "utf-8"
    text = data.decode(encoding, errors="replace").lstrip("\ufeff")
    return _CONTROL_REFERENCE.sub("", text.translate(_CONTROL)).strip()
