"""Which local check would have found what a log tells, and so which signature it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import evolve

from agent_orchestrator.formats.signature import signature
from agent_orchestrator.model.report import Finding

#: The formats by which a local check reads each tool, the most telling first.
READ_BY: Mapping[str, tuple[str, ...]] = {
    "pytest": ("pytest", "junit"),
    "unittest": ("unittest", "junit"),
    "ruff": ("ruff", "sarif", "regex"),
    "mypy": ("mypy", "regex"),
    "eslint": ("regex", "sarif"),
    "tsc": ("regex",),
    "jest": ("junit",),
    "vitest": ("junit",),
    "go": ("go-json",),
    "cargo": ("cargo",),
    "maven": ("junit", "maven"),
    "gcc": ("gcc", "sarif"),
    "tap": ("tap",),
    "junit": ("junit", "pytest"),
    "github": ("github",),
}


def local_format(tool: str, formats: Collection[str] = ()) -> str:
    """The format of the project's check for ``tool``: the first that reads it among ``formats``, else the usual one."""
    candidates = READ_BY.get(tool, ("regex",))
    return next((name for name in candidates if name in formats), candidates[0])


def as_local(tool: str, finding: Finding, formats: Collection[str] = ()) -> Finding:
    """``finding`` as the project's check tells it: our listing of pytest says a plain assertion without its type, as
    pytest prints it where it is short; its JUnit report is as pytest prints it.
    """
    if local_format(tool, formats) == "pytest" and finding.message.startswith("AssertionError: assert "):
        return evolve(finding, message=finding.message.removeprefix("AssertionError: "))
    return finding


def log_signature(tool: str, finding: Finding, formats: Collection[str] = ()) -> str:
    """The signature that a local check gives the same failure; ``formats`` are those of the project's checks.

    It is equal as far as a log tells what a report does. Not equal are: tests of which only the short summary was
    printed (``pytest --tb=no``), because the innermost frame is missing; messages longer than a tool prints for
    people; jest's tests with `` › `` in their names, and its files that did not load, which jest-junit leaves out;
    pytest's long style where a frame's ``def`` line was not printed; eslint and compilers through SARIF, whose keys
    are of another kind; and tools that are known by the shape of their lines alone, unless the project's own pattern
    gives the same rule and message.
    """
    return signature(local_format(tool, formats), as_local(tool, finding, formats))
