"""A pytest session → report: the listing of our plugin is primary, pytest's own JUnit report is the cross-check.

Exit codes are those of ``pytest.ExitCode``: 0 all passed, 1 some failed, 2 interrupted, 3 internal error, 4 usage
error, 5 no tests collected.
"""

from __future__ import annotations

import re

from attrs import evolve

from agent_orchestrator.formats.inputs import Inputs
from agent_orchestrator.formats.json_text import Malformed
from agent_orchestrator.formats.junit import case_result, outside_paths
from agent_orchestrator.formats.junit_xml import Case, cases
from agent_orchestrator.formats.listing import Listing, read_listing
from agent_orchestrator.formats.settle import settle, unreadable, whole_check
from agent_orchestrator.formats.tests import gather
from agent_orchestrator.formats.text import OUTPUT_CAP, decode
from agent_orchestrator.model.report import Report

_ENDED = {
    2: "pytest was interrupted before the end",
    3: "pytest had an internal error",
    4: "pytest was used in a wrong way, or could not load a conftest.py",
    5: "pytest collected no tests; no tests are not green",
}
_STOPPED = re.compile(r"^!+ (stopping after \d+ failures?|xdist.dsession.Interrupted: .{0,80}?) !+\s*$", re.MULTILINE)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]|#x[0-9A-F]{2,4}")


def parse_pytest(inputs: Inputs) -> Report:
    """The report of one pytest run. Without the listing (the plugin was not loaded) the JUnit report stands alone, and
    ``listed`` is false.
    """
    problems: list[str] = []
    found: list[Case] | None = None
    listing: Listing | None = None
    try:
        found = cases(inputs.report) if inputs.report is not None else None
        listing = read_listing(inputs.listing, inputs) if inputs.listing is not None else None
    except Malformed as problem:
        problems.append(f"pytest: {problem}.")
    if listing is None and found is None:
        return unreadable(inputs, "pytest", problems[0] if problems else "it wrote no report.")
    if listing is not None:
        report = evolve(gather(listing.results), outside=listing.outside, listed=listing.workers_lost == 0)
        problems += _early(listing) + (_disagreement(listing, found) if found is not None else [])
    else:
        red = found or []
        report = evolve(gather(case_result(case, inputs) for case in red), outside=outside_paths(red, inputs))
    if stop := _STOPPED.search(decode(inputs.output[-4 * OUTPUT_CAP :])):
        problems.append(f"pytest ended early: {stop[1]}.")
    return _judge(report, inputs, problems)


def _judge(report: Report, inputs: Inputs, problems: list[str]) -> Report:
    reason = _ENDED.get(inputs.exit_code or 0)
    if reason:
        problems.append(f"{reason} (exit status {inputs.exit_code}).")
    elif not report.outcomes and not report.findings and not inputs.exit_code:
        # A wrapper can hide exit status 5.
        report = evolve(report, findings=(whole_check(inputs, "pytest without tests"),))
    judged = evolve(report, problems=tuple(dict.fromkeys(problems)), complete=not problems)
    return settle(judged, inputs, "pytest")


def _early(listing: Listing) -> list[str]:
    problems = []
    if listing.stopped:
        problems.append(f"pytest ended early: {listing.stopped}.")
    if listing.unrun:
        problems.append(f"{listing.unrun} collected tests have no result.")
    return problems


def _disagreement(listing: Listing, found: list[Case]) -> list[str]:
    """What the listing and the JUnit report do not agree on. Numbers of distinct red names are compared, because a
    project may set a prefix for the names in its JUnit reports.
    """
    in_junit = {
        _plain(f"{case.classname}.{case.name}".lstrip(".")) for case in found if case.result in ("failure", "error")
    }
    in_listing = {_plain(junit_name(nodeid)) for nodeid in listing.red_ids}
    if len(in_junit) == len(in_listing):
        return []
    return [f"pytest's JUnit report has {len(in_junit)} red tests, but its session had {len(in_listing)}."]


def _plain(name: str) -> str:
    return _UNPRINTABLE.sub("", name)


def junit_name(nodeid: str) -> str:
    """``classname.name`` as pytest's junitxml plugin writes it for a node id (``mangle_test_address``)."""
    path, bracket, params = nodeid.partition("[")
    file, *rest = path.split("::")
    return ".".join([re.sub(r"\.py$", "", file.replace("/", ".")), *rest]) + bracket + params
