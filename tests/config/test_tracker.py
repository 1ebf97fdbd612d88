"""What is wrong about trackers and intake is told where it stands, with what to write."""

from __future__ import annotations

import pytest

from agent_orchestrator.model.config_problem import Code, Severity

PROJECT = "projects:\n  one:\n    path: /one\n"


def told(loaded):
    return [(d.path, d.code, d.severity, d.line) for d in loaded.diagnostics]


@pytest.mark.parametrize("intake", ["intake: {}", "intake: {max: 3}"])
def test_an_intake_that_names_no_issues_is_a_warning(reads, intake):
    loaded = reads(f"{PROJECT}    {intake}\n")
    (problem,) = loaded.diagnostics
    assert (problem.path, problem.severity) == (("projects", "one", "intake"), Severity.WARNING)
    assert "`label`" in str(problem)
    assert "one" in loaded.config.projects


@pytest.mark.parametrize("intake", ["intake: {label: agent}", "intake: {assignee: '@me'}"])
def test_an_intake_by_label_or_by_assignee_is_fine(reads, intake):
    assert reads(f"{PROJECT}    {intake}\n").diagnostics == ()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        (f"{PROJECT}    tracker: {{plugin: linear}}\n", ("projects", "one", "tracker")),
        (f"defaults: {{tracker: linear}}\n{PROJECT}", ("projects", "one")),
        (f"defaults: {{tracker: linear}}\n{PROJECT}    tracker: {{comment: true}}\n", ("projects", "one", "tracker")),
    ],
)
def test_linear_without_a_team_is_an_error_that_says_what_to_write(reads, text, path):
    loaded = reads(text)
    (problem,) = loaded.diagnostics
    assert (problem.path, problem.code, problem.severity) == (path, Code.MISSING, Severity.ERROR)
    assert "tracker: {plugin: linear, team: ENG}" in str(problem)
    assert loaded.config.projects == {}


@pytest.mark.parametrize(
    "text",
    [
        f"{PROJECT}    tracker: {{plugin: linear, team: ENG}}\n",
        f"defaults: {{tracker: linear}}\n{PROJECT}    tracker: {{team: ENG}}\n",
        f"defaults: {{tracker: linear}}\n{PROJECT}    tracker: {{plugin: github}}\n",
    ],
)
def test_linear_with_a_team_is_fine_and_so_is_another_tracker(reads, text):
    loaded = reads(text)
    assert (loaded.diagnostics, list(loaded.config.projects)) == ((), ["one"])


def test_the_original_tools_key_of_a_team_is_told_what_it_is_here(reads):
    loaded = reads(f"{PROJECT}    tracker: {{plugin: linear, team: ENG, teamId: 8f3b}}\n")
    (problem,) = loaded.diagnostics
    assert (problem.code, problem.severity) == (Code.UNKNOWN_KEY, Severity.WARNING)
    assert "named by the letters before the numbers of its issues: `team: ENG`" in str(problem)


def test_what_the_text_of_a_pull_request_can_not_name_is_a_warning(reads):
    loaded = reads(f"{PROJECT}    scm: {{body: '{{{{fixes}}}} and {{{{sumary}}}}'}}\n")
    (problem,) = loaded.diagnostics
    assert (problem.path, problem.severity) == (("projects", "one", "scm", "body"), Severity.WARNING)
    assert problem.suggestion == "summary"
