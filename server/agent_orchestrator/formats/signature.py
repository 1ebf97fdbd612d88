"""What makes two findings the same failure, and what makes different failures one task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from agent_orchestrator.formats.paths import function_of, is_test_path
from agent_orchestrator.formats.text import message
from agent_orchestrator.model.report import Finding, Frame, Kind

_TEMPORARY = re.compile(r"(['\"])(?:tmp|pytest-)[\w.-]*\1")
_PATH = re.compile(r"(?<![\w.])(?:[A-Za-z]:)?(?:[/\\][\w.@+~$-]+){2,}")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]+\b")
_HASH = re.compile(r"\b(?=[0-9a-f-]*\d)[0-9a-f]{8,}(?:-[0-9a-f]{4,}){0,4}\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)*(?:e[+-]?\d+)?")


def normalise(text: str) -> str:
    """``text`` without what changes from run to run: paths, temporary names, addresses, hashes, numbers, spacing."""
    text = _TEMPORARY.sub("<tmp>", message(text))
    text = _PATH.sub("<path>", text)
    text = _ADDRESS.sub("0x", text)
    text = _HASH.sub("<hash>", text)
    text = _NUMBER.sub("N", text)
    return " ".join(text.split())


def signature(tool: str, finding: Finding) -> str:
    """16 hexadecimal digits that are equal for one failure wherever and whenever it is found.

    Built from the tool, the test id or rule and path, the normalised message, and the innermost frame inside the
    repository without its line. ``tool`` is the kind of tool, not a check's id, which CI does not know.
    """
    return _digest(tool, finding.kind, finding.key, normalise(finding.message), *_top_frame(finding))


def root_cause(tool: str, finding: Finding) -> str:
    """16 hexadecimal digits that are equal for findings that one fix is likely to mend.

    Lint: the rule in the file. Collection errors, and exceptions raised outside the test itself: the exception, the
    message and the frame. Anything else, an assertion of a test above all: the test function, so that its parameter
    sets come together and different tests do not.
    """
    if finding.kind is Kind.LINT:
        return _digest(tool, "lint", finding.rule, finding.path)
    top = finding.frames[-1] if finding.frames else None
    if top is not None and _is_shared(finding, top):
        return _digest(tool, "raised", finding.rule, normalise(finding.message), *_top_frame(finding))
    if finding.kind is Kind.TOP and top is None:
        return _digest(tool, "top", finding.rule, normalise(finding.message))
    return _digest(tool, "test", function_of(finding.key))


def clusters(tool: str, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], ...]:
    """``findings`` grouped by root cause, in the order of their first members.

    The parameter sets of one test function come together even where their causes differ, and join what they share a
    cause with.
    """
    groups: list[tuple[set[str], list[Finding]]] = []
    for finding in findings:
        marks = {root_cause(tool, finding)}
        if finding.kind is Kind.TEST:
            marks.add(_digest(tool, "test", function_of(finding.key)))
        joined = [group for group in groups if not marks.isdisjoint(group[0])]
        if not joined:
            groups.append((marks, [finding]))
            continue
        first, *others = joined
        first[0].update(marks, *(other[0] for other in others))
        for other in others:
            first[1].extend(other[1])
            groups.remove(other)
        first[1].append(finding)
    return tuple(tuple(members) for _, members in groups)


def _is_shared(finding: Finding, top: Frame) -> bool:
    """Whether the exception came from code that other tests use too, rather than from the test that reports it."""
    if finding.kind is Kind.TOP:
        return True
    own = finding.key.partition("::")[0]
    return top.path != own and not (finding.rule in ("AssertionError", "Failed") and is_test_path(top.path))


def _top_frame(finding: Finding) -> tuple[str, str]:
    top = finding.frames[-1] if finding.frames else None
    return (top.path, top.function) if top else ("", "")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", errors="replace")).hexdigest()[:16]
