"""Truth of the tools that no parser was written for; see ``truth.py``."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from truth import Place, inside


def places_raw(text: str, root: str) -> Iterator[Place]:
    """``path<tab>line`` as a tool's own template writes it."""
    for path, line in re.findall(r"^(\S+)\t(\d+)$", text, re.MULTILINE):
        yield inside(path, root), int(line)


def pylint_json(text: str, root: str) -> Iterator[Place]:
    for entry in json.loads(text):
        yield inside(entry["path"], root), entry["line"]


def yamllint_raw(text: str, root: str) -> Iterator[Place]:
    """The parsable format; only errors make yamllint fail."""
    for path, line, level in re.findall(r"^(\S+?):(\d+):\d+: \[(\w+)\]", text, re.MULTILINE):
        if level == "error":
            yield inside(path, root), int(line)


def bandit_json(text: str, root: str) -> Iterator[Place]:
    for entry in json.loads(text)["results"]:
        yield inside(entry["filename"], root), entry["line_number"]


def nose_xml(text: str, root: str) -> Iterator[Place]:
    """nose2's JUnit report: tests of classes and functions, with Python's own tracebacks."""
    for case in ElementTree.fromstring(text).iter("testcase"):
        for red in (*case.iter("failure"), *case.iter("error")):
            frames = re.findall(r'File "([^"]+)", line (\d+)', (red.get("message") or "") + (red.text or ""))
            own = [(inside(p, root), int(n)) for p, n in frames if Path(p).name.startswith("test_")]
            yield own[-1] if own else ("", 0)


def mocha_json(text: str, root: str) -> Iterator[Place]:
    for failure in json.loads(text[text.index("{\n") :])["failures"]:
        yield own_frame(failure["err"].get("stack", ""), ("mocha/", "checks/"), root)


def own_frame(stack: str, below: tuple[str, ...], root: str) -> Place:
    """The innermost frame below one of the folders of tests."""
    frames = re.findall(r"((?:file://)?/[^\s():]+|[\w./-]+\.[cm]?js):(\d+):\d+", stack)
    own = [(inside(path, root), int(line)) for path, line in frames if inside(path, root).startswith(below)]
    return own[0] if own else ("", 0)


def stylelint_json(text: str, root: str) -> Iterator[Place]:
    for file in json.loads(text):
        for warning in file["warnings"]:
            yield inside(file["source"], root), warning["line"]


def biome_json(text: str, root: str) -> Iterator[Place]:
    """Errors; a place is a byte offset, or a line where the version tells one."""
    for entry in json.loads(text[text.index("{") : text.rindex("}") + 1])["diagnostics"]:
        if entry["severity"] not in ("error", "fatal"):
            continue
        location = entry["location"]
        path = location["path"]["file"] if isinstance(location["path"], dict) else location["path"]
        if location.get("start"):
            yield inside(path, root), location["start"]["line"]
        elif location.get("span"):
            yield inside(path, root), line_at(Path(root, path), location["span"][0])


def line_at(path: Path, offset: int) -> int:
    """The line of a byte offset."""
    return path.read_bytes()[:offset].count(b"\n") + 1


def oxlint_json(text: str, root: str) -> Iterator[Place]:
    """Errors, or the warnings where there are only warnings and they are denied."""
    entries = json.loads(text)["diagnostics"]
    errors = [entry for entry in entries if entry["severity"] == "error"]
    for entry in errors or entries:
        span = entry["labels"][0]["span"]
        yield (
            inside(entry["filename"], root),
            span.get("line") or line_at(Path(root, entry["filename"]), span["offset"]),
        )


def pyright_json(text: str, root: str) -> Iterator[Place]:
    for entry in json.loads(text)["generalDiagnostics"]:
        if entry["severity"] == "error":
            yield inside(entry["file"], root), entry["range"]["start"]["line"] + 1


def markdownlint_json(text: str, root: str) -> Iterator[Place]:
    for entry in json.loads(text):
        yield inside(entry["fileName"], root), entry["lineNumber"]


def shellcheck_json(text: str, root: str) -> Iterator[Place]:
    """All levels make shellcheck fail; the formats for gcc and for people show them all."""
    for entry in json.loads(text):
        yield inside(entry["file"], root), entry["line"]


def tidy_raw(text: str, root: str) -> Iterator[Place]:
    """``--export-fixes``: YAML with byte offsets."""
    for entry in yaml.safe_load(text)["Diagnostics"]:
        message = entry["DiagnosticMessage"]
        if inside(message["FilePath"], root):
            yield inside(message["FilePath"], root), line_at(Path(message["FilePath"]), message["FileOffset"])


def cpplint_xml(text: str, root: str) -> Iterator[Place]:
    """Its JUnit report: one case per file, with ``line: text`` per problem."""
    for case in ElementTree.fromstring(text).iter("testcase"):
        for failure in case.iter("failure"):
            for line in re.findall(r"^(\d+): ", failure.text or "", re.MULTILINE):
                yield inside(case.get("name", ""), root), int(line)


def htmlhint_json(text: str, root: str) -> Iterator[Place]:
    for file in json.loads(text):
        for entry in file["messages"]:
            if entry["type"] == "error":
                yield inside(file["file"], root), entry["line"]


def checkstyle_xml(text: str, root: str) -> Iterator[Place]:
    """jshint, whose every level is red."""
    for file in ElementTree.fromstring(text).iter("file"):
        for entry in file.iter("error"):
            yield inside(file.get("name", ""), root), int(entry.get("line", "0"))


READERS: dict[str, Callable[[str, str], Iterator[Place]]] = {
    name: reader for name, reader in list(globals().items()) if name.endswith(("_json", "_xml", "_raw"))
}
