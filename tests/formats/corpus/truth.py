"""The machine output of the real tools → (file, line) of everything red, written apart from the product's parsers.

For a failed test the place is where the report of its tool puts it: the innermost frame in the test's own file. Each
reader gets the text of the machine output and the folder the project lay in, and gives paths relative to it.
"""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

Place = tuple[str, int]


def inside(path: str, root: str) -> str:
    """``path`` relative to ``root``; empty for a file outside of it."""
    path = path.removeprefix("file://")
    relative = os.path.relpath(os.path.join(root, path), root)
    return "" if relative.startswith("..") or "node_modules" in relative else relative


def pytest_json(text: str, root: str) -> Iterator[Place]:
    """pytest-json-report: tests by phase; a file that did not load is told by text alone."""
    report = json.loads(text)
    for test in report.get("tests", []):
        own = test["nodeid"].partition("::")[0]
        for phase in ("setup", "call", "teardown"):
            told = test.get(phase, {})
            if told.get("outcome") != "failed":
                continue
            entries = [*told.get("traceback", []), told.get("crash", {})]
            lines = [e["lineno"] for e in entries if e and inside(e["path"], root) == own]
            yield own, lines[-1] if lines else 0
            break
    for collector in report.get("collectors", []):
        if collector["outcome"] == "failed" and collector["nodeid"].endswith(".py"):
            own = collector["nodeid"]
            places = re.findall(r'(?:File ")?([\w./-]+\.py)(?:", line |:)(\d+)', collector["longrepr"])
            lines = [int(line) for path, line in places if inside(path, root) == own]
            yield own, lines[-1] if lines else 0


def unittest_json(text: str, root: str) -> Iterator[Place]:
    """What ``run.py`` of the projects writes: a test's name and its frames."""
    for name, frames, said in json.loads(text):
        if "_FailedTest" in name:
            # What a module raised when it was loaded is in the text of the error alone.
            places = re.findall(r'File "([^"]+)", line (\d+)', said)
            own = [(inside(path, root), int(line)) for path, line in places if inside(path, root)]
            yield own[-1] if own else ("", 0)
            continue
        module = re.search(r"\(([\w.]+)", name)
        parts = module[1].split(".") if module else []
        for n in range(len(parts), 0, -1):
            own = "/".join(parts[:n]) + ".py"
            lines = [line for path, line in frames if inside(path, root) == own]
            if lines:
                yield own, lines[-1]
                break


def ruff_json(text: str, root: str) -> Iterator[Place]:
    for entry in json.loads(text):
        yield inside(entry["filename"], root), entry["location"]["row"]


def mypy_json(text: str, root: str) -> Iterator[Place]:
    for line in text.splitlines():
        if line.startswith("{") and (entry := json.loads(line))["severity"] == "error":
            yield inside(entry["file"], root), entry["line"]


def eslint_json(text: str, root: str) -> Iterator[Place]:
    """Errors; warnings too where a run that has none but them is red."""
    found = [(file, message) for file in json.loads(text) for message in file["messages"]]
    counts_warnings = not any(message["severity"] == 2 for _, message in found)
    for file, message in found:
        if message["severity"] == 2 or counts_warnings:
            yield inside(file["filePath"], root), message.get("line", 0)


def pairs_json(text: str, root: str) -> Iterator[Place]:
    """Pairs that a script of the project wrote by its compiler's own interface."""
    for path, line in json.loads(text):
        yield inside(path, root), line


def script_tests_json(text: str, root: str) -> Iterator[Place]:
    """jest and vitest: the stacks of the failure messages."""
    for suite in json.loads(text)["testResults"]:
        own = inside(suite["name"], root)
        if suite["status"] == "failed" and not suite["assertionResults"]:
            # A file that was not loaded has a text alone; jest shows paths in it relative to the project.
            said = re.sub(r"\x1b\[[\d;]*m", "", suite.get("message", ""))
            lines = re.findall(re.escape(own) + r":(\d+):\d+", said)
            yield own, int(lines[-1]) if lines else 0
        for test in suite["assertionResults"]:
            if test["status"] != "failed":
                continue
            stack = "\n".join(test["failureMessages"])
            lines = [
                int(line) for path, line in re.findall(r"((?:file://)?/[^\s():]+):(\d+):\d+", stack)
                if inside(path, root) == own
            ]  # fmt: skip
            # A stack begins with the innermost call.
            yield own, lines[0] if lines else 0


def go_json(text: str, root: str) -> Iterator[Place]:
    """Events of ``go test -json``: each failed test without failed subtests, at the first line it tells; a panic at the
    frame in the test's file.
    """
    output: dict[tuple[str, str], str] = {}
    failed: list[tuple[str, str]] = []
    for line in text.splitlines():
        if not line.startswith("{"):
            continue
        event = json.loads(line)
        key = event.get("Package", ""), event.get("Test", "")
        if event["Action"] == "output":
            output[key] = output.get(key, "") + event["Output"]
        elif event["Action"] == "fail" and key[1]:
            failed.append(key)
    module = re.search(r"^module (\S+)", Path(root, "go.mod").read_text(), re.MULTILINE)
    for package, test in failed:
        if any(other.startswith(test + "/") and p == package for p, other in failed):
            continue
        said = output.get((package, test), "")
        folder = package.removeprefix(module[1] if module else "").strip("/")
        if "panic: " in said:
            frames = re.findall(r"^\t(/\S+_test\.go):(\d+)", said, re.MULTILINE)
            yield (inside(frames[0][0], root), int(frames[0][1])) if frames else ("", 0)
            continue
        first = re.search(r"^ {4,}(\w+\.go):(\d+):", said, re.MULTILINE)
        yield (os.path.join(folder, first[1]), int(first[2])) if first else ("", 0)


def go_vet_json(text: str, root: str) -> Iterator[Place]:
    for path, line in re.findall(r'"posn": "([^":]+):(\d+):\d+"', text):
        yield inside(path, root), int(line)


def go_build_json(text: str, root: str) -> Iterator[Place]:
    """The ``build-output`` events of Go 1.24 and newer."""
    for line in text.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("Action") == "build-output" and (place := re.match(r"(?:vet: )?(\S+\.go):(\d+)", event["Output"])):
            yield inside(place[1], root), int(place[2])


def cargo_json(text: str, root: str) -> Iterator[Place]:
    for line in text.splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("reason") != "compiler-message" or entry["message"]["level"] != "error":
            continue
        for span in entry["message"]["spans"]:
            if span["is_primary"]:
                yield inside(span["file_name"], root), span["line_start"]
                break


def libtest_json(text: str, root: str) -> Iterator[Place]:
    """libtest's events, which carry what the test printed; the place of a panic, or of the documentation."""
    for line in text.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("type") != "test" or event.get("event") != "failed":
            continue
        if doc := re.match(r"(\S+\.rs) - .*\(line (\d+)\)", event["name"]):
            yield doc[1], int(doc[2])
            continue
        place = re.search(r"panicked at (?:'.*', )?([^\s:]+\.rs):(\d+):\d+", event.get("stdout", ""), re.DOTALL)
        yield (inside(place[1], root), int(place[2])) if place and not place[1].startswith("/") else ("", 0)


def gcc_json(text: str, root: str) -> Iterator[Place]:
    """One JSON array per unit; ``make`` says in between where it is."""
    folder = root
    for line in text.splitlines():
        if entered := re.search(r"Entering directory '(.+)'", line):
            folder = entered[1]
        elif re.search(r"Leaving directory", line):
            folder = root
        elif line.startswith("[{"):
            for entry in json.loads(line):
                if entry["kind"] in ("error", "fatal error"):
                    caret = entry["locations"][0]["caret"]
                    yield inside(os.path.join(folder, caret["file"]), root), caret["line"]


def surefire_xml(text: str, root: str) -> Iterator[Place]:
    """The reports of surefire, one after the other: the frame of the test's own class."""
    for document in re.split(r"(?=<\?xml )", text):
        if not document.strip():
            continue
        for case in ElementTree.fromstring(document).iter("testcase"):
            for red in (*case.iter("failure"), *case.iter("error")):
                owner = case.get("classname", "").partition("$")[0]
                stack = (red.text or "").partition("\nCaused by")[0]
                frames = re.findall(r"at (?:[\w.]+//?)?([\w.$]+)\.([\w$<>]+)\((\w+\.java):(\d+)\)", stack)
                own = [f for f in frames if f[0].partition("$")[0] == owner]
                method = re.split(r"[(\[{ ]", case.get("name", ""))[0]
                best = next((f for f in own if f[1] == method), own[0] if own else None)
                if best:
                    name = owner.rpartition(".")[0].replace(".", "/") + "/" + best[2]
                    yield next((p for p in files_below(root) if p.endswith("/" + name)), ""), int(best[3])


def vitest_xml(text: str, root: str) -> Iterator[Place]:
    """vitest's JUnit report: ``❯ file:line:column`` in the test's own file."""
    for suite in ElementTree.fromstring(text).iter("testsuite"):
        own = suite.get("name", "")
        for case in suite.iter("testcase"):
            for red in case.iter("failure"):
                lines = re.findall(re.escape(own) + r":(\d+):\d+", red.text or "")
                yield own, int(lines[-1]) if lines else 0


def javac_raw(text: str, root: str) -> Iterator[Place]:
    """``javac -XDrawDiagnostics``: ``Name.java:line:column: compiler.err.…``."""
    for name, line in re.findall(r"^(\w+\.java):(\d+):\d+: compiler\.err", text, re.MULTILINE):
        yield next((p for p in files_below(root) if p.endswith("/" + name)), ""), int(line)


def clang_json(text: str, root: str) -> Iterator[Place]:
    """What ``libclang`` told, as ``[file, line, severity]``; severity 3 is an error."""
    for path, line, severity in json.loads(text):
        if severity >= 3:
            yield inside(path, root), line


def files_below(root: str) -> list[str]:
    """All files of the project."""
    found = [os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names]
    return sorted(
        os.path.relpath(path, root) for path in found if "/target/" not in path and "node_modules" not in path
    )


READERS: dict[str, Callable[[str, str], Iterator[Place]]] = {
    name: reader for name, reader in list(globals().items()) if name.endswith(("_json", "_xml", "_raw"))
}


def distinct(places: Iterator[Place]) -> list[Place]:
    """The distinct places, sorted; those without a file or a line are left out."""
    return sorted({(path, line) for path, line in places if path and line})
