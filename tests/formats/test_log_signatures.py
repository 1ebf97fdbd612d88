"""A failure that a CI log tells is the same failure as a local check finds: equal signatures, by real runs of both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.formats.ci_log import local_format, log_signature, read_job_log
from agent_orchestrator.formats.signature import signature
from agent_orchestrator.plugins.check.tool import LISTING_DIR

RUNNER = "/home/runner/work/demo/demo"


@pytest.fixture
def run(tmp_path: Path, bundle) -> Callable[..., tuple[str, Path]]:
    def run(project: str, *arguments: str, **env: str) -> tuple[str, Path]:
        root = tmp_path / "tree"
        if not root.exists():
            bundle.unpack(project, root)
        ended = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=root,
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CI": "true", "PYTHONDONTWRITEBYTECODE": "1"} | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return ended.stdout, root

    return run


def by_key(tool: str, findings) -> dict[str, str]:
    return {finding.key: signature(tool, finding) for finding in findings}


def in_log(wrap, text: str, root: Path, formats=()) -> dict[str, str]:
    """Signatures by key out of the text as a job's log, which was written in another folder."""
    log = read_job_log(wrap.github(text.replace(str(root), RUNNER), "run", RUNNER, 1))
    return {told.finding.key: log_signature(told.tool, told.finding, formats) for told in log.findings}


@pytest.mark.parametrize("style", ["long", "short"])
@pytest.mark.parametrize("project", ["py_shop", "py_collect"])
def test_pytest_by_its_listing(run, wrap, tmp_path: Path, project: str, style: str):
    listing, report = tmp_path / "listing", tmp_path / "report"
    arguments = ["pytest", "-p", "no:cacheprovider", "-p", "ao_listing", f"--tb={style}", f"--junitxml={report}"]
    text, root = run(
        project, *arguments, AO_LISTING=str(listing), AO_TREE=str(tmp_path / "tree"), PYTHONPATH=LISTING_DIR
    )
    inputs = Inputs(text.encode(), 1, str(root), report=report.read_bytes(), listing=listing.read_bytes())
    local = by_key("pytest", parse("pytest", inputs).findings)
    assert len(local) > 2
    assert in_log(wrap, text, root) == local


def test_pytest_by_its_junit_report(run, wrap, tmp_path: Path):
    report = tmp_path / "report"
    text, root = run("py_shop", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}")
    found = parse("junit", Inputs(text.encode(), 1, str(root), report=report.read_bytes())).findings
    local = by_key("junit", found)
    assert len(local) > 10
    assert in_log(wrap, text, root, formats=["junit"]) == local


def test_unittest(run, wrap, tmp_path: Path):
    out = str(tmp_path / "out")
    text, root = run("py_unit", "unittest", "discover", "-v", OUT=out)
    local = by_key("unittest", parse("unittest", Inputs(text.encode(), 1, str(root))).findings)
    assert len(local) > 5
    assert in_log(wrap, text, root) == local


def test_ruff(run, wrap):
    text, root = run("py_lint", "ruff", "check", "--no-cache", "--output-format", "json")
    local = by_key("ruff", parse("ruff", Inputs(text[text.index("[") :].encode(), 1, str(root))).findings)
    printed, _ = run("py_lint", "ruff", "check", "--no-cache")
    assert len(local) > 8
    assert in_log(wrap, printed, root) == local


def test_mypy(run, wrap):
    text, root = run("py_lint", "mypy", "--cache-dir", os.devnull, "src")
    local = by_key("mypy", parse("mypy", Inputs(text.encode(), 1, str(root))).findings)
    assert len(local) > 5
    assert in_log(wrap, text, root) == local


@pytest.mark.parametrize(
    ("case", "format_name"), [("cargo-test", "cargo"), ("gcc-12-make", "gcc"), ("maven-surefire-325", "maven")]
)
def test_compilers_print_in_ci_what_they_print_locally(corpus, case: str, format_name: str):
    log, told = corpus.read(case)
    text = (corpus.LOGS / f"{case}.log").read_bytes()
    report = parse(format_name, Inputs(text, told["exit"], told["root"]))
    local = {(f.path, f.line): signature(format_name, f) for f in report.findings}
    assert report.complete
    assert {
        (t.finding.path, t.finding.line): log_signature(t.tool, t.finding, [format_name]) for t in log.findings
    } == local


@pytest.mark.parametrize("case", ["jest-29", "vitest-2"])
def test_tests_of_scripts_by_the_junit_report_of_the_same_run(corpus, case: str):
    log, told = corpus.read(case)
    report = (corpus.LOGS / f"{case}.junit.xml").read_bytes()
    local = by_key("junit", parse("junit", Inputs(b"", 1, told["root"], report=report)).findings)
    logged = {t.finding.key: log_signature(t.tool, t.finding) for t in log.findings}
    # jest shows the parts of a name with the same sign that this name holds.
    ambiguous = "test/other.test.js::a › strange name"
    assert len(local) > 7
    assert {key: logged.get(key) for key in local if key != ambiguous} == {
        key: value for key, value in local.items() if key != ambiguous
    }


@pytest.mark.parametrize(
    ("tool", "formats", "expected"),
    [
        ("pytest", (), "pytest"),
        ("pytest", ("ruff", "junit"), "junit"),
        ("maven", ("maven",), "maven"),
        ("jest", ("mypy",), "junit"),
        ("", (), "regex"),
    ],
)
def test_the_format_is_that_of_the_projects_own_check(tool: str, formats: tuple[str, ...], expected: str):
    assert local_format(tool, formats) == expected
