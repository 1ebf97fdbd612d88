"""Lint failures go through the tool's own fixer, one rule in one file."""

from __future__ import annotations

import pytest

CONFIG = '[lint]\nselect = ["E", "F", "I"]\n'
SOURCE = "import sys\nimport os\n\n\ndef f(x):\n    return x == None\n"


@pytest.fixture
def linted(project):
    project.write("ruff.toml", CONFIG)
    project.write("a.py", SOURCE)
    project.write("b.py", SOURCE)
    return project


def test_the_rule_is_gone_from_the_file(linted):
    linted.lint("F401", "a.py")

    assert "import" not in linted.read("a.py")


def test_other_rules_in_the_file_are_left_alone(linted):
    linted.lint("F401", "a.py")

    assert "x == None" in linted.read("a.py")


def test_other_files_are_left_alone(linted):
    linted.lint("F401", "a.py")

    assert linted.read("b.py") == SOURCE


def test_an_unsafe_fix_is_taken_only_when_needed_and_called_so(linted):
    report = linted.lint("E711", "a.py").report

    assert (report["unsafe"], linted.read("a.py").splitlines()[-1]) == (True, "    return x is None")


def test_a_safe_fix_is_not_called_unsafe(linted):
    assert linted.lint("F401", "a.py").report["unsafe"] is False


def test_a_rule_without_a_fixer_is_said_to_have_none(linted):
    linted.write("a.py", "value = undefined_name\n")

    turn = linted.lint("F821", "a.py")

    assert (turn.code, turn.report["reason"], linted.read("a.py")) == (3, "no-fixer", "value = undefined_name\n")


def test_a_rule_without_violations_is_already_green(linted):
    assert linted.lint("F841", "a.py").report["reason"] == "already-green"


def test_a_file_outside_of_the_worktree_is_refused(linted):
    outside = linted.home / "outside.py"
    outside.write_text(SOURCE)

    turn = linted.lint("F401", "../home/outside.py")

    assert (turn.code, outside.read_text()) == (3, SOURCE)
