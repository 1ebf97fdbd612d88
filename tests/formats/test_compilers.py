"""The formats ``cargo``, ``gcc``, ``go-json`` and ``maven``, on what the real tools print and on their pitfalls."""

from __future__ import annotations

import json

import pytest

from agent_orchestrator.formats import Inputs, parse
from agent_orchestrator.formats.paths import is_outside
from agent_orchestrator.model.report import Kind, Report


def read(format_name: str, text: str, code: int = 1, root: str = "/t") -> Report:
    return parse(format_name, Inputs(text.encode(), code, root))


@pytest.mark.parametrize(
    ("case", "format_name"),
    [
        ("cargo-build", "cargo"),
        ("cargo-build-short", "cargo"),
        ("cargo-clippy", "cargo"),
        ("cargo-test", "cargo"),
        ("clang-14", "gcc"),
        ("g++-12", "gcc"),
        ("gcc-12-make", "gcc"),
        ("maven-compile", "maven"),
        ("maven-surefire-325", "maven"),
        ("maven-surefire-color", "maven"),
    ],
)
def test_what_a_tool_prints_is_read_whole(corpus, case: str, format_name: str):
    told = corpus.job(case)[1]
    text = (corpus.LOGS / f"{case}.log").read_text(encoding="utf-8")
    report = read(format_name, text, told["exit"], told["root"])
    in_tree = {(f.path, f.line) for f in report.findings if f.line and not is_outside(f.path)}
    assert sorted(in_tree) == [tuple(place) for place in told["truth"]]
    assert report.complete


# cargo


def message(level: str, text: str, code: str, line: int) -> str:
    span = {"file_name": "src/a.rs", "line_start": line, "line_end": line, "column_start": 2, "is_primary": True}
    told = {"level": level, "message": text, "code": {"code": code}, "spans": [{"is_primary": False}, span]}
    return json.dumps({"reason": "compiler-message", "message": told}) + "\n"


def test_an_error_of_the_compiler_is_top_for_the_check_and_a_lint_is_a_rule_in_a_file():
    text = message("error", "mismatched types", "E0308", 3) + message("error", "unused", "unused_variables", 5)
    found = read("cargo", text, 101).findings
    assert [(f.kind, f.key, f.line, f.column) for f in found] == [
        (Kind.TOP, "", 3, 2),
        (Kind.LINT, "unused_variables@src/a.rs", 5, 2),
    ]


def test_warnings_of_the_compiler_and_its_summary_are_not_red():
    text = message("warning", "unused", "unused_variables", 5) + message(
        "error", "aborting due to 1 previous error", "", 0
    )
    assert [f.title for f in read("cargo", text, 101).findings if f.line == 5] == []


def test_a_library_that_is_compiled_twice_has_its_errors_once():
    assert len(read("cargo", message("error", "m", "E0308", 3) * 2, 101).findings) == 1


@pytest.mark.parametrize(
    "panic",
    [
        "thread 'a::b' panicked at 'boom', src/lib.rs:7:9",
        "thread 'a::b' panicked at src/lib.rs:7:9:\nboom",
        "thread 'a::b' (4711) panicked at src/lib.rs:7:9:\nboom\nnote: run with `RUST_BACKTRACE=1`",
    ],
    ids=["1.60", "1.73", "1.91"],
)
def test_a_panic_is_read_in_every_wording(panic: str):
    head = "     Running unittests src/lib.rs (target/debug/deps/x)\ntest a::b ... FAILED\n\nfailures:\n\n"
    text = f"{head}---- a::b stdout ----\n{panic}\n\nfailures:\n    a::b\n"
    (finding,) = read("cargo", text, 101).findings
    assert (finding.key, finding.message, finding.path, finding.line) == ("src/lib.rs::a::b", "boom", "src/lib.rs", 7)


def test_a_panic_in_an_installed_crate_has_no_place_in_the_tree():
    panic = "thread 'a' panicked at /root/.cargo/registry/x/lib.rs:7:9:\nboom\n"
    text = f"test a ... FAILED\n---- a stdout ----\n{panic}\nfailures:\n"
    (finding,) = read("cargo", text, 101).findings
    assert (finding.path, finding.line) == ("", 0)


def test_outcomes_of_tests_are_told():
    text = "     Running tests/it.rs (x)\ntest a ... ok\ntest b ... ignored, slow\ntest c - should panic ... ok\n"
    assert dict(read("cargo", text, 0).outcomes) == {
        "tests/it.rs::a": "pass",
        "tests/it.rs::b": "skip",
        "tests/it.rs::c": "pass",
    }


def test_tests_of_one_name_in_two_crates_are_two():
    crates = (f"     Running unittests src/lib.rs (target/debug/deps/{name}-0123456789abcdef)\n" for name in ("a", "b"))
    text = "".join(f"{crate}test tests::new ... ok\n" for crate in crates)
    assert set(read("cargo", text, 0).outcomes) == {"a::src/lib.rs::tests::new", "b::src/lib.rs::tests::new"}


def test_an_example_in_the_documentation_is_known_without_its_line():
    text = "   Doc-tests shop\ntest src/lib.rs - add (line 5) ... ok\ntest src/lib.rs - sub (line 9) - compile ... ok\n"
    assert "shop::src/lib.rs - add" in read("cargo", text, 0).outcomes


# gcc


def test_a_warning_that_is_an_error_is_a_rule_and_an_error_leaves_its_file_unjudged():
    text = "a.c:1:2: error: unused variable 'x' [-Werror=unused-variable]\nb.c:3: error: expected ';'\n"
    assert [(f.kind, f.key) for f in read("gcc", text).findings] == [
        (Kind.LINT, "unused-variable@a.c"),
        (Kind.TOP, "b.c"),
    ]


def test_gcc_and_clang_name_a_rule_alike():
    text = "a.c:1:2: error: m [-Werror,-Wformat]\na.c:1:2: error: m [-Werror=format]\n"
    assert {f.key for f in read("gcc", text).findings} == {"format@a.c"}


def test_warnings_alone_are_not_red():
    assert read("gcc", "a.c:1:2: warning: m [-Wformat]\n", 0).findings == ()


def test_relative_names_start_where_make_is():
    text = (
        "make[1]: Entering directory '/t/lib'\nx.c:1:1: error: a\nmake[1]: Leaving directory '/t/lib'\n"
        "y.c:2:1: error: b\n"
    )
    assert [f.path for f in read("gcc", text).findings] == ["lib/x.c", "y.c"]


def test_a_missing_symbol_is_found_with_and_without_its_line():
    text = (
        "/usr/bin/ld: /t/a.c:8: undefined reference to `f'\n/usr/bin/ld: b.c:(.text+0x5): undefined reference to `g'\n"
    )
    assert [(f.path, f.line) for f in read("gcc", text).findings] == [("a.c", 8), ("b.c", 0)]


def test_gccs_json_is_read():
    entry = {
        "kind": "error",
        "message": "m",
        "option": "-Werror=format",
        "locations": [{"caret": {"file": "a.c", "line": 4, "column": 2}}],
    }
    (finding,) = read("gcc", json.dumps([entry, {"kind": "warning"}]) + "\n").findings
    assert (finding.key, finding.line, finding.column) == ("format@a.c", 4, 2)


# go-json


def events(*rows: dict[str, str], plain: str = "") -> str:
    return plain + "".join(json.dumps(row) + "\n" for row in rows)


def go_test(name: str, action: str, *output: str, package: str = "example.com/m/pkg") -> list[dict[str, str]]:
    place = {"Package": package, "Test": name}
    said = [{"Action": "output", "Output": line + "\n"} | place for line in output]
    return [{"Action": "run"} | place, *said, {"Action": action} | place]


ROOT = ({"Action": "start", "Package": "example.com/m"}, {"Action": "pass", "Package": "example.com/m"})
START = {"Action": "start", "Package": "example.com/m/pkg"}
FAIL = {"Action": "fail", "Package": "example.com/m/pkg"}


def test_a_failed_go_test_has_its_file_below_its_package():
    text = events(*ROOT, START, *go_test("TestA", "fail", "    a_test.go:7: got 1"), *go_test("TestB", "pass"), FAIL)
    report = read("go-json", text)
    assert dict(report.outcomes) == {"example.com/m/pkg::TestA": "fail", "example.com/m/pkg::TestB": "pass"}
    assert [(f.path, f.line, f.message) for f in report.findings] == [("pkg/a_test.go", 7, "got 1")]
    assert report.complete


def test_a_go_test_that_failed_by_its_subtests_is_told_by_them():
    text = events(
        *ROOT, START, *go_test("TestA/x", "fail", "        a_test.go:9: bad"), *go_test("TestA", "fail"), FAIL
    )
    assert [f.key for f in read("go-json", text).findings] == ["example.com/m/pkg::TestA/x"]


def test_a_go_panic_is_at_the_frame_in_the_test():
    stack = (
        "panic: index out of range [recovered]", "", "goroutine 7 [running]:", "testing.tRunner.func1.2()",
        "\t/usr/local/go/src/testing/testing.go:1 +0x2", "example.com/m/pkg.First(...)", "\t/t/pkg/a.go:3",
        "example.com/m/pkg.TestA(0xc0)", "\t/t/pkg/a_test.go:8 +0x1d",
    )  # fmt: skip
    place = {"Package": "example.com/m/pkg", "Test": "TestA"}
    rows = [{"Action": "run"} | place, *({"Action": "output", "Output": line + "\n"} | place for line in stack)]
    (finding,) = read("go-json", events(START, *rows, FAIL)).findings
    assert (finding.rule, finding.path, finding.line) == ("panic", "pkg/a_test.go", 8)
    assert [frame.path for frame in finding.frames] == ["pkg/a_test.go", "pkg/a.go"]


@pytest.mark.parametrize("plain", [True, False], ids=["before-1.24", "since-1.24"])
def test_a_go_package_that_does_not_build_is_top_for_the_package(plain: bool):
    lines = ["# example.com/m/pkg [example.com/m/pkg.test]", "pkg/a_test.go:7:2: undefined: missing"]
    built = [{"Action": "build-output", "ImportPath": "example.com/m/pkg [x]", "Output": line + "\n"} for line in lines]
    said = "FAIL\texample.com/m/pkg [build failed]\n"
    end = [{"Action": "output", "Package": "example.com/m/pkg", "Output": said}, FAIL]
    text = events(START, *end, plain="\n".join(lines) + "\n") if plain else events(*built, START, *end)
    (finding,) = read("go-json", text).findings
    assert (finding.kind, finding.key) == (Kind.TOP, "example.com/m/pkg")
    assert (finding.path, finding.line, finding.message) == ("pkg/a_test.go", 7, "undefined: missing")


def test_a_go_package_that_never_ended_is_incomplete():
    assert not read("go-json", events(START, *go_test("TestA", "pass")), 0).complete


def test_output_without_events_is_incomplete():
    assert "run `go test -json`" in read("go-json", "ok  \tx\t0.1s\n", 0).problems[0]


# maven


def test_a_failed_maven_test_has_the_key_of_surefires_xml():
    text = (
        "[ERROR] com.x.CalcTest.adds -- Time elapsed: 0.1 s <<< FAILURE!\n"
        "org.opentest4j.AssertionFailedError: expected: <3> but was: <4>\n"
        "\tat org.junit.jupiter.api.Assertions.fail(Assertions.java:1)\n"
        "\tat com.x.CalcTest.adds(CalcTest.java:10)\n\n"
    )
    (finding,) = read("maven", text).findings
    report = b"""<testsuite><testcase name="adds" classname="com.x.CalcTest">
<failure message="expected: &lt;3&gt; but was: &lt;4&gt;" type="org.opentest4j.AssertionFailedError"/>
</testcase></testsuite>"""
    (xml,) = parse("junit", Inputs(b"", 1, "/t", report=report)).findings
    assert (finding.key, finding.rule, finding.message.split()) == (xml.key, xml.rule, xml.message.split())
    assert (finding.path, finding.line) == ("src/test/java/com/x/CalcTest.java", 10)


def test_surefire_2_is_read():
    thrown = "java.lang.IllegalStateException: no\n\tat com.x.CalcTest.adds(CalcTest.java:4)\n"
    text = f"adds(com.x.CalcTest)  Time elapsed: 0.006 sec  <<< ERROR!\n{thrown}"
    (finding,) = read("maven", text).findings
    assert (finding.key, finding.rule, finding.message, finding.line) == (
        "com.x.CalcTest::adds",
        "IllegalStateException",
        "no",
        4,
    )


def test_errors_of_the_java_compiler_are_top_and_told_once():
    line = "[ERROR] /t/src/A.java:[5,17] cannot find symbol\n"
    found = read("maven", line + "[ERROR]   symbol:   variable y\n" + "[INFO] BUILD FAILURE\n" + line).findings
    assert [(f.kind, f.key, f.path, f.line, f.column) for f in found] == [(Kind.TOP, "", "src/A.java", 5, 17)]
    assert "symbol: variable y" in found[0].output


def test_a_count_of_failures_that_were_not_shown_is_incomplete():
    assert not read("maven", "[ERROR] Tests run: 3, Failures: 2, Errors: 0, Skipped: 0\n").complete
