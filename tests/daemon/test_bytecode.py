"""The code of generated methods is compiled once for an installation, and means what it meant."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import builtins, sys
from agent_orchestrator.daemon.bytecode import importing
import attrs
compiled, own = [], compile
def counting(source, name, *rest, **options):
    compiled.append(name)
    return own(source, name, *rest, **options)
builtins.compile = counting
with importing("test"):
    from agent_orchestrator.model.report import Frame
@attrs.frozen
class Twin:
    path: str
    line: int
    function: str = ''
builtins.compile = own
print(sum("agent_orchestrator" in name for name in compiled))
"""


@pytest.fixture
def run(tmp_path):
    """Run Python lines behind the import of our classes; what they print. The bytecode is kept in a folder."""

    def running(lines="", **variables):
        environ = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path / "kept"), **variables}
        environ.pop("PYTHONDONTWRITEBYTECODE", None) if not variables else None
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM + lines], env=environ, capture_output=True, text=True, check=True
        )
        return done.stdout.split()

    return running


def kept(folder):
    return list((folder / "kept").rglob("*.attrs"))


def test_a_second_process_compiles_nothing(run):
    first, second = run(), run()
    assert (int(first[0]) > 1, second) == (True, ["0"])


def test_values_of_kept_code_are_equal_and_hash_as_others_do(run):
    check = (
        "one, same, other = Frame('a', 1), Frame('a', 1), Frame('a', 2)\n"
        "print(one == same, hash(one) == hash(same), one == other, hash(one) == hash(Twin('a', 1)))"
    )
    run()
    assert run(check) == ["0", "True", "True", "False", "False"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"i\x00\x00\x00\x00"])
def test_a_file_that_is_damaged_is_written_anew(run, tmp_path, content):
    run()
    (file,) = kept(tmp_path)
    whole = file.stat().st_size
    file.write_bytes(content)
    assert (run()[0] != "0", file.stat().st_size, run()) == (True, whole, ["0"])


def test_nothing_is_kept_where_python_keeps_no_bytecode(run, tmp_path):
    run(PYTHONDONTWRITEBYTECODE="1")
    assert kept(tmp_path) == []


def test_a_folder_that_can_not_be_written_is_no_error(run, tmp_path):
    (tmp_path / "kept").write_text("in the way")
    assert run()[0] != "0"
