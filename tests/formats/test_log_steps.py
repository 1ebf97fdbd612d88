"""Raw job logs → steps, and paths on a runner → paths of the repository."""

from __future__ import annotations

import pytest

from agent_orchestrator.formats.ci_log import read_job_log, steps_of
from agent_orchestrator.formats.ci_log.repository import ROOT, Files, rewrite, roots_in

TIME = "2026-01-01T00:00:00.0000000Z "


def github(*lines: str) -> bytes:
    return ("\ufeff" + "".join(f"{TIME}{line}\r\n" for line in lines)).encode()


def places(data: bytes, paths=None, root: str = "") -> list[tuple[str, int]]:
    return [(told.finding.path, told.finding.line) for told in read_job_log(data, paths, root).findings]


# steps


def test_a_github_step_is_its_output_without_its_script_and_times():
    script = ("\x1b[36;1mmake lint\x1b[0m", "shell: /usr/bin/bash -e {0}")
    data = github(
        "##[group]Run make lint",
        *script,
        "##[endgroup]",
        "\x1b[31mred\x1b[0m",
        "##[error]Process completed with exit code 2.",
    )
    assert [(s.name, s.lines, s.failed) for s in steps_of(data)] == [("make lint", ("red", ""), True)]


def test_groups_that_a_tool_opens_do_not_hide_its_output():
    data = github("##[group]Run x", "##[endgroup]", "##[group]Checking", "a.py:1:1: error: m", "##[endgroup]")
    assert places(data) == [("a.py", 1)]


def test_only_steps_that_failed_are_read():
    data = github(
        "##[group]Run lint || true", "##[endgroup]", "old.py:1:1: error: ignored",
        "##[group]Run lint", "##[endgroup]", "new.py:2:1: error: red", "##[error]Process completed with exit code 1.",
        "Post job cleanup.", "late.py:3:1: error: no",
    )  # fmt: skip
    assert places(data) == [("new.py", 2)]
    assert read_job_log(data).failed == ("lint",)


def test_what_a_problem_matcher_marked_is_read_as_it_was_printed():
    assert places(github("##[error]src/a.ts(1,7): error TS2322: m")) == [("src/a.ts", 1)]


def test_a_log_as_gh_prints_it_has_the_steps_names():
    lines = [
        f"build\tLint\t{TIME}a",
        f"build\tTest\t{TIME}b",
        f"build\tTest\t{TIME}##[error]Process completed with exit code 1.",
    ]
    assert [(s.name, s.lines[:1], s.failed) for s in steps_of("\n".join(lines).encode())] == [
        ("Lint", ("a",), False),
        ("Test", ("b",), True),
    ]


def test_gitlab_sections_are_steps_and_echoed_commands_are_not_output():
    data = (
        b"section_start:1:get_sources\r\x1b[0K\x1b[0KGetting source\nsection_end:2:get_sources\r\x1b[0K"
        b"section_start:2:step_script\r\x1b[0K\x1b[0KExecuting\n\x1b[32;1m$ echo 'x.py:1:1: error: m'\x1b[0;m\n"
        b"y.py:2:1: error: m\nsection_end:3:step_script\r\x1b[0K\x1b[31;1mERROR: Job failed: exit code 1\n\x1b[0;m\n"
    )
    assert places(data) == [("y.py", 2)]
    assert read_job_log(data).failed == ("step_script",)


def test_sections_that_a_script_makes_belong_to_it():
    data = (
        b"section_start:2:step_script\r\x1b[0K\nsection_start:3:lint\r\x1b[0K\na.py:1:1: error: m\n"
        b"section_end:4:lint\r\x1b[0K\nb.py:2:1: error: m\nsection_end:5:step_script\r\x1b[0K\n"
        b"section_start:6:after_script\r\x1b[0K\nc.py:3:1: error: m\nsection_end:7:after_script\r\x1b[0K\n"
        b"ERROR: Job failed: exit code 1\n"
    )
    assert places(data) == [("a.py", 1), ("b.py", 2)]


def test_gitlab_lines_with_times_are_joined_where_they_go_on():
    stamp = "2026-01-01T00:00:00.000000Z 00O"
    data = f"{stamp} a.py:3:1: err\n{stamp}+or: m\n{stamp} $ next\n".encode()
    assert [step.lines for step in steps_of(data)] == [("a.py:3:1: error: m", "")]


def test_what_a_carriage_return_overwrote_is_gone():
    assert steps_of(github("  0%\r 50%\rdone"))[0].lines[0] == "done"


def test_an_empty_log_says_nothing():
    assert read_job_log(b"").findings == ()


# places


@pytest.mark.parametrize(
    "root",
    [
        "/home/runner/work/shop/shop", "/Users/runner/work/shop/shop", "/__w/shop/shop", "/github/workspace",
        "/builds/acme/shop", "/home/gitlab-runner/builds/abcd1234/0/acme/shop",
    ],
)  # fmt: skip
def test_the_runners_folder_is_taken_off(root: str):
    assert places(github(f"{root}/src/a.py:1:2: error: m")) == [("src/a.py", 1)]


def test_a_project_of_a_subgroup_is_where_git_says():
    lines = [
        "Initialized empty Git repository in /builds/acme/tools/deep/shop/.git/",
        "/builds/acme/tools/deep/shop/a.py:1:1: error: m",
    ]
    assert places(github(*lines)) == [("a.py", 1)]


def test_a_folder_that_is_told_is_believed():
    assert places(github("/srv/agent/7/src/a.py:1:1: error: m"), root="/srv/agent/7") == [("src/a.py", 1)]


def test_a_windows_runner_is_read():
    assert places(github("D:\\a\\shop\\shop\\src\\a.py:1:2: error: m")) == [("src/a.py", 1)]


def test_a_folder_that_only_begins_alike_is_another():
    assert rewrite("/builds/acme/shop-old/a.py", ("/builds/acme/shop",)) == "/builds/acme/shop-old/a.py"
    assert rewrite("in '/builds/acme/shop'", ("/builds/acme/shop",)) == f"in '{ROOT}'"


def test_no_folder_is_concluded_from_lines_without_one():
    assert roots_in(["see https://host/builds/x", "/usr/lib/python3/x.py"]) == ()


def test_a_tool_in_a_sub_folder_means_the_one_file_that_ends_so():
    files = Files.of(["web/src/a.ts", "api/src/b.ts", "web/src/b.ts"])
    assert (files.find("src/a.ts"), files.find("src/b.ts"), files.find("src/c.ts")) == ("web/src/a.ts", "", "")


def test_the_key_has_the_whole_path_too():
    (told,) = read_job_log(github("src/a.ts(1,7): error TS2322: m"), ["web/src/a.ts"]).findings
    assert told.finding.key == "TS2322@web/src/a.ts"


@pytest.mark.parametrize(
    "line",
    [
        "http://localhost:3000: listening",
        "https://registry.example/a/b.tgz:443: refused",
        "db.internal:5432: connection refused",
        "10.0.0.1:80: reset",
        "12:30:45: started",
        "npm warn deprecated glob@7.2.3: use another",
        "Step 3/9 : RUN make",
        "/usr/lib/python3.11/json/decoder.py:355: DeprecationWarning: old",
        "/opt/hostedtoolcache/Python/3.11.7/x64/lib/python3.11/site-packages/x/y.py:3: UserWarning: w",
        "node_modules/x/index.js:10:3: error: not ours",
        "commit 0123abc: src changed",
        "key: value",
        "warning: LF will be replaced by CRLF in src/a.py.",
        "src/a.py:10: note: see here",
    ],
)
def test_what_only_looks_like_a_place_is_none(line: str):
    assert places(github(line)) == []


def test_without_an_error_a_warning_is_what_made_the_step_fail():
    assert places(github("src/a.xyz:1:1: warning: w")) == [("src/a.xyz", 1)]
    assert places(github("src/a.xyz:1:1: warning: w", "src/a.xyz:2:1: error: e")) == [("src/a.xyz", 2)]


def test_of_a_compilers_line_and_a_tests_own_nothing_is_told_twice(corpus):
    for name in corpus.names():
        told = [
            (t.finding.key, t.finding.path, t.finding.line, t.finding.message) for t in corpus.read(name)[0].findings
        ]
        assert len(told) == len(set(told)), name
