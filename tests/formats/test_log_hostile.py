"""Logs that were made to harm: nothing raises, takes long, or leads out of the repository."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_orchestrator.formats.ci_log import read_job_log, steps_of
from agent_orchestrator.formats.ci_log.job import FINDING_CAP
from agent_orchestrator.formats.text import MESSAGE_CAP, OUTPUT_CAP

FRAGMENTS = [
    "2026-01-01T00:00:00.0000000Z ",
    "\ufeff",
    "##[group]Run x\n",
    "##[endgroup]\n",
    "##[error]",
    "\n",
    "\r\n",
    "##[error]Process completed with exit code 1.\n",
    "section_start:1:step_script\r\x1b[0K",
    "section_end:1:a\r\x1b[0K",
    "2026-01-01T00:00:00.000000Z 00O+",
    "ERROR: Job failed: exit code 1\n",
    "/home/runner/work/x/x/",
    "/builds/a/b/",
    "../../etc/passwd:1:2: error: x\n",
    "/etc/passwd:3: error: x\n",
    "src/../../y.py:3:1: error: x\n",
    "a.py:1:2: error: m\n",
    "/home/runner/work/x/x/../../z.c:1:1: error: x\n",
    "D:\\a\\x\\x\\..\\..\\q.c:1:1: error: x\n",
    "file:///etc/x.js:1:2: e\n",
    "=== FAILURES ===\n",
    "___ test_a ___\n",
    "E   assert 1\n",
    "tests/test_a.py:3: AssertionError\n",
    "=== 1 failed in 1s ===\n",
    "=== short test summary info ===\n",
    "FAILED ../t.py::x[a - b] - m\n",
    "FAILED t.py::x - m\n",
    "=" * 70 + "\n",
    "FAIL: test_a (m.T)\n",
    "Ran 1 test in 0s\n",
    " FAIL  src/a.test.ts > x\n",
    "FAIL ../a.test.js\n",
    "  ● a › b\n",
    "    at f (../../a.js:1:2)\n",
    " ❯ /x/a.ts:1:2\n",
    "--- FAIL: TestX (0.00s)\n",
    "    x_test.go:3: m\n",
    "FAIL\ta/b\t0.1s\n",
    "# a/b\n",
    "../x.go:1:2: m\n",
    "panic: x\n",
    "goroutine 1 [running]:\n",
    "\t/x/a_test.go:3 +0x1\n",
    "error[E0308]: m\n",
    " --> ../../x.rs:1:2\n",
    "---- a stdout ----\n",
    "thread 'a' panicked at ../x.rs:1:2:\n",
    "failures:\n",
    "[ERROR] /x/A.java:[1,2] m\n",
    "[ERROR] a.B.c -- Time elapsed: 1 s <<< FAILURE!\n",
    "\tat a.B.c(B.java:3)\n",
    "/x/a.js\n",
    "  1:2  error  m  r\n",
    "Found 1 error.\n",
    "make: Entering directory '/x'\n",
    "TAP version 13\n",
    "1..2\n",
    "not ok 1 - ../a.js\n",
    "  ---\n",
    "  ...\n",
    "  at: {a: 1}\n",
    "Traceback (most recent call last):\n",
    '  File "../x.py", line 3\n',
    "\x1b[31m",
    "\x00",
    "\ud800",
    "9" * 30,
]
LOGS = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(
    lambda parts: "".join(parts).encode("utf-8", "surrogatepass")
)
PATHS = st.none() | st.just(["a.py", "src/a.test.ts", "tests/test_a.py", "etc/passwd"])


@settings(max_examples=400, deadline=None)
@given(data=LOGS | st.binary(max_size=300), paths=PATHS, root=st.sampled_from(["", "/", "/home/runner/work/x/x", "."]))
def test_no_log_raises_and_every_path_stays_in_the_repository(data, paths, root):
    log = read_job_log(data, paths, root)
    repr(log).encode("utf-8")
    for told in log.findings:
        named = [told.finding.path, *(frame.path for frame in told.finding.frames)]
        assert all(not path.startswith("/") and ".." not in path.split("/") for path in named)
        assert paths is None or told.finding.path in ("", *paths)
        assert len(told.finding.message) <= MESSAGE_CAP
        assert len(told.finding.output) <= OUTPUT_CAP


@pytest.mark.parametrize(
    "line",
    [
        "a/" * 900 + "x",
        "a.a" * 600 + ":",
        "a.py:1" * 300,
        "a.b.c" * 300 + " -- Time elapsed: ",
        "\tat " + "a." * 900,
        "[ERROR] /" + "a/" * 900,
        "--- FAIL: " + "a/" * 900,
        "    " + "a" * 1900 + ".go:",
        "FAILED " + "a::" * 600,
        "___ " + "_ " * 900,
        "=== " + "= " * 900,
        " FAIL  " + "a > " * 400,
        "  ● " + "a › " * 400,
        "error[E0001]: " + "`" * 1900,
        "-D " * 600,
        "  at " + "(" * 1900,
        " ❯ " + "a " * 900,
        "[-W" * 600 + ": error: ",
        "section_start:1:" * 100,
        "D:\\a\\" * 300,
        "/home/runner/work/" * 100,
        "not ok " + "# " * 900,
        "  " * 900 + "x: |",
        "thread '" + "'" * 1900,
        "##[error]" * 200,
        "::error " + "a=b," * 400,
        "a.ts(1,2): error TS" + "1" * 1900,
        "1:2  error  " + "a  " * 600,
        "_" * 1990,
        " " * 1990,
    ],
)
def test_lines_made_to_backtrack_are_read_in_time(line):
    data = "".join(f"2026-01-01T00:00:00.0000000Z {line}\n" for _ in range(500)).encode()
    started = time.process_time()
    read_job_log(data)
    assert time.process_time() - started < 5


def test_a_log_of_ten_megabytes_is_read_in_seconds(corpus):
    data, told = corpus.job("pytest-8-long")
    noise = b"2026-01-01T00:00:00.0000000Z   Downloading package-1.2.3/wheel.whl (12.3 MB): 45% of src/app.py done\r\n"
    middle = data.index(b"##[error]Process")
    long = data[: middle - 29] + noise * (10 * 1024 * 1024 // len(noise)) + data[middle - 29 :]
    started = time.process_time()
    log = read_job_log(long, told["files"])
    assert time.process_time() - started < 15
    places = {(t.finding.path, t.finding.line) for t in log.findings if t.finding.line}
    assert places == {tuple(place) for place in told["truth"]}


def test_ten_megabytes_of_red_lines_are_capped():
    line = b"2026-01-01T00:00:00.0000000Z src/a.py:%d:1: error: wrong\n"
    data = b"".join(line % n for n in range(180_000))
    started = time.process_time()
    log = read_job_log(data)
    assert time.process_time() - started < 15
    assert (len(log.findings), log.cut) == (FINDING_CAP, True)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=2000))
def test_steps_lose_no_line_that_has_no_mark(data):
    plain = data.replace(b"#", b"").replace(b"$", b"").replace(b"\r", b"")
    (step, *others) = steps_of(plain) or (None,)
    assert others == []
    assert step is None or len(step.lines) == plain.decode("utf-8", "replace").count("\n") + 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "case",
    [
        *(
            "pytest-8-long",
            "pytest-8-native",
            "unittest-verbose",
            "eslint-9-stylish",
            "ruff-08-full",
            "jest-29",
            "vitest-2",
        ),
        *("go-122", "go-122-verbose", "cargo-test", "cargo-build", "gcc-12-make", "g++-12", "maven-surefire-325"),
        *("maven-compile", "h-node-test-tap", "h-mocha-11"),
    ],
)
def test_megabytes_of_what_a_tool_prints_are_read_in_seconds(corpus, wrap, case: str):
    told = corpus.job(case)[1]
    text = (corpus.LOGS / f"{case}.log").read_text(encoding="utf-8")
    # A number in the names keeps the repetitions apart, as many failures of one suite are.
    size = 4 * 1024 * 1024
    many = "".join(text.replace("test_", f"test_{n}_").replace("Test", f"Test{n}") for n in range(size // len(text)))
    data = wrap.github(many, told["command"], told["root"], told["exit"])
    started = time.process_time()
    read_job_log(data)
    assert time.process_time() - started < 15
