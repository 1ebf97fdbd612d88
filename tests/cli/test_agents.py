"""`ao start` asks once which agent shall work, where none is named, and writes the answer down."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from agent_orchestrator.cli.exits import DONE
from agent_orchestrator.config.load import load
from agent_orchestrator.protocol.types import AgentRow, Doctor, Projects

Ao = Callable[..., Any]
NAME = "agent-orchestrator.yaml"
AGENTS = Doctor(
    agents=(
        AgentRow(name="codex", cost="model tokens on your account"),
        AgentRow(name="mine", cost="what your own program takes", lacks="my-agent was not found"),
        AgentRow(name="autofix", cost="free"),
    )
)
QUESTION = "Which agent shall work on my-shop?"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "My Shop"
    folder.mkdir()
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    return folder


@pytest.fixture
def start(ao: Ao, fakes: ModuleType, repository: Path) -> Callable[..., Any]:
    """``start(typed, …)`` → how `ao start` went in the repository, on a terminal unless that is said."""

    def call(typed: str, *words: str, tty: bool = True, doctor: Doctor = AGENTS) -> Any:
        known = Projects(projects=(fakes.project("my-shop", str(repository)),))
        answers = {"projects": known, "doctor": doctor}
        return ao("start", *words, cwd=repository, tty=tty, typed=typed, answers=answers)

    return call


def agent_in(folder: Path) -> str:
    loaded = load(folder / NAME)
    assert loaded.errors == ()
    return loaded.config.defaults.agent


def test_the_agents_that_can_be_used_are_listed_with_what_they_cost(start: Any) -> None:
    out = start("\n").out
    assert QUESTION in out
    assert "  1  autofix  free\n  2  codex    model tokens on your account\n" in out
    assert "mine" not in out


@pytest.mark.parametrize(
    ("typed", "agent"),
    [("\n", "autofix"), ("2\n", "codex"), ("codex\n", "codex"), ("1\n", "autofix"), ("9\nmine\n2\n", "codex")],
    ids=["nothing", "a number", "a name", "the first", "what is no answer, then one"],
)
def test_the_answer_is_written_down(start: Any, repository: Path, typed: str, agent: str) -> None:
    ran = start(typed)
    assert (ran.code, agent_in(repository)) == (DONE, agent)
    assert f"  agent: {agent}\n" in (repository / NAME).read_text()
    assert f"defaults.agent is {agent} in" in " ".join(ran.out.split())


def test_the_daemon_reads_the_configuration_with_the_answer_in_it(start: Any) -> None:
    calls = [name for name, _ in start("2\n").calls]
    assert calls[:3] == ["projectAdd", "doctor", "projectAdd"]


def test_a_person_is_asked_once(start: Any) -> None:
    start("\n")
    again = start("2\n")
    assert QUESTION not in again.out
    assert "doctor" not in [name for name, _ in again.calls]


@pytest.mark.parametrize(
    "config",
    [
        "defaults:\n  agent: autofix  # so be it\nprojects:\n  my-shop:\n    path: .\n",
        "projects:\n  my-shop:\n    path: .\n    agent: codex\n",
    ],
    ids=["for all projects", "for this project"],
)
def test_where_an_agent_is_named_nothing_is_asked(start: Any, repository: Path, config: str) -> None:
    (repository / NAME).write_text(config)
    ran = start("2\n")
    assert (QUESTION in ran.out, (repository / NAME).read_text()) == (False, config)


def test_comments_stay_when_the_answer_is_written(start: Any, repository: Path) -> None:
    (repository / NAME).write_text("# mine\nprojects:\n  my-shop:\n    path: .  # here\n")
    start("2\n")
    text = (repository / NAME).read_text()
    assert ("# mine" in text, "# here" in text, agent_in(repository)) == (True, True, "codex")


@pytest.mark.parametrize(("tty", "words"), [(False, ()), (True, ("--json",))], ids=["in a pipe", "with --json"])
def test_where_nobody_can_answer_it_stays_the_free_one(
    start: Any, repository: Path, tty: bool, words: tuple[str, ...]
) -> None:
    ran = start("2\n", *words, tty=tty)
    assert (QUESTION in ran.out, agent_in(repository)) == (False, "autofix")
    assert "\n  agent:" not in (repository / NAME).read_text()


def test_no_answer_is_asked_for_again_next_time(start: Any, repository: Path) -> None:
    assert start("").code == DONE
    assert "\n  agent:" not in (repository / NAME).read_text()
    assert QUESTION in start("\n").out


def test_without_a_choice_nothing_is_asked(start: Any, repository: Path) -> None:
    ran = start("1\n", doctor=Doctor(agents=AGENTS.agents[1:]))
    assert (QUESTION in ran.out, "\n  agent:" in (repository / NAME).read_text()) == (False, False)


def test_a_file_that_can_not_be_edited_is_a_sentence_and_keeps_nothing_from_going_on(
    start: Any, repository: Path
) -> None:
    text = "x-mine: &mine {runtime: process}\ndefaults: *mine\nprojects: {my-shop: {path: .}}\n"
    (repository / NAME).write_text(text)
    ran = start("2\n")
    assert (ran.code, (repository / NAME).read_text()) == (DONE, text)
    assert ran.err.count("not written down, so autofix works") == 1


@pytest.fixture
def shell(at_a_shell: ModuleType, tmp_path: Path) -> Iterator[Any]:
    opened = at_a_shell.open_shell(tmp_path)
    yield opened
    opened.close()


def test_at_a_real_terminal_an_installed_program_can_be_chosen(
    shell: Any, at_a_shell: ModuleType, tmp_path: Path
) -> None:
    (shell.repository / NAME).write_text(
        f"agents:\n  mine:\n    command: [{sys.executable}]\nprojects:\n  tiny:\n    path: .\n"
    )
    said = in_terminal(shell, ["start"], {QUESTION.replace("my-shop", "tiny"): "mine\r", "Trust and run?": "n\r"})
    assert "what your own program takes" in said
    assert agent_in(shell.repository) == "mine"
    assert shell.ao("projects", "--json").document["projects"][0]["trusted"] is False
    assert shell.ao("daemon", "stop").code == DONE
    at_a_shell.until(lambda: not shell.processes())


def in_terminal(shell: Any, words: list[str], answers: dict[str, str]) -> str:
    """Run one `ao` in a terminal of its own; each answer is typed once its question stands there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "agent_orchestrator", *words]
    env = {**shell.environ, "TERM": "xterm", "COLUMNS": "100"}
    process = subprocess.Popen(
        command, cwd=shell.repository, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    said, waiting, deadline = "", dict(answers), time.monotonic() + 60
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                data = os.read(ours, 4096)
            except OSError:
                break
            said += data.decode(errors="replace")
        for question in [q for q in waiting if q in said]:
            os.write(ours, waiting.pop(question).encode())
    os.close(ours)
    assert process.wait(10) == DONE, said
    return said
