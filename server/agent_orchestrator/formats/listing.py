"""The JSON of the ``ao_listing`` pytest plugin → results, read without trusting any of it."""

from __future__ import annotations

from attrs import frozen

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed, items, load, mapping, number, text
from agent_orchestrator.formats.paths import in_tree, is_outside, test_key
from agent_orchestrator.formats.tests import Result
from agent_orchestrator.formats.text import message, one_line, tail
from agent_orchestrator.formats.traceback import Stack, from_calls
from agent_orchestrator.model.report import Finding, Kind, Outcome

_OUTCOMES = {"pass": Outcome.PASS, "fail": Outcome.FAIL, "skip": Outcome.SKIP}


@frozen
class Listing:
    """What one pytest session did. ``red_ids`` are node ids as pytest wrote them, for the comparison with the JUnit
    report; ``unrun`` counts tests that were collected and have no result; ``stopped`` says why it ended early.
    """

    results: tuple[Result, ...]
    red_ids: frozenset[str]
    outside: tuple[str, ...]
    unrun: int
    stopped: str
    workers_lost: int
    exit_status: int


def read_listing(data: bytes, inputs: Inputs) -> Listing:
    """Raises :class:`Malformed` for what is not the plugin's JSON."""
    top = mapping(load(data))
    if top.get("version") != 1:
        raise Malformed("the listing of the session has no known version")
    reports, errors, skipped = mapping(top.get("reports")), mapping(top.get("errors")), mapping(top.get("skipped"))
    collected = mapping(top.get("collected"))
    results: list[Result] = []
    outside: dict[str, None] = {one_line(text(path)): None for path in items(top.get("foreign"))}
    red: set[str] = set()
    for nodeid, value in reports.items():
        entry = mapping(value)
        outcome = _OUTCOMES.get(text(entry.get("outcome")))
        if outcome is None:
            raise Malformed(f"the listing gives {nodeid[:80]!r} no known outcome")
        key, file = _key(nodeid, entry, inputs)
        finding = None
        if outcome is Outcome.FAIL:
            red.add(nodeid)
            calls = _calls(entry, inputs)
            outside.update(dict.fromkeys(calls.outside))
            finding = _finding(key, Kind.TEST, file, entry, calls, number(mapping(collected.get(nodeid)).get("line")))
        results.append((key, file, outcome, finding))
    for nodeid, value in errors.items():
        entry = mapping(value)
        red.add(nodeid)
        key, file = _key(nodeid, entry, inputs)
        scope = "" if file == "." else file or key
        calls = _calls(entry, inputs)
        outside.update(dict.fromkeys(calls.outside))
        results.append((scope, file, None, _finding(scope, Kind.TOP, file, entry, calls, 0)))
    for nodeid, told in skipped.items():
        file = in_tree(text(told), inputs.root)
        results.append((_key(nodeid, {"file": told}, inputs)[0], file, Outcome.SKIP, None))
    return Listing(
        results=tuple(results),
        red_ids=frozenset(red),
        outside=tuple(path for path in outside if is_outside(path))[:1000],
        unrun=sum(nodeid not in reports for nodeid in collected),
        stopped=one_line(text(top.get("stopped"))),
        workers_lost=number(top.get("workers_lost")),
        exit_status=number(top.get("exitstatus")),
    )


def _key(nodeid: str, entry: dict[str, object], inputs: Inputs) -> tuple[str, str]:
    """The key of a node id with its file written relative to the tree, and that file."""
    told, separator, rest = nodeid.partition("::")
    file = in_tree(text(entry.get("file")) or told, inputs.root)
    return (test_key(file, rest, inputs.root) if separator else file), file


def _calls(entry: dict[str, object], inputs: Inputs) -> Stack:
    calls = [(parts[0], parts[1], parts[2]) for frame in items(entry.get("frames")) if len(parts := items(frame)) == 3]
    return from_calls([(text(path), number(line), text(name)) for path, line, name in calls], inputs.root)


def _finding(key: str, kind: Kind, file: str, entry: dict[str, object], calls: Stack, line: int) -> Finding:
    own = [frame.line for frame in calls.frames if frame.path == file]
    return Finding(
        key=key,
        kind=kind,
        message=message(text(entry.get("message"))) or "failed without a message",
        rule=one_line(text(entry.get("type")))[:100],
        path=file,
        line=own[-1] if own else line or number(entry.get("line")),
        title=key.partition("::")[2] or file,
        output=tail(text(entry.get("text"))),
        frames=calls.frames,
    )
