"""The ``.venv`` of the demo's repository: pytest and ruff, and the repository itself as an editable install."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

TOOLS = ("pytest", "ruff")

_PYTEST = """\
#!{python}
import sys

from pytest import console_main

sys.exit(console_main())
"""


class NoTools(Exception):
    """pytest or ruff can not be had; a sentence that says what to do."""


def make(repository: Path, name: str, version: str) -> None:
    """Make ``repository/.venv``. Raises NoTools.

    Where the running Python has the tools, they are linked from there: that needs no network and no time, and leaves
    out this Python's other packages, whose pytest plugins would slow the demo's tests down. Else pip installs them.
    """
    home = repository / ".venv"
    shared = _closure(TOOLS)
    venv.create(home, symlinks=True, with_pip=shared is None)
    site = next((home / "lib").glob("python*")) / "site-packages"
    if shared is None:
        _install(home)
    else:
        _link(shared, site, home / "bin")
    _editable(repository / "src", site, name, version)


def _closure(names: Iterable[str]) -> list[Distribution] | None:
    """The distributions of these names and all that they need, or None where one of the names is not installed.

    What a requirement's marker leaves out is not installed either, so that markers need no reading, extras aside.
    """
    found: dict[str, Distribution] = {}
    left = [(name, True) for name in names]
    while left:
        name, wanted = left.pop()
        if name in found:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            if wanted:
                return None
            continue
        for requirement in found[name].requires or ():
            if "extra ==" not in requirement:
                left.append((re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower(), False))
    return list(found.values())


def _link(distributions: Iterable[Distribution], site: Path, scripts: Path) -> None:
    for one in distributions:
        files = one.files or ()
        for top in {file.parts[0] for file in files if file.parts[0] not in ("..", "__pycache__")}:
            (site / top).symlink_to(Path(str(one.locate_file(top))).resolve())
        ruff = next((file for file in files if file.name == "ruff" and "bin" in file.parts), None)
        if ruff is not None:
            # ruff's Python package looks for its program among the scripts of the environment that it runs in.
            (scripts / "ruff").symlink_to(Path(str(one.locate_file(ruff))).resolve())
    pytest = scripts / "pytest"
    pytest.write_text(_PYTEST.format(python=scripts / "python"))
    pytest.chmod(0o755)


def _install(home: Path) -> None:
    pip = [str(home / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *TOOLS]
    done = subprocess.run(pip, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        why = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or ["it said nothing"]
        raise NoTools(
            f"the demo needs {' and '.join(TOOLS)}; {sys.executable} has them not, and pip could not install them "
            f"({why[0]}). Install them beside ao (`pipx inject agent-orchestrator {' '.join(TOOLS)}`) and run it again"
        )


def _editable(source: Path, site: Path, name: str, version: str) -> None:
    """What ``pip install -e`` leaves (PEP 660, PEP 610), written here: a build backend would have to be downloaded."""
    info = site / f"{name}-{version}.dist-info"
    info.mkdir()
    pth = f"_{name}.pth"
    (site / pth).write_text(f"{source}\n")
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "INSTALLER").write_text("agent-orchestrator\n")
    (info / "direct_url.json").write_text(f'{{"url": "{source.parent.as_uri()}", "dir_info": {{"editable": true}}}}\n')
    names = (pth, *(f"{info.name}/{file}" for file in ("METADATA", "INSTALLER", "direct_url.json", "RECORD")))
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in names))
