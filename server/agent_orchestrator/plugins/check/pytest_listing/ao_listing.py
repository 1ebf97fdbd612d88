"""A pytest plugin that tells what a test session really did, as JSON in the file that ``AO_LISTING`` names.

It runs inside the tested project's interpreter: Python 3.8 or newer, pytest 6 or newer, standard library only, and no
import of the package it ships with. With pytest-xdist each worker sends its part to the controller, which writes.

``AO_TREE``           absolute path of the tree under test
``AO_FOREIGN_ROOTS``  other checkouts of the same repository, separated by ``os.pathsep``

Written: ``collected`` tests with file and line, ``reports`` (one per test: outcome as pytest means it, so that an xfail
is a skip and a strict xpass a failure; exception type, message, frames inside the tree), ``errors`` and ``skipped`` of
collection, ``foreign`` (source files of loaded modules under another checkout), ``stopped`` (why the session ended
early), ``workers_lost`` and ``exitstatus``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import traceback
from typing import Any

import pytest

_TEXT_CAP = 8 * 1024
_MESSAGE_CAP = 2000
_FRAME_CAP = 20
_INSTALLED = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


def pytest_configure(config: Any) -> None:
    """Start recording, unless nobody asked for a listing."""
    if os.environ.get("AO_LISTING"):
        config.pluginmanager.register(Listing(config), "ao_listing_session")


class Listing:
    """The record of one session, of the controller or of one xdist worker."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self.tree = os.environ.get("AO_TREE") or str(config.rootdir)
        self.real_tree = os.path.realpath(self.tree)
        roots = os.environ.get("AO_FOREIGN_ROOTS", "").split(os.pathsep)
        self.foreign_roots = [os.path.realpath(root) for root in roots if root]
        # Installed code is nobody's checkout. A prefix that holds a checkout (/usr with /usr/src/x) tells nothing.
        prefixes = {os.path.realpath(sys.prefix) + os.sep, os.path.realpath(sys.base_prefix) + os.sep}
        self.prefixes = [p for p in prefixes if not any(root.startswith(p) for root in self.foreign_roots)]
        self.collected = {}  # type: dict[str, dict[str, Any]]
        self.reports = {}  # type: dict[str, dict[str, Any]]
        self.errors = {}  # type: dict[str, dict[str, Any]]
        self.skipped = {}  # type: dict[str, str]
        self.foreign = set()  # type: set[str]
        self.workers_lost = 0
        self.is_worker = hasattr(config, "workerinput")

    # What ran

    def pytest_collection_finish(self, session: Any) -> None:
        """Record every collected test."""
        for item in session.items:
            line = item.location[1]
            self.collected[item.nodeid] = {"file": self.file_of(item.nodeid), "line": 0 if line is None else line + 1}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> Any:
        """Describe the exception of a failing phase while it is still an object."""
        outcome = yield
        if call.excinfo is not None:
            report = outcome.get_result()
            if report.outcome == "failed":
                # An attribute of plain values travels from an xdist worker to the controller with the report.
                report.ao = self.describe(call.excinfo.value)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: Any) -> Any:
        """Describe what a file raised when it was collected."""
        outcome = yield
        report = outcome.get_result()
        call = getattr(report, "call", None)
        if report.outcome == "failed" and call is not None and call.excinfo is not None:
            error = call.excinfo.value
            # pytest wraps what an import raised into a CollectError of its own.
            cause = error.__cause__ if type(error).__name__ == "CollectError" else None
            report.ao = self.describe(cause or error)

    def pytest_collectreport(self, report: Any) -> None:
        """Record a file or class that could not be collected, or that skipped itself."""
        if report.failed:
            self.errors.setdefault(report.nodeid, self.failure(report))
        elif report.skipped:
            self.skipped[report.nodeid] = self.file_of(report.nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Fold one phase (setup, call, teardown) into the result of its test: the worst counts."""
        known = self.reports.setdefault(report.nodeid, {"outcome": "pass", "file": self.file_of(report.nodeid)})
        if report.outcome == "failed" and known["outcome"] != "fail":
            known.update(self.failure(report), outcome="fail")
        elif report.outcome == "skipped" and known["outcome"] == "pass":
            known["outcome"] = "skip"
        location = getattr(report, "location", None)
        if location and location[1] is not None:
            known.setdefault("line", location[1] + 1)

    # xdist

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Any) -> None:
        """Record what a worker collected."""
        for nodeid in ids:
            self.collected.setdefault(nodeid, {"file": self.file_of(nodeid), "line": 0})

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: Any) -> None:
        """Take over what a worker loaded; a worker that crashed could not tell."""
        sent = (getattr(node, "workeroutput", None) or {}).get("ao_foreign")
        if sent is None:
            self.workers_lost += 1
        else:
            self.foreign.update(sent)

    # The end

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any, exitstatus: Any) -> None:
        """Write the listing, or hand it to the controller."""
        self.foreign.update(self.foreign_modules())
        if self.is_worker:
            self.config.workeroutput["ao_foreign"] = sorted(self.foreign)
            return
        self.write(
            {
                "version": 1,
                "collected": self.collected,
                "reports": self.reports,
                "errors": self.errors,
                "skipped": self.skipped,
                "foreign": sorted(self.foreign),
                "stopped": str(getattr(session, "shouldfail", "") or getattr(session, "shouldstop", "") or ""),
                "workers_lost": self.workers_lost,
                "exitstatus": int(exitstatus),
            }
        )

    def write(self, listing: dict[str, Any]) -> None:
        """Write the whole listing or nothing."""
        path = os.environ["AO_LISTING"]
        unfinished = f"{path}.{os.getpid()}.tmp"
        with open(unfinished, "w", encoding="ascii") as file:
            json.dump(listing, file)
        os.replace(unfinished, path)

    # Facts

    def file_of(self, nodeid: str) -> str:
        """The file of a node id; ids are relative to the root directory of pytest, not of the tree."""
        return self.spell(os.path.join(str(self.config.rootdir), nodeid.split("::")[0]))

    def spell(self, path: str) -> str:
        """``path`` absolute; inside the tree it is spelled as ``AO_TREE`` is, whatever links lead there."""
        real = os.path.realpath(path)
        inside = real == self.real_tree or real.startswith(self.real_tree + os.sep)
        return self.tree + real[len(self.real_tree) :] if inside else real

    def failure(self, report: Any) -> dict[str, Any]:
        """Everything that is red about one report."""
        described = dict(getattr(report, "ao", None) or {})
        text = str(report.longrepr or "")
        for title, content in getattr(report, "sections", ()):
            text += f"\n--- {title} ---\n{content}"
        described.setdefault("type", "")
        described.setdefault("message", (str(report.longrepr or "").strip().splitlines() or [""])[-1][:_MESSAGE_CAP])
        described.setdefault("frames", [])
        described["text"] = text[-_TEXT_CAP:]
        described["file"] = self.file_of(report.nodeid)
        return described

    def describe(self, error: Any) -> dict[str, Any]:
        """Type, message (as pytest shortens it for its own reports) and frames of an exception."""
        name = type(error).__name__
        try:
            said = "".join(traceback.format_exception_only(type(error), error)).strip()
        except Exception:
            said = name
        if isinstance(error, AssertionError) and said.startswith("AssertionError: assert "):
            said = said[len("AssertionError: ") :]
        if name == "Failed" and type(error).__module__.endswith("outcomes"):
            said = str(error)
        frames = self.frames(error)
        if isinstance(error, SyntaxError) and error.filename:
            frames.append([self.spell(error.filename), error.lineno or 0, ""])
            said = f"{name}: {error.msg}"
        return {"type": name, "message": said[:_MESSAGE_CAP], "frames": frames}

    def frames(self, error: Any) -> list[list[Any]]:
        """[path, line, function] of the code in the tree or in another checkout, innermost last."""
        found = []  # type: list[list[Any]]
        step = error.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            path = self.spell(code.co_filename) if not code.co_filename.startswith("<") else ""
            if path and (path.startswith(self.tree + os.sep) or self.is_foreign(path)) and not self.installed(path):
                found.append([path, step.tb_lineno, code.co_name])
                del found[:-_FRAME_CAP]
            step = step.tb_next
        return found

    def foreign_modules(self) -> set[str]:
        """Source files of loaded modules that lie under another checkout."""
        found = set()  # type: set[str]
        for module in list(sys.modules.values()):
            path = None
            with contextlib.suppress(Exception):  # a lazy module may run any code on an attribute access
                path = getattr(module, "__file__", None)
            if isinstance(path, str):
                real = os.path.realpath(path)
                if self.is_foreign(real):
                    found.add(real)
        return found

    def is_foreign(self, path: str) -> bool:
        """Under another checkout, and neither of this tree (which may lie inside one) nor an installed package."""
        if self.installed(path) or path == self.real_tree or path.startswith(self.real_tree + os.sep):
            return False
        return any(path.startswith(root + os.sep) for root in self.foreign_roots)

    def installed(self, path: str) -> bool:
        """Whether a package installer put the file there, or the interpreter's own library holds it."""
        return any(part in path for part in _INSTALLED) or any(path.startswith(prefix) for prefix in self.prefixes)
