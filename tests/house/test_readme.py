"""Every command in the README is run as it stands, in a red repository, by the real programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Commands of the README that other parts of the suite run: the demo's own tests, and this suite itself.
ELSEWHERE = {"make demo", "make test"}

CHECK = """import pathlib, re, sys
red = [(p, n) for p in sorted(pathlib.Path('src').glob('*.txt'))
       for n, line in enumerate(p.read_text().splitlines(), 1) if 'wrong' in line]
for path, number in red:
    print(f'{path}:{number}: word: wrong word')
sys.exit(bool(red))
"""
AGENT = """import json, os, pathlib
for failure in json.load(open(os.environ['AO_TASK_FILE']))['failures']:
    path = pathlib.Path(failure['file'])
    path.write_text(path.read_text().replace('wrong', 'right'))
"""
CONFIG = """projects:
  shop:
    path: .
    checks:
      words:
        command: [{python}, -S, check.py]
        format: {{ regexp: '^(.+):(\\d+): (\\w+): (.*)$', file: 1, line: 2, code: 3, message: 4 }}
agents:
  script: {{ command: [{python}, -S, {agent}] }}
defaults: {{ agent: script, runtime: process }}
"""


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    short = Path(tempfile.mkdtemp(prefix="ao-"))
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "AO_STATE_DIR": str(tmp_path / "state"),
        "AO_RUNTIME_DIR": str(short / "run"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "LANG": "C.UTF-8",
    }
    yield tmp_path, env
    subprocess.run([*AO, "daemon", "stop"], env=env, cwd=tmp_path, capture_output=True, check=False)
    subprocess.run(["rm", "-rf", short], check=True)


AO = (sys.executable, "-m", "agent_orchestrator")


@pytest.fixture
def repository(home: tuple[Path, dict[str, str]]) -> Path:
    folder = home[0] / "shop"
    (folder / "src").mkdir(parents=True)
    for name in ("a", "b", "c"):
        (folder / "src" / f"{name}.txt").write_text("first\nwrong\n")
    (folder / "check.py").write_text(CHECK)
    agent = home[0] / "agent.py"
    agent.write_text(AGENT)
    (folder / "agent-orchestrator.yaml").write_text(CONFIG.format(python=sys.executable, agent=agent))
    for arguments in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=A", "-c", "user.email=a@b.invalid", "commit", "-qm", "red"],
    ):
        subprocess.run(["git", "-C", folder, *arguments], check=True)
    return folder


@pytest.mark.slow
def test_the_commands_of_the_readme_do_what_it_says(home: tuple[Path, dict[str, str]], repository: Path):
    _, env = home
    codes = {}
    for command in commands():
        if command in ELSEWHERE:
            continue
        assert command.startswith("ao "), f"nobody runs `{command}`"
        # There is nobody at a terminal here to be asked for trust.
        words = [*command.split()[1:], *(["--yes"] if command == "ao trust" else [])]
        ended = subprocess.run([*AO, *words], env=env, cwd=repository, capture_output=True, text=True, check=False)
        codes[command] = ended.returncode
        assert "Traceback" not in ended.stderr, ended.stderr
    red = {command for command, code in codes.items() if code}
    # `ao check` says by its exit code that something is red; after the hunt nothing is.
    assert red <= {"ao check", "ao doctor"}, codes
    assert codes["ao check"] == 1
    log = subprocess.run(["git", "-C", repository, "log", "--format=%s", "ao/landed"], capture_output=True, text=True)
    assert sorted(log.stdout.splitlines()) == [
        "Fix word in src/a.txt",
        "Fix word in src/b.txt",
        "Fix word in src/c.txt",
        "red",
    ]


@pytest.mark.slow
def test_the_configuration_in_the_readme_loads_without_a_word(tmp_path: Path):
    from agent_orchestrator.config.load import load_text

    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL):
        loaded = load_text(block, tmp_path / "agent-orchestrator.yaml", environ={"HOME": str(tmp_path)})
        assert [str(d) for d in loaded.diagnostics] == []


def test_json_output_of_a_refusal_is_json(home: tuple[Path, dict[str, str]]):
    folder, env = home
    ended = subprocess.run([*AO, "list", "--json"], env=env, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 3
    assert "error" in json.loads(ended.stdout)
