"""The table of commands, help, and mistakes: one line and exit code 2, never a traceback."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent_orchestrator import __version__
from agent_orchestrator.cli.docs import FILE, markdown
from agent_orchestrator.cli.exits import DONE, USAGE
from agent_orchestrator.cli.parser import parser_of
from agent_orchestrator.cli.table import VERBS, shown

Ao = Callable[..., Any]

_NAMES = (
    "start stop check hunt new list issues status send answer interrupt put-back quiet keep take-hunk drop-hunk "
    "reactions react pulls open-pr claim-pr merge-pr close-pr fix-ci rerun-ci ci-log reply resolve allow-comment "
    "send-comment ignore-author attach logs prompt diff land queue undo restore clean projects "
    "add-project remove-project trust pause resume mute config config-help doctor demo daemon completion lsp"
)
DOCUMENTED = _NAMES.split()


def test_the_commands_are_those_that_are_documented() -> None:
    assert sorted(verb.name for verb in shown()) == sorted(DOCUMENTED)


@pytest.mark.parametrize("name", VERBS)
def test_every_command_has_its_module(name: str) -> None:
    parser, do = parser_of(VERBS[name])
    assert (parser.prog, callable(do)) == (f"ao {name}", True)


def test_the_documentation_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == markdown(), "run: python -m agent_orchestrator.cli.docs --write"


@pytest.mark.parametrize("argv", [(), ("--help",), ("-h",), ("help",)])
def test_help_lists_every_command(ao: Ao, argv: tuple[str, ...]) -> None:
    ran = ao(*argv)
    assert (ran.code, [name for name in DOCUMENTED if f"\n  {name} " not in ran.out]) == (DONE, [])


@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name != "demo"])
def test_help_of_a_command_asks_no_daemon(ao: Ao, name: str) -> None:
    ran = ao(name, "--help", daemon=False)
    assert (ran.code, ran.out.startswith(f"usage: ao {name}"), ran.starts) == (DONE, True, ())


def test_version(ao: Ao) -> None:
    assert ao("--version").out == f"ao {__version__}\n"


MISTAKES = [
    "huntt",
    "--nope",
    "hunt --nope",
    "hunt --max many",
    "hunt --checkout maybe",
    "new",
    "new ''",
    "send a",
    "land --allow",
    "stop a --all",
    "clean --days -3",
    "daemon",
    "daemon dance",
    "completion fish",
    "config",
    "config set defaults.runtime",
    "attach",
    "undo",
    "list --proj shop",
]


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_one_line_and_2(ao: Ao, words: str) -> None:
    ran = ao(*("" if word == "''" else word for word in words.split()))
    assert (ran.code, ran.out, ran.err.count("\n"), ran.err[:4]) == (USAGE, "", 1, "ao: ")


def test_a_mistake_with_json_is_a_document(ao: Ao) -> None:
    ran = ao("hunt", "--json", "--nope")
    assert (ran.code, list(json.loads(ran.out)), ran.err) == (USAGE, ["error"], "")


def test_a_near_miss_is_named(ao: Ao) -> None:
    assert "did you mean `ao status`?" in ao("statsu").err


def test_a_command_may_hold_json_behind_two_dashes(ao: Ao) -> None:
    assert ao("send", "a", "--", "--json").asked("send")["text"] == "--json"


def _python(tmp_path: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    spec = importlib.util.find_spec("agent_orchestrator")
    assert spec is not None
    assert spec.origin is not None
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AO_STATE_DIR": str(tmp_path / "state"),
        "AO_RUNTIME_DIR": str(tmp_path / "run"),
        "PYTHONPATH": str(Path(spec.origin).parents[1]),
    }
    return subprocess.run(
        [sys.executable, *argv], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = _python(tmp_path, "-m", "agent_orchestrator", "list")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    code = (
        "import os, sys; r, w = os.pipe(); os.dup2(w, 1); os.close(r); "
        "from agent_orchestrator.cli.main import main; sys.exit(main(['config-help']))"
    )
    done = _python(tmp_path, "-c", code)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("module", ["rich", "attr", "cattrs", "yaml", "git", "libtmux", "pygls", "asyncio", "shutil"])
def test_a_list_in_a_pipe_imports_nothing_heavy(tmp_path: Path, module: str) -> None:
    code = (
        "import io, sys; from agent_orchestrator.cli.main import main; "
        f"assert main(['list']) == 3; sys.exit({module!r} in sys.modules)"
    )
    done = _python(tmp_path, "-c", code)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
