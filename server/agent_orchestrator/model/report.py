"""What a check's tool reported, in one normal form.

A parser in ``formats/`` turns the bytes of a tool into a :class:`Report`; everything after that (red sets, failures,
diagnostics) speaks only this form, so that a failure found locally and the same failure found in CI are one failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen


class Outcome(StrEnum):
    """How a test item ended. An item that is not in a report is *absent*, which is neither of these."""

    PASS = "pass"
    FAIL = "fail"
    SKIP = "skip"


class Kind(StrEnum):
    """What a finding is about."""

    TEST = "test"
    LINT = "lint"
    #: A whole scope could not be judged (collection, compile or parse error; a non-zero exit with nothing parsable).
    TOP = "top"


@frozen
class Frame:
    """One stack frame inside the repository. ``path`` is relative to the tree, with ``/``; ``line`` counts from 1.

    In a :class:`Finding` frames are ordered as Python prints them: the innermost call is the last.
    """

    path: str
    line: int
    function: str = ""


@frozen
class Finding:
    """One red thing as a tool reported it.

    ``key`` identifies it within its check: ``tests/test_a.py::test_x[1]`` for a test, ``F401@src/a.py`` for a lint rule
    in one file (several findings may share it: they are counted), and for ``Kind.TOP`` the *scope* that can not be
    judged: ``""`` for the whole check, a file path, or a test key.
    ``rule`` is the lint rule, or the exception type of a test. ``line`` and ``column`` count from 1; 0 means unknown.
    """

    key: str
    kind: Kind
    message: str
    rule: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    title: str = ""
    output: str = ""
    frames: tuple[Frame, ...] = ()
    fixable: bool = False
    url: str = ""
    #: Filled in when the result is recorded, so that a later version reads old facts as they were: the failure's
    #: signature, and the key that failures with one root cause share.
    signature: str = ""
    cluster: str = ""


@frozen
class Report:
    """A parsed report.

    ``outcomes`` maps test keys to outcomes (empty for lint and type checkers); ``findings`` lists everything red.
    ``files`` are the files of the tests by key where the tool told them (used to re-run "in its file").
    ``outside`` are absolute paths of source files outside the tree that were loaded or appear in a traceback (installed
    packages left out): one under another checkout makes the result foreign. ``listed`` is true when the tool told every
    module that it loaded, so that an empty ``outside`` is evidence and not ignorance.
    ``complete`` is false when the report is malformed or says itself that it stopped early; ``problems`` says why, in
    sentences.
    """

    outcomes: Mapping[str, Outcome] = field(factory=dict)
    findings: tuple[Finding, ...] = ()
    files: Mapping[str, str] = field(factory=dict)
    outside: tuple[str, ...] = ()
    listed: bool = False
    complete: bool = True
    problems: tuple[str, ...] = ()
