"""What is made from the model: the schema, the page, the first file."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from agent_orchestrator.config.generate import generate
from agent_orchestrator.config.help import config_help, config_markdown
from agent_orchestrator.config.load import load_text
from agent_orchestrator.config.nodes import compose
from agent_orchestrator.config.schema import PAGE_FILE, SCHEMA_FILE, config_schema, schema_text, schema_uri, write
from agent_orchestrator.config.values import plain

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("name", "text"), [(SCHEMA_FILE, schema_text()), (PAGE_FILE, config_markdown())])
def test_the_file_in_the_repository_is_fresh(name: str, text: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == text, "run python -m agent_orchestrator.config.schema --write"


def test_writing_makes_both_files(tmp_path: Path) -> None:
    write(tmp_path)
    assert [(tmp_path / name).is_file() for name in (SCHEMA_FILE, PAGE_FILE)] == [True, True]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(config_schema())


def test_the_page_says_that_it_is_generated() -> None:
    assert config_markdown().startswith("<!-- Generated")


def test_help_fits_a_terminal() -> None:
    assert max(map(len, config_help().splitlines())) <= 100


FIRST_FILES = {
    "bare": generate("my-app", "~/my-app"),
    "full": generate(
        "my.app",
        "/with: colon #1",
        repo="owner/my-app",
        default_branch="main",
        checks={
            "tests": {"command": ["python", "-m", "pytest"], "format": "pytest", "on": ["start", "landing"]},
            "lint": {"command": "ruff check --output-format json > {report}", "timeout": 30},
        },
    ),
    "no schema": generate("1", ".", schema=""),
    "at a forge": generate("my-app", ".", forge="github.com"),
}


@pytest.mark.parametrize("text", FIRST_FILES.values(), ids=FIRST_FILES)
def test_a_first_file_loads_without_a_word(text: str) -> None:
    assert load_text(text).diagnostics == ()


@pytest.mark.parametrize("text", FIRST_FILES.values(), ids=FIRST_FILES)
def test_a_first_file_follows_the_schema(text: str) -> None:
    jsonschema.Draft202012Validator(config_schema()).validate(plain(compose(text)))


def test_what_a_first_file_says_of_a_forge_can_be_taken_as_it_is() -> None:
    text = FIRST_FILES["at a forge"]
    for line in ("landing:", "  mode: pull-request", "scm:", "  rerun: 1", "  draft: true"):
        assert f"    # {line}" in text
        text = text.replace(f"    # {line}", f"    {line}")
    project = load_text(text).config.projects["my-app"]
    assert project.scm is not None
    assert (project.landing.mode, project.scm.rerun, project.scm.draft) == ("pull-request", 1, True)


def test_a_first_file_holds_what_it_was_given() -> None:
    project = load_text(FIRST_FILES["full"]).config.projects["my.app"]
    assert (str(project.path), project.repo, project.default_branch) == ("/with: colon #1", "owner/my-app", "main")
    assert project.checks["tests"].command == ("python", "-m", "pytest")
    assert project.checks["lint"].timeout == 30


@pytest.mark.parametrize(
    "line", [line for line in FIRST_FILES["bare"].splitlines() if line.lstrip().startswith("# ") and ":" in line]
)
def test_a_commented_key_of_a_first_file_is_a_key(line: str) -> None:
    last_word = line.lstrip("# ").split(":")[0]
    known = json.dumps(config_schema())
    assert f'"{last_word}"' in known or last_word in ("mine", "tests") or " " in last_word


def test_a_first_file_names_a_schema_that_is_there() -> None:
    named = load_text(FIRST_FILES["bare"]).config.schema
    assert named == schema_uri()
    assert Path((named or "").removeprefix("file://")).is_file()
